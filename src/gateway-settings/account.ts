/** Accounts, permissions and routes in the words of `account`. */
import type { Config, TrunkConfig } from '../../config/index.ts';
import {
  createLineBook,
  type EmergencyPolicy,
  type InboundRules,
  type IsMember,
  type LineBook,
  matchPeople,
  type OutboundRules,
  type Outcomes,
  type People,
  type PreferencesOf,
  type RouteRule,
  type TrunkRules,
} from '../account/index.ts';
import type { NobodyTook } from '../call/index.ts';
import type { MatrixUserId } from '../matrix/index.ts';
import type { NumberRules } from '../number/index.ts';
import { numberRulesOf } from './numbers.ts';
import { present } from './present.ts';
import { ANONYMOUS } from './trunk.ts';

export interface AccountRules {
  readonly outbound: OutboundRules;
  readonly inbound: InboundRules;
  /** Also those that carry no calls. */
  readonly routes: readonly RouteRule[];
}

type Codec = TrunkConfig['codecs'][number];

/** Who is who: what the Matrix side needs too, before the media engine is there. */
export interface Accounts {
  readonly lines: LineBook;
  readonly mayCall: People;
  readonly mayText: People;
  /** Who may do what administrators do, by the bot and by the API. */
  readonly administrators: People;
  readonly numbersOf: (user: string) => NumberRules;
  /** What owners of lines want of calls and texts to them. */
  readonly preferencesOf?: PreferencesOf;
  readonly isMember: IsMember;
}

/** @param directory the lines with what was linked; default: those of the configuration alone */
export function accountsOf(
  config: Config,
  isMember: IsMember,
  directory?: LineBook & { readonly preferencesOf: PreferencesOf },
): Accounts {
  const { permissions, rooms } = config;
  const room = rooms.administrators === undefined ? [] : [rooms.administrators];
  return {
    lines: directory ?? lineBook(config, isMember),
    administrators: matchPeople([...permissions.administrators, ...room], isMember),
    ...present({ preferencesOf: directory?.preferencesOf }),
    mayCall: matchPeople(config.permissions.call_out, isMember),
    mayText: matchPeople(config.permissions.text_out ?? config.permissions.call_out, isMember),
    numbersOf: numberRulesOf(config),
    isMember,
  };
}

/** @param knownCodecs of the media engine, on the side of telephones */
export function accountRules(config: Config, accounts: Accounts, knownCodecs: readonly Codec[]): AccountRules {
  const { homeserver, permissions, limits, media, numbers, routes } = config;
  const { lines, mayCall, numbersOf, isMember } = accounts;
  const trunks = config.trunks.map((trunk) => trunkRules(trunk, knownCodecs));
  // An empty list means everybody.
  const usersOf = (users: readonly string[]): { users?: People } =>
    users.length === 0 ? {} : { users: matchPeople(users, isMember) };
  const exceptions = limits.users.map(({ users, calls }) => ({ people: matchPeople(users, isMember), calls }));
  const toneCountry = media.embedded.ringback_country;
  const every = routes.map(({ name, users, ...rule }) => ({ ...rule, ...usersOf(users), ...present({ name }) }));
  const outbound: OutboundRules = {
    serverName: homeserver.domain,
    mayCall,
    destinations: permissions.destinations.map(({ users, ...rule }) => ({ ...rule, ...usersOf(users) })),
    emergency: emergencyPolicy(numbers.emergency, trunks),
    numbersOf,
    trunks,
    routes: callRoutes(every, config),
    lines,
    mostCalls: limits.calls,
    mostCallsOf: (user) => exceptions.find(({ people }) => people.has(user))?.calls ?? limits.calls_per_user,
    longestCallMs: limits.call_s * 1000,
    ...present({ toneCountry }),
  };
  return { outbound, inbound: inboundRules(config, trunks, accounts), routes: every };
}

/** SMPP accounts carry no calls: a route to them alone is none for calls. */
function callRoutes(routes: readonly RouteRule[], { smpp }: Config): readonly RouteRule[] {
  const names = new Set(smpp.map(({ name }) => name));
  return routes
    .map((route) => ({ ...route, trunks: route.trunks.filter((name) => !names.has(name)) }))
    .filter(({ trunks }, index) => trunks.length > 0 || routes[index]?.trunks.length === 0);
}

function trunkRules(trunk: TrunkConfig, knownCodecs: readonly Codec[]): TrunkRules {
  return {
    name: trunk.name,
    rtp: {
      codecs: trunk.codecs.filter((codec) => knownCodecs.includes(codec)),
      srtp: trunk.srtp,
      // Offered as events too, each digit would be sent twice.
      ...(trunk.dtmf === 'info' ? { events: false } : {}),
    },
    earlyMedia: trunk.early_media,
    ringTimeoutMs: trunk.ring_timeout_s * 1000,
    responseTimeoutMs: trunk.response_timeout_s * 1000,
    advanceOn: trunk.advance_on,
    dtmf: trunk.dtmf,
    asDialled: trunk.number_format.form === 'as-dialled',
    refer: trunk.transfers === 'refer',
    ...(trunk.forwards === 'redirect' ? { forwards: trunk.forwards } : {}),
    weight: trunk.weight,
    // Asked for call by call: only then are the headers of RFC 3323 written.
    ...(trunk.caller_id === ANONYMOUS ? { callerId: ANONYMOUS } : {}),
  };
}

/** The lines of the configuration. */
export function lineBook({ lines, extensions }: Config, isMember: IsMember): LineBook {
  return createLineBook(
    lines.map(({ number, users, control_room: controlRoom, trunk, name }) => ({
      number,
      users: matchPeople(controlRoom === undefined ? users : [controlRoom], isMember),
      ...present({ controlRoom, trunk, name }),
    })),
    extensions.map(({ user, trunk, extension, name, voicemail }) => ({
      user,
      trunk,
      extension,
      ...present({ name, voicemail }),
    })),
  );
}

function emergencyPolicy(
  { policy, trunk: name, caller_id, location, location_header }: Config['numbers']['emergency'],
  trunks: readonly TrunkRules[],
): EmergencyPolicy {
  const trunk = trunks.find((each) => each.name === name);
  // The checks of the configuration let nobody allow them without these.
  if (policy === 'blocked' || trunk === undefined || caller_id === undefined || location === undefined) {
    return { kind: 'blocked' };
  }
  return { kind: 'allowed', trunk, callerId: caller_id, location, ...present({ locationHeader: location_header }) };
}

function inboundRules(
  { inbound, permissions, homeserver, limits }: Config,
  trunks: readonly TrunkRules[],
  { lines, preferencesOf, isMember }: Accounts,
): InboundRules {
  const ringMs = inbound.ring_s * 1000;
  const mayBeCalled = permissions.be_called.length === 0 ? [`@*:${homeserver.domain}`] : permissions.be_called;
  return {
    rules: inbound.rules.map(
      ({ name, numbers, prefixes, patterns, trunks: only, hours, ring, reject_ends, outcomes }) => ({
        numbers,
        prefixes,
        patterns: patterns.map((pattern) => new RegExp(`^(?:${pattern})$`, 'u')),
        trunks: only,
        hours,
        ring: ring.map(({ users, rooms, for_s }) => ({
          users: users as MatrixUserId[],
          rooms,
          forMs: for_s === undefined ? ringMs : for_s * 1000,
        })),
        rejectEnds: reject_ends,
        ...present({ name, outcomes: outcomes === undefined ? undefined : outcomesOf(outcomes) }),
      }),
    ),
    lines,
    ...present({ preferencesOf }),
    mayBeCalled: matchPeople(mayBeCalled, isMember),
    trunks,
    insideRtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
    ringMs,
    outcomes: outcomesOf(inbound.outcomes),
    blockedCallers: inbound.blocked_callers,
    refuseWithheld: inbound.withheld_callers === 'refuse',
    refuseUnverified: inbound.unverified_callers === 'refuse',
    timeZone: inbound.time_zone,
    mostCalls: limits.calls,
    longestCallMs: limits.call_s * 1000,
  };
}

type OutcomeConfig = Config['inbound']['outcomes'];

function outcomesOf({ rejected, busy, no_answer, nobody }: OutcomeConfig): Outcomes {
  return {
    rejected: outcomeOf('rejected', rejected),
    busy: outcomeOf('busy', busy),
    'no-answer': outcomeOf('no-answer', no_answer),
    'nobody-reachable': outcomeOf('nobody-reachable', nobody),
  };
}

/** Q.850: what the caller's network makes its announcement of, whatever status was chosen (RFC 6432). */
const causes: Readonly<Record<NobodyTook, number>> = {
  rejected: 21,
  busy: 17,
  'no-answer': 19,
  'nobody-reachable': 20,
};

function outcomeOf(kind: NobodyTook, { status, redirect_to }: OutcomeConfig['rejected']): Outcomes[NobodyTook] {
  if (redirect_to !== undefined) return { kind: 'redirect', to: redirect_to };
  return { kind: 'refuse', refusal: { status, q850: causes[kind] } };
}
