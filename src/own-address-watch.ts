/** Notices that this machine has another address: a new lease, another interface. */
import type { Logger } from 'pino';
import { repeatedly } from './repeatedly.ts';

/** How often it is looked: the system tells nobody, and a look costs next to nothing. */
const LOOK_MS = 10_000;

export interface OwnAddressWatchParts {
  /** The address as it is now. */
  readonly look: () => Promise<string>;
  /** The address that was found at the start. */
  readonly first: string;
  readonly clock: { after(ms: number, run: () => void): () => void };
  readonly logger: Logger;
  /** The address is another one. */
  readonly onMove: (address: string) => void;
}

/** @returns ends the watch */
export function watchOwnAddress({ look, first, clock, logger, onMove }: OwnAddressWatchParts): () => void {
  let address = first;
  let isOver = false;
  const once = async (): Promise<void> => {
    const now = await look();
    if (isOver) return;
    // A machine that is between two networks has none but loopback: that is no address to move to.
    if (now === address || isLoopback(now)) return;
    logger.warn(
      { before: address, now },
      'The address of this machine has changed: SIP says the new one from now on. SDP to trunks says the old one until the gateway is started anew; a trunk that answers where audio comes from is not disturbed',
    );
    address = now;
    onMove(now);
  };
  const stop = repeatedly({
    after: (ms, run) => clock.after(ms, run),
    everyMs: LOOK_MS,
    task: once,
    onTrouble: (error) => logger.debug({ err: error }, 'the address of this machine could not be looked up'),
  });
  return () => {
    isOver = true;
    stop();
  };
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
