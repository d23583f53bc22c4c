/** A UDP line between two ports that loses and reorders, the same way for the same seed. */
import { createSocket } from 'node:dgram';

export interface LossyRelay {
  readonly port: number;
  /** The ports of the two ends: what comes from one goes to the other. */
  readonly ends: { one: number; other: number };
  readonly lost: () => number;
  close(): void;
}

/** xorshift32 (Marsaglia): a small generator whose sequence is given by its seed. @returns numbers in [0, 1) */
export function seeded(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** @param loss share of the datagrams that are lost; as many again are held back until the next has passed */
export async function startLossyRelay(loss: number, seed: number): Promise<LossyRelay> {
  const random = seeded(seed);
  const socket = createSocket('udp4');
  const ends = { one: 0, other: 0 };
  let lost = 0;
  let held: (() => void) | undefined;
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  socket.on('message', (bytes, from) => {
    const to = from.port === ends.one ? ends.other : ends.one;
    const pass = (): void => socket.send(bytes, to, '127.0.0.1');
    const roll = random();
    if (roll < loss) {
      lost += 1;
    } else if (roll < 2 * loss && held === undefined) {
      held = pass;
    } else {
      pass();
      held?.();
      held = undefined;
    }
  });
  return { port: socket.address().port, ends, lost: () => lost, close: () => socket.close() };
}
