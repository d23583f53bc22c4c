/** A small office: two trunks, two lines, one extension. */
import {
  createLineBook,
  type InboundRules,
  matchPeople,
  type OutboundRules,
  type TrunkRules,
} from '../../../src/account/index.ts';
import type { MatrixUserId } from '../../../src/matrix/ids.ts';

export const alice = '@alice:example.org' as MatrixUserId;
export const bob = '@bob:example.org' as MatrixUserId;
export const carol = '@carol:example.org' as MatrixUserId;
/** Has extension 200 of the PBX. */
export const erin = '@erin:example.org' as MatrixUserId;
export const stranger = '@mallory:elsewhere.org' as MatrixUserId;
export const nobodyElse = { total: 0, ofCaller: 0, inRoom: 0 };

export function trunk(name: string, more: Partial<TrunkRules> = {}): TrunkRules {
  return {
    name,
    rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
    earlyMedia: 'ringback',
    ringTimeoutMs: 60_000,
    responseTimeoutMs: 6_000,
    dtmf: 'rtp',
    weight: 1,
    ...more,
  };
}

export const lines = createLineBook(
  [
    { number: '+4930901820', users: matchPeople([alice]), name: 'Example GmbH' },
    { number: '+4930901821', users: matchPeople([alice, bob]), trunk: 'backup' },
    { number: '+4930901829', users: matchPeople(['@*:example.org']) },
  ],
  [{ user: erin, trunk: 'pbx', extension: '200', name: 'Erin' }],
);

export const outbound: OutboundRules = {
  serverName: 'example.org',
  mayCall: matchPeople(['@*:example.org']),
  destinations: [],
  emergency: { kind: 'blocked' },
  numbersOf: (user) => ({ region: user === '@gwen:example.org' ? 'GB' : 'DE', dialPlan: [] }),
  trunks: [trunk('office'), trunk('backup'), trunk('pbx')],
  routes: [],
  lines,
  mostCalls: 10,
  mostCallsOf: () => 2,
};

const refuse = (status: number, q850: number) => ({ kind: 'refuse', refusal: { status, q850 } }) as const;

export const inbound: InboundRules = {
  rules: [],
  lines,
  mayBeCalled: matchPeople(['@*:example.org']),
  trunks: outbound.trunks,
  insideRtp: { codecs: ['PCMA'], srtp: 'off' },
  ringMs: 45_000,
  outcomes: {
    rejected: refuse(486, 21),
    busy: refuse(486, 17),
    'no-answer': refuse(480, 19),
    'nobody-reachable': refuse(480, 20),
  },
  blockedCallers: [],
  refuseWithheld: false,
  refuseUnverified: false,
  timeZone: 'Europe/Berlin',
  mostCalls: 10,
};
