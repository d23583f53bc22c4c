/** What carries texts to and from the telephone network: SIP MESSAGE, SMPP, others later. */

/** How one transport wants a text cut. Pure: the same text gives the same parts, in every process. */
export type Cut =
  | { readonly kind: 'parts'; readonly parts: readonly string[] }
  /** It is longer than this transport carries. */
  | { readonly kind: 'too-long'; readonly mostCharacters: number };

export interface PartToSend {
  /** The id that stands in every log line of this text. */
  readonly textRef: string;
  /** Idempotency key of this part: the same for each try, in every process. */
  readonly key: string;
  /** The account (an extension) in whose name it is sent. */
  readonly account?: string;
  /** E.164, a short code, letters; absent: the transport's default. */
  readonly sender?: string;
  /** E.164 where it is a number of the public network, else as dialled. */
  readonly target: string;
  readonly text: string;
  /** From 1. */
  readonly index: number;
  readonly total: number;
  /** 0 to 65,535, the same for all parts of a text. */
  readonly reference: number;
  readonly wantsReceipts: boolean;
}

/** Why the network did not take a text, in kinds that decide what becomes of it. */
export type TextFailureKind =
  /** Nobody has this number, or it takes no texts. */
  | 'no-such-number'
  /** The telephone is off, or nobody answered: later it may be there. */
  | 'unavailable'
  /** The trunk or the network behind it is in trouble, or not reachable. */
  | 'network'
  /** Too many texts: wait. */
  | 'throttled'
  /** The recipient, or the provider for them, wants no texts from this sender. */
  | 'blocked'
  /** The provider does not let this sender or this account send it. */
  | 'not-allowed'
  /** Too long, or in a form that is not taken. */
  | 'unacceptable'
  /** Anything else that was said for good. */
  | 'refused';

export interface TextFailure {
  readonly kind: TextFailureKind;
  /** Whether trying again can help. */
  readonly isTemporary: boolean;
  /** Whether another trunk may carry it: the fault is this trunk's, not the recipient's. */
  readonly isTrunkFault: boolean;
  /** What the network said, for administrators: "480 Temporarily Unavailable", "ESME_RTHROTTLED". */
  readonly said: string;
  /** False when the far side certainly does not have it. */
  readonly mayHaveArrived: boolean;
  readonly retryAfterMs?: number;
}

export type Submitted =
  /** `messageId`: by which receipts name it; absent where there will be none. */
  | { readonly kind: 'accepted'; readonly messageId?: string }
  | { readonly kind: 'failed'; readonly failure: TextFailure };

export interface ArrivedText {
  readonly textRef: string;
  readonly transport: string;
  readonly account?: string;
  /** The same for each repeat of one message by the transport's own rules. */
  readonly key: string;
  /** E.164, a short code, letters, whatever came; '' when nobody is named. */
  readonly sender: string;
  readonly senderName?: string;
  readonly withheld: boolean;
  /** In E.164 where that can be told, else as it came. */
  readonly called: string;
  readonly text: string;
  readonly part?: { readonly index: number; readonly total: number; readonly reference: number };
  /** ms since 1970. */
  readonly sentAt?: number;
  readonly wants: { readonly delivered: boolean; readonly displayed: boolean };
}

export type Taken =
  | { readonly kind: 'taken' }
  /** Nobody here has the number; the gateway cannot store now. */
  | { readonly kind: 'refused'; readonly why: 'no-such-number' | 'not-allowed' | 'unavailable' };

/** What became of a part that was accepted. */
export interface Receipt {
  readonly transport: string;
  readonly messageId: string;
  readonly state: 'delivered' | 'displayed' | 'failed';
  readonly failure?: TextFailure;
}

export interface TransportListener {
  /** Settles when the text is on the disk, or will not be taken: only then the network is answered. */
  arrived(text: ArrivedText): Promise<Taken>;
  receipt(receipt: Receipt): Promise<void>;
}

export interface TransportState {
  readonly state: 'up' | 'down' | 'unknown';
  /** In words, when there is anything to say. */
  readonly detail?: string;
}

export interface MessageTransport {
  /** The trunk's name in the configuration: unique over all transports. */
  readonly name: string;
  state(): TransportState;
  /** Called when `state` may have changed for the better: texts that wait are tried again. */
  onUp(run: () => void): void;
  cut(text: string): Cut;
  /** Whether the far side knows a repeat by its key, so that one whose answer was lost can be sent again without harm. */
  readonly knowsRepeats: boolean;
  /** Whether it tells what became of a text. */
  readonly tellsReceipts: boolean;
  /** Parts that may be under way at once. */
  readonly window: number;
  /** Never rejects. */
  submit(part: PartToSend): Promise<Submitted>;
  /** Set once, at start; before it texts are refused for the moment. */
  listen(listener: TransportListener): void;
  /** Tells a sender that asked for it. Never rejects. */
  notify(text: Pick<ArrivedText, 'transport' | 'key'>, state: 'delivered' | 'displayed'): Promise<void>;
  close(graceMs: number): Promise<void>;
}
