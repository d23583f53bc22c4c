import { describe, expect, it } from 'vitest';
import type { EmergencyPolicy } from '../../../src/account/index.ts';
import {
  decideOutbound,
  type OutboundInput,
  type OutboundMoment,
  type OutboundRules,
} from '../../../src/account/outbound.ts';
import { matchPeople } from '../../../src/account/people.ts';
import type { InboundDecided } from '../../../src/call/index.ts';
import { meaningOf, parseDialString } from '../../../src/number/index.ts';
import { alice, bob, erin, inbound, nobodyElse, outbound, stranger, trunk } from './samples.ts';

const moment: OutboundMoment = { availability: () => undefined, random: () => 0, own: () => undefined };

function decide(
  literal: string,
  rules: Partial<OutboundRules> = {},
  input: Partial<OutboundInput> = {},
  now: Partial<OutboundMoment> = {},
) {
  const own = { ...outbound, ...rules };
  const caller = input.caller ?? alice;
  const read = parseDialString(literal);
  const number = read.ok
    ? { dialled: read.dialled, meaning: meaningOf(read.dialled, own.numbersOf(caller)) }
    : undefined;
  const whole: OutboundInput = { caller, literal, number, live: nobodyElse, withheld: false, ...input };
  return decideOutbound(whole, own, { ...moment, ...now });
}

describe('who may call', () => {
  it('is allowed with number, caller ID and trunks', () => {
    expect(decide('030 1234567', { trunks: [trunk('office', { advanceOn: [403] })] })).toEqual({
      kind: 'allow',
      plan: {
        routes: [
          {
            trunk: 'office',
            target: '+49301234567',
            rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
            earlyMedia: 'ringback',
            ringTimeoutMs: 60_000,
            responseTimeoutMs: 6_000,
            advanceOn: [403],
            dtmf: 'rtp',
            callerId: '+4930901820',
            callerName: 'Example GmbH',
          },
        ],
        e164: '+49301234567',
        toneCountry: 'DE',
      },
    });
  });

  it.each([stranger, '@alice:example.org.evil.org', '@alice:EXAMPLE.org'])('%s may not by default', (user) => {
    const decision = decide('0301234567', {}, { caller: user as typeof alice });
    expect(decision).toMatchObject({ kind: 'refuse', cause: 'federated-caller', params: { server: 'example.org' } });
  });

  it('somebody of the own server who is in no pattern is told whom to ask', () => {
    expect(decide('0301234567', { mayCall: matchPeople([bob]) })).toMatchObject({ cause: 'not-permitted' });
    expect(decide('0301234567', { mayCall: matchPeople([]) })).toMatchObject({ cause: 'not-permitted' });
  });

  it('a federated user may when a pattern says so', () => {
    const mayCall = matchPeople(['@*:elsewhere.org']);
    expect(decide('0301234567', { mayCall }, { caller: stranger })).toMatchObject({ kind: 'allow' });
  });
});

describe('what is called', () => {
  it.each([
    ['**621', '**621'],
    ['200', '200'],
    ['sip:bob@example.org', 'sip:bob@example.org'],
    ['116117', '116117'],
  ])('%s is dialled as %s, and is no number of the world', (literal, target) => {
    const decision = decide(literal);
    expect(decision).toMatchObject({ kind: 'allow', plan: { routes: [{ target }, {}, {}] } });
    expect(decision.kind === 'allow' && decision.plan.e164).toBeUndefined();
  });

  it('can be left as it was dialled', () => {
    expect(decide('030/123456', { trunks: [trunk('office', { asDialled: true })] })).toMatchObject({
      kind: 'allow',
      plan: { routes: [{ target: '030123456' }], e164: '+4930123456' },
    });
  });

  it('has what comes after the answer', () => {
    expect(decide('030123456,,12')).toMatchObject({ kind: 'allow', plan: { afterAnswer: ',,12' } });
  });

  it('cannot be a word', () => {
    expect(decide('hello\u202e')).toMatchObject({ cause: 'number-unusable', params: { dialled: 'hello' } });
  });
});

describe('permitted destinations', () => {
  const none = { prefixes: [], countries: [], types: [] };
  const destinations: OutboundRules['destinations'] = [
    { ...none, action: 'allow', users: matchPeople([bob]) },
    { ...none, action: 'deny', types: ['premium-rate'] },
    { ...none, action: 'allow', countries: ['DE', 'GB'] },
    { ...none, action: 'allow', types: ['extension', 'short'] },
    { ...none, action: 'deny' },
  ];

  it.each([
    ['0301234567', alice, 'allow'],
    ['09001234567', alice, 'destination-denied'],
    ['+442079460018', alice, 'allow'],
    ['+12125550100', alice, 'destination-denied'],
    ['+18765550100', alice, 'destination-denied'],
    ['+12125550100', bob, 'allow'],
    ['116117', alice, 'allow'],
  ])('%s by %s: %s', (literal, caller, expected) => {
    const decision = decide(literal, { destinations }, { caller });
    expect(decision.kind === 'refuse' ? decision.cause : decision.kind).toBe(expected);
  });
});

describe('emergency numbers', () => {
  const allowed: EmergencyPolicy = {
    kind: 'allowed',
    trunk: trunk('backup'),
    callerId: '+4930901820',
    location: 'Straße des 17. Juni 1,\r\nBerlin',
    locationHeader: 'X-Location',
  };
  const busy = { total: 99, ofCaller: 99, inRoom: 1 };

  it.each(['112', '110', '+49112', '911', '*31#112'])(
    '%s is refused at once with what to do, whoever calls',
    (literal) => {
      expect(decide(literal)).toMatchObject({ kind: 'refuse', cause: 'emergency-blocked' });
      expect(decide(literal, {}, { caller: stranger })).toMatchObject({ cause: 'emergency-blocked' });
      expect(decide(literal, {}, { live: busy })).toMatchObject({ cause: 'emergency-blocked' });
    },
  );

  it('goes out as it was dialled by the trunk that was set up for it, whatever stands in the way of other calls', () => {
    const rules = { emergency: allowed, mayCall: matchPeople([]), routes: [], mostCallsOf: () => 0 };
    const input = { live: busy, withheld: true, hopsLeft: 0 };
    expect(decide('112', rules, input)).toEqual({
      kind: 'allow',
      plan: {
        emergency: true,
        notice: { key: 'emergency-address', params: { address: 'Straße des 17. Juni 1, Berlin' } },
        toneCountry: 'DE',
        routes: [
          {
            trunk: 'backup',
            target: '112',
            rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
            callerId: '+4930901820',
            earlyMedia: 'ringback',
            ringTimeoutMs: 300_000,
            dtmf: 'rtp',
            extraHeaders: { Priority: 'emergency', 'X-Location': 'Stra e des 17. Juni 1, Berlin' },
          },
        ],
      },
    });
  });

  it('is never withheld', () => {
    expect(decide('*31#112', { emergency: allowed })).toMatchObject({
      plan: { routes: [{ target: '112', callerId: '+4930901820' }] },
    });
  });

  it('of somebody of another server would send help to the wrong place', () => {
    expect(decide('112', { emergency: allowed }, { caller: stranger })).toMatchObject({ cause: 'emergency-blocked' });
  });
});

describe('whoever has an extension', () => {
  it('calls as it, by its PBX alone', () => {
    const decision = decide('0301234567', {}, { caller: erin });
    expect(decision).toMatchObject({ kind: 'allow', plan: { routes: [{ trunk: 'pbx', account: '200' }] } });
    expect(decision.kind === 'allow' && decision.plan.routes).toHaveLength(1);
    expect(decision.kind === 'allow' && decision.plan.routes[0]).not.toHaveProperty('callerId');
  });

  it('can withhold it', () => {
    const decision = decide('0301234567', {}, { caller: erin, withheld: true });
    expect(decision).toMatchObject({ plan: { routes: [{ account: '200', callerId: 'anonymous' }] } });
  });
});

describe('a number of our own', () => {
  const ring = (users: string[]): InboundDecided => ({
    kind: 'ring',
    plan: {
      steps: [{ targets: users.map((user) => ({ kind: 'user', user: user as typeof alice }) as const), forMs: 20_000 }],
      rtp: inbound.insideRtp,
      rejectEnds: 'one',
      outcomes: inbound.outcomes,
      dtmf: 'rtp',
    },
  });

  it('stays inside, and the other side sees who calls', () => {
    const own = (called: string) => (called === '+4930901821' ? ring([bob]) : undefined);
    expect(decide('030 901821', {}, {}, { own })).toEqual({
      kind: 'inside',
      called: '+4930901821',
      caller: { number: '+4930901820', name: 'Example GmbH', withheld: false },
      plan: {
        routes: [
          {
            trunk: 'inside',
            target: '+4930901821',
            rtp: inbound.insideRtp,
            earlyMedia: 'ringback',
            ringTimeoutMs: 25_000,
          },
        ],
        e164: '+4930901821',
      },
    });
    expect(decide('030 901822', {}, {}, { own })).toMatchObject({ kind: 'allow' });
  });

  it('also when the destination is denied to others', () => {
    const deny = { prefixes: [], countries: [], types: [], action: 'deny' } as const;
    expect(decide('030901821', { destinations: [deny] }, {}, { own: () => ring([bob]) }).kind).toBe('inside');
  });

  it('withheld is not told to the other side either', () => {
    const decision = decide('030901821', {}, { withheld: true }, { own: () => ring([bob]) });
    expect(decision).toMatchObject({ kind: 'inside', caller: { withheld: true } });
    expect(decision.kind === 'inside' && decision.caller.number).toBeUndefined();
  });

  it('that rings the caller alone is told so', () => {
    expect(decide('030901820', {}, {}, { own: () => ring([alice]) })).toMatchObject({ cause: 'own-number' });
  });

  it('that rings nobody now does not leave either: it would come back', () => {
    const own = (): InboundDecided => ({ kind: 'refuse', refusal: { status: 404 }, admin: 'nobody' });
    expect(decide('030901821', {}, {}, { own })).toMatchObject({ cause: 'nobody-there' });
  });
});

describe('what is in the way', () => {
  it.each([
    ['a call in the room', { total: 1, ofCaller: 0, inRoom: 1 }, 'room-busy'],
    ['all lines in use', { total: 10, ofCaller: 0, inRoom: 0 }, 'gateway-full'],
    ['the caller’s other calls', { total: 2, ofCaller: 2, inRoom: 0 }, 'caller-limit'],
  ])('%s, but not of a transfer', (_name, live, cause) => {
    expect(decide('0301234567', {}, { live })).toMatchObject({ kind: 'refuse', cause });
    expect(decide('0301234567', {}, { live, isTransfer: true })).toMatchObject({ kind: 'allow' });
  });

  it('a limit of one’s own', () => {
    const rules = { mostCallsOf: (user: string) => (user === alice ? 5 : 2) };
    const live = { total: 4, ofCaller: 4, inRoom: 0 };
    expect(decide('0301234567', rules, { live })).toMatchObject({ kind: 'allow' });
    expect(decide('0301234567', rules, { live, caller: bob })).toMatchObject({ params: { limit: '2' } });
  });

  it('no trunk', () => {
    expect(decide('0301234567', { trunks: [] })).toMatchObject({ cause: 'no-trunk' });
  });

  it('no route', () => {
    const routes = [{ prefixes: ['+44'], countries: [], types: [], trunks: ['office'], choose: 'in-order' } as const];
    expect(decide('0301234567', { routes })).toMatchObject({ cause: 'no-way' });
  });

  it('every trunk is full', () => {
    const availability = () => ({ state: 'up', calls: 1, maxCalls: 1 }) as const;
    expect(decide('0301234567', {}, {}, { availability })).toMatchObject({ cause: 'gateway-full' });
  });

  it('a call that was handed on too often', () => {
    expect(decide('0301234567', {}, { hopsLeft: 0 })).toMatchObject({ cause: 'goes-round' });
    expect(decide('0301234567', {}, { hopsLeft: 1 })).toMatchObject({ kind: 'allow' });
  });
});
