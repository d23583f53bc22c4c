/** Texts out and in as one part of the gateway: what `gateway.ts` makes. */
import type { EventId, MatrixUserId, RoomId, TextListener } from '../matrix/index.ts';
import { createInboundTexts, type InboundOptions } from './inbound/index.ts';
import { createOutboundTexts, type OutboundPolicy } from './outbound/index.ts';
import type { InboundCounts, MessageParts } from './parts.ts';
import type { DecideText, MediaLinks, TextCharging } from './ports.ts';

export interface MessageServiceOptions extends MessageParts {
  readonly outbound: {
    readonly decide: DecideText;
    readonly policy: OutboundPolicy;
    /** Absent: pictures and files are refused in words. */
    readonly media?: MediaLinks;
    /** Absent: texts cost nothing. */
    readonly charging?: TextCharging;
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
  /** A user has read as far as this event: senders who asked for it are told. */
  onRead(roomId: RoomId, eventId: EventId): Promise<void>;
  /** A ghost is no longer in a room: nothing of that room goes to its telephone any more. */
  ghostLeft(roomId: RoomId, ghost: MatrixUserId): Promise<void>;
  /** Takes no more, finishes what is under way, at most for `graceMs`; the rest waits in the store. */
  close(graceMs: number): Promise<void>;
}

export function createMessageService(options: MessageServiceOptions): MessageService {
  const { outbound, inbound: inboundOptions, ...parts } = options;
  const out = createOutboundTexts({ ...parts, ...outbound });
  const into = createInboundTexts({ ...parts, ...inboundOptions }, out);
  let received = 0;
  return {
    listener: {
      onText: (text, room) => out.onText(text, room),
      onReaction: (reaction, room) => out.onReaction(reaction, room),
      onRedaction: (redaction) => out.onRedaction(redaction),
      onJoined: (roomId, user) => into.onJoined(roomId, user),
      onDeclined: (roomId, user) => into.onDeclined(roomId, user),
      onGhostLeft: (roomId, ghost) => out.left(roomId, ghost),
      onRead: (roomId, eventId) => into.onRead(roomId, eventId),
      resend: (what) => out.resend(what),
    },
    async recover() {
      await into.recover();
      for (const transport of parts.transports) {
        transport.listen({
          async arrived(text) {
            const taken = await into.arrived(text);
            if (taken.kind === 'taken') received += 1;
            return taken;
          },
          receipt: (receipt) => out.receipt(receipt),
        });
      }
      out.start();
    },
    async counts() {
      const { sent, failed } = out.stats;
      return {
        outbound: await parts.books.deliveries.counts(),
        inbound: await into.counts(),
        sent,
        failed,
        received,
      };
    },
    resend: (what) => out.resend(what),
    onRead: (roomId, eventId) => into.onRead(roomId, eventId),
    ghostLeft: (roomId, ghost) => out.left(roomId, ghost),
    async close(graceMs) {
      await Promise.all([into.close(graceMs), out.close(graceMs)]);
      await Promise.all(parts.transports.map((transport) => transport.close(graceMs)));
    },
  };
}
