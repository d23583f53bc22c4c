/** Whether a text goes, to which number, from whose, by which trunks; and whom a text that comes is for. Pure. */

import type { MatrixUserId, RingTarget } from '../matrix/index.ts';
import type { InboundTextDecided, InboundTextRequest, Sender, TextDecided, TextRoute } from '../message/index.ts';
import type { Dialled, Meaning, NumberRules } from '../number/index.ts';
import { type DestinationRule, mayDial } from './destinations.ts';
import { findRule, type InboundRule } from './inbound-rules.ts';
import type { BookedExtension, LineBook } from './line-book.ts';
import { factsOf } from './number-filter.ts';
import { type People, serverOf } from './people.ts';
import { chooseTrunks, type RouteRule } from './routing.ts';
import { textWords } from './text-words.ts';
import type { Availability, TrunkRules } from './trunk-rules.ts';

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
  readonly trunks: readonly string[];
}

export interface TextRules {
  readonly serverName: string;
  readonly mayText: People;
  readonly mayBeTexted: People;
  readonly destinations: readonly DestinationRule[];
  readonly numbersOf: (user: string) => NumberRules;
  /** Trunks that carry texts, in the order of the configuration. */
  readonly trunks: readonly TrunkRules[];
  readonly routes: readonly RouteRule[];
  readonly lines: LineBook;
  readonly inbound: readonly InboundRule[];
  readonly timeZone: string;
  readonly sharedSenders: readonly SharedSender[];
  readonly pools: readonly PoolRule[];
  /** `+4490*`: a `*` at the end stands for anything. */
  readonly blockedSenders: readonly string[];
}

export interface TextInput {
  readonly user: MatrixUserId;
  /** As dialled. */
  readonly literal: string;
  /** Undefined when it cannot be dialled. */
  readonly number: { readonly dialled: Dialled; readonly meaning: Meaning } | undefined;
  /** The line that the user chose. */
  readonly chosen?: string;
}

export interface TextMoment {
  readonly availability: (trunk: string) => Availability | undefined;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export function decideText(input: TextInput, rules: TextRules, moment: TextMoment): TextDecided {
  const { user, number } = input;
  if (!rules.mayText.has(user)) {
    const isFederated = serverOf(user) !== rules.serverName;
    return refuse(
      isFederated ? textWords.federated(rules.serverName) : textWords.notPermitted,
      `${user} is not in permissions.text_out`,
    );
  }
  if (number === undefined) return refuse(textWords.unusable);
  const { dialled, meaning } = number;
  if (meaning.kind === 'emergency') return refuse(textWords.emergency(meaning.target));
  if (meaning.kind === 'code') return refuse(textWords.code);
  if (rules.trunks.length === 0) return refuse(textWords.noTrunk, 'no trunk has texts.enabled');
  const facts = factsOf(meaning, rules.numbersOf(user).region);
  if (!mayDial(user, facts, rules.destinations))
    return refuse(textWords.destination, `permissions.destinations denies numbers of type ${facts.type}`);
  const target = { target: meaning.target, ...(meaning.kind === 'e164' ? { e164: meaning.target } : {}) };
  const extension = rules.lines.extensionOf(user);
  if (extension !== undefined) {
    if (!rules.trunks.some(({ name }) => name === extension.trunk))
      return refuse(textWords.noTrunk, `trunk ${extension.trunk} carries no texts`);
    return allow(byExtension(extension, dialled, target));
  }
  const routing = chooseTrunks({ user, number: facts, trunks: rules.trunks, routes: onlyTexts(rules), ...moment });
  // A trunk that has all its calls still takes texts.
  const trunks = routing.kind === 'trunks' ? routing.trunks : [];
  const sender = senderOf(
    input,
    rules,
    trunks.map(({ name }) => name),
  );
  if (trunks.length === 0) return refuse(textWords.noWay, 'no route with a trunk that carries texts has this number');
  const [first, ...others] = sender.trunks.map((transport): TextRoute => ({ transport }));
  if (first === undefined)
    return refuse(textWords.noSender, `no trunk that this number goes by knows ${user}'s sender`);
  return allow({ ...target, sender: sender.sender, routes: [first, ...others] });
}

function onlyTexts({ routes, trunks }: TextRules): readonly RouteRule[] {
  const carry = new Set(trunks.map(({ name }) => name));
  return routes
    .map((route) => ({ ...route, trunks: route.trunks.filter((name) => carry.has(name)) }))
    .filter((route) => route.trunks.length > 0);
}

function byExtension(
  { extension, trunk }: BookedExtension,
  _dialled: Dialled,
  target: { readonly target: string },
): Extract<TextDecided, { kind: 'allow' }>['plan'] {
  return { ...target, sender: { kind: 'line', number: extension }, routes: [{ transport: trunk, account: extension }] };
}

/** The user's own number, else one that is lent to them, else one that many share, else the trunk's own. */
function senderOf(
  { user, chosen }: TextInput,
  { lines, pools, sharedSenders }: TextRules,
  trunks: readonly string[],
): { readonly sender: Sender; readonly trunks: readonly string[] } {
  const own = lines.linesOf(user);
  const known = (only: readonly string[]) =>
    only.length === 0 ? trunks : trunks.filter((name) => only.includes(name));
  const usable = own.filter((line) => line.trunk === undefined || trunks.includes(line.trunk));
  const line = usable.find(({ number }) => number === chosen) ?? usable[0] ?? own[0];
  if (line !== undefined)
    return {
      sender: { kind: 'line', number: line.number },
      trunks: known(line.trunk === undefined ? [] : [line.trunk]),
    };
  const pool = pools.find((one) => one.users.has(user));
  if (pool !== undefined) return { sender: { kind: 'pool', pool: pool.name }, trunks: known(pool.trunks) };
  const shared = sharedSenders.find((one) => one.users.has(user));
  if (shared !== undefined) return { sender: { kind: 'shared', number: shared.sender }, trunks: known(shared.trunks) };
  return { sender: { kind: 'line', number: '' }, trunks };
}

/** @param now ms since 1970, for rules with hours */
export function decideInboundText(request: InboundTextRequest, rules: TextRules, now: number): InboundTextDecided {
  const { called, account, transport, sender } = request;
  if (
    rules.blockedSenders.some((entry) =>
      entry.endsWith('*') ? sender.startsWith(entry.slice(0, -1)) : sender === entry,
    )
  )
    return { kind: 'nobody', admin: 'the sender is in inbound.blocked_callers' };
  const pool = rules.pools.find(({ numbers }) => numbers.includes(called));
  if (pool !== undefined) return { kind: 'pool', pool: pool.name };
  const names = account === undefined || account === called ? [called] : [called, account];
  const users = whomItMeans(names, transport, rules, now);
  const [first, ...others] = users;
  if (first !== undefined) return { kind: 'users', targets: [first, ...others] };
  if (rules.sharedSenders.some((one) => one.sender === called)) return { kind: 'shared' };
  return { kind: 'nobody', admin: 'nobody is set up to get texts to this number' };
}

/** Like a call: a rule that names the number, before its extension or line, before rules for many numbers. */
function whomItMeans(names: readonly string[], trunk: string, rules: TextRules, now: number): readonly RingTarget[] {
  const rule = findRule(rules.inbound, { called: names, now, timeZone: rules.timeZone, trunk });
  const ofRule = rule === undefined ? [] : targetsOf(rule.rule, rules);
  if (rule?.exactness === 'number') return ofRule;
  const extension = names.map((name) => rules.lines.extension(trunk, name)).find((each) => each !== undefined);
  if (extension !== undefined) return permitted([extension.user], rules);
  const line = names.map((name) => rules.lines.lineOf(name)).find((each) => each !== undefined);
  if (line !== undefined) {
    const own = [
      ...permitted(line.users.named, rules),
      ...line.users.rooms.map((room) => ({ kind: 'room', room }) as const),
    ];
    if (own.length > 0) return own;
  }
  return ofRule;
}

/** Everybody of the first step: a text is not handed on like a call that nobody takes. */
function targetsOf({ ring }: InboundRule, rules: TextRules): readonly RingTarget[] {
  const [step] = ring;
  if (step === undefined) return [];
  return [...permitted(step.users, rules), ...step.rooms.map((room) => ({ kind: 'room', room }) as const)];
}

function permitted(users: readonly string[], { mayBeTexted }: TextRules): readonly RingTarget[] {
  return users.filter((user) => mayBeTexted.has(user)).map((user) => ({ kind: 'user', user: user as MatrixUserId }));
}

function allow(plan: Extract<TextDecided, { kind: 'allow' }>['plan']): TextDecided {
  return { kind: 'allow', plan };
}

function refuse(words: string, admin?: string): TextDecided {
  return { kind: 'refuse', words, ...(admin === undefined ? {} : { admin }) };
}
