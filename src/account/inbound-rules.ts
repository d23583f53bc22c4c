/** Which rule a call from the telephone falls under. */
import type { InboundOutcome, NobodyTook } from '../call/index.ts';
import type { MatrixUserId, RoomId } from '../matrix/index.ts';
import { type Hours, isWithin } from './hours.ts';

export interface RingStepRule {
  readonly users: readonly MatrixUserId[];
  /** Room IDs and aliases. */
  readonly rooms: readonly string[];
  /** Lines that are shared: all who share them, in their room with the caller. */
  readonly lines?: readonly { readonly number: string; readonly controlRoom: RoomId }[];
  readonly forMs: number;
}

export type Outcomes = Readonly<Record<NobodyTook, InboundOutcome>>;

export interface InboundRule {
  readonly name?: string;
  readonly numbers: readonly string[];
  readonly patterns: readonly RegExp[];
  readonly prefixes: readonly string[];
  /** Empty: any trunk. */
  readonly trunks: readonly string[];
  /** Empty: always. */
  readonly hours: readonly Hours[];
  readonly ring: readonly RingStepRule[];
  readonly rejectEnds: 'one' | 'all';
  /** In place of the outcomes for all calls. */
  readonly outcomes?: Outcomes;
}

/** The call as rules see it. */
export interface RuledCall {
  /** Names of what is called, the most exact first: the number, then the extension. */
  readonly called: readonly string[];
  /** Undefined for a call that never left the gateway: rules of any trunk are for it. */
  readonly trunk?: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly timeZone: string;
}

/** How exactly a rule names a number, the most exact first. */
export type Exactness = 'number' | 'pattern' | 'prefix' | 'any';

export interface RuleFound {
  readonly rule: InboundRule;
  readonly exactness: Exactness;
}

/** The most exact rule; of equals the first, of prefixes the longest. */
export function findRule(rules: readonly InboundRule[], call: RuledCall): RuleFound | undefined {
  const open = rules.filter((rule) => fitsTrunk(rule, call) && fitsTime(rule, call));
  const { called } = call;
  const exact = called
    .map((name) => open.find(({ numbers }) => numbers.includes(name)))
    .find((rule) => rule !== undefined);
  if (exact !== undefined) return { rule: exact, exactness: 'number' };
  const pattern = open.find(({ patterns }) => patterns.some((each) => called.some((name) => each.test(name))));
  if (pattern !== undefined) return { rule: pattern, exactness: 'pattern' };
  const prefix = longestPrefix(open, called);
  if (prefix !== undefined) return { rule: prefix, exactness: 'prefix' };
  const any = open.find(({ numbers, patterns, prefixes }) => numbers.length + patterns.length + prefixes.length === 0);
  return any === undefined ? undefined : { rule: any, exactness: 'any' };
}

function fitsTrunk({ trunks }: InboundRule, { trunk }: RuledCall): boolean {
  return trunks.length === 0 || trunk === undefined || trunks.includes(trunk);
}

function fitsTime({ hours }: InboundRule, { now, timeZone }: RuledCall): boolean {
  return hours.length === 0 || isWithin(hours, now, timeZone);
}

function longestPrefix(rules: readonly InboundRule[], called: readonly string[]): InboundRule | undefined {
  let best: { readonly rule: InboundRule; readonly length: number } | undefined;
  for (const rule of rules) {
    for (const prefix of rule.prefixes) {
      const fits = called.some((name) => name.startsWith(prefix));
      if (fits && prefix.length > (best?.length ?? 0)) best = { rule, length: prefix.length };
    }
  }
  return best?.rule;
}
