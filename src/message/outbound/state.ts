/** One text on its way to one telephone: its states, what can happen to it, and what is to be done. Plain data. */
import type { DeliveryProgress, DeliveryState } from '../ports.ts';
import type { Sentence } from '../sentences.ts';
import type { TextFailure } from '../transport.ts';
import type { Retry } from './back-off.ts';

export type OutState =
  /**
   * No part is with a transport now. With `progress.underWay` one was, and what became of it is not known: the process died,
   * or no answer came.
   */
  | { readonly phase: 'waiting'; readonly progress: DeliveryProgress }
  /** A part is with the transport; `progress` is as it would be stored. */
  | {
      readonly phase: 'sending';
      readonly progress: DeliveryProgress;
      /** An earlier try of this part may have arrived. */
      readonly doubt: boolean;
      /** Routes that failed since it was last due. */
      readonly failed: readonly number[];
      /** The network said of an earlier part that it is lost. */
      readonly lost?: TextFailure;
    }
  | { readonly phase: Exclude<DeliveryState, 'waiting'> };

/** A way for the text, as it is at this moment. */
export interface RouteFacts {
  /** `down`: not worth a try now; until when, if that is known (ms since 1970). `gone`: no longer configured. */
  readonly state: 'usable' | 'down' | 'gone';
  readonly resumesAt?: number;
  readonly knowsRepeats: boolean;
  /** Into how many parts its transport cuts the text. */
  readonly parts: number | { readonly mostCharacters: number };
}

/** What does not change while a text is on its way, and what is known of its ways now. */
export interface Facts {
  readonly now: number;
  readonly expiresAt: number;
  /** 0 ≤ jitter < 1 */
  readonly jitter: number;
  readonly routes: readonly RouteFacts[];
  readonly unknownOutcome: 'at-least-once' | 'at-most-once';
  readonly retry: Retry;
}

export type OutEvent =
  /** Its time has come, and it is the first of its lane. */
  | { readonly type: 'due' }
  | { readonly type: 'accepted'; readonly messageId?: string }
  /** `mayGoOn`: false when the gateway stops: what is left waits for the next process. */
  | { readonly type: 'failed'; readonly failure: TextFailure; readonly mayGoOn: boolean }
  /** Every accepted part got so far; `failed`: one of them is lost. */
  | { readonly type: 'receipt'; readonly state: 'delivered' | 'displayed' }
  | { readonly type: 'receipt'; readonly state: 'failed'; readonly failure: TextFailure }
  | { readonly type: 'opted-out' }
  /** It must not leave; `sentence` says why. */
  | { readonly type: 'refused'; readonly sentence: Sentence }
  | { readonly type: 'redacted' }
  /** The telephone is no longer in the room. */
  | { readonly type: 'left' };

export type OutEffect =
  /** Stored before what follows is done. */
  | {
      readonly type: 'store';
      readonly progress: DeliveryProgress;
      readonly accepted?: { readonly index: number; readonly route: number; readonly messageId?: string };
    }
  | { readonly type: 'submit'; readonly route: number; readonly index: number; readonly total: number }
  | { readonly type: 'end'; readonly state: Exclude<DeliveryState, 'waiting'>; readonly sentence?: Sentence }
  | { readonly type: 'tell'; readonly status: 'sent' | 'delivered' | 'displayed' }
  | { readonly type: 'tell-waiting'; readonly sentence: Sentence }
  | { readonly type: 'tell-failed'; readonly sentence: Sentence }
  /** Its redaction came too late. */
  | { readonly type: 'tell-too-late' }
  /** Room and telephone write to one another by this way and number now. */
  | { readonly type: 'note-use'; readonly route: number }
  /** The recipient wants no texts from this number: the same as if they had written STOP. */
  | { readonly type: 'note-opt-out' };

export interface Step {
  readonly state: OutState;
  readonly effects: readonly OutEffect[];
}
