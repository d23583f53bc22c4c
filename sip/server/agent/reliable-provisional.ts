/** Reliable provisional responses of the called side (RFC 3262 §3). */
import { rack, type SipRequest } from '../../message/index.ts';
import { type TimerBase, transactionTimeoutMs } from '../transaction/timers.ts';

interface Waiting {
  readonly rseq: number;
  timer: NodeJS.Timeout | undefined;
}

export interface ReliableUser {
  /** Sends the response that waits once more. */
  repeat(status: number, bytes: Buffer): void;
  /** No PRACK came in 64·T1. */
  giveUp(): void;
}

/** The reliable provisional responses to one INVITE: at most one waits for its PRACK, and is repeated until then. */
export class ReliableProvisionals {
  readonly #timers: TimerBase;
  readonly #user: ReliableUser;
  // RFC 3262 §3: chosen from 1 to 2**31 - 1, then one more each time.
  #nextRSeq = 1 + Math.floor(Math.random() * 0x7fff_0000);
  #waiting: Waiting | undefined;

  constructor(timers: TimerBase, user: ReliableUser) {
    this.#timers = timers;
    this.#user = user;
  }

  /** What RSeq the next one has. */
  get nextRSeq(): number {
    return this.#nextRSeq;
  }

  get waiting(): boolean {
    return this.#waiting !== undefined;
  }

  /** A response with the next RSeq has gone out. */
  sent(status: number, bytes: Buffer): void {
    const waiting: Waiting = { rseq: this.#nextRSeq, timer: undefined };
    this.#nextRSeq += 1;
    this.#waiting = waiting;
    const limitMs = transactionTimeoutMs(this.#timers);
    let intervalMs = this.#timers.t1Ms;
    let spentMs = 0;
    const again = (): void => {
      spentMs += intervalMs;
      intervalMs = Math.min(intervalMs * 2, limitMs - spentMs);
      if (spentMs >= limitMs) {
        this.stop();
        this.#user.giveUp();
        return;
      }
      this.#user.repeat(status, bytes);
      waiting.timer = setTimeout(again, intervalMs);
    };
    waiting.timer = setTimeout(again, intervalMs);
  }

  /**
   * @param inviteCSeq the number of the INVITE
   * @returns whether this PRACK was for the response that waits, which is then done with
   */
  acknowledge(prack: SipRequest, inviteCSeq: number): boolean {
    const given = rack(prack);
    if (this.#waiting === undefined || given?.rseq !== this.#waiting.rseq) return false;
    if (given.cseq !== inviteCSeq || given.method !== 'INVITE') return false;
    this.stop();
    return true;
  }

  stop(): void {
    clearTimeout(this.#waiting?.timer);
    this.#waiting = undefined;
  }
}
