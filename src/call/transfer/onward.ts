/** A call in that nobody took goes on to another number: that one is called, and the caller is answered when it answers. */
import type { Party } from '../../../sip/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { Route } from '../machine.ts';
import type { MediaLeg } from '../media-leg.ts';
import type { Sentence } from '../sentences.ts';
import type { ThirdParty, TransferHands } from './hands.ts';
import type { TransferFailure } from './machine.ts';
import type { PairMember } from './pair.ts';
import type { ThirdMedia } from './third-media.ts';

/** What becomes of it, as the call hears it. */
export type OnwardEvent =
  | { readonly type: 'forward-rings' }
  /** Both telephones hear each other; this call's is not its own any more. */
  | { readonly type: 'forward-done' }
  | { readonly type: 'forward-failed'; readonly failure: TransferFailure };

/** The call whose telephone waits. */
export interface OnwardCall {
  readonly callRef: string;
  /** Who calls. */
  readonly peer: Party;
  /** Max-Forwards that came with it (RFC 3261 §16.6, 3). */
  readonly maxForwards: number;
  readonly media: MediaLeg;
  /** The longest that it may last from its answer on. */
  readonly longestMs: number | undefined;
  /** Who forwards it: the number that was called, then whoever forwarded it before. */
  readonly divertedBy: readonly Party[];
  /** 200; settles when its audio is agreed. Rejects when nobody acknowledges. */
  answer(): Promise<void>;
  /** Gives its telephone and media away. Undefined when the telephone is gone. */
  giveAway(): PairMember | undefined;
  say(sentence: Sentence): void;
  dispatch(event: OnwardEvent): void;
}

/** Where it goes on to, and in whose name. */
export interface Onward {
  readonly to: string;
  readonly by: MatrixUserId;
}

export interface OnwardHandsParts {
  readonly call: OnwardCall;
  /** Of the other telephone; nothing is open yet. */
  readonly media: ThirdMedia;
  readonly onDone: (third: ThirdParty) => void;
}

export class OnwardHands implements TransferHands {
  readonly #parts: OnwardHandsParts;

  constructor(parts: OnwardHandsParts) {
    this.#parts = parts;
  }

  accept(): void {}

  askTrunk(): Promise<void> {
    return Promise.reject(new Error('nobody has answered yet whom a trunk could put through'));
  }

  offer(route: Route): Promise<string | undefined> {
    return this.#parts.media.offer(route);
  }

  /** The caller hears the ringing of its own network. */
  early(sdp: string, forkId: string): void {
    this.#parts.media.early(sdp, forkId);
  }

  ringback(): void {}

  async take(sdp: string, forkId: string): Promise<void> {
    const { call, media } = this.#parts;
    await media.take(sdp, forkId);
    await call.answer();
    await call.media.join(media.leg);
  }

  report(status: number): void {
    if (status >= 180 && status < 190) this.#parts.call.dispatch({ type: 'forward-rings' });
  }

  succeed(third: ThirdParty | undefined): void {
    if (third) this.#parts.onDone(third);
  }

  fail(failure: TransferFailure): void {
    this.#parts.media.close();
    this.#parts.call.dispatch({ type: 'forward-failed', failure });
  }

  abandon(): void {
    this.#parts.media.close();
  }
}
