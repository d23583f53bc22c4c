/** A person whose Matrix client rings: a real browser with matrix-js-sdk, as Element Web has it. */
import type { TestBrowser, TestPage } from '../browser.ts';
import { Ear } from '../ear.ts';
import type { MatrixSession } from '../synapse.ts';
import { until } from '../wait.ts';

/** A call that rang, as the client has it. */
export interface RungCall {
  readonly callId: string;
  readonly roomId: string;
  readonly caller: string;
  readonly callerName: string;
  /** What the client shows while it rings: the room's name. */
  readonly title: string;
  /** ms since the epoch. */
  readonly rangAt: number;
  readonly states: readonly string[];
  readonly state: string;
  readonly heldByThem: boolean;
  readonly canBeTransferred: boolean;
  readonly takesDigits: boolean;
  readonly hangupReason?: string;
  readonly hungUpByThem: boolean;
}

interface PageSession {
  readonly baseUrl: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

declare global {
  var phone: {
    start(session: PageSession): Promise<void>;
    calls(): RungCall[];
    answer(): Promise<void>;
    decline(): void;
    hangUp(): void;
    hold(on: boolean): void;
    press(digits: string): Promise<void>;
    join(roomId: string): Promise<unknown>;
    dial(number: string): Promise<void>;
    transfer(to: string): Promise<void>;
    transferToNewest(): Promise<void>;
    stop(): void;
  };
}

export class Phone extends Ear {
  readonly session: MatrixSession;

  private constructor(tab: TestPage, session: MatrixSession) {
    super(tab);
    this.session = session;
  }

  /** Opens the client with a session of its own; settles when it has synced. */
  static async open(
    browser: TestBrowser,
    pageUrl: string,
    homeserverUrl: string,
    session: MatrixSession,
  ): Promise<Phone> {
    const tab = await browser.openPage(pageUrl);
    await tab.page.waitForFunction(() => 'phone' in globalThis);
    const { userId, accessToken, deviceId } = session;
    await tab.page.evaluate((own) => phone.start(own), { baseUrl: homeserverUrl, userId, accessToken, deviceId });
    return new Phone(tab, session);
  }

  calls(): Promise<readonly RungCall[]> {
    return this.tab.page.evaluate(() => phone.calls());
  }

  /** The newest call that rang. */
  async call(): Promise<RungCall | undefined> {
    return (await this.calls()).at(-1);
  }

  /** Settles when the `count`th call rings. */
  async rings(count = 1): Promise<RungCall> {
    return until('the client to ring', async () => (await this.calls())[count - 1]);
  }

  /** Settles when the newest call is in this state of matrix-js-sdk. */
  async state(state: 'ringing' | 'connected' | 'ended'): Promise<RungCall> {
    return until(`the call to be ${state}`, async () => {
      const call = await this.call();
      return call?.state === state ? call : undefined;
    });
  }

  /** Settles when the client shows that the far side holds the call, or does no longer. */
  async heldByThem(held: boolean): Promise<void> {
    await until(`the call to be ${held ? '' : 'no longer '}held`, async () => (await this.call())?.heldByThem === held);
  }

  async answer(): Promise<void> {
    await this.tab.page.evaluate(() => phone.answer());
  }

  async decline(): Promise<void> {
    await this.tab.page.evaluate(() => phone.decline());
  }

  async hangUp(): Promise<void> {
    await this.tab.page.evaluate(() => phone.hangUp());
  }

  async hold(on: boolean): Promise<void> {
    await this.tab.page.evaluate((held) => phone.hold(held), on);
  }

  async press(digits: string): Promise<void> {
    await this.tab.page.evaluate((keys) => phone.press(keys), digits);
  }

  async join(roomId: string): Promise<void> {
    await this.tab.page.evaluate((room) => phone.join(room), roomId);
  }

  /** Calls a number; settles when the call is placed. */
  async dial(number: string): Promise<void> {
    await this.tab.page.evaluate((dialled) => phone.dial(dialled), number);
  }

  /** Puts the newest call through, to a number or a Matrix user. */
  async transfer(to: string): Promise<void> {
    await this.tab.page.evaluate((target) => phone.transfer(target), to);
  }

  /** Puts the call before the newest through to the newest. */
  async transferToNewest(): Promise<void> {
    await this.tab.page.evaluate(() => phone.transferToNewest());
  }

  get console(): string {
    return this.tab.console.filter((line) => /^(error|uncaught)|Call /.test(line)).join('\n');
  }
}
