/** Whether a text goes, to which number, from whose, by which trunks; and whom a text that comes is for. Pure. */

import type { MatrixUserId, RingTarget } from '../matrix/index.ts';
import type {
  InboundTextDecided,
  InboundTextRequest,
  Sender,
  TextDecided,
  TextPlan,
  TextRoute,
} from '../message/index.ts';
import type { Dialled, Meaning, NumberRules } from '../number/index.ts';
import { type DestinationRule, mayDial } from './destinations.ts';
import { INSIDE, isOwnNumber, ownerOf, ringOfExtension, ringOfLine, targetsOf } from './inbound.ts';
import { findRule, type InboundRule, type RingStepRule } from './inbound-rules.ts';
import type { DestinationGuard } from './limits/index.ts';
import { extensionFor, type LineBook } from './line-book.ts';
import { factsOf, type NumberFacts } from './number-filter.ts';
import { type People, serverOf } from './people.ts';
import type { Prices } from './rating/index.ts';
import { chooseTrunks, type RouteRule } from './routing.ts';
import { isBlocked, nobodyPrefers, type PreferencesOf, screen } from './screening.ts';
import { textWords } from './text-words.ts';
import type { Availability, TrunkRules } from './trunk-rules.ts';

/** What is laid down for texts on a trunk. */
export type TextTrunk = Pick<TrunkRules, 'name' | 'weight' | 'asDialled'>;

/** A sender that nobody can answer. */
export interface SharedSender {
  readonly sender: string;
  readonly users: People;
  /** Empty: any. */
  readonly trunks: readonly string[];
}

export interface PoolRule {
  readonly name: string;
  readonly numbers: readonly string[];
  readonly users: People;
  /** Empty: any. */
  readonly trunks: readonly string[];
}

export interface TextRules {
  /** The homeserver's name: whoever is from elsewhere is federated. */
  readonly serverName: string;
  readonly mayText: People;
  readonly mayBeTexted: People;
  readonly destinations: readonly DestinationRule[];
  readonly numbersOf: (user: string) => NumberRules;
  /** Trunks that carry texts, in the order of the configuration. */
  readonly trunks: readonly TextTrunk[];
  readonly routes: readonly RouteRule[];
  readonly lines: LineBook;
  /** What users and control rooms want of texts to them. Default: nothing. */
  readonly preferencesOf?: PreferencesOf;
  readonly inbound: readonly InboundRule[];
  readonly timeZone: string;
  readonly sharedSenders: readonly SharedSender[];
  readonly pools: readonly PoolRule[];
  /** `+4490*`: a `*` at the end stands for anything. */
  readonly blockedSenders: readonly string[];
}

export interface TextInput {
  readonly user: MatrixUserId;
  /** What it reads as and what it means; undefined when it cannot be dialled. */
  readonly number: { readonly dialled: Dialled; readonly meaning: Meaning } | undefined;
  /** The line that the user chose. */
  readonly chosen?: string;
}

export interface TextMoment {
  readonly availability: (trunk: string) => Pick<Availability, 'state'> | undefined;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** What texts cost. Default: nothing is charged. */
  readonly prices?: Pick<Prices, 'text'>;
  /** Limits against fraud that look at the number alone. Default: none. */
  readonly guard?: DestinationGuard;
  /** ms since 1970. Default: 1970, for who has no prices. */
  readonly now?: number;
}

/** The order is that of calls: emergency numbers before all else, then permission, then the number, then the way. */
export function decideText(input: TextInput, rules: TextRules, moment: TextMoment): TextDecided {
  const { user, number } = input;
  const { serverName } = rules;
  if (number?.meaning.kind === 'emergency') return refuse(textWords.emergency(number.meaning.target));
  if (!rules.mayText.has(user)) {
    const isFederated = serverOf(user) !== serverName;
    const words = isFederated ? textWords.federated(serverName) : textWords.notPermitted;
    return refuse(words, `${user} is not in permissions.text_out`);
  }
  if (number === undefined) return refuse(textWords.unusable);
  const { dialled, meaning } = number;
  if (meaning.kind === 'code') return refuse(textWords.code);
  const inside = ownNumber(input, meaning, rules);
  if (inside !== undefined) return { kind: 'allow', plan: inside };
  const facts = factsOf(meaning, rules.numbersOf(user).region);
  if (!mayDial(user, facts, rules.destinations)) {
    return refuse(textWords.destination, `permissions.destinations denies numbers of type ${facts.type}`);
  }
  const closed = moment.guard?.closed(user, facts, rules.numbersOf(user).region);
  if (closed !== undefined) return refuse(textWords.destination, closed.admin);
  const anyWay = byExtension(input, rules) ?? byRoute(input, facts, rules, moment);
  if ('refused' in anyWay) return refuse(anyWay.refused, anyWay.admin);
  const way = priced(anyWay, meaning.target, moment);
  if ('refused' in way) return refuse(way.refused, way.admin);
  const [first] = way.routes;
  // As for calls; with several trunks the first says how the telephone is written to.
  const asDialled = rules.trunks.find(({ name }) => name === first.transport)?.asDialled === true;
  const target =
    asDialled && meaning.kind === 'e164' && dialled.kind === 'digits' && way.routes.length === 1
      ? dialled.dial
      : meaning.target;
  return { kind: 'allow', plan: { target, ...(meaning.kind === 'e164' ? { e164: meaning.target } : {}), ...way } };
}

/** Routes without a price for the number are left out. @param number in E.164; anything else has no price */
function priced(
  way: Way,
  number: string,
  { prices, now = 0 }: TextMoment,
): Way | { readonly refused: string; readonly admin: string } {
  if (prices === undefined) return way;
  const usable: TextRoute[] = [];
  const unknown: string[] = [];
  for (const route of way.routes) {
    const price = prices.text(route.transport, number, now);
    if (price.kind === 'no-rate') unknown.push(price.admin);
    else usable.push(route);
  }
  const [first, ...others] = usable;
  if (first === undefined) return { refused: textWords.noRate, admin: unknown.join('; ') };
  return { ...way, routes: [first, ...others] };
}

/** A number of our own is not written to by a trunk, at a price: but only from a number to which the answer comes back. */
function ownNumber({ user, chosen }: TextInput, meaning: Meaning, rules: TextRules): TextPlan | undefined {
  if (meaning.kind !== 'e164') return undefined;
  const { target } = meaning;
  const isOurs =
    isOwnNumber(target, { rules: rules.inbound, lines: rules.lines }) ||
    rules.pools.some(({ numbers }) => numbers.includes(target));
  const [first] = isOurs ? sendersOf(user, chosen, rules) : [];
  return first && { target, e164: target, sender: first.sender, routes: [{ transport: INSIDE }] };
}

type Way = Pick<TextPlan, 'sender' | 'routes'>;

/** Whoever has an extension writes as that extension, where its PBX carries texts. */
function byExtension({ user, chosen }: TextInput, { lines, trunks }: TextRules): Way | undefined {
  const found = extensionFor(lines, user, chosen);
  if (found === undefined || !trunks.some(({ name }) => name === found.trunk)) return undefined;
  const { trunk, extension } = found;
  return { sender: { kind: 'line', number: extension }, routes: [{ transport: trunk, account: extension }] };
}

function byRoute(
  { user, chosen }: TextInput,
  number: NumberFacts,
  rules: TextRules,
  { availability, random }: TextMoment,
): Way | { readonly refused: string; readonly admin: string } {
  const routing = chooseTrunks({
    user,
    number,
    trunks: rules.trunks,
    routes: onlyTexts(rules),
    // A trunk that has as many calls as it may have still takes texts.
    availability: (trunk) => ({ state: availability(trunk)?.state ?? 'unknown', calls: 0 }),
    random,
  });
  if (routing.kind !== 'trunks') {
    return { refused: textWords.noWay, admin: 'no route with a trunk that carries texts has this number' };
  }
  const trunks = routing.trunks.map(({ name }) => name);
  const senders = sendersOf(user, chosen, rules);
  // Those without a sender of theirs write from the trunk's own number.
  if (senders.length === 0) senders.push({ sender: { kind: 'line', number: '' }, trunks: [] });
  for (const { sender, trunks: known } of senders) {
    const usable = known.length === 0 ? trunks : trunks.filter((name) => known.includes(name));
    const [first, ...others] = usable.map((transport): TextRoute => ({ transport }));
    if (first !== undefined) return { sender, routes: [first, ...others] };
  }
  return { refused: textWords.noSender, admin: `no trunk that this number goes by knows a sender of ${user}` };
}

/**
 * Routes to trunks that carry no texts are not there, so that the next best one is taken. Where none is left, routes speak of
 * calls alone, and every trunk for texts carries every number.
 */
function onlyTexts({ routes, trunks }: TextRules): readonly RouteRule[] {
  const carry = new Set(trunks.map(({ name }) => name));
  return routes
    .map((route) => ({ ...route, trunks: route.trunks.filter((name) => carry.has(name)) }))
    .filter((route) => route.trunks.length > 0);
}

interface SenderChoice {
  readonly sender: Sender;
  /** Trunks that know it; empty: any. */
  readonly trunks: readonly string[];
}

/** The number that the user chose, their others, one that is lent to them, one that many share. */
function sendersOf(user: string, chosen: string | undefined, rules: TextRules): SenderChoice[] {
  const { lines, pools, sharedSenders } = rules;
  const own = lines.linesOf(user);
  const chosenFirst = [
    ...own.filter(({ number }) => number === chosen),
    ...own.filter(({ number }) => number !== chosen),
  ];
  return [
    ...chosenFirst.map(({ number, trunk }) => ({
      sender: { kind: 'line', number } as const,
      trunks: trunk === undefined ? [] : [trunk],
    })),
    ...pools
      .filter(({ users }) => users.has(user))
      .map(({ name, trunks }) => ({ sender: { kind: 'pool', pool: name } as const, trunks })),
    ...sharedSenders
      .filter(({ users }) => users.has(user))
      .map(({ sender, trunks }) => ({ sender: { kind: 'shared', number: sender } as const, trunks })),
  ];
}

/** @param now ms since 1970, for rules with hours */
export function decideInboundText(request: InboundTextRequest, rules: TextRules, now: number): InboundTextDecided {
  const { called, account, transport, sender } = request;
  if (rules.blockedSenders.some((entry) => isBlocked(sender, entry))) {
    return { kind: 'nobody', admin: 'the sender is in inbound.blocked_callers' };
  }
  const pool = rules.pools.find(({ numbers }) => numbers.includes(called));
  if (pool !== undefined) return { kind: 'pool', pool: pool.name };
  const names = account === undefined || account === called ? [called] : [called, account];
  const meant = whomItMeans(names, transport, rules, now);
  const [first, ...others] = meant.filter((target) => !isUnwanted(sender, target, rules, now));
  if (first === undefined && meant.length > 0) return { kind: 'nobody', admin: 'all whom it is for block this sender' };
  if (first !== undefined) return { kind: 'users', targets: [first, ...others] };
  if (rules.sharedSenders.some((one) => one.sender === called)) return { kind: 'shared' };
  return { kind: 'nobody', admin: 'nobody is set up to get texts to this number' };
}

/** Texts disturb nobody: only a block keeps them away. Without a sender nothing can be said of it. */
function isUnwanted(sender: string, target: RingTarget, rules: TextRules, now: number): boolean {
  const { preferencesOf = nobodyPrefers } = rules;
  const owner = ownerOf(target);
  if (owner === undefined || sender === '') return false;
  return screen({ number: sender, withheld: false }, preferencesOf(owner), now) === 'blocked';
}

/** Like a call: a rule that names the number, before its extension or line, before rules for many numbers. */
function whomItMeans(names: readonly string[], trunk: string, rules: TextRules, now: number): readonly RingTarget[] {
  const text = { called: names, now, timeZone: rules.timeZone, ...(trunk === INSIDE ? {} : { trunk }) };
  // Nobody is woken by a text: outside the hours it waits in the room like any other.
  const rule = findRule(rules.inbound, text) ?? findRule(atAnyHour(rules.inbound), text);
  const ofRule = rule === undefined ? [] : ofFirstStep(rule.rule, rules);
  if (rule?.exactness === 'number') return ofRule;
  const extension = names.map((name) => rules.lines.extension(trunk, name)).find((each) => each !== undefined);
  if (extension !== undefined) return ofRing(ringOfExtension(extension, 0), rules);
  const line = names.map((name) => rules.lines.lineOf(name)).find((each) => each !== undefined);
  const ofLine = line === undefined ? [] : ofRing(ringOfLine(line, 0), rules);
  return ofLine.length > 0 ? ofLine : ofRule;
}

function atAnyHour(rules: readonly InboundRule[]): readonly InboundRule[] {
  return rules.map((rule) => ({ ...rule, hours: [] }));
}

/** Everybody of the first step in which anybody may be written to: a text is not handed on like a call that nobody takes. */
function ofFirstStep({ ring }: InboundRule, rules: TextRules): readonly RingTarget[] {
  return ofRing(ring, rules);
}

function ofRing(ring: readonly RingStepRule[], { mayBeTexted }: TextRules): readonly RingTarget[] {
  return ring.map((step) => targetsOf(step, mayBeTexted)).find((targets) => targets.length > 0) ?? [];
}

function refuse(words: string, admin?: string): TextDecided {
  return { kind: 'refuse', words, ...(admin === undefined ? {} : { admin }) };
}
