/** What texts need of the world around them, as interfaces: decisions, and what is kept on the disk. */
import type { CallingParty, EventId, MatrixUserId, RingTarget, RoomId, TextContent } from '../matrix/index.ts';
import type { E164 } from '../number/index.ts';

/** Time. `now` is ms since 1970 and never runs backwards. */
export interface Clock {
  now(): number;
  after(delayMs: number, task: () => void): () => void;
}

// ── Decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface TextRequest {
  readonly user: MatrixUserId;
  /** Users may have chosen a line for it. */
  readonly roomId?: RoomId;
  /** As dialled. */
  readonly dialled: string;
}

/** The number that a text comes from. */
export type Sender =
  /** A number of the user's, or an extension: answers come back to it. */
  | { readonly kind: 'line'; readonly number: string }
  /** A number, a short code or letters that many share: nobody can answer. */
  | { readonly kind: 'shared'; readonly number: string }
  /** One of a pool, lent for this user and this telephone. */
  | { readonly kind: 'pool'; readonly pool: string };

/** One way for a text; the next is tried when a trunk is at fault. */
export interface TextRoute {
  /** `MessageTransport.name`. */
  readonly transport: string;
  readonly account?: string;
}

export interface TextPlan {
  /** E.164 of a number of the public network, else what the trunk is to be told. */
  readonly target: string;
  readonly e164?: E164;
  readonly sender: Sender;
  readonly routes: readonly [TextRoute, ...TextRoute[]];
}

/** `words`: for the user, one sentence. `admin`: for the log, when there is more to say. */
export type TextDecided =
  | { readonly kind: 'allow'; readonly plan: TextPlan }
  | { readonly kind: 'refuse'; readonly words: string; readonly admin?: string };

/** Whether, to whom, from which number and by which trunks a text goes. Quick; must not change anything. */
export type DecideText = (request: TextRequest) => TextDecided | Promise<TextDecided>;

export interface InboundTextRequest {
  readonly transport: string;
  readonly account?: string;
  readonly called: string;
  readonly sender: string;
}

/** Whom a number of ours means. */
export type InboundTextDecided =
  | { readonly kind: 'users'; readonly targets: readonly [RingTarget, ...RingTarget[]] }
  /** Of a pool: whom it means is whom it was lent for. */
  | { readonly kind: 'pool'; readonly pool: string }
  /** A sender that nobody can answer. */
  | { readonly kind: 'shared' }
  /** None of ours; `admin` says so for the log. */
  | { readonly kind: 'nobody'; readonly admin: string };

export type DecideInboundText = (request: InboundTextRequest) => InboundTextDecided;

/** A telephone as a ghost can stand for it; also of senders that are no numbers. */
export type PartyOf = (arrived: {
  readonly sender: string;
  readonly senderName?: string;
  readonly withheld: boolean;
  readonly transport: string;
}) => CallingParty;

// ── Out: deliveries ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** One text on its way to one telephone. A text in a room with three telephones is three. */
export interface Delivery {
  /** `out-…`: the id of its log lines. */
  readonly textRef: string;
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly ghost: MatrixUserId;
  readonly user: MatrixUserId;
  /** Deliveries of one lane go in order: room and telephone. */
  readonly lane: string;
  readonly target: string;
  /** The sender number as the telephone sees it; absent: the transport's default. */
  readonly sender?: string;
  readonly routes: readonly TextRoute[];
  readonly text: string;
  readonly reference: number;
  /** ms since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Which time the user asks for it: 0, then 1, 2 … for each "send again". */
  readonly round: number;
}

export interface DeliveryProgress {
  /** The way that is used; once a part was accepted it stays. */
  readonly route: number;
  readonly partsAccepted: number;
  /** Known when the first part was cut. */
  readonly partsTotal?: number;
  readonly tries: number;
  /** A part was handed to the transport and its outcome is not known: after a crash it may or may not have arrived. */
  readonly underWay: boolean;
  readonly nextTryAt: number;
}

export type DeliveryState = 'waiting' | 'accepted' | 'delivered' | 'displayed' | 'failed' | 'withdrawn';

export interface StoredDelivery extends Delivery {
  readonly progress: DeliveryProgress;
  readonly state: DeliveryState;
}

/** What is left out when it is asked what is due. */
export interface Besides {
  /** Lanes that are being worked on. */
  readonly lanes: ReadonlySet<string>;
  /** Transports that take no more for now: lanes whose first delivery goes by one of them (`routes[progress.route]`). */
  readonly transports: ReadonlySet<string>;
}

/** Texts on their way out. Each method settles when its change is on the disk as far as the store promises. */
export interface DeliveryBook {
  /**
   * All deliveries of one event, in one commit; those that are known already (event, telephone, round) are left as they are.
   * @returns those that are new
   */
  add(deliveries: readonly Delivery[]): Promise<readonly Delivery[]>;
  /** Before a part is handed to the transport, and after. */
  progressed(textRef: string, progress: DeliveryProgress, accepted?: AcceptedPart): Promise<void>;
  /** The text itself is forgotten when it is accepted for good; of a failed one it is kept, so that it can be sent again. */
  ended(textRef: string, state: Exclude<DeliveryState, 'waiting'>, words?: string): Promise<void>;
  /** Lanes with something to send, whose next try is due at `now`, the oldest first: their first deliveries. */
  due(now: number, atMost: number, besides: Besides): Promise<readonly StoredDelivery[]>;
  /** When the next try of any lane is due; undefined when nothing waits. */
  nextDueAt(besides: Besides): Promise<number | undefined>;
  /** The next of a lane after this one was ended. */
  nextOf(lane: string): Promise<StoredDelivery | undefined>;
  ofEvent(eventId: EventId): Promise<readonly StoredDelivery[]>;
  /** Texts of a room that failed and were not sent again, the oldest first. */
  failedIn(roomId: RoomId, atMost: number): Promise<readonly StoredDelivery[]>;
  byMessageId(transport: string, messageId: string): Promise<StoredDelivery | undefined>;
  /**
   * Notes what a receipt says of a part; a weaker state after a stronger one changes nothing.
   * @returns the text, and how many of its accepted parts have not got as far as `state`; undefined when the part is unknown
   */
  receipted(
    transport: string,
    messageId: string,
    state: 'delivered' | 'displayed' | 'failed',
  ): Promise<{ readonly delivery: StoredDelivery; readonly outstanding: number } | undefined>;
  /** Everything of a lane that waits, such as when the telephone has left. Returns which texts. */
  withdrawLane(lane: string): Promise<readonly string[]>;
  /** Waiting ones by these transports may be tried at once: they are up again. */
  wake(transport: string, now: number): Promise<void>;
  counts(): Promise<{ readonly waiting: number; readonly failed: number; readonly oldestWaitingAt?: number }>;
}

export interface AcceptedPart {
  readonly index: number;
  readonly transport: string;
  readonly messageId?: string;
}

// ── In: arrivals ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A text that came, for one of those whom it means. */
export interface Arrival {
  /** `in-…` */
  readonly textRef: string;
  readonly transport: string;
  readonly key: string;
  readonly account?: string;
  readonly called: string;
  readonly sender: string;
  readonly senderName?: string;
  readonly withheld: boolean;
  readonly text: string;
  readonly sentAt?: number;
  readonly receivedAt: number;
  readonly wantsDisplayed: boolean;
  readonly targets: readonly RingTarget[];
}

/** One arrival for one target: what is posted, once. */
export interface WaitingArrival extends Arrival {
  readonly target: RingTarget;
  /** Rises; arrivals of one conversation are posted in this order. */
  readonly seq: number;
  /** Waits for the user to come into this room; not tried until they do. */
  readonly heldIn?: RoomId;
}

/** A part of a long text whose other parts have not come. */
export interface Fragment extends Omit<Arrival, 'targets'> {
  readonly part: { readonly index: number; readonly total: number; readonly reference: number };
  /** Which parts belong together: transport, sender, called, reference and total; of guessed ones what was guessed. */
  readonly group: string;
}

export interface ArrivalBook {
  /** False when the key is known (by transport): a repeat. Settles when it is on the disk: then the network is answered. */
  take(arrival: Arrival): Promise<boolean>;
  /** The same for a part. @returns all parts of the group that are there, or undefined for a repeat */
  takeFragment(fragment: Fragment): Promise<readonly Fragment[] | undefined>;
  /** The parts become one text, in one commit; those of a burst that was guessed may be several. */
  join(group: string, texts: readonly Arrival[]): Promise<void>;
  /** Groups whose first part came before this, with their parts. */
  incomplete(before: number): Promise<readonly (readonly Fragment[])[]>;
  /** Not posted yet and not held, in order. */
  waiting(atMost: number, afterSeq?: number): Promise<readonly WaitingArrival[]>;
  posted(
    textRef: string,
    target: RingTarget,
    where: { readonly roomId: RoomId; readonly eventId: EventId },
  ): Promise<void>;
  hold(textRef: string, target: RingTarget, roomId: RoomId): Promise<void>;
  /** The user has come: what was held there waits again. Returns how many. */
  release(roomId: RoomId): Promise<number>;
  held(roomId: RoomId): Promise<readonly WaitingArrival[]>;
  /** A body of the same sender to the same number within a while: for transports that repeat without a mark. */
  seenLately(
    of: { readonly transport: string; readonly sender: string; readonly called: string; readonly text: string },
    since: number,
  ): Promise<boolean>;
  /** Which arrival an event shows: for read receipts. */
  byEvent(roomId: RoomId, eventId: EventId): Promise<{ readonly transport: string; readonly key: string } | undefined>;
  /** Not posted yet, for each of those whom they mean: to be tried, and held. */
  counts(): Promise<{ readonly waiting: number; readonly held: number }>;
}

// ── Conversations, lent numbers, consent, names ──────────────────────────────────────────────────────────────────────────

/** By which number of ours a room and a telephone last wrote to one another. */
export interface Conversation {
  readonly roomId: RoomId;
  readonly telephone: string;
  readonly ghost: MatrixUserId;
  /** Our number; '' for the transport's default. */
  readonly number: string;
  readonly transport: string;
  readonly user?: MatrixUserId;
  readonly lastAt: number;
}

export interface ConversationBook {
  used(conversation: Conversation): Promise<void>;
  /** Rooms in which this telephone and this number of ours met, the latest first. */
  between(telephone: string, number: string): Promise<readonly Conversation[]>;
  inRoom(roomId: RoomId): Promise<readonly Conversation[]>;
  ended(roomId: RoomId, ghost: MatrixUserId): Promise<void>;
}

export type Lent =
  | { readonly kind: 'lent'; readonly number: string; readonly isNew: boolean }
  /** Every number of the pool is lent to somebody for this telephone; the first is free at this time. */
  | { readonly kind: 'exhausted'; readonly freeAt: number };

export interface LeaseBook {
  /**
   * The number for this user and this telephone: the one that they have, or one that no other user has for the telephone, the
   * least recently used first. Safe when asked twice at once, in one process or several.
   * @param restMs how long a number rests after its last use before another user gets it for the same telephone
   */
  lend(
    pool: { readonly name: string; readonly numbers: readonly string[]; readonly restMs: number },
    user: MatrixUserId,
    telephone: string,
    now: number,
  ): Promise<Lent>;
  /** Whom a number was lent for this telephone; a text either way counts as use. */
  holder(number: string, telephone: string): Promise<MatrixUserId | undefined>;
  used(number: string, telephone: string, now: number): Promise<void>;
  list(): Promise<
    readonly {
      readonly number: string;
      readonly telephone: string;
      readonly user: MatrixUserId;
      readonly lastUsedAt: number;
    }[]
  >;
}

export type ConsentSource = 'text' | 'provider' | 'administrator';

export interface ConsentBook {
  /** @returns whether that changed anything */
  set(
    of: { readonly number: string; readonly telephone: string },
    consents: boolean,
    how: { readonly source: ConsentSource; readonly word?: string },
    now: number,
  ): Promise<boolean>;
  hasOptedOut(number: string, telephone: string): Promise<boolean>;
  /** Every change, oldest first: for export. */
  history(): AsyncIterable<{
    readonly number: string;
    readonly telephone: string;
    readonly consents: boolean;
    readonly source: ConsentSource;
    readonly word?: string;
    readonly at: number;
  }>;
}

/** Names that users gave to telephones: their own, or those of a room whose members share them. */
export interface PetNameBook {
  get(owner: MatrixUserId | RoomId, telephone: string): Promise<string | undefined>;
  set(owner: MatrixUserId | RoomId, telephone: string, name: string | undefined): Promise<void>;
  all(owner: MatrixUserId | RoomId): Promise<readonly { readonly telephone: string; readonly name: string }[]>;
  /** For `sms Bob hello`: whose name it is, capitals aside. */
  find(owner: MatrixUserId | RoomId, name: string): Promise<string | undefined>;
}

// ── Money ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A text that is about to be taken, for one telephone. */
export interface ChargeableText {
  /** The same for each repeat of the event: made of event, telephone and round. */
  readonly textRef: string;
  readonly user: MatrixUserId;
  /** As in the plan: E.164 of a number of the public network. */
  readonly target: string;
  /** Each with the segments that the text has by it: in parts it has more. */
  readonly routes: readonly { readonly transport: string; readonly segments: number }[];
}

export type TextHold =
  /** `fresh`: those for which something is held that was not before. */
  | { readonly kind: 'held'; readonly fresh: readonly string[] }
  /** Nothing was held. Both as a user reads them: what they cost, and what the user has. */
  | { readonly kind: 'refused'; readonly price: string; readonly left: string };

/** Charges for texts: per segment when a trunk accepts it; given back when it fails. Every method may be repeated. */
export interface TextCharging {
  /** Before the texts of one event are stored: holds what they cost by their dearest route, for all of them or none. */
  hold(texts: readonly ChargeableText[]): Promise<TextHold>;
  /** A part was accepted, and is charged: before that is stored, so that no part is free. */
  accepted(
    text: Pick<ChargeableText, 'textRef' | 'target'>,
    part: { readonly index: number; readonly transport: string; readonly segments: number },
  ): Promise<void>;
  /** It is over, as the store has it: what is held goes back; `refund`: what was charged, too. */
  ended(textRef: string, refund: boolean): Promise<void>;
  /** Once at start, and now and then: for texts that ended while nobody looked. */
  tidy(): Promise<void>;
}

// ── Media ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export type MediaLink =
  /** An address that works until `expiresAt` (ms since 1970). */
  | { readonly kind: 'link'; readonly url: string; readonly expiresAt: number }
  /** `words`: for the user, one sentence. */
  | { readonly kind: 'refused'; readonly words: string };

/** Downloads for people who only have a telephone. */
export interface MediaLinks {
  /** The same event gives the same link. Rejects when the gateway itself is in trouble. */
  linkFor(
    media: Extract<TextContent, { kind: 'media' }>,
    room: { readonly roomId: RoomId; readonly eventId: EventId; readonly user: MatrixUserId },
  ): Promise<MediaLink>;
}
