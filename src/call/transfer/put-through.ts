/** The client asked: its telephone is put through to the one who is called now. The client's own media end with it. */
import type { Route } from '../machine.ts';
import type { ThirdParty, TransferHands } from './hands.ts';
import type { TransferFailure } from './machine.ts';
import type { ThirdMedia } from './third-media.ts';
import type { TransferableCall } from './transferable.ts';

export interface PutThroughParts {
  readonly call: TransferableCall;
  /** Of the third one's telephone; nothing is open yet. */
  readonly media: ThirdMedia;
  /** Both telephones hear each other; `third` is undefined when the trunk did it. */
  readonly onDone: (third: ThirdParty | undefined) => void;
  readonly onFailed: (failure: TransferFailure) => void;
}

export class PutThrough implements TransferHands {
  readonly #parts: PutThroughParts;

  constructor(parts: PutThroughParts) {
    this.#parts = parts;
  }

  accept(): void {}

  async askTrunk(target: string): Promise<void> {
    const leg = this.#parts.call.telephone.line?.leg;
    if (!leg) throw new Error('the telephone is gone');
    await leg.refer(target);
  }

  offer(route: Route): Promise<string | undefined> {
    return this.#parts.media.offer(route);
  }

  /** The telephone that waits hears nothing yet: its media are still the client's. */
  early(sdp: string, forkId: string): void {
    this.#parts.media.early(sdp, forkId);
  }

  ringback(country: string | undefined): void {
    void this.#waiting((session) => session.startRingback(country, 'rtp'));
  }

  async take(sdp: string, forkId: string): Promise<void> {
    const { call, media } = this.#parts;
    this.#endRingback();
    await media.take(sdp, forkId);
    await call.media.join(media.leg);
  }

  report(): void {}

  succeed(third: ThirdParty | undefined): void {
    if (!third) this.#parts.media.close();
    this.#parts.onDone(third);
  }

  fail(failure: TransferFailure): void {
    this.#endRingback();
    this.#parts.media.close();
    this.#parts.onFailed(failure);
  }

  abandon(): void {
    this.#parts.media.close();
  }

  #endRingback(): void {
    void this.#waiting((session) => session.stopRingback('rtp'));
  }

  /** Does something to the media of the telephone that waits. */
  #waiting(task: Parameters<TransferableCall['media']['run']>[1]): Promise<unknown> {
    return this.#parts.call.media.run('early-media', task);
  }
}
