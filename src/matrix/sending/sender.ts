/** Sends events: stored first, in order within a lane, tried again until they arrive, each exactly once. */
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { KeyedQueue } from '../../keyed-queue.ts';
import type { OutgoingEvent, Store } from '../../store/index.ts';
import { HomeserverError } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retrying } from '../client/retry.ts';
import { sendEvent } from '../client/rooms.ts';
import type { Clock } from '../clock.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { sendingLimits } from './limits.ts';

export interface EventToSend {
  /** Idempotency key: the same key is sent once, also over a restart. */
  readonly key: string;
  /** Events of one lane arrive in the order in which they were handed over. */
  readonly lane: string;
  readonly roomId: RoomId;
  readonly as: MatrixUserId;
  readonly type: string;
  readonly content: JsonObject;
  /** Aborted: no more tries; an event that the homeserver does not have by then is given up. */
  readonly signal?: AbortSignal;
}

export interface EventSenderParts {
  readonly homeserver: Homeserver;
  readonly outbox: Store['outbox'];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness?: Liveness;
}

export class EventSender {
  readonly #parts: EventSenderParts;
  readonly #lanes = new KeyedQueue();
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #ofRooms = new Map<RoomId, Set<Promise<void>>>();
  readonly #stop = new AbortController();

  constructor(parts: EventSenderParts) {
    this.#parts = parts;
  }

  /** Settles when the homeserver has the event. Rejects with HomeserverError when it refuses or time is up. */
  send(event: EventToSend): Promise<void> {
    const already = this.#underWay.get(event.key);
    if (already !== undefined) return already;
    const { survivesRestart } = sendingLimits(event.type);
    const stored: OutgoingEvent = {
      key: event.key,
      lane: event.lane,
      roomId: event.roomId,
      sender: event.as,
      eventType: event.type,
      content: event.content,
      survivesRestart,
    };
    const isNew = this.#parts.outbox.add(stored, this.#parts.clock.now());
    // Whoever waits for the lane looks at it later; until then a failure must not count as unhandled.
    isNew.catch(() => {});
    const sent = this.#lanes.run(event.lane, async () => {
      if (await isNew) await this.#deliver(stored, event.signal);
    });
    this.#underWay.set(event.key, sent);
    const ofRoom = this.#ofRooms.get(event.roomId) ?? new Set();
    this.#ofRooms.set(event.roomId, ofRoom.add(sent));
    const forget = () => {
      this.#underWay.delete(event.key);
      ofRoom.delete(sent);
      if (ofRoom.size === 0) this.#ofRooms.delete(event.roomId);
    };
    sent.then(forget, forget);
    return sent;
  }

  /** At start: sends what the process before could not. Settles when everything is on its way. */
  async recover(): Promise<void> {
    const pending = await this.#parts.outbox.recover();
    const left = pending.filter((event) => !this.#underWay.has(event.key));
    if (left.length > 0)
      this.#parts.logger.info({ events: left.length }, 'sending what was left from before the restart');
    for (const event of left) {
      this.#lanes.run(event.lane, () => this.#deliver(event)).catch((error: unknown) => this.#explain(event, error));
    }
  }

  /** Settles when what is under way to a room now has arrived, or will not. */
  async settledIn(roomId: RoomId): Promise<void> {
    await Promise.allSettled(this.#ofRooms.get(roomId) ?? []);
  }

  /** Settles when nothing is under way any more. */
  idle(): Promise<void> {
    return this.#lanes.idle();
  }

  /** No more tries: what is not sent yet and survives a restart waits for the next process. */
  stop(): void {
    this.#stop.abort();
  }

  async #deliver(event: OutgoingEvent, given?: AbortSignal): Promise<void> {
    const { homeserver, outbox, ...retry } = this.#parts;
    const { giveUpAfterMs } = sendingLimits(event.eventType);
    const signal = given === undefined ? this.#stop.signal : AbortSignal.any([given, this.#stop.signal]);
    try {
      if (given?.aborted)
        throw new HomeserverError({ kind: 'refused', action: `send ${event.eventType}`, detail: 'withdrawn' });
      await retrying(
        () =>
          sendEvent(homeserver, {
            as: event.sender as MatrixUserId,
            roomId: event.roomId as RoomId,
            type: event.eventType,
            txnId: transactionId(event.key),
            content: event.content,
          }),
        { ...retry, giveUpAfterMs, signal },
      );
    } catch (error) {
      if (!this.#stop.signal.aborted) await outbox.markDone(event.key, 'failed');
      throw error;
    }
    // Not waited for: were it lost, the same transaction ID would be sent again, and the homeserver knows it.
    outbox
      .markDone(event.key, 'sent')
      .catch((error: unknown) => retry.logger.error({ err: error }, 'cannot write the outbox'));
  }

  #explain(event: OutgoingEvent, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.logger.warn(
      { roomId: event.roomId, type: event.eventType },
      `an event from before the restart is lost: ${why}`,
    );
  }
}

/** The Matrix transaction ID of an idempotency key: always the same, of harmless characters, not telling the key. */
export function transactionId(key: string): string {
  return `tl-${createHash('sha256').update(key).digest('base64url').slice(0, 32)}`;
}
