/** Posts what waits: several conversations at once, each in its order, as often as it takes. */
import { Lru } from '../../lru.ts';
import { CallRoomError, type EventId, type MatrixUserId, type RoomId } from '../../matrix/index.ts';
import type { OptOut } from '../consent/opt-out.ts';
import type { GroupRelay } from '../groups/index.ts';
import type { WaitingArrival } from '../ports.ts';
import { Backlog, laneOf } from './backlog.ts';
import type { InboundParts } from './parts.ts';
import { piecesOf } from './pieces.ts';
import { type Place, Places } from './places.ts';
import { Quota } from './quota.ts';
import { canBeAnswered } from './sender.ts';
import { Telling } from './telling.ts';
import { whoItIs } from './who.ts';
import { writtenAt } from './written-at.ts';

const MOST_AT_ONCE = 32;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** So many failures of the homeserver with nothing posted between: it is not one room, it is away. */
const AWAY_AFTER = 8;
const LONGEST_AWAY_MS = 30_000;
/** Rooms of which it is known whether texts are held there. */
const MOST_ROOMS = 10_000;

export interface PosterParts extends InboundParts {
  readonly optOut: OptOut;
  readonly relay: GroupRelay;
  /** It is in the room. */
  readonly onPosted: (arrival: WaitingArrival) => void;
}

export class Poster {
  readonly #parts: PosterParts;
  readonly #backlog: Backlog;
  readonly #places: Places;
  readonly #quota: Quota;
  readonly #telling: Telling;
  readonly #poolNumbers: ReadonlySet<string>;
  readonly #stop = new AbortController();
  readonly #active = new Set<Promise<void>>();
  readonly #failures = new Map<string, number>();
  /** Failures of the homeserver since something was posted. */
  #awayCount = 0;
  #awayUntil = 0;
  /** Rooms in which nothing is held. */
  readonly #free = new Lru<RoomId, true>(MOST_ROOMS);
  /** When somebody last came into a room, counted in joins. */
  readonly #joins = new Lru<RoomId, number>(MOST_ROOMS);
  #joinCount = 0;
  /** Rooms that refused a text of a lane. */
  readonly #refused = new Map<string, RoomId>();
  #startedAt = 0;
  #isStopped = false;

  constructor(parts: PosterParts) {
    this.#parts = parts;
    const { clock, logger } = parts;
    this.#backlog = new Backlog({
      book: parts.books.arrivals,
      clock,
      onReady: () => this.#run(),
      onFault: (error) => logger.error({ err: error }, 'Texts that wait cannot be read; it is tried again'),
    });
    this.#places = new Places(parts);
    this.#telling = new Telling(parts);
    this.#quota = new Quota(parts.policy.perMinute);
    this.#poolNumbers = new Set(parts.pools.flatMap(({ numbers }) => numbers));
  }

  /** At start: what waits from before. */
  start(): void {
    this.#startedAt = this.#parts.clock.now();
    this.#backlog.again();
  }

  /** A text was taken. */
  added(): void {
    this.#backlog.added();
  }

  async joined(roomId: RoomId): Promise<void> {
    this.#joinCount += 1;
    this.#joins.set(roomId, this.#joinCount);
    await this.#release(roomId);
  }

  /** The user declined: they are told once of what is kept for them. */
  async declined(roomId: RoomId, user: MatrixUserId): Promise<void> {
    const held = await this.#parts.books.arrivals.held(roomId);
    const last = held.at(-1);
    if (last !== undefined) await this.#telling.declined(last, user, roomId);
  }

  /** Finishes what is under way, at most for so long. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    this.#backlog.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(graceMs, resolve);
    await Promise.race([Promise.all(this.#active), promise]);
    cancel();
    this.#stop.abort();
  }

  #run(): void {
    while (!this.#isStopped && this.#active.size < MOST_AT_ONCE && this.#awayUntil <= this.#parts.clock.now()) {
      const arrival = this.#backlog.next();
      if (arrival === undefined) return;
      const working = this.#work(arrival).finally(() => {
        this.#active.delete(working);
        this.#run();
      });
      this.#active.add(working);
    }
  }

  /** Never rejects. */
  async #work(arrival: WaitingArrival): Promise<void> {
    const { clock, logger } = this.#parts;
    const lane = laneOf(arrival);
    try {
      const admitted = this.#quota.admit(`${lane}|${arrival.called}`, arrival, clock.now());
      if (admitted.kind === 'later') {
        this.#backlog.wait(arrival, admitted.at);
        if (admitted.isFirst) await this.#telling.many(arrival, () => this.#places.find(arrival, this.#stop.signal));
        return;
      }
      const isDone = await this.#post(arrival);
      this.#failures.delete(lane);
      this.#awayCount = 0;
      this.#refused.delete(lane);
      if (isDone) this.#backlog.done(arrival);
      else this.#backlog.wait(arrival, clock.now());
    } catch (error) {
      if (this.#isStopped) return;
      if (isAway(error)) this.#awayCount += 1;
      if (isAway(error) && this.#awayCount >= AWAY_AFTER) {
        this.#backlog.putBack(arrival);
        this.#restUntilBack(error);
        return;
      }
      const failures = (this.#failures.get(lane) ?? 0) + 1;
      this.#failures.set(lane, failures);
      const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
      const facts = { textRef: arrival.textRef, err: error, retryInMs: pauseMs };
      const isNews = failures === 1 || failures % 10 === 0;
      logger[isNews ? 'warn' : 'debug'](facts, 'A text cannot be shown yet; it is kept and tried again');
      this.#backlog.wait(arrival, clock.now() + pauseMs);
    }
  }

  /** Nothing is tried while the homeserver is away: what waits stays where it is. */
  #restUntilBack(error: unknown): void {
    const { clock, logger } = this.#parts;
    const now = clock.now();
    if (this.#awayUntil > now) return;
    const retryInMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#awayCount - AWAY_AFTER), LONGEST_AWAY_MS);
    this.#awayUntil = now + retryInMs;
    clock.after(retryInMs, () => this.#run());
    logger.warn({ err: error, retryInMs }, 'The homeserver is away: texts are kept until it is back');
  }

  /** @returns false when it has to be looked at again, behind others of its lane */
  async #post(arrival: WaitingArrival): Promise<boolean> {
    const { books, optOut } = this.#parts;
    const { textRef, target } = arrival;
    // It may be of a process that died between the text and what it orders.
    if (arrival.receivedAt < this.#startedAt) await optOut.heard(arrival);
    const joins = this.#joinCount;
    const place = await this.#places.find(arrival, this.#stop.signal, this.#refused.get(laneOf(arrival)));
    const { roomId } = place;
    if (place.presence === 'joined') {
      if (await this.#releaseForgotten(roomId)) return false;
      await this.#show(arrival, place);
      return true;
    }
    await books.arrivals.hold(textRef, target, roomId);
    this.#free.delete(roomId);
    if (place.presence === 'declined' && target.kind === 'user') {
      await this.#telling.declined(arrival, target.user, roomId);
    }
    // They may have come while it was put aside.
    if ((this.#joins.get(roomId) ?? 0) <= joins) return true;
    await this.#release(roomId);
    return false;
  }

  async #show(arrival: WaitingArrival, place: Place): Promise<void> {
    const { books, optOut, relay, logger, clock, showNumber } = this.#parts;
    const { textRef, target } = arrival;
    const { roomId, ghost, conversation } = place;
    const eventId = await this.#postPieces(arrival, place);
    const user = conversation?.user ?? (target.kind === 'user' ? target.user : undefined);
    const who = await whoItIs(arrival, { roomId, ...(user === undefined ? {} : { user }) }, this.#parts);
    const shown = { roomId, ghost, eventId, who };
    // Before it counts as posted: what follows from it would be lost in a crash.
    if (target.kind === 'room') void this.#telling.howToAnswer(arrival, place);
    if (optOut.wordOf(arrival) !== undefined) await this.#telling.ordered(arrival, shown);
    else await relay.relay({ text: arrival, ...shown, ...(user === undefined ? {} : { user }) });
    await Promise.all([
      books.arrivals.posted(textRef, target, { roomId, eventId }),
      this.#noteUse(arrival, place, user),
    ]);
    const afterMs = Math.round(clock.now() - arrival.receivedAt);
    logger.info({ textRef, roomId, from: showNumber(arrival.sender), afterMs }, 'Text shown');
    this.#parts.onPosted(arrival);
  }

  async #postPieces(arrival: WaitingArrival, { roomId, ghost, conversation }: Place): Promise<EventId> {
    const { signalling, clock } = this.#parts;
    const sentAt = writtenAt(arrival, clock.now());
    const pieces = piecesOf(arrival.text);
    let last: EventId | undefined;
    try {
      for (const [index, body] of pieces.entries()) {
        // By room: two targets that are in the same room see it once.
        const key = `${arrival.textRef}|${roomId}${index === 0 ? '' : `|${index}`}`;
        last = await signalling.post({ key, roomId, ghost, body, ...(sentAt === undefined ? {} : { sentAt }) });
      }
    } catch (error) {
      // The next try goes to the user's chat.
      if (conversation !== undefined) this.#refused.set(laneOf(arrival), roomId);
      throw error;
    }
    if (last === undefined) throw new Error('a text that waits has nothing in it');
    return last;
  }

  async #noteUse(arrival: WaitingArrival, place: Place, user: MatrixUserId | undefined): Promise<void> {
    const { books, clock } = this.#parts;
    const { sender: telephone, called: number, transport } = arrival;
    if (!canBeAnswered(arrival)) return;
    const { roomId, ghost } = place;
    const lastAt = clock.now();
    const of = { roomId, telephone, ghost, number, transport, lastAt };
    await Promise.all([
      // One that is known stays where it stands: it is texts out that say where answers go.
      ...(place.conversation === undefined
        ? [books.conversations.used({ ...of, ...(user === undefined ? {} : { user }) })]
        : []),
      ...(this.#poolNumbers.has(number) ? [books.leases.used(number, telephone, lastAt)] : []),
    ]);
  }

  async #release(roomId: RoomId): Promise<boolean> {
    const released = await this.#parts.books.arrivals.release(roomId);
    this.#free.set(roomId, true);
    if (released > 0) this.#backlog.again();
    return released > 0;
  }

  /** What is held in a room where the user is: a process died before it was told that they came. */
  async #releaseForgotten(roomId: RoomId): Promise<boolean> {
    if (this.#free.get(roomId)) return false;
    const held = await this.#parts.books.arrivals.held(roomId);
    if (held.length > 0) return await this.#release(roomId);
    this.#free.set(roomId, true);
    return false;
  }
}

/** No answer, or "busy": not a refusal, which is about one room or user (HomeserverError, seen as what it says of itself). */
function isAway(error: unknown): boolean {
  const cause = error instanceof CallRoomError ? error.cause : error;
  return cause instanceof Error && 'retryable' in cause && cause.retryable === true;
}
