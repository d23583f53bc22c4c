/** Whom a call from the telephone rings: one pure function, one answer. */
import type { InboundDecided, InboundOutcome, InboundPlan, InboundRequest, RingStep } from '../call/index.ts';
import type { MatrixUserId, RingTarget, RoomId } from '../matrix/index.ts';
import { findRule, type InboundRule, type Outcomes, type RingStepRule } from './inbound-rules.ts';
import { type BookedExtension, type BookedLine, type LineBook, lineKey } from './line-book.ts';
import type { Forward, PreferenceOwner } from './lines/ports.ts';
import type { People } from './people.ts';
import { isBlocked, nobodyPrefers, type PreferencesOf, type Screened, screen } from './screening.ts';
import type { TrunkRules } from './trunk-rules.ts';

export interface InboundRules {
  readonly rules: readonly InboundRule[];
  readonly lines: LineBook;
  /** What users and control rooms want of calls to them. Default: nothing. */
  readonly preferencesOf?: PreferencesOf;
  /** Who may be called from the telephone. */
  readonly mayBeCalled: People;
  readonly trunks: readonly TrunkRules[];
  /** Media of a call that never leaves the gateway. */
  readonly insideRtp: InboundPlan['rtp'];
  /** How long lines and extensions ring. */
  readonly ringMs: number;
  readonly outcomes: Outcomes;
  /** `+4490*`: a `*` at the end stands for anything. */
  readonly blockedCallers: readonly string[];
  readonly refuseWithheld: boolean;
  readonly refuseUnverified: boolean;
  readonly timeZone: string;
  /** Calls at the same time, in all. */
  readonly mostCalls: number;
  readonly longestCallMs?: number;
}

/** A call or text that never left the gateway: it comes by no trunk. */
export const INSIDE = 'inside';

const OVERLOAD_RETRY_S = 30;

/** @param now milliseconds since the Unix epoch */
export function decideInbound(request: InboundRequest, rules: InboundRules, now: number): InboundDecided {
  if (request.live >= rules.mostCalls) {
    return refuse(503, 42, `limits.calls (${rules.mostCalls}) is reached`, OVERLOAD_RETRY_S);
  }
  const unwanted = unwantedCaller(request, rules);
  if (unwanted !== undefined) return unwanted;
  const found = whomItRings(request, rules, now);
  if (found === undefined) return refuse(404, 1, 'nobody is set up to be rung by this number');
  const steps = found.ring
    .map((step) => permitted(step, rules.mayBeCalled))
    .filter(({ targets }) => targets.length > 0);
  if (steps.length === 0) return refuse(404, 1, 'whom this number rings may not be called (permissions.be_called)');
  return asTheyPrefer({ steps, ...common(request, found, rules) }, request, rules, now);
}

function common(request: InboundRequest, found: Ringing, rules: InboundRules): Omit<InboundPlan, 'steps'> {
  const trunk = rules.trunks.find(({ name }) => name === request.trunk);
  return {
    rtp: trunk?.rtp ?? rules.insideRtp,
    rejectEnds: found.rejectEnds,
    outcomes: found.outcomes ?? rules.outcomes,
    ...(rules.longestCallMs === undefined ? {} : { longestCallMs: rules.longestCallMs }),
    dtmf: trunk?.dtmf ?? 'rtp',
  };
}

/**
 * Who blocks the caller, or is not to be disturbed, does not ring; the others do. A forward is for calls that are for its owner
 * alone: where several ring, one of them cannot send the call away from the others.
 */
function asTheyPrefer(plan: InboundPlan, request: InboundRequest, rules: InboundRules, now: number): InboundDecided {
  const { caller, trunk: by } = request;
  const { preferencesOf = nobodyPrefers } = rules;
  const trunk = rules.trunks.find(({ name }) => name === by);
  const targets = plan.steps.flatMap((step) => step.targets);
  const owners = [...new Set(targets.flatMap((each) => ownerOf(each) ?? []))];
  const screened = new Map(owners.map((owner) => [owner, screen(caller, preferencesOf(owner), now)]));
  const [only] = owners.length === 1 && targets.every((each) => ownerOf(each) !== undefined) ? owners : [];
  const all = [...screened.values()];
  const rung = plan.steps
    .map((step) => ({ ...step, targets: step.targets.filter((each) => rings(each, screened)) }))
    .filter((step) => step.targets.length > 0);
  if (rung.length === 0 && all.every((each) => each === 'blocked')) {
    return refuse(603, 21, 'all whom it rings block this caller');
  }
  const forward = only === undefined ? undefined : preferencesOf(only).forward;
  const kept = forward === undefined ? plan : forwarded(plan, forward, trunk);
  if (forward?.when === 'always') return { kind: 'ring', plan: { ...kept, steps: [], instead: 'no-answer' } };
  const quiet = owners.filter((owner) => screened.get(owner) === 'not-disturbed' && owner.startsWith('@'));
  const told = quiet.length === 0 ? {} : { quiet: quiet as MatrixUserId[] };
  if (rung.length > 0) return { kind: 'ring', plan: { ...kept, steps: rung, ...told } };
  return { kind: 'ring', plan: { ...kept, steps: [], instead: 'busy', ...told } };
}

/** Whose preferences count for a target; a whole room of the configuration has none. */
export function ownerOf(target: RingTarget): PreferenceOwner | undefined {
  return target.kind === 'user' ? target.user : target.kind === 'line' ? target.room : undefined;
}

function rings(target: RingTarget, screened: ReadonlyMap<PreferenceOwner, Screened>): boolean {
  const owner = ownerOf(target);
  return owner === undefined || screened.get(owner) === 'rings';
}

/** Whoever declines does not want the call: it goes on only where nobody said no. */
function forwarded(plan: InboundPlan, { to, by }: Forward, trunk: TrunkRules | undefined): InboundPlan {
  const outcome: InboundOutcome =
    trunk?.forwards === 'redirect' ? { kind: 'redirect', to } : { kind: 'forward', to, by };
  return {
    ...plan,
    outcomes: { ...plan.outcomes, busy: outcome, 'no-answer': outcome, 'nobody-reachable': outcome },
  };
}

/** Whether a number is one that rings somebody here by its own name: by a rule that names it, or by its line. */
export function isOwnNumber(called: string, { rules, lines }: Pick<InboundRules, 'rules' | 'lines'>): boolean {
  if (rules.some(({ numbers }) => numbers.includes(called))) return true;
  const line = lines.lineOf(called);
  return line !== undefined && ringOfLine(line, 0).length > 0;
}

function unwantedCaller({ caller }: InboundRequest, rules: InboundRules): InboundDecided | undefined {
  const { number, withheld, verification } = caller;
  if (withheld || number === undefined) {
    // RFC 5079: the call may be tried again with a number.
    return rules.refuseWithheld && withheld ? refuse(433, 21, 'inbound.withheld_callers refuses it') : undefined;
  }
  if (rules.blockedCallers.some((entry) => isBlocked(number, entry))) {
    return refuse(603, 21, 'the caller is in inbound.blocked_callers');
  }
  if (verification === 'failed' && rules.refuseUnverified) {
    return refuse(603, 21, 'the trunk says that the caller’s number is forged (inbound.unverified_callers)');
  }
  return undefined;
}

type Ringing = Pick<InboundRule, 'ring' | 'rejectEnds' | 'outcomes'>;

/** Rules that name the number before its line or extension; these before rules for many numbers. */
function whomItRings(request: InboundRequest, rules: InboundRules, now: number): Ringing | undefined {
  const { called, account, trunk } = request;
  const names = account === undefined || account === called ? [called] : [called, account];
  const isInside = !rules.trunks.some(({ name }) => name === trunk);
  // A call that is transferred to somebody on Matrix.
  if (isInside && called.startsWith('@'))
    return { ring: ringOf({ named: [called], rooms: [] }, rules.ringMs), rejectEnds: 'one' };
  const rule = findRule(rules.rules, { called: names, now, timeZone: rules.timeZone, ...(isInside ? {} : { trunk }) });
  if (rule?.exactness === 'number') return rule.rule;
  const extension = names.map((name) => rules.lines.extension(trunk, name)).find((each) => each !== undefined);
  const line = rules.lines.lineOf(called);
  const ring =
    extension === undefined
      ? line === undefined
        ? []
        : ringOfLine(line, rules.ringMs)
      : ringOfExtension(extension, rules.ringMs);
  return ring.length > 0 ? { ring, rejectEnds: 'one' } : rule?.rule;
}

/** A line rings those whom it names, all at once; not everybody whom a pattern would let show it. */
export function ringOfLine({ number, users, controlRoom }: BookedLine, forMs: number): readonly RingStepRule[] {
  return controlRoom === undefined ? ringOf(users, forMs) : ringOfShared(number, controlRoom, forMs);
}

export function ringOfExtension(of: BookedExtension, forMs: number): readonly RingStepRule[] {
  const { extension, trunk, user, controlRoom } = of;
  if (controlRoom !== undefined) return ringOfShared(lineKey({ number: extension, trunk }), controlRoom, forMs);
  return user === undefined ? [] : ringOf({ named: [user], rooms: [] }, forMs);
}

function ringOf({ named, rooms }: Pick<People, 'named' | 'rooms'>, forMs: number): readonly RingStepRule[] {
  if (named.length + rooms.length === 0) return [];
  return [{ users: named as readonly MatrixUserId[], rooms, forMs }];
}

function ringOfShared(number: string, controlRoom: string, forMs: number): readonly RingStepRule[] {
  return [{ users: [], rooms: [], lines: [{ number, controlRoom: controlRoom as RoomId }], forMs }];
}

/** A rule may name somebody of another server, or somebody who left: they are not rung. */
function permitted(step: RingStepRule, mayBeCalled: People): RingStep {
  return { targets: targetsOf(step, mayBeCalled), forMs: step.forMs };
}

export function targetsOf(
  { users, rooms, lines = [] }: Pick<RingStepRule, 'users' | 'rooms' | 'lines'>,
  mayBeCalled: People,
): readonly RingTarget[] {
  return [
    ...users.filter((user) => mayBeCalled.has(user)).map((user) => ({ kind: 'user', user }) as const),
    ...rooms.map((room) => ({ kind: 'room', room }) as const),
    ...lines.map(({ number, controlRoom }) => ({ kind: 'line', line: number, room: controlRoom }) as const),
  ];
}

function refuse(status: number, q850: number, admin: string, retryAfterS?: number): InboundDecided {
  return { kind: 'refuse', refusal: { status, q850, ...(retryAfterS === undefined ? {} : { retryAfterS }) }, admin };
}
