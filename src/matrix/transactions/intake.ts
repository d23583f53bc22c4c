/**
 * The way of events into the gateway: stored, then acknowledged, then handled room by room. A room's events are handled in
 * order; one room never waits for another. What a crash left unhandled is handled at the next start.
 */
import type { Logger } from 'pino';
import { KeyedQueue } from '../../keyed-queue.ts';
import type { InboxEvent, Store } from '../../store/index.ts';
import { type Clock, pause } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import { isDatabaseAway } from './database-away.ts';
import type { Arrival, EventHandler } from './handler.ts';
import { type IncomingEvent, parseEvent, parseTransaction } from './parse.ts';

/** Handled events between two prunings of the store. */
const PRUNE_EVERY = 1_000;
/** Until an event is handled again whose handling failed because the database was away. */
const RETRY_MS = 1_000;

export interface IntakeParts {
  readonly store: Pick<Store, 'inbox' | 'prune'>;
  readonly handler: EventHandler;
  /** Whether a user belongs to the gateway. */
  readonly isOwn: (userId: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #rooms = new KeyedQueue();
  /** Handled, but the store was not told yet: told together. */
  #done: string[] = [];
  #marking: Promise<void> | undefined;
  #sincePruned = 0;
  #open = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Rooms whose events are being handled now. */
  get busyRooms(): number {
    return this.#rooms.size;
  }

  /**
   * Settles when the transaction is on the disk and may be acknowledged; its events are then being handled, or wait for
   * `recover` when that was not called yet.
   */
  async accept(txnId: string, body: unknown): Promise<void> {
    const { store, clock, logger, isOwn } = this.#parts;
    const receivedAt = Math.floor(clock.now());
    const { events, malformed, digest } = parseTransaction(body, isOwn);
    if (malformed > 0)
      logger.warn({ txnId, malformed }, 'a transaction held entries that are no events; they were left out');
    const fresh = await store.inbox.receive({ txnId, digest, receivedAt }, events.map(toInbox));
    const ids = new Set<string>(this.#open ? fresh.map((event) => event.eventId) : []);
    for (const event of events) {
      // The first of two with one ID was stored.
      if (ids.delete(event.eventId)) this.#enqueue(event, { receivedAt, recovered: false });
    }
    logger.debug({ txnId, events: events.length, fresh: fresh.length }, 'transaction taken');
  }

  /** At start: handles what was taken over before and not finished, by this process or an earlier one. */
  async recover(): Promise<void> {
    const { store, logger } = this.#parts;
    const left = await store.inbox.unprocessed();
    this.#open = true;
    if (left.length > 0) logger.info({ events: left.length }, 'handling events from before the restart');
    for (const { eventId, body, receivedAt } of left) {
      const event = parseEvent(parseJson(body));
      if (event === undefined) this.#finished(eventId);
      else this.#enqueue(event, { receivedAt, recovered: true });
    }
  }

  /** From now on transactions are taken over and acknowledged, but wait for the next start. */
  close(): void {
    this.#open = false;
  }

  /** Settles when every event that was taken over is handled, and the store knows. */
  async idle(): Promise<void> {
    await this.#rooms.idle();
    while (this.#marking !== undefined) await this.#marking;
  }

  #enqueue(event: IncomingEvent, arrival: Arrival): void {
    this.#rooms
      .run(event.roomId, () => this.#handleWhenPossible(event, arrival))
      .catch((error: unknown) => {
        const context = { eventId: event.eventId, roomId: event.roomId, err: error };
        this.#parts.logger.warn(context, 'an event is left for the next start');
      });
  }

  /** While the database is away the room's events wait, in their order: handlers bear an event twice. */
  async #handleWhenPossible(event: IncomingEvent, arrival: Arrival): Promise<void> {
    const { clock, logger } = this.#parts;
    for (;;) {
      try {
        return await this.#handle(event, arrival);
      } catch (error) {
        if (!this.#open || !isDatabaseAway(error)) throw error;
        logger.warn({ eventId: event.eventId, roomId: event.roomId, err: error }, 'an event waits for the database');
        await pause(clock, RETRY_MS);
      }
    }
  }

  async #handle(event: IncomingEvent, arrival: Arrival): Promise<void> {
    const found = await this.#parts.handler.handle(event, arrival);
    await this.#handleFound(found);
    // Not reached when the gateway stops meanwhile: then the next process handles the event.
    this.#finished(event.eventId);
  }

  /** Events read from the room itself: through the same inbox, since the homeserver may push them as well. */
  async #handleFound(found: readonly JsonObject[]): Promise<void> {
    const events = found.flatMap((raw) => parseEvent(raw) ?? []);
    if (events.length === 0) return;
    const { store, clock, handler, logger } = this.#parts;
    const receivedAt = Math.floor(clock.now());
    const fresh = await store.inbox.add(events.map(toInbox), receivedAt);
    const ids = new Set(fresh.map((event) => event.eventId));
    logger.debug({ events: ids.size }, 'events of a ringing call found in the room');
    for (const event of events) {
      if (!ids.delete(event.eventId)) continue;
      try {
        await handler.handle(event, { receivedAt, recovered: false });
      } catch (error) {
        const context = { eventId: event.eventId, roomId: event.roomId, err: error };
        logger.warn(context, 'an event is left for the next start');
        continue;
      }
      this.#finished(event.eventId);
    }
  }

  #finished(eventId: string): void {
    this.#done.push(eventId);
    this.#scheduleMark();
  }

  #scheduleMark(): void {
    this.#marking ??= Promise.resolve()
      .then(() => this.#mark())
      .catch((error: unknown) => this.#parts.logger.error({ err: error }, 'cannot write to the store'))
      .finally(() => {
        this.#marking = undefined;
        if (this.#done.length > 0) this.#scheduleMark();
      });
  }

  async #mark(): Promise<void> {
    const { store, clock } = this.#parts;
    while (this.#done.length > 0) {
      const batch = this.#done.splice(0, 500);
      try {
        await store.inbox.markProcessed(batch);
      } catch (error) {
        if (!this.#open || !isDatabaseAway(error)) throw error;
        this.#done.unshift(...batch);
        await pause(clock, RETRY_MS);
        continue;
      }
      this.#sincePruned += batch.length;
    }
    if (this.#sincePruned < PRUNE_EVERY) return;
    this.#sincePruned = 0;
    await store.prune(clock.now());
  }
}

function toInbox(event: IncomingEvent): InboxEvent {
  return { eventId: event.eventId, roomId: event.roomId, body: event.json };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
