/** What somebody hears in a call. */
import { dominantFrequency } from '../../world/audio.ts';

interface Listener {
  /** The newest audio of so many ms. */
  listen(ms: number): Promise<Int16Array>;
}

/** Settles when this tone is heard. Only the newest 200 ms count: what was on the way before has gone through by then. */
export async function expectHeard(who: Listener, hz: number, name: string): Promise<void> {
  let heard: number | undefined;
  for (let tries = 0; tries < 10; tries++) {
    heard = dominantFrequency(await who.listen(200))?.hz;
    if (heard !== undefined && Math.abs(heard - hz) < 15) return;
  }
  throw new Error(`${name} hears ${heard} Hz instead of ${hz} Hz`);
}
