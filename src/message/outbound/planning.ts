/** From a text to the deliveries that are stored: permission, sender number, size. Nothing is stored or sent here. */
import { createHash } from 'node:crypto';
import type { EventId, MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { Delivery, Sender, TextPlan } from '../ports.ts';
import { countSegments } from '../segments/index.ts';
import { type Sentence, say } from '../sentences.ts';
import type { OutboundParts } from './parts.ts';
import { timeOf } from './teller.ts';
import type { Ways } from './ways.ts';

/** A text for one telephone. */
export interface Wanted {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly ghost: MatrixUserId;
  readonly dialled: string;
  readonly user: MatrixUserId;
  readonly text: string;
  readonly round: number;
  /** From when on its age counts: ms since 1970. */
  readonly since: number;
}

export type Planned =
  | { readonly kind: 'send'; readonly delivery: Delivery; readonly isShared: boolean; readonly segments: number }
  | { readonly kind: 'refuse'; readonly words: string };

export interface PlanningParts
  extends Pick<OutboundParts, 'decide' | 'policy' | 'books' | 'pools' | 'clock' | 'displayNumber' | 'logger'> {
  readonly ways: Ways;
}

export async function plan(wanted: Wanted, parts: PlanningParts): Promise<Planned> {
  const { roomId, user, dialled, text } = wanted;
  const decided = await parts.decide({ user, roomId, dialled });
  if (decided.kind === 'refuse') {
    if (decided.admin !== undefined) parts.logger.info({ eventId: wanted.eventId, user }, decided.admin);
    return { kind: 'refuse', words: decided.words };
  }
  const { segments } = countSegments(text);
  const tooLong = tooLongFor(text, segments, decided.plan, parts);
  if (tooLong) return { kind: 'refuse', words: say(tooLong) };
  const sender = await senderFor(decided.plan, user, parts);
  if ('refused' in sender) return { kind: 'refuse', words: say(sender.refused) };
  if (await parts.books.consents.hasOptedOut(sender.number ?? '', decided.plan.target)) {
    const who = parts.displayNumber(decided.plan.target);
    return { kind: 'refuse', words: say({ key: 'opted-out', params: { who } }) };
  }
  return {
    kind: 'send',
    delivery: deliveryOf(wanted, decided.plan, sender.number, parts),
    isShared: decided.plan.sender.kind === 'shared',
    segments,
  };
}

function tooLongFor(
  text: string,
  segments: number,
  { routes }: TextPlan,
  { policy, ways }: PlanningParts,
): Sentence | undefined {
  if (segments > policy.mostSegments) {
    return { key: 'too-many-segments', params: { segments: String(segments), most: String(policy.mostSegments) } };
  }
  const sizes = ways.factsOf({ routes, text }).map(({ parts }) => parts);
  if (sizes.some((parts) => typeof parts === 'number')) return undefined;
  const most = Math.max(...sizes.map((parts) => (typeof parts === 'number' ? 0 : parts.mostCharacters)));
  if (most <= 0) return { key: 'no-way-for-texts' };
  return { key: 'text-too-long', params: { characters: String(most) } };
}

async function senderFor(
  { sender, target }: TextPlan,
  user: MatrixUserId,
  { books, pools, clock, displayNumber, logger }: PlanningParts,
): Promise<{ readonly number: string | undefined } | { readonly refused: Sentence }> {
  if (sender.kind !== 'pool') return { number: numberOf(sender) };
  const pool = pools.find(({ name }) => name === sender.pool);
  if (pool === undefined) {
    logger.error({ pool: sender.pool }, 'There is no such pool of numbers');
    return { refused: { key: 'no-way-for-texts' } };
  }
  const lent = await books.leases.lend(pool, user, target, clock.now());
  if (lent.kind === 'lent') return { number: lent.number };
  const when = timeOf(lent.freeAt);
  logger.warn({ pool: pool.name, freeAt: when }, 'All numbers of the pool are lent for this telephone');
  return { refused: { key: 'pool-exhausted', params: { who: displayNumber(target), when } } };
}

function numberOf(sender: Exclude<Sender, { kind: 'pool' }>): string | undefined {
  return sender.number === '' ? undefined : sender.number;
}

function deliveryOf(
  { eventId, roomId, ghost, user, text, round, since }: Wanted,
  { target, routes }: TextPlan,
  sender: string | undefined,
  { clock, policy }: PlanningParts,
): Delivery {
  const createdAt = clock.now();
  return {
    ...referencesOf(eventId, target, round),
    eventId,
    roomId,
    ghost,
    user,
    lane: laneOf(roomId, ghost),
    target,
    ...(sender === undefined ? {} : { sender }),
    routes,
    text,
    createdAt,
    expiresAt: Math.min(since, createdAt) + policy.longestWaitMs,
    round,
  };
}

/** Texts of a room to one telephone go in order. */
export function laneOf(roomId: RoomId, ghost: MatrixUserId): string {
  return `${roomId}|${ghost}`;
}

/** The same in every process, so that a text which is taken up twice is one. */
export function referencesOf(key: string, target: string, round: number): Pick<Delivery, 'textRef' | 'reference'> {
  const hash = createHash('sha256').update(`${key}|${target}|${round}`).digest();
  return { textRef: `out-${hash.toString('hex', 0, 10)}`, reference: hash.readUInt16BE(10) };
}
