import { describe, expect, it } from 'vitest';
import { type CallRules, decideCall } from '../../../src/call/decide.ts';
import { createDecider } from '../../../src/call/decider.ts';
import { matchUsers, serverOf } from '../../../src/call/permissions.ts';
import type { MatrixUserId } from '../../../src/matrix/ids.ts';
import type { NumberBinding, NumberBindings } from '../../../src/number/bindings.ts';
import { meaningOf } from '../../../src/number/dial-plan.ts';
import { parseDialString } from '../../../src/number/dial-string.ts';
import { silent } from './fakes.ts';

const alice = '@alice:example.org' as MatrixUserId;
const nobodyElse = { total: 0, ofCaller: 0, inRoom: 0 };

const rules: CallRules = {
  serverName: 'example.org',
  mayCall: matchUsers(['@*:example.org']),
  numbersOf: (user) => ({ region: user === '@gwen:example.org' ? 'GB' : 'DE', dialPlan: [] }),
  trunk: {
    name: 'office',
    codecs: ['PCMA', 'PCMU'],
    srtp: 'off',
    earlyMedia: 'ringback',
    ringTimeoutMs: 60_000,
    callerId: '+4930901820',
  },
  mostCalls: 10,
};

function decide(literal: string, more: Partial<CallRules> = {}, caller = alice, live = nobodyElse) {
  const own = { ...rules, ...more };
  const read = parseDialString(literal);
  const number = read.ok
    ? { dialled: read.dialled, meaning: meaningOf(read.dialled, own.numbersOf(caller)) }
    : undefined;
  return decideCall({ caller, literal, number, live }, own);
}

describe('who may call', () => {
  it('is allowed with number, caller ID and trunk', () => {
    expect(decide('030 1234567')).toEqual({
      kind: 'allow',
      plan: {
        routes: [
          {
            trunk: 'office',
            target: '+49301234567',
            rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
            earlyMedia: 'ringback',
            ringTimeoutMs: 60_000,
            callerId: '+4930901820',
          },
        ],
        e164: '+49301234567',
        toneCountry: 'DE',
      },
    });
  });

  it.each([
    ['@bob:elsewhere.org', 'federated-caller'],
    ['@alice:example.org.evil.org', 'federated-caller'],
    ['@alice:EXAMPLE.org', 'federated-caller'],
  ])('%s may not by default: %s', (user, cause) => {
    const decision = decide('0301234567', {}, user as MatrixUserId);
    expect(decision).toMatchObject({ kind: 'refuse', cause, params: { server: 'example.org' } });
  });

  it('somebody of the own server who is in no pattern is told whom to ask', () => {
    expect(decide('0301234567', { mayCall: matchUsers(['@bob:example.org']) })).toMatchObject({
      cause: 'not-permitted',
    });
    expect(decide('0301234567', { mayCall: matchUsers([]) })).toMatchObject({ cause: 'not-permitted' });
  });

  it('a federated user may when a pattern says so', () => {
    const mayCall = matchUsers(['@*:elsewhere.org']);
    expect(decide('0301234567', { mayCall }, '@bob:elsewhere.org' as MatrixUserId)).toMatchObject({ kind: 'allow' });
  });
});

describe('patterns of user IDs', () => {
  it.each([
    ['*', '@bob:elsewhere.org', true],
    ['@*:example.org', '@alice:example.org', true],
    ['@*:example.org', '@alice:example.org:8448', false],
    ['@*:example.org', '@alice:exampleXorg', false],
    ['@alice:example.org', '@alice:example.org', true],
    ['@alice:example.org', '@alicia:example.org', false],
    ['@team-*:*.example.org', '@team-a:b.example.org', true],
    ['@team-*:*.example.org', '@team-a:example.org', false],
    ['@a.c:example.org', '@abc:example.org', false],
  ])('%s against %s: %s', (pattern, user, expected) => {
    expect(matchUsers([pattern])(user)).toBe(expected);
  });

  it('a server may have a port', () => {
    expect(serverOf('@alice:example.org:8448')).toBe('example.org:8448');
  });
});

describe('what is called', () => {
  it.each([
    ['*31#030123', '*31#030123'],
    ['200', '200'],
    ['sip:bob@example.org', 'sip:bob@example.org'],
    ['116117', '116117'],
  ])('%s is dialled as %s, and is no number of the world', (literal, target) => {
    const decision = decide(literal);
    expect(decision).toMatchObject({ kind: 'allow', plan: { routes: [{ target }] } });
    expect(decision.kind === 'allow' && decision.plan.e164).toBeUndefined();
  });

  it('can be left as it was dialled', () => {
    const trunk = { ...rules.trunk, asDialled: true } as CallRules['trunk'];
    expect(decide('030/123456', trunk ? { trunk } : {})).toMatchObject({
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

  it.each(['112', '110', '+49112', '911'])('%s is refused at once with what to do, whoever calls', (literal) => {
    expect(decide(literal)).toMatchObject({ kind: 'refuse', cause: 'emergency-blocked' });
    expect(decide(literal, {}, '@bob:elsewhere.org' as MatrixUserId)).toMatchObject({ cause: 'emergency-blocked' });
    expect(decide(literal, {}, alice, { total: 99, ofCaller: 99, inRoom: 1 })).toMatchObject({
      cause: 'emergency-blocked',
    });
  });
});

describe('what is in the way', () => {
  it.each([
    ['a call in the room', { total: 1, ofCaller: 0, inRoom: 1 }, {}, 'room-busy'],
    ['all lines in use', { total: 10, ofCaller: 0, inRoom: 0 }, {}, 'gateway-full'],
    ['the caller’s other calls', { total: 2, ofCaller: 2, inRoom: 0 }, { mostCallsPerUser: 2 }, 'caller-limit'],
  ])('%s', (_name, live, more, cause) => {
    expect(decide('0301234567', more, alice, live)).toMatchObject({ kind: 'refuse', cause });
  });

  it('no trunk', () => {
    const { trunk: _none, ...without } = rules;
    const read = parseDialString('0301234567');
    if (!read.ok) throw new Error('not read');
    const number = { dialled: read.dialled, meaning: meaningOf(read.dialled, rules.numbersOf(alice)) };
    const input = { caller: alice, literal: '0301234567', number, live: nobodyElse };
    expect(decideCall(input, without)).toMatchObject({ cause: 'no-trunk' });
  });
});

describe('the first use of a number', () => {
  function memory(): NumberBindings & { readonly bound: NumberBinding[] } {
    const bound: NumberBinding[] = [];
    return {
      bound,
      find: async (user, literal) => bound.find((b) => b.user === user && b.literal === literal)?.e164,
      literalsOf: async (user, e164) => bound.filter((b) => b.user === user && b.e164 === e164).map((b) => b.literal),
      bind: async (binding) => {
        bound.push(binding);
        return binding.e164;
      },
    };
  }
  const request = (caller: string, dialled: string) => ({
    callRef: 'c-1',
    caller: caller as MatrixUserId,
    dialled,
    live: nobodyElse,
  });

  it('is remembered, so that a call back finds the same room', async () => {
    const bindings = memory();
    const decider = createDecider({ rules, bindings, logger: silent });
    await decider(request(alice, '030 1234567'));
    expect(bindings.bound).toEqual([{ user: alice, literal: '030 1234567', e164: '+49301234567' }]);
    expect(await bindings.literalsOf(alice, '+49301234567' as never)).toEqual(['030 1234567']);
    await decider(request(alice, '030 1234567'));
    expect(bindings.bound).toHaveLength(1);
  });

  it('of the same digits by somebody in another country is another number', async () => {
    const bindings = memory();
    const decider = createDecider({ rules, bindings, logger: silent });
    const german = await decider(request(alice, '020 79460018'));
    const british = await decider(request('@gwen:example.org', '020 79460018'));
    expect(german).toMatchObject({ plan: { routes: [{ target: '+492079460018' }] } });
    expect(british).toMatchObject({ plan: { routes: [{ target: '+442079460018' }] } });
  });

  it('counts even when the user has moved since', async () => {
    const bindings = memory();
    await createDecider({ rules, bindings, logger: silent })(request(alice, '020 79460018'));
    const moved = { ...rules, numbersOf: () => ({ region: 'GB', dialPlan: [] }) };
    const decision = await createDecider({ rules: moved, bindings, logger: silent })(request(alice, '020 79460018'));
    expect(decision).toMatchObject({ plan: { routes: [{ target: '+492079460018' }] } });
  });

  it('is not remembered of a call that was refused, nor of what is no number of the world', async () => {
    const bindings = memory();
    const decider = createDecider({ rules, bindings, logger: silent });
    await decider(request('@bob:elsewhere.org', '030 1234567'));
    await decider(request(alice, '**621'));
    await decider(request(alice, 'hello'));
    expect(bindings.bound).toEqual([]);
  });

  it('that cannot be remembered does not keep the call from being made', async () => {
    const bindings = { ...memory(), bind: () => Promise.reject(new Error('disk full')) };
    expect(await createDecider({ rules, bindings, logger: silent })(request(alice, '030 1234567'))).toMatchObject({
      kind: 'allow',
    });
  });
});
