/** What `message` asks of Matrix: texts of ghosts, words, receipts, names. */
import type { Logger } from 'pino';
import { KeyedQueue } from '../../keyed-queue.ts';
import { Lru } from '../../lru.ts';
import type { Store } from '../../store/index.ts';
import { HomeserverError, isRefusal } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retrying } from '../client/retry.ts';
import { eventOf, newestEvents, sendEvent } from '../client/rooms.ts';
import type { Clock } from '../clock.ts';
import { bridgeStateKey } from '../ghosts/bridge-info.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { PortalCache } from '../ghosts/portals.ts';
import type { GhostRooms } from '../ghosts/rooms.ts';
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';
import { objectOr, shortString } from '../json.ts';
import { type EventSender, transactionId } from '../sending/sender.ts';
import type { SendStatus, TextContent, TextSignalling } from '../text-events.ts';
import { parseEvent } from '../transactions/parse.ts';
import { noticeContent, POSTED_AS, SMS_WORDS, STATUS_EVENT, statusContent, textContent } from './compose.ts';
import type { MemberNames } from './member-names.ts';
import { parseTextEvent } from './parse.ts';
import type { Receipts } from './receipts.ts';

/** Then whoever posts may have better to do meanwhile. */
const POST_FOR_MS = 10 * 60_000;
const READ_FOR_MS = 5_000;
const REMEMBERED = 5_000;
/** So many events of a room are searched for one that may have been posted a moment ago. */
const LOOKED_AT = 50;

/** How users see what became of their texts, besides words. */
export type StatusBy = 'receipts' | 'events' | 'both';

export interface TextSignallingParts {
  readonly homeserver: Homeserver;
  readonly sender: EventSender;
  readonly receipts: Receipts;
  readonly names: MemberNames;
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  readonly rooms: Pick<GhostRooms, 'verify'>;
  readonly notices: Store['notices'];
  readonly statusBy: StatusBy;
  readonly gatewayHost: string;
  /** In the user's phone room. Never rejects. */
  readonly tell: TextSignalling['tell'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
  /** Aborted when the gateway stops. */
  readonly signal: AbortSignal;
}

export class Signalling implements TextSignalling {
  readonly #parts: TextSignallingParts;
  readonly #lanes = new KeyedQueue();
  readonly #posting = new Map<string, Promise<EventId>>();
  readonly #postedAt = new Lru<RoomId, number>(REMEMBERED);
  readonly #deliveredTo = new Lru<EventId, readonly MatrixUserId[]>(REMEMBERED);

  constructor(parts: TextSignallingParts) {
    this.#parts = parts;
  }

  /**
   * Not by way of the outbox: who posts has the text on the disk already, and posts it again under the same key when the process
   * dies. What could not be posted in ten minutes, or before the gateway's stop, rejects with a retryable error.
   */
  post(text: Parameters<TextSignalling['post']>[0]): Promise<EventId> {
    const already = this.#posting.get(text.key);
    if (already !== undefined) return already;
    const posted = this.#lanes
      .run(`${text.roomId} ${text.ghost}`, () => this.#post(text))
      .finally(() => this.#posting.delete(text.key));
    this.#posting.set(text.key, posted);
    return posted;
  }

  async #post({ key, roomId, ghost, body, html, sentAt }: Parameters<TextSignalling['post']>[0]): Promise<EventId> {
    const { homeserver, ghosts } = this.#parts;
    const txnId = transactionId(`text:${key}`);
    const event = {
      as: ghost,
      roomId,
      type: 'm.room.message',
      txnId,
      content: { ...textContent(body, html), [POSTED_AS]: txnId },
      ...(sentAt === undefined ? {} : { ts: sentAt }),
    };
    // While it is under way nobody knows what it comes after.
    this.#postedAt.set(roomId, Number.POSITIVE_INFINITY);
    try {
      await ghosts.ensure(ghost, POST_FOR_MS);
      let isDoubtful = false;
      const eventId = await this.#again(POST_FOR_MS, async () => {
        const posted = isDoubtful ? await this.#posted(roomId, ghost, txnId) : undefined;
        if (posted !== undefined) return posted;
        try {
          return await sendEvent(homeserver, event);
        } catch (error) {
          isDoubtful ||= mayHaveArrived(error);
          throw error;
        }
      });
      if (eventId !== undefined) return eventId;
    } catch (error) {
      if (isRefusal(error, 'M_FORBIDDEN')) await this.#parts.rooms.verify(roomId, ghost).catch(() => {});
      throw error;
    } finally {
      this.#postedAt.set(roomId, this.#parts.clock.now());
    }
    throw new HomeserverError({ kind: 'refused', action: 'send a text', detail: 'the answer has no event_id' });
  }

  /** When a text was last posted in a room, ms since 1970; undefined when it is not remembered. */
  postedAt(roomId: RoomId): number | undefined {
    return this.#postedAt.get(roomId);
  }

  /**
   * The event of a try whose answer was lost. Homeservers keep the transaction IDs of application services in memory alone
   * (Synapse does): one that died over the answer would make a second event.
   */
  async #posted(roomId: RoomId, ghost: MatrixUserId, txnId: string): Promise<EventId | undefined> {
    const events = await newestEvents(this.#parts.homeserver, ghost, roomId, LOOKED_AT);
    const found = events.find(({ sender, content }) => sender === ghost && objectOr(content)[POSTED_AS] === txnId);
    return shortString(found?.event_id) as EventId | undefined;
  }

  async notice({ key, roomId, as, text, inReplyTo }: Parameters<TextSignalling['notice']>[0]): Promise<void> {
    const { notices, clock } = this.#parts;
    // The outbox forgets keys after a while.
    if (!(await notices.claim(`text:${key}`, clock.now()))) return;
    try {
      await this.#say(`text:notice:${key}`, roomId, as, text, inReplyTo);
    } catch (error) {
      if (error instanceof HomeserverError && !error.retryable) throw error;
      if (!this.#parts.signal.aborted) await notices.takeBack(`text:${key}`);
      throw error;
    }
  }

  async status({ key, roomId, ghost, eventId, status }: Parameters<TextSignalling['status']>[0]): Promise<void> {
    const { receipts, statusBy } = this.#parts;
    if (status.state === 'sent' && statusBy !== 'events') receipts.read(roomId, ghost, eventId);
    const shown = statusBy === 'receipts' ? undefined : this.#show(key, roomId, ghost, eventId, status);
    const said = 'words' in status ? this.#say(`text:status:${key}`, roomId, ghost, status.words, eventId) : undefined;
    await Promise.all([shown, said]);
  }

  nameOf(roomId: RoomId, user: MatrixUserId): Promise<string> {
    return this.#parts.names.of(roomId, user);
  }

  async quoted(
    roomId: RoomId,
    eventId: EventId,
  ): Promise<{ readonly sender: MatrixUserId; readonly body: string } | undefined> {
    const { homeserver, portals, logger, clock } = this.#parts;
    const [portal] = await portals.inRoom(roomId);
    if (portal === undefined) return undefined;
    try {
      const as = portal.ghost as MatrixUserId;
      const raw = await this.#again(READ_FOR_MS, () => eventOf(homeserver, as, roomId, eventId));
      const event = parseEvent(raw === undefined ? undefined : { ...raw, room_id: roomId });
      const parsed = event && parseTextEvent(event, clock.now(), false);
      if (event === undefined || parsed?.kind !== 'text') return undefined;
      const said = ownWords(event.raw.content) ?? bodyOf(parsed.text.content);
      return said === undefined ? undefined : { sender: event.sender, body: said };
    } catch (error) {
      logger.debug({ roomId }, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  tell(user: MatrixUserId, text: string, key: string): Promise<void> {
    return this.#parts.tell(user, text, key);
  }

  /** Settles when nothing is under way any more. */
  async idle(): Promise<void> {
    await Promise.all([this.#lanes.idle(), this.#parts.receipts.idle()]);
  }

  #say(key: string, roomId: RoomId, as: MatrixUserId, text: string, inReplyTo?: EventId): Promise<void> {
    const content = noticeContent(text, inReplyTo);
    return this.#parts.sender.send({ type: 'm.room.message', content, key, lane: `notices:${roomId}`, roomId, as });
  }

  #show(key: string, roomId: RoomId, ghost: MatrixUserId, eventId: EventId, status: SendStatus): Promise<void> {
    const { ghosts, gatewayHost, sender } = this.#parts;
    const network = bridgeStateKey({ gatewayHost, dialled: ghosts.address(ghost)?.dialled ?? '' });
    let deliveredTo = this.#deliveredTo.get(eventId) ?? [];
    if ((status.state === 'delivered' || status.state === 'displayed') && !deliveredTo.includes(ghost)) {
      deliveredTo = [...deliveredTo, ghost];
      this.#deliveredTo.set(eventId, deliveredTo);
    }
    const content = statusContent(eventId, status, network, deliveredTo);
    const lane = `status:${roomId}:${eventId}`;
    return sender.send({ type: STATUS_EVENT, content, key: `text:event:${key}`, lane, roomId, as: ghost });
  }

  #again<T>(giveUpAfterMs: number, request: () => Promise<T>): Promise<T> {
    const { clock, logger, signal, liveness } = this.#parts;
    return retrying(request, { clock, logger, giveUpAfterMs, signal, liveness });
  }
}

/** No answer came, but for a connection that was never made. */
function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof HomeserverError) || error.facts.kind === 'refused') return false;
  return !/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/.test(error.facts.detail ?? '') && error.facts.status !== 429;
}

function ownWords(content: unknown): string | undefined {
  const words = objectOr(content)[SMS_WORDS];
  return typeof words === 'string' ? words : undefined;
}

function bodyOf(content: TextContent): string | undefined {
  switch (content.kind) {
    case 'text':
    case 'emote':
    case 'notice':
    case 'location':
      return content.body;
    case 'media':
      return content.caption ?? content.name;
    case 'other':
      return undefined;
    default:
      return content satisfies never;
  }
}
