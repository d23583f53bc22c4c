/** A person at the dialer page, in a real browser: what they do, what they see, what they hear. */
import type { TestBrowser, TestPage } from './browser.ts';
import { Ear, type Heard } from './ear.ts';
import { until } from './wait.ts';

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

export type DialerState =
  | 'logged-out'
  | 'idle'
  | 'looking-up'
  | 'calling'
  | 'ringing'
  | 'answering'
  | 'talking'
  | 'ended';

export class Caller extends Ear {
  private constructor(tab: TestPage) {
    super(tab);
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

  /** Settles when a telephone calls, also after another call has ended. */
  async rings(): Promise<void> {
    await this.tab.page.waitForSelector('body[data-state="ringing"]', { state: 'attached' });
  }

  /** Takes the call that rings. */
  async answer(): Promise<void> {
    await this.tab.page.getByRole('button', { name: 'Answer', exact: true }).click();
  }

  async decline(): Promise<void> {
    await this.tab.page.getByRole('button', { name: 'Decline', exact: true }).click();
  }

  /** Under which name the other side stands on the page. */
  async whom(): Promise<string> {
    return (await this.tab.page.locator('#call-name').textContent()) ?? '';
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
