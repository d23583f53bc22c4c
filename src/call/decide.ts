/** Whether a call may be made, to which number, and how: one pure function, one answer. */
import type { RtpCodec, SrtpPolicy } from '../../media/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import { type Dialled, type Meaning, type NumberRules, sanitised } from '../number/index.ts';
import type { Decided, EarlyMediaPolicy, Plan, Route } from './machine.ts';
import { serverOf, type UserMatcher } from './permissions.ts';
import type { LiveCounts } from './ports.ts';
import type { GatewayCause } from './reasons.ts';
import type { SentenceParameters } from './sentences.ts';

/** The trunk as far as a decision needs it. */
export interface TrunkRules {
  readonly name: string;
  /** Preferred first. */
  readonly codecs: readonly RtpCodec[];
  readonly srtp: SrtpPolicy;
  readonly earlyMedia: EarlyMediaPolicy;
  readonly ringTimeoutMs: number;
  /** What called parties see; undefined leaves it to the trunk. */
  readonly callerId?: string;
  /** Dial what the user typed instead of the number in E.164. */
  readonly asDialled?: boolean;
}

export interface CallRules {
  /** The homeserver's name: whoever is from elsewhere is federated. */
  readonly serverName: string;
  readonly mayCall: UserMatcher;
  /** The region's rules for this user. */
  readonly numbersOf: (user: string) => NumberRules;
  /** Undefined: there is none, and no call can be made. */
  readonly trunk?: TrunkRules;
  /** At the same time, in all. */
  readonly mostCalls: number;
  /** At the same time, of one user. Unlimited when absent. */
  readonly mostCallsPerUser?: number;
  readonly longestCallMs?: number;
  /** Country of the ringback tone; default: the user's region. */
  readonly toneCountry?: string;
}

export interface DecisionInput {
  readonly caller: MatrixUserId;
  /** As dialled. */
  readonly literal: string;
  /** What it reads as and what it means; undefined when it cannot be dialled. */
  readonly number: { readonly dialled: Dialled; readonly meaning: Meaning } | undefined;
  readonly live: LiveCounts;
}

/**
 * The order tells the caller what matters most: emergency numbers before all else (their sentence must be heard even by
 * those who may not call), then permission, then the number, then what is only a matter of the moment.
 */
export function decideCall({ caller, literal, number, live }: DecisionInput, rules: CallRules): Decided {
  const shown = sanitised(literal);
  if (number?.meaning.kind === 'emergency') {
    return refuse('emergency-blocked', { dialled: number.meaning.target }, 'an emergency number was dialled');
  }
  if (!rules.mayCall(caller)) {
    const isFederated = serverOf(caller) !== rules.serverName;
    return refuse(
      isFederated ? 'federated-caller' : 'not-permitted',
      { server: rules.serverName },
      `${caller} is in no pattern of permissions.call_out`,
    );
  }
  if (!number) return refuse('number-unusable', { dialled: shown });
  if (!rules.trunk) return refuse('no-trunk', {}, 'no trunk is configured');
  if (live.inRoom > 0) return refuse('room-busy', {});
  if (live.total >= rules.mostCalls) return refuse('gateway-full', {}, `limits.calls (${rules.mostCalls}) is reached`);
  if (rules.mostCallsPerUser !== undefined && live.ofCaller >= rules.mostCallsPerUser) {
    return refuse('caller-limit', { limit: String(rules.mostCallsPerUser) });
  }
  return { kind: 'allow', plan: planOf(caller, number, rules, rules.trunk) };
}

function planOf(
  caller: MatrixUserId,
  { dialled, meaning }: { readonly dialled: Dialled; readonly meaning: Meaning },
  rules: CallRules,
  trunk: TrunkRules,
): Plan {
  const asDialled = trunk.asDialled === true && meaning.kind === 'e164' && dialled.kind === 'digits';
  const route: Route = {
    trunk: trunk.name,
    target: asDialled ? dialled.dial : meaning.target,
    rtp: { codecs: trunk.codecs, srtp: trunk.srtp },
    earlyMedia: trunk.earlyMedia,
    ringTimeoutMs: trunk.ringTimeoutMs,
    ...(trunk.callerId === undefined ? {} : { callerId: trunk.callerId }),
  };
  return {
    routes: [route],
    ...(meaning.kind === 'e164' ? { e164: meaning.target } : {}),
    ...(dialled.kind === 'digits' && dialled.afterAnswer !== undefined ? { afterAnswer: dialled.afterAnswer } : {}),
    ...(rules.longestCallMs === undefined ? {} : { longestCallMs: rules.longestCallMs }),
    toneCountry: rules.toneCountry ?? rules.numbersOf(caller).region,
  };
}

function refuse(cause: GatewayCause, params: SentenceParameters, admin?: string): Decided {
  return { kind: 'refuse', cause, params, ...(admin === undefined ? {} : { admin }) };
}
