/** Whether a call may be made, to which number, and how: one pure function, one answer. */
import type {
  Decided,
  GatewayCause,
  InboundDecided,
  InboundPlan,
  LiveCounts,
  Plan,
  Route,
  SentenceParameters,
} from '../call/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import { type Dialled, type E164, type Meaning, type NumberRules, sanitised } from '../number/index.ts';
import { ANONYMOUS, callerIdFor } from './caller-id.ts';
import { type DestinationRule, mayDial } from './destinations.ts';
import { type EmergencyPolicy, emergencyRoute, onOneLine } from './emergency.ts';
import { INSIDE } from './inbound.ts';
import type { DestinationGuard } from './limits/index.ts';
import { type BookedExtension, extensionFor, type LineBook } from './line-book.ts';
import { factsOf, type NumberFacts } from './number-filter.ts';
import { type People, serverOf } from './people.ts';
import { priceRoutes } from './priced-routes.ts';
import type { Prices } from './rating/index.ts';
import { chooseTrunks, type RouteRule, type Routing } from './routing.ts';
import type { Availability, TrunkRules } from './trunk-rules.ts';

export interface OutboundRules {
  /** The homeserver's name: whoever is from elsewhere is federated. */
  readonly serverName: string;
  readonly mayCall: People;
  readonly destinations: readonly DestinationRule[];
  readonly emergency: EmergencyPolicy;
  /** The region's rules for this user. */
  readonly numbersOf: (user: string) => NumberRules;
  /** In the order of the configuration. */
  readonly trunks: readonly TrunkRules[];
  readonly routes: readonly RouteRule[];
  readonly lines: LineBook;
  /** Calls at the same time, in all. */
  readonly mostCalls: number;
  /** Calls at the same time of one user. */
  readonly mostCallsOf: (user: string) => number;
  readonly longestCallMs?: number;
  /** Country of the ringback tone; default: the user's region. */
  readonly toneCountry?: string;
}

export interface DialledNumber {
  readonly dialled: Dialled;
  readonly meaning: Meaning;
}

export interface OutboundInput {
  readonly caller: MatrixUserId;
  /** As dialled. */
  readonly literal: string;
  /** What it reads as and what it means; undefined when it cannot be dialled. */
  readonly number: DialledNumber | undefined;
  readonly live: LiveCounts;
  /** The user wants no number to be shown, in general or by a code in front of the number. */
  readonly withheld: boolean;
  /** The number of theirs that the user chose to show. */
  readonly chosen?: string;
  /** The call takes the place of one that the user has: limits were asked about then. */
  readonly isTransfer?: boolean;
  /** How often the call may still be handed on. */
  readonly hopsLeft?: number;
}

/** What is asked about the moment. */
export interface OutboundMoment {
  readonly availability: (trunk: string) => Availability | undefined;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Whom a number of our own rings; undefined for numbers that are not ours. */
  readonly own: (called: string, caller: InsideCaller) => InboundDecided | undefined;
  /** What calls cost. Default: nothing is charged. */
  readonly prices?: Pick<Prices, 'call'>;
  /** Limits against fraud that look at the number alone. Default: none. */
  readonly guard?: DestinationGuard;
  /** ms since 1970. Default: 1970, for who has neither prices nor rules with a time. */
  readonly now?: number;
}

/** Who calls, as somebody inside sees it. */
export interface InsideCaller {
  readonly number?: string;
  readonly name?: string;
  readonly withheld: boolean;
}

/**
 * The order tells the caller what matters most: emergency numbers before all else (their sentence must be heard even by
 * those who may not call), then permission, then the number, then what is only a matter of the moment.
 */
export function decideOutbound(input: OutboundInput, rules: OutboundRules, moment: OutboundMoment): Decided {
  const { caller, literal, number } = input;
  if (number?.meaning.kind === 'emergency') return emergency(input, number.meaning.target, rules);
  if (!rules.mayCall.has(caller)) {
    const isFederated = serverOf(caller) !== rules.serverName;
    return refuse(
      isFederated ? 'federated-caller' : 'not-permitted',
      { server: rules.serverName },
      `${caller} is not in permissions.call_out`,
    );
  }
  if (!number) return refuse('number-unusable', { dialled: sanitised(literal) });
  if (input.hopsLeft !== undefined && input.hopsLeft <= 0)
    return refuse('goes-round', {}, 'the call was handed on too often');
  if (rules.trunks.length === 0) return refuse('no-trunk', {}, 'no trunk is configured');
  const busy = input.isTransfer === true ? undefined : tooMany(input, rules);
  if (busy !== undefined) return busy;
  return decideNumber(input, number.dialled, number.meaning, rules, moment);
}

function tooMany({ caller, live }: OutboundInput, rules: OutboundRules): Decided | undefined {
  if (live.inRoom > 0) return refuse('room-busy', {});
  if (live.total >= rules.mostCalls) return refuse('gateway-full', {}, `limits.calls (${rules.mostCalls}) is reached`);
  const limit = rules.mostCallsOf(caller);
  return live.ofCaller >= limit ? refuse('caller-limit', { limit: String(limit) }) : undefined;
}

function emergency({ caller }: OutboundInput, target: string, rules: OutboundRules): Decided {
  const policy = rules.emergency;
  // Somebody of another server may be anywhere: help would be sent to a place where they are not.
  const isOurs = serverOf(caller) === rules.serverName || rules.mayCall.has(caller);
  if (policy.kind === 'blocked' || !isOurs) {
    return refuse('emergency-blocked', { dialled: target }, 'an emergency number was dialled');
  }
  const toneCountry = rules.toneCountry ?? rules.numbersOf(caller).region;
  const notice = { key: 'emergency-address', params: { address: onOneLine(policy.location) } } as const;
  return { kind: 'allow', plan: { routes: [emergencyRoute(target, policy)], emergency: true, notice, toneCountry } };
}

function decideNumber(
  input: OutboundInput,
  dialled: Dialled,
  meaning: Exclude<Meaning, { kind: 'emergency' }>,
  rules: OutboundRules,
  moment: OutboundMoment,
): Decided {
  const { caller } = input;
  const { region } = rules.numbersOf(caller);
  const facts = factsOf(meaning, region);
  const inside = ownNumber(input, meaning, rules, moment);
  if (inside !== undefined) return inside;
  if (!mayDial(caller, facts, rules.destinations)) {
    return refuse(
      'destination-denied',
      { server: rules.serverName },
      `permissions.destinations denies numbers of type ${facts.type}${facts.country === undefined ? '' : `, ${facts.country}`}`,
    );
  }
  const closed = moment.guard?.closed(caller, facts, region);
  if (closed !== undefined) return refuse(closed.cause, { server: rules.serverName }, closed.admin);
  const limits = moment.guard?.of(caller);
  const extension = extensionFor(rules.lines, caller, input.chosen);
  const routing = extension === undefined ? routed(input, facts, rules, moment) : byExtension(extension, rules, moment);
  if (routing.kind === 'none') return refuse('no-way', {}, 'no route carries this number');
  if (routing.kind === 'full')
    return refuse('gateway-full', {}, `trunks with as many calls as they may have: ${routing.trunks.join(', ')}`);
  const routeBy = (trunk: TrunkRules) => routeOf(trunk, input, dialled, meaning, extension, rules.lines);
  const priced = priceRoutes(routing.trunks.map(routeBy), meaning.target, {
    ...(moment.prices === undefined ? {} : { prices: moment.prices }),
    ...(limits?.pricePerMinute === undefined ? {} : { pricePerMinute: limits.pricePerMinute }),
    now: moment.now ?? 0,
  });
  if (priced.kind === 'refused') return refuse(priced.cause, {}, priced.admin);
  const longestCallMs = shorter(rules.longestCallMs, limits?.callS);
  const plan: Plan = {
    routes: priced.routes,
    ...(meaning.kind === 'e164' ? { e164: meaning.target } : {}),
    ...(dialled.kind === 'digits' && dialled.afterAnswer !== undefined ? { afterAnswer: dialled.afterAnswer } : {}),
    ...(longestCallMs === undefined ? {} : { longestCallMs }),
    toneCountry: rules.toneCountry ?? region,
  };
  return { kind: 'allow', plan };
}

function shorter(longestMs: number | undefined, limitS: number | undefined): number | undefined {
  const each = [longestMs, limitS === undefined ? undefined : limitS * 1000].filter((ms) => ms !== undefined);
  return each.length === 0 ? undefined : Math.min(...each);
}

/** A number of our own does not leave: it would come back by the trunk, at a price, or not at all. */
function ownNumber(
  { caller, withheld, chosen }: OutboundInput,
  meaning: Meaning,
  rules: OutboundRules,
  { own }: OutboundMoment,
): Decided | undefined {
  if (meaning.kind !== 'e164') return undefined;
  const mine = rules.lines.linesOf(caller);
  const line = mine.find(({ number }) => number === chosen) ?? mine[0];
  const shown: InsideCaller =
    line === undefined || withheld
      ? { withheld }
      : { number: line.number, ...(line.name === undefined ? {} : { name: line.name }), withheld };
  const decision = own(meaning.target, shown);
  if (decision === undefined) return undefined;
  if (decision.kind === 'refuse') return refuse('nobody-there', {}, decision.admin);
  const { steps } = decision.plan;
  const rung = steps.flatMap(({ targets }) => targets);
  // Nobody rings who is not to be disturbed, or sends calls on: that is decided again when the call comes in.
  if (rung.length > 0 && rung.every((target) => target.kind === 'user' && target.user === caller))
    return refuse('own-number', {});
  return {
    kind: 'inside',
    plan: insidePlan(meaning.target, decision.plan, rules),
    called: meaning.target,
    caller: shown,
  };
}

/** A little more than all the steps together, so that the one who is called ends it, with the right outcome. */
const INSIDE_MARGIN_MS = 5_000;
/** A call that is forwarded rings there, too. */
const SENT_ON_MS = 60_000;

function insidePlan(
  called: E164,
  { steps, rtp, outcomes, longestCallMs }: InboundPlan,
  { toneCountry }: OutboundRules,
): Plan {
  const isSentOn = Object.values(outcomes).some(({ kind }) => kind === 'forward');
  const margin = INSIDE_MARGIN_MS + (isSentOn ? SENT_ON_MS : 0);
  const ringTimeoutMs = steps.reduce((sum, { forMs }) => sum + forMs, margin);
  return {
    routes: [{ trunk: INSIDE, target: called, rtp, earlyMedia: 'ringback', ringTimeoutMs }],
    e164: called,
    ...(longestCallMs === undefined ? {} : { longestCallMs }),
    ...(toneCountry === undefined ? {} : { toneCountry }),
  };
}

function routed(input: OutboundInput, number: NumberFacts, rules: OutboundRules, moment: OutboundMoment): Routing {
  return chooseTrunks({
    user: input.caller,
    number,
    trunks: rules.trunks,
    routes: rules.routes,
    availability: moment.availability,
    random: moment.random,
  });
}

/** Whoever has an extension calls as that extension: its PBX decides what becomes of the number. */
function byExtension({ trunk }: BookedExtension, rules: OutboundRules, moment: OutboundMoment): Routing {
  const only: RouteRule = { prefixes: [], countries: [], types: [], trunks: [trunk], choose: 'in-order' };
  return chooseTrunks({
    user: '',
    number: { target: '', type: 'unknown' },
    trunks: rules.trunks,
    routes: [only],
    availability: moment.availability,
    random: moment.random,
  });
}

function routeOf(
  trunk: TrunkRules,
  { caller, withheld, chosen }: OutboundInput,
  dialled: Dialled,
  meaning: Meaning,
  extension: BookedExtension | undefined,
  lines: LineBook,
): Route {
  const asDialled = trunk.asDialled === true && meaning.kind === 'e164' && dialled.kind === 'digits';
  const identity =
    extension === undefined
      ? callerIdFor({ lines: lines.linesOf(caller), withheld, trunk, ...(chosen === undefined ? {} : { chosen }) })
      : { ...(withheld ? { callerId: ANONYMOUS } : {}) };
  return {
    trunk: trunk.name,
    ...(extension === undefined ? {} : { account: extension.extension }),
    target: asDialled ? dialled.dial : meaning.target,
    rtp: trunk.rtp,
    ...identity,
    earlyMedia: trunk.earlyMedia,
    ringTimeoutMs: trunk.ringTimeoutMs,
    ...(trunk.responseTimeoutMs === undefined ? {} : { responseTimeoutMs: trunk.responseTimeoutMs }),
    ...(trunk.advanceOn === undefined ? {} : { advanceOn: trunk.advanceOn }),
    dtmf: trunk.dtmf,
    ...(trunk.refer === true ? { refer: true } : {}),
  };
}

function refuse(cause: GatewayCause, params: SentenceParameters, admin?: string): Decided {
  return { kind: 'refuse', cause, params, ...(admin === undefined ? {} : { admin }) };
}
