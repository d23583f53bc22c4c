/** Takes texts of rooms: each becomes one delivery for each telephone, in one commit, or words that say why not. */
import { Lru } from '../../lru.ts';
import type {
  EventId,
  IncomingReaction,
  IncomingRedaction,
  IncomingText,
  RoomId,
  TextRoom,
} from '../../matrix/index.ts';
import type { RelayedText } from '../parts.ts';
import type { Delivery, StoredDelivery } from '../ports.ts';
import { costSentence } from '../segments/index.ts';
import { type Sentence, say } from '../sentences.ts';
import type { Charges } from './charges.ts';
import type { OutboundParts } from './parts.ts';
import { type Planned, plan, type Wanted } from './planning.ts';
import type { Runner } from './runner.ts';
import { UserLimit } from './user-limit.ts';
import type { Ways } from './ways.ts';
import { within } from './within.ts';
import { namesFor, wordingOf } from './wording.ts';

export interface IntakeParts extends OutboundParts {
  readonly ways: Ways;
  readonly runner: Runner;
  readonly charges: Charges;
}

type Telephone = TextRoom['ghosts'][number];

export class Intake {
  readonly #parts: IntakeParts;
  readonly #limit: UserLimit;
  /** Texts of late of which nothing was sent, so that another can take their place. */
  readonly #refused = new Lru<EventId, true>(MOST_REFUSED);

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#limit = new UserLimit(parts.policy.perUser, parts.clock);
  }

  async onText(text: IncomingText, room: TextRoom): Promise<void> {
    const { eventId, roomId, sender: user } = text;
    if (room.ghosts.length === 0) return;
    if (text.recovered && (await this.#isKnown(eventId))) return;
    const isReplacement = text.edits !== undefined && (await this.#withdrawAll(text.edits));
    const worded = await wordingOf(text, room, this.#parts, isReplacement);
    if (worded.kind === 'ignore') return;
    if (worded.kind === 'refuse') return this.#refuse(text, room, worded.words, worded.onceInRoom);
    const since = text.recovered ? text.sentAt : this.#parts.clock.now();
    await this.#send({ eventId, roomId, user, text: worded.text, round: 0, since }, room.ghosts);
  }

  /** The gateway itself is in trouble; the text is not lost. */
  async notTaken({ eventId, roomId }: IncomingText, room: TextRoom): Promise<void> {
    const ghost = room.ghosts[0]?.ghost;
    if (ghost === undefined) return;
    const status = { state: 'waiting', words: say({ key: 'cannot-be-stored' }) } as const;
    const key = `${eventId}|${ghost}|not-taken`;
    await this.#quietly(this.#parts.signalling.status({ key, roomId, ghost, eventId, status }));
  }

  /** A text of one telephone for the others. */
  async relay({ eventId, roomId, user, to, text }: RelayedText): Promise<void> {
    if (to.length === 0) return;
    const since = this.#parts.clock.now();
    // Not counted as the user's: how much is relayed is limited where texts come in.
    await this.#send({ eventId, roomId, user, text, round: 0, since }, to, 'uncounted');
  }

  /** A reaction that does not mean "send again", where the administrator wants telephones to see them. */
  async onReaction(reaction: IncomingReaction, room: TextRoom): Promise<void> {
    const { policy, signalling, clock } = this.#parts;
    if (policy.reactions === 'ignore' || room.ghosts.length === 0) return;
    const { eventId, roomId, sender: user, target } = reaction;
    if (await this.#isKnown(eventId)) return;
    const quoted = await signalling.quoted(roomId, target);
    const content = { kind: 'text', body: reaction.key } as const;
    const { writer } = await namesFor({ roomId, sender: user, content }, room, this.#parts);
    const text = reactionText(reaction.key, quoted?.body, writer);
    await this.#send({ eventId, roomId, user, text, round: 0, since: clock.now() }, room.ghosts);
  }

  async onRedaction({ target }: IncomingRedaction): Promise<void> {
    const { books, runner } = this.#parts;
    const deliveries = latestRounds(await books.deliveries.ofEvent(target));
    for (const delivery of deliveries) await runner.tell(delivery, { type: 'redacted' });
    runner.wake();
  }

  /** Sends again what failed, of one room. @returns how many */
  async again(given: readonly StoredDelivery[], user: IncomingText['sender']): Promise<number> {
    const { books, rooms, runner, charges } = this.#parts;
    const failed = latestRounds(given).filter(({ state }) => state === 'failed');
    const [first] = failed;
    if (first === undefined) return 0;
    if (!this.#limit.take(user, failed.length)) {
      await this.#failed(first, say({ key: 'user-limit' }), `limit-${first.round}`);
      return 0;
    }
    const room = await rooms.look(first.roomId);
    const deliveries: Delivery[] = [];
    for (const each of failed) {
      // A room of several may not name every ghost that was written to there.
      const { dialled } = room?.ghosts.find(({ ghost }) => ghost === each.ghost) ?? { dialled: each.target };
      const delivery = await this.#planAgain(each, dialled, user);
      if (delivery === undefined) continue;
      const held = await charges.hold([delivery]);
      if (held.kind === 'refused') await this.#failed(delivery, say(held.sentence), `again-${delivery.round}`);
      else deliveries.push(delivery);
    }
    const added = await books.deliveries.add(deliveries);
    runner.wake();
    return added.length;
  }

  async #planAgain(
    failed: StoredDelivery,
    dialled: string,
    user: IncomingText['sender'],
  ): Promise<Delivery | undefined> {
    const { signalling, clock } = this.#parts;
    const { eventId, roomId, ghost } = failed;
    // What the network had accepted before it said that it is lost is no longer here; the room still has it.
    const text = failed.text === '' ? (await signalling.quoted(roomId, eventId))?.body : failed.text;
    if (text === undefined) return undefined;
    const round = failed.round + 1;
    const wanted = { eventId, roomId, ghost, dialled, user, text, round, since: clock.now() };
    const planned = await plan(wanted, this.#parts);
    if (planned.kind === 'send') return planned.delivery;
    await this.#failed({ eventId, roomId, ghost }, planned.words, `again-${round}`);
    return undefined;
  }

  async #send(
    text: Omit<Wanted, 'ghost' | 'dialled'>,
    to: readonly Telephone[],
    counting: 'counted' | 'uncounted' = 'counted',
  ): Promise<void> {
    const { policy, books, runner, charges, logger, showNumber } = this.#parts;
    const [first] = to;
    if (first === undefined) return;
    if (to.length > policy.mostTelephones) {
      const params = { most: String(policy.mostTelephones), telephones: String(to.length) };
      return this.#failed({ ...text, ghost: first.ghost }, say({ key: 'too-many-telephones', params }));
    }
    if (counting === 'counted' && !this.#limit.take(text.user, to.length)) {
      return this.#failed({ ...text, ghost: first.ghost }, say({ key: 'user-limit' }));
    }
    const planned: Extract<Planned, { kind: 'send' }>[] = [];
    for (const { ghost, dialled } of to) {
      const each = await plan({ ...text, ghost, dialled }, this.#parts);
      if (each.kind === 'send') planned.push(each);
      else await this.#failed({ ...text, ghost }, each.words);
    }
    const deliveries = planned.map(({ delivery }) => delivery);
    const held = await charges.hold(deliveries);
    if (held.kind === 'refused') {
      for (const delivery of deliveries) await this.#failed(delivery, say(held.sentence));
      return;
    }
    if (planned.length === 0) return;
    await this.#tellOnce(planned);
    const added = await books.deliveries.add(deliveries);
    await charges.release(held, added);
    for (const { textRef, target, sender } of added) {
      const facts = { textRef, to: showNumber(target), from: sender && showNumber(sender), user: text.user };
      logger.info(facts, 'Text taken');
    }
    runner.wake();
  }

  /** What a user has to know before the first text of its kind in a room leaves. */
  async #tellOnce(planned: readonly Extract<Planned, { kind: 'send' }>[]): Promise<void> {
    const [first] = planned;
    if (first === undefined) return;
    const { policy, displayNumber } = this.#parts;
    const { roomId, ghost, eventId } = first.delivery;
    for (const { isShared, delivery } of planned) {
      if (!isShared) continue;
      const sender = displayNumber(delivery.sender ?? '');
      await this.#notice(`cannot-be-answered|${roomId}|${delivery.ghost}`, roomId, delivery.ghost, eventId, {
        key: 'cannot-be-answered',
        params: { sender },
      });
    }
    const telephones = planned.length;
    const isGroup = telephones > 1 && policy.groupCostNotice;
    if (!isGroup && first.segments <= policy.costNoticeAbove) return;
    const cost = costSentence(first.delivery.text, { telephones });
    const key = `${isGroup ? 'cost-of-group' : 'cost-of-long'}|${roomId}`;
    await this.#notice(key, roomId, ghost, eventId, { key: 'cost', params: { cost } });
  }

  /** Whether no telephone has or gets the text, so that another can take its place. */
  async #withdrawAll(eventId: EventId): Promise<boolean> {
    const deliveries = latestRounds(await this.#parts.books.deliveries.ofEvent(eventId));
    if (deliveries.length === 0) return this.#refused.get(eventId) === true;
    if (!deliveries.every(hasNotLeft)) return false;
    for (const delivery of deliveries) {
      const type = delivery.state === 'failed' ? 'redacted' : 'left';
      const { state } = await this.#parts.runner.tell(delivery, { type });
      if (state.phase !== 'withdrawn') return false;
    }
    return true;
  }

  async #isKnown(eventId: EventId): Promise<boolean> {
    return (await this.#parts.books.deliveries.ofEvent(eventId)).length > 0;
  }

  async #refuse({ eventId, roomId }: IncomingText, room: TextRoom, words: string, onceInRoom?: string): Promise<void> {
    const ghost = room.ghosts[0]?.ghost;
    if (ghost === undefined) return;
    if (onceInRoom === undefined) return this.#failed({ eventId, roomId, ghost }, words);
    const notice = { key: `${onceInRoom}|${roomId}`, roomId, as: ghost, text: words, inReplyTo: eventId };
    await this.#quietly(this.#parts.signalling.notice(notice));
  }

  async #failed(
    { eventId, roomId, ghost }: Pick<Delivery, 'eventId' | 'roomId' | 'ghost'>,
    words: string,
    what = 'refused',
  ): Promise<void> {
    this.#refused.set(eventId, true);
    await this.#quietly(
      this.#parts.signalling.status({
        key: `${eventId}|${ghost}|${what}`,
        roomId,
        ghost,
        eventId,
        status: { state: 'failed', words, canBeSentAgain: false },
      }),
    );
  }

  #notice(key: string, roomId: RoomId, as: Telephone['ghost'], inReplyTo: EventId, sentence: Sentence): Promise<void> {
    const notice = this.#parts.signalling.notice({ key, roomId, as, text: say(sentence), inReplyTo });
    // A homeserver that is away must not keep texts from leaving.
    return within(LONGEST_NOTICE_MS, this.#quietly(notice), this.#parts.clock);
  }

  /** Words that cannot be said do not keep the text. */
  async #quietly(saying: Promise<void>): Promise<void> {
    try {
      await saying;
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'A notice about a text could not be sent');
    }
  }
}

function hasNotLeft({ state, progress }: StoredDelivery): boolean {
  if (progress.partsAccepted > 0 || progress.underWay) return false;
  return state === 'waiting' || state === 'failed' || state === 'withdrawn';
}

/** Of each telephone the last time it was asked for. */
export function latestRounds(deliveries: readonly StoredDelivery[]): StoredDelivery[] {
  const latest = new Map<string, StoredDelivery>();
  for (const delivery of deliveries) {
    const known = latest.get(`${delivery.eventId}|${delivery.target}`);
    if (known === undefined || known.round < delivery.round) {
      latest.set(`${delivery.eventId}|${delivery.target}`, delivery);
    }
  }
  return [...latest.values()];
}

const LONGEST_QUOTE = 60;
/** A user who is told what is wrong with a text often edits it. */
const MOST_REFUSED = 1_000;
const LONGEST_NOTICE_MS = 5_000;

/** As telephones say it to one another: `Reacted 👍 to “See you at 8”`. */
function reactionText(key: string, body: string | undefined, writer: string | undefined): string {
  const said = body === undefined ? `Reacted ${key}` : `Reacted ${key} to “${shorten(body)}”`;
  return writer === undefined ? said : `${writer}: ${said}`;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/gu, ' ').trim();
  const characters = [...line];
  return characters.length <= LONGEST_QUOTE ? line : `${characters.slice(0, LONGEST_QUOTE - 1).join('')}…`;
}
