/** What is heard in a page's call. */
import type { TestPage } from './browser.ts';
import { until } from './wait.ts';

/** Strongest frequency and level of a third of a second of audio. */
export interface Heard {
  readonly hz: number;
  readonly dbfs: number;
}

export class Ear {
  readonly tab: TestPage;

  constructor(tab: TestPage) {
    this.tab = tab;
  }

  /** Looks once at what is heard from the far side, or said into the microphone. */
  async look(side: 'local' | 'remote'): Promise<Heard> {
    return this.tab.page.evaluate((which) => trunklineProbe.look(which), side);
  }

  /**
   * Settles when one of these frequencies (±`toleranceHz`) is heard louder than −40 dBFS: with the loudest look of the
   * second that follows, because the first may have caught the beginning of a beep.
   */
  async hears(
    hz: number | readonly number[],
    { timeoutMs = 15_000, toleranceHz = 12 }: { readonly timeoutMs?: number; readonly toleranceHz?: number } = {},
  ): Promise<Heard> {
    const wanted = typeof hz === 'number' ? [hz] : hz;
    const isWanted = ({ hz: found, dbfs }: Heard) =>
      dbfs > -40 && wanted.some((frequency) => Math.abs(frequency - found) <= toleranceHz);
    const lookFor = async () => {
      const heard = await this.look('remote');
      return isWanted(heard) ? heard : undefined;
    };
    let loudest = await until(`${wanted.join(' or ')} Hz from the far side`, lookFor, { timeoutMs });
    const end = Date.now() + 1_000;
    while (Date.now() < end) {
      const heard = await lookFor();
      if (heard !== undefined && Math.abs(heard.hz - loudest.hz) <= toleranceHz && heard.dbfs > loudest.dbfs)
        loudest = heard;
    }
    return loudest;
  }

  /** Settles when nothing louder than −55 dBFS has been heard for `forMs`. */
  async hearsNothing({ forMs = 1_500, timeoutMs = 15_000 } = {}): Promise<void> {
    let quietSince: number | undefined;
    await until(
      'silence from the far side',
      async () => {
        const { dbfs } = await this.look('remote');
        if (dbfs > -55) quietSince = undefined;
        else quietSince ??= Date.now();
        return quietSince !== undefined && Date.now() - quietSince >= forMs;
      },
      { timeoutMs },
    );
  }

  async close(): Promise<void> {
    await this.tab.close();
  }
}
