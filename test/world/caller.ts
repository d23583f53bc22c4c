/** A person at the dialer page, in a real browser: what they do, what they see, what they hear. */
import type { TestBrowser, TestPage } from './browser.ts';
import { until } from './wait.ts';

/** Strongest frequency and level of a third of a second of audio. */
export interface Heard {
  readonly hz: number;
  readonly dbfs: number;
}

/** Beginnings of a call's stages in the browser, ms since the call key was pressed. */
export interface CallTimes {
  /** When that was, ms since the epoch. */
  readonly dialledAt: number;
  readonly lookedUpMs?: number;
  readonly invitedMs?: number;
  readonly answeredMs?: number;
  readonly connectedMs?: number;
}

/** One sample of how loud both sides were. */
interface Loudness {
  readonly t: number;
  readonly local: number;
  readonly remote: number;
}

declare global {
  var trunklineProbe: {
    connections: unknown[];
    look(side: 'local' | 'remote'): Heard;
    firstSound(timeoutMs: number): Promise<number | undefined>;
    applyAnswer(sdp: string): Promise<{ direction: string | null; audioTracks: number; codecs: string[] }>;
    said: string[];
    listenToLiveRegion(id: string): void;
    refuseMicrophone(): void;
    envelopes(ms: number): Promise<Loudness[]>;
  };
}

export type DialerState = 'logged-out' | 'idle' | 'looking-up' | 'calling' | 'talking' | 'ended';

export class Caller {
  readonly tab: TestPage;

  private constructor(tab: TestPage) {
    this.tab = tab;
  }

  /** Opens the dialer and logs in by its form. */
  static async logIn(browser: TestBrowser, dialerUrl: string, user: string, password: string): Promise<Caller> {
    const caller = new Caller(await browser.openPage(dialerUrl));
    const { page } = caller.tab;
    await page.getByLabel('User name').fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await caller.state('idle');
    return caller;
  }

  /** Settles when the page is in one of these states; rejects when the call has ended and that is not among them. */
  async state(...states: DialerState[]): Promise<DialerState> {
    const { page } = this.tab;
    const selector = [...states, 'ended'].map((state) => `body[data-state="${state}"]`).join(', ');
    await page.waitForSelector(selector, { state: 'attached', timeout: 70_000 });
    const state = (await page.getAttribute('body', 'data-state')) as DialerState;
    if (states.includes(state)) return state;
    throw new Error(`waited for ${states.join(' or ')}, but the call ended: "${await this.sentence()}"`);
  }

  /** What the page's console printed about calls and problems. */
  get console(): string {
    return this.tab.console.filter((line) => /^(error|uncaught)|Call \d/.test(line)).join('\n');
  }

  /** Types a number and presses the call key. */
  async dial(number: string): Promise<void> {
    const { page } = this.tab;
    await page.evaluate(() => performance.clearMarks());
    await page.getByLabel('Telephone number').fill(number);
    await page.getByRole('button', { name: 'Call', exact: true }).click();
  }

  async hangUp(): Promise<void> {
    await this.tab.page.getByRole('button', { name: 'Hang up' }).click();
  }

  /** Presses keys of the keypad. */
  async press(digits: string): Promise<void> {
    for (const digit of digits) await this.tab.page.locator(`.key[data-key="${digit}"]`).click();
  }

  async toggle(control: 'Mute' | 'Hold'): Promise<void> {
    await this.tab.page.getByRole('button', { name: control, exact: true }).click();
  }

  /** What the page says the call is doing. */
  async phase(): Promise<string> {
    return (await this.tab.page.locator('#call-phase').textContent()) ?? '';
  }

  /** What the page says about the call's end. */
  async sentence(): Promise<string> {
    return (await this.tab.page.locator('#outcome-sentence').textContent()) ?? '';
  }

  /** Settles when the page says about the call's end what matches. */
  async says(pattern: RegExp): Promise<string> {
    return until(`the dialer to say ${pattern}`, async () => {
      const sentence = await this.sentence();
      return pattern.test(sentence) ? sentence : undefined;
    });
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

  /** When the stages of the last call began. */
  async times(): Promise<CallTimes> {
    const { origin, marks } = await this.tab.page.evaluate(() => ({
      origin: performance.timeOrigin,
      marks: Object.fromEntries(
        performance.getEntriesByType('mark').map((mark) => [mark.name, mark.startTime]),
      ) as Record<string, number>,
    }));
    const start = marks['dialer:dial'] ?? 0;
    const since = (name: string) => (marks[name] === undefined ? undefined : marks[name] - start);
    const [lookedUpMs, invitedMs] = [since('dialer:looked-up'), since('dialer:invited')];
    const [answeredMs, connectedMs] = [since('dialer:answered'), since('dialer:connected')];
    return {
      dialledAt: origin + start,
      ...(lookedUpMs === undefined ? {} : { lookedUpMs }),
      ...(invitedMs === undefined ? {} : { invitedMs }),
      ...(answeredMs === undefined ? {} : { answeredMs }),
      ...(connectedMs === undefined ? {} : { connectedMs }),
    };
  }

  /** Settles with the time (ms since the epoch) of the first sound from the far side; undefined when none comes in 15 s. */
  async firstSound(): Promise<number | undefined> {
    return this.tab.page.evaluate(() => trunklineProbe.firstSound(15_000));
  }

  /**
   * From the microphone to an echo and back to the ear, ms. Undefined when nothing comes back.
   */
  async roundTripMs(): Promise<number | undefined> {
    const rows = await this.tab.page.evaluate(() => trunklineProbe.envelopes(4_000));
    return bestLagMs(rows);
  }

  async close(): Promise<void> {
    await this.tab.close();
  }
}

/** How long after the beginning of a local beep the remote one begins, the median, up to 800 ms. */
export function bestLagMs(rows: readonly Loudness[]): number | undefined {
  const loudestLocal = Math.max(...rows.map((row) => row.local));
  const loudestRemote = Math.max(...rows.map((row) => row.remote));
  if (!(loudestLocal > 0.01) || !(loudestRemote > 0.01)) return undefined;
  const edges = (side: 'local' | 'remote', loudest: number) =>
    rows.filter((row, i) => row[side] > loudest / 2 && (rows[i - 1]?.[side] ?? 1) <= loudest / 2).map((row) => row.t);
  const localEdges = edges('local', loudestLocal);
  const lags = edges('remote', loudestRemote).flatMap((end) => {
    const start = localEdges.filter((edge) => edge <= end).at(-1);
    return start === undefined || end - start > 800 ? [] : [end - start];
  });
  lags.sort((a, b) => a - b);
  return lags[Math.floor(lags.length / 2)];
}
