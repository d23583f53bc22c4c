/** Texts out and in as one part of the gateway: what `gateway.ts` makes. */
import type { EventId, MatrixUserId, RoomId, TextListener } from '../matrix/index.ts';
import type { InboundOptions } from './inbound/index.ts';
import type { OutboundPolicy } from './outbound/policy.ts';
import type { InboundCounts, MessageParts } from './parts.ts';
import type { DecideText, MediaLinks } from './ports.ts';

export interface MessageServiceOptions extends MessageParts {
  readonly outbound: {
    readonly decide: DecideText;
    readonly policy: OutboundPolicy;
    /** Absent: pictures and files are refused in words. */
    readonly media?: MediaLinks;
  };
  readonly inbound: InboundOptions;
}

export interface MessageCounts {
  readonly outbound: { readonly waiting: number; readonly failed: number; readonly oldestWaitingAt?: number };
  readonly inbound: InboundCounts;
  /** Since the start, for metrics. */
  readonly sent: number;
  readonly failed: number;
  readonly received: number;
}

export interface MessageService {
  /** What the Matrix side tells of texts. */
  readonly listener: TextListener;
  /** Takes up what an earlier process left. Once, before the first event; from then on texts go out and are taken in. */
  recover(): Promise<void>;
  counts(): Promise<MessageCounts>;
  /**
   * Sends texts again that failed: all of a room, or the one of an event. For the bot's `texts resend`.
   * @returns how many are on their way again
   */
  resend(what: { readonly roomId: RoomId; readonly eventId?: EventId; readonly user: MatrixUserId }): Promise<number>;
  /** Takes no more, finishes what is under way, at most for `graceMs`; the rest waits in the store. */
  close(graceMs: number): Promise<void>;
}
