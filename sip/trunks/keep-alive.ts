/** OPTIONS to a trunk from time to time (RFC 3261 §11): whether it is there, and the way through NAT stays open. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { OutsideClient, type OutsideOutcome } from '../call/outside-client.ts';
import { pinTo } from '../call/pin.ts';
import type { SipStack } from '../call/stack.ts';
import { registrarUri } from '../registration/index.ts';
import { ALLOW, nextHops, type TrunkSettings, userUri } from '../trunk/index.ts';

/** A call would wait no longer for a first sign. */
export const OPTIONS_MS = 5_000;
/** After a miss it is looked again soon: so long a trunk that is away is not noticed at most. */
const AGAIN_MS = 5_000;

export interface KeepAliveParts {
  readonly trunk: TrunkSettings;
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the live registration is; undefined: there is none. */
  readonly live: () => string | undefined;
  /** @param misses how many before this one were not answered */
  readonly onOutcome: (outcome: OutsideOutcome, misses: number) => void;
}

export class KeepAlive {
  readonly #parts: KeepAliveParts;
  readonly #hops: readonly string[];
  #stop: () => void = () => undefined;
  #misses = 0;
  #closed = false;

  constructor(parts: KeepAliveParts) {
    this.#parts = parts;
    this.#hops = nextHops(parts.trunk);
  }

  start(): void {
    if (this.#parts.trunk.keepAliveS > 0) this.probe();
  }

  /** Sends one now; the next follows in its time. */
  probe(): void {
    if (this.#closed) return;
    this.#stop();
    const { clock, trunk } = this.#parts;
    const hop = this.#hop();
    const abandon = sendOptions(this.#parts, hop, (outcome) => {
      const before = this.#misses;
      if (outcome.kind === 'answered') this.#misses = 0;
      // What our own server cannot send says nothing about the trunk.
      else if (outcome.offline !== true) this.#misses++;
      const regularMs = trunk.keepAliveS * 1000;
      const ms = outcome.kind === 'answered' ? regularMs : Math.min(AGAIN_MS, regularMs || AGAIN_MS);
      if (trunk.keepAliveS > 0) this.#stop = clock.after(ms, () => this.probe());
      this.#parts.onOutcome(outcome, before);
    });
    this.#stop = abandon;
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  /** The live target; when that does not answer, what the names lead to now, one after the other. */
  #hop(): string {
    const live = this.#parts.live();
    if (this.#misses === 0 && live !== undefined) return live;
    return this.#hops[this.#misses % this.#hops.length] ?? this.#hops[0] ?? '';
  }
}

/**
 * Sends one OPTIONS. Credentials are not given: a challenge shows just as well that somebody is there.
 * @returns stops waiting
 */
export function sendOptions(
  { trunk, stack, clock, logger }: Pick<KeepAliveParts, 'trunk' | 'stack' | 'clock' | 'logger'>,
  hop: string,
  done: (outcome: OutsideOutcome) => void,
): () => void {
  const client = new OutsideClient({
    stack,
    digest: undefined,
    clock,
    logger,
    nextCSeq: () => 1,
    pin: (source, where) => pinTo(trunk, source, where),
  });
  const uri = registrarUri(trunk);
  const address = userUri(trunk.credentials?.username ?? 'trunkline', trunk);
  return client.send(
    {
      method: 'OPTIONS',
      uri,
      proxy: hop,
      headers: {
        From: `<${address}>;tag=${randomBytes(8).toString('hex')}`,
        To: `<${uri}>`,
        'Call-ID': `${randomBytes(12).toString('hex')}@trunkline`,
        Contact: '<sip:trunkline@localhost>',
        Accept: 'application/sdp',
        Allow: ALLOW,
        'User-Agent': trunk.userAgent,
      },
    },
    done,
    OPTIONS_MS,
  );
}
