/** Texts over SIP MESSAGE (RFC 3428), as the rest of the gateway sees them: nothing of SIP's syntax is left here. */
import type { Party, SipFailure } from './leg.ts';

/** One of the messages that a text becomes; most texts are one. */
export interface TextPart {
  /** From 1. */
  readonly index: number;
  readonly total: number;
  /** 0 to 65,535: the same in all parts of a text, and over repeats of them. */
  readonly reference: number;
}

export interface OutboundText {
  /** The id that stands in every log line of this text. */
  readonly textRef: string;
  readonly trunk: string;
  /** The account of the trunk (an extension) in whose name it is sent. Default: the trunk's own. */
  readonly account?: string;
  /** Whom it is for, after number policy: a user part or a whole SIP URI. */
  readonly target: string;
  /** The number that it comes from, as user part; absent: the trunk's default. */
  readonly sender?: string;
  /**
   * Idempotency key: Call-ID, From-tag and CSeq are made of it, so that a repeat, also one of a later process, is one that
   * the far side can tell (RFC 3428 §8 leaves that to the transaction; SIP alone does not outlive it).
   */
  readonly key: string;
  readonly text: string;
  readonly part?: TextPart;
  /** Asks for delivered and displayed (RFC 5438) where the trunk's settings say that it tells them. */
  readonly wantsReceipts: boolean;
}

export type TextOutcome =
  /** 2xx. `messageId`: by which receipts name it; absent where there will be none. */
  | { readonly kind: 'accepted'; readonly status: number; readonly messageId?: string }
  | {
      readonly kind: 'failed';
      readonly failure: SipFailure;
      /** False when the far side certainly does not have it: it refused, or nothing was sent. */
      readonly mayHaveArrived: boolean;
      /** What Retry-After says, in ms. */
      readonly retryAfterMs?: number;
    };

/** How a text has to be cut for a trunk. */
export interface TextLimits {
  /** Largest body of one MESSAGE in bytes. */
  readonly maxBytes?: number;
  /** Most characters of one MESSAGE. */
  readonly maxCharacters?: number;
  /** The body is an SMS with its own concatenation (3GPP TS 23.040): cut where an SMS is. */
  readonly isSms: boolean;
}

export interface InboundText {
  readonly textRef: string;
  readonly trunk: string;
  readonly account?: string;
  /**
   * The same for each repeat of one MESSAGE: of trunk, From-tag, Call-ID and CSeq. Call-ID alone would be wrong: some send all
   * texts under one. What another Trunkline calls its text counts instead. Of a text that `wants` something it also holds what
   * `notify` needs: it is up to 2 KB long then, and holds numbers, so that it is never to be logged.
   */
  readonly key: string;
  readonly sender: Party;
  /** In E.164 where the trunk's number format allows, else as it came; '' when nobody is named. */
  readonly called: string;
  readonly text: string;
  /** Of a long text that was cut with concatenation headers (3GPP). */
  readonly part?: TextPart;
  /** When it was written, where that is said: ms since 1970. */
  readonly sentAt?: number;
  /** The sender asks to be told: `notify` does it. */
  readonly wants: { readonly delivered: boolean; readonly displayed: boolean };
}

export type TextReply =
  /** It is on the disk: 200. */
  | { readonly kind: 'taken' }
  /** 404, 503 with Retry-After, 403, 480 … */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterS?: number };

/** What became of a text of ours (RFC 5438), or of an SMS (3GPP status report). */
export interface TextReceipt {
  readonly trunk: string;
  readonly messageId: string;
  readonly state: 'delivered' | 'displayed' | 'failed';
  readonly detail?: string;
}

export interface SipTexts {
  /** Never rejects. Waits for its turn where the trunk has a limit of texts a second. */
  send(text: OutboundText): Promise<TextOutcome>;
  /** Quick; the trunk must be one of the configuration. */
  limits(trunk: string): TextLimits;
  /** Takes texts in. The answer waits for the promise, at most some seconds; when it rejects: 503. Without a taker: 503. */
  onText(take: (text: InboundText) => Promise<TextReply>): void;
  onReceipt(take: (receipt: TextReceipt) => Promise<void>): void;
  /** Tells the sender of a text that asked for it. Settles when it is sent or cannot be; never rejects. */
  notify(text: Pick<InboundText, 'trunk' | 'key'>, state: 'delivered' | 'displayed'): Promise<void>;
}
