/** Texts on their way out: taken from rooms, stored, handed to a transport, and followed until their end. */

import { KeyedQueue } from '../../keyed-queue.ts';
import type {
  EventId,
  IncomingReaction,
  IncomingRedaction,
  IncomingText,
  MatrixUserId,
  RoomId,
  TextRoom,
} from '../../matrix/index.ts';
import type { OutboundDesk } from '../parts.ts';
import type { Delivery } from '../ports.ts';
import type { Receipt } from '../transport.ts';
import { Charges } from './charges.ts';
import { Intake, latestRounds } from './intake.ts';
import { NOWHERE, type OutboundParts } from './parts.ts';
import { laneOf, referencesOf } from './planning.ts';
import { Receipts } from './receipts.ts';
import { Runner } from './runner.ts';
import { Teller } from './teller.ts';
import { Ways } from './ways.ts';

export { Gate } from './gate.ts';
export type { OutboundParts } from './parts.ts';
export { defaultOutboundPolicy, type OutboundPolicy } from './policy.ts';
export { sentAgain } from './sent-again.ts';

/** An answer to STOP or HELP that comes an hour late only puzzles. */
const ANSWER_MS = 3_600_000;
/** Of one room, for `texts resend`. */
const MOST_AGAIN = 100;
const TIDY_MS = 600_000;

export interface OutboundSide extends OutboundDesk {
  onText(text: IncomingText, room: TextRoom): Promise<void>;
  onReaction(reaction: IncomingReaction, room: TextRoom): Promise<void>;
  onRedaction(redaction: IncomingRedaction): Promise<void>;
  receipt(receipt: Receipt): Promise<void>;
  resend(what: { readonly roomId: RoomId; readonly eventId?: EventId; readonly user: MatrixUserId }): Promise<number>;
  /** From now on texts leave; those of an earlier process first. */
  start(): void;
  /** Since the start. */
  readonly stats: { readonly sent: number; readonly failed: number; readonly lanes: number };
  close(graceMs: number): Promise<void>;
}

export function createOutboundTexts(parts: OutboundParts): OutboundSide {
  return new Outbound(parts);
}

class Outbound implements OutboundSide {
  readonly #parts: OutboundParts;
  readonly #runner: Runner;
  readonly #intake: Intake;
  readonly #receipts: Receipts;
  readonly #rooms = new KeyedQueue();
  readonly #counts = { sent: 0, failed: 0 };
  #isClosed = false;
  #cancelTidying: (() => void) | undefined;

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    const ways = new Ways(parts.transports, parts.policy, parts.clock);
    const charges = new Charges(parts.charging, ways);
    this.#runner = new Runner({
      ...parts,
      ways,
      charges,
      teller: new Teller(parts),
      onCounted: (what) => {
        this.#counts[what] += 1;
      },
      onMessageId: (transport, messageId) => this.#receipts.accepted(transport, messageId),
    });
    this.#intake = new Intake({ ...parts, ways, charges, runner: this.#runner });
    this.#receipts = new Receipts({ ...parts, runner: this.#runner });
    for (const transport of parts.transports) transport.onUp(() => void this.#runner.up(transport.name));
  }

  async onText(text: IncomingText, room: TextRoom): Promise<void> {
    try {
      await this.#rooms.run(text.roomId, () => this.#intake.onText(text, room));
    } catch (error) {
      // The event stays with the Matrix side, which hands it over again at the next start.
      await this.#intake.notTaken(text, room);
      throw error;
    }
  }

  async onReaction(reaction: IncomingReaction, room: TextRoom): Promise<void> {
    if (!isAgain(reaction.key)) {
      await this.#rooms.run(reaction.roomId, () => this.#intake.onReaction(reaction, room));
      return;
    }
    const { roomId, target: eventId, sender: user } = reaction;
    await this.resend({ roomId, eventId, user });
  }

  onRedaction(redaction: IncomingRedaction): Promise<void> {
    return this.#intake.onRedaction(redaction);
  }

  receipt(receipt: Receipt): Promise<void> {
    return this.#receipts.take(receipt);
  }

  relay(text: Parameters<OutboundDesk['relay']>[0]): Promise<void> {
    return this.#rooms.run(text.roomId, () => this.#intake.relay(text));
  }

  async answer({
    key,
    transport,
    account,
    target,
    sender,
    text,
  }: Parameters<OutboundDesk['answer']>[0]): Promise<void> {
    const { books, clock } = this.#parts;
    const createdAt = clock.now();
    const delivery: Delivery = {
      ...referencesOf(key, target, 0),
      eventId: key as EventId,
      roomId: NOWHERE as RoomId,
      ghost: NOWHERE as MatrixUserId,
      user: NOWHERE as MatrixUserId,
      lane: `answers|${transport}|${target}`,
      target,
      ...(sender === '' ? {} : { sender }),
      routes: [{ transport, ...(account === undefined ? {} : { account }) }],
      text,
      createdAt,
      expiresAt: createdAt + ANSWER_MS,
      round: 0,
    };
    await books.deliveries.add([delivery]);
    this.#runner.wake();
  }

  async left(roomId: RoomId, ghost: MatrixUserId): Promise<void> {
    const { books, logger } = this.#parts;
    const withdrawn = await this.#runner.withdraw(laneOf(roomId, ghost));
    await books.conversations.ended(roomId, ghost);
    if (withdrawn > 0)
      logger.info({ roomId, withdrawn }, 'The telephone is no longer in the room: texts are withdrawn');
  }

  async resend(what: Parameters<OutboundSide['resend']>[0]): Promise<number> {
    const { deliveries } = this.#parts.books;
    const { roomId, eventId, user } = what;
    return await this.#rooms.run(roomId, async () => {
      const failed =
        eventId === undefined ? await deliveries.failedIn(roomId, MOST_AGAIN) : await deliveries.ofEvent(eventId);
      return await this.#intake.again(
        latestRounds(failed).filter((each) => each.roomId === roomId),
        user,
      );
    });
  }

  start(): void {
    this.#runner.start();
    if (this.#parts.charging !== undefined) void this.#tidy();
  }

  async #tidy(): Promise<void> {
    const { charging, clock, logger } = this.#parts;
    try {
      await charging?.tidy();
    } catch (error) {
      logger.error({ err: error }, 'What is held for texts that are over could not be given back; it is tried again');
    }
    if (!this.#isClosed) this.#cancelTidying = clock.after(TIDY_MS, () => void this.#tidy());
  }

  get stats(): OutboundSide['stats'] {
    return { ...this.#counts, lanes: this.#runner.lanes };
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#cancelTidying?.();
    await this.#runner.stop(graceMs);
  }
}

/** 🔁, with or without the mark that asks for a picture of it. */
function isAgain(key: string): boolean {
  return key.replace(/\u{FE0F}$/u, '') === '🔁';
}
