import { describe, expect, it } from 'vitest';
import { step } from '../../../../src/message/outbound/machine.ts';
import type { Facts, OutEffect, OutEvent, OutState, RouteFacts } from '../../../../src/message/outbound/state.ts';
import type { DeliveryProgress } from '../../../../src/message/ports.ts';
import type { TextFailure } from '../../../../src/message/transport.ts';

const NOW = 1_000_000;
const EXPIRES = NOW + 3_600_000;
/** In the middle: the back-off is 30 s, 60 s … */
const JITTER = 0.5;

const route = (more: Partial<RouteFacts> = {}): RouteFacts => ({
  state: 'usable',
  knowsRepeats: true,
  parts: 1,
  ...more,
});
const facts = (more: Partial<Facts> = {}): Facts => ({
  now: NOW,
  expiresAt: EXPIRES,
  jitter: JITTER,
  routes: [route()],
  unknownOutcome: 'at-least-once',
  retry: { firstMs: 30_000, longestMs: 1_800_000 },
  ...more,
});
const progress = (more: Partial<DeliveryProgress> = {}): DeliveryProgress => ({
  route: 0,
  partsAccepted: 0,
  tries: 0,
  underWay: false,
  nextTryAt: NOW,
  ...more,
});
const waiting = (more: Partial<DeliveryProgress> = {}): OutState => ({ phase: 'waiting', progress: progress(more) });
const sending = (
  more: Partial<DeliveryProgress> = {},
  rest: { doubt?: boolean; failed?: number[]; lost?: TextFailure } = {},
): OutState => ({
  phase: 'sending',
  progress: progress({ partsTotal: 1, underWay: true, ...more }),
  doubt: false,
  failed: [],
  ...rest,
});
const failure = (more: Partial<TextFailure> = {}): TextFailure => ({
  kind: 'network',
  isTemporary: true,
  isTrunkFault: true,
  said: '503',
  mayHaveArrived: false,
  ...more,
});
const failed = (more: Partial<TextFailure> = {}, mayGoOn = true): OutEvent => ({
  type: 'failed',
  failure: failure(more),
  mayGoOn,
});
const noCredit: OutEvent = { type: 'refused', sentence: { key: 'credit-too-low', params: { price: '1', left: '0' } } };
const down = (more: Partial<RouteFacts> = {}) => route({ state: 'down', ...more });
const foreign = (more: Partial<RouteFacts> = {}) => route({ knowsRepeats: false, ...more });

/** An effect on one line: what a table can show. */
function short(effect: OutEffect): string {
  switch (effect.type) {
    case 'store': {
      const { route: way, partsAccepted, partsTotal, tries, underWay, nextTryAt } = effect.progress;
      const wait = nextTryAt - NOW;
      return [
        `store way ${way}`,
        `${partsAccepted}/${partsTotal ?? '?'}`,
        `tries ${tries}`,
        ...(underWay ? ['under way'] : []),
        ...(wait > 0 ? [`in ${wait / 1000} s`] : []),
        ...(effect.accepted ? [`part ${effect.accepted.index} ${effect.accepted.messageId ?? '-'}`] : []),
      ].join(', ');
    }
    case 'submit':
      return `submit ${effect.index}/${effect.total} by ${effect.route}`;
    case 'end':
      return effect.sentence ? `end ${effect.state}: ${effect.sentence.key}` : `end ${effect.state}`;
    case 'tell':
      return `tell ${effect.status}`;
    case 'tell-waiting':
    case 'tell-failed':
      return `${effect.type}: ${effect.sentence.key}`;
    case 'note-use':
      return `note-use ${effect.route}`;
    case 'tell-too-late':
    case 'note-opt-out':
      return effect.type;
    default:
      return effect satisfies never;
  }
}

const accepted: OutEvent = { type: 'accepted', messageId: 'm1' };
const due: OutEvent = { type: 'due' };
const once = { unknownOutcome: 'at-most-once' } as const;
const failedWith = (key: string) => [`tell-failed: ${key}`, `end failed: ${key}`];
const end = ['tell sent', 'note-use 0', 'end accepted'];

type Row = [name: string, state: OutState, event: OutEvent, facts: Facts, phase: OutState['phase'], effects: string[]];

const dueRows: Row[] = [
  ['goes, unmarked where a repeat is known', waiting(), due, facts(), 'sending', ['submit 1/1 by 0']],
  [
    'is marked first where the next process would have to know',
    waiting(),
    due,
    facts({ ...once, routes: [foreign()] }),
    'sending',
    ['store way 0, 0/1, tries 0, under way', 'submit 1/1 by 0'],
  ],
  [
    'is marked first when there is another way',
    waiting(),
    due,
    facts({ routes: [route(), route()] }),
    'sending',
    ['store way 0, 0/1, tries 0, under way', 'submit 1/1 by 0'],
  ],
  [
    'the first way that is up is taken',
    waiting(),
    due,
    facts({ routes: [down(), route({ parts: 2 })] }),
    'sending',
    ['store way 1, 0/2, tries 0, under way', 'submit 1/2 by 1'],
  ],
  [
    'a way that cannot carry its length is left out',
    waiting(),
    due,
    facts({ routes: [route({ parts: { mostCharacters: 10 } }), route()] }),
    'sending',
    ['store way 1, 0/1, tries 0, under way', 'submit 1/1 by 1'],
  ],
  [
    'no way can carry its length',
    waiting(),
    due,
    facts({ routes: [route({ parts: { mostCharacters: 10 } })] }),
    'failed',
    failedWith('text-too-long'),
  ],
  [
    'no way is left',
    waiting(),
    due,
    facts({ routes: [route({ state: 'gone' })] }),
    'failed',
    failedWith('no-way-for-texts'),
  ],
  [
    'the only way is down: it waits',
    waiting(),
    due,
    facts({ routes: [down()] }),
    'waiting',
    ['store way 0, 0/?, tries 1, in 30 s', 'tell-waiting: provider-unreachable'],
  ],
  [
    'the only way asked for a pause: it waits for just that',
    waiting(),
    due,
    facts({ jitter: 0, routes: [down({ resumesAt: NOW + 5_000 })] }),
    'waiting',
    ['store way 0, 0/?, tries 1, in 5 s', 'tell-waiting: provider-unreachable'],
  ],
  [
    'down for longer than it may wait',
    waiting(),
    due,
    facts({ routes: [down({ resumesAt: EXPIRES + 1 })] }),
    'failed',
    failedWith('provider-unreachable'),
  ],
  [
    'too old: the process was down',
    waiting(),
    due,
    facts({ now: EXPIRES + 60_001 }),
    'failed',
    failedWith('not-in-time'),
  ],
  [
    'too old, and some parts are there',
    waiting({ partsAccepted: 1, partsTotal: 2 }),
    due,
    facts({ now: EXPIRES + 60_001 }),
    'failed',
    failedWith('partly-sent'),
  ],
  ['at its last moment it is tried', waiting(), due, facts({ now: EXPIRES }), 'sending', ['submit 1/1 by 0']],
  [
    'unknown outcome, repeats are known: the same again',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts(once),
    'sending',
    ['submit 1/1 by 0'],
  ],
  [
    'unknown outcome, repeats are not known, at most once',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts({ ...once, routes: [foreign()] }),
    'failed',
    failedWith('may-have-arrived'),
  ],
  [
    'unknown outcome, repeats are not known, at least once',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts({ routes: [foreign()] }),
    'sending',
    ['submit 1/1 by 0'],
  ],
  [
    'unknown outcome, the way is down, at most once: it stays with its way',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts({ ...once, routes: [down(), route()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, under way, in 30 s', 'tell-waiting: provider-unreachable'],
  ],
  [
    'unknown outcome, the way is down, at least once: another way',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts({ routes: [down(), route()] }),
    'sending',
    ['store way 1, 0/1, tries 0, under way', 'submit 1/1 by 1'],
  ],
  [
    'unknown outcome, and too old',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts({ now: EXPIRES + 60_001 }),
    'failed',
    failedWith('may-have-arrived'),
  ],
  [
    'unknown outcome, and the way is gone',
    waiting({ underWay: true, partsTotal: 1 }),
    due,
    facts({ ...once, routes: [route({ state: 'gone' }), route()] }),
    'failed',
    failedWith('may-have-arrived'),
  ],
  [
    'the next part goes by the way of the first, also when another is up',
    waiting({ route: 1, partsAccepted: 1, partsTotal: 3 }),
    due,
    facts({ routes: [route({ parts: 2 }), route({ parts: 3 })] }),
    'sending',
    ['store way 1, 1/3, tries 0, under way', 'submit 2/3 by 1'],
  ],
  [
    'the way of the first part is down: the rest waits for it',
    waiting({ partsAccepted: 1, partsTotal: 3 }),
    due,
    facts({ routes: [down({ parts: 3 }), route({ parts: 3 })] }),
    'waiting',
    ['store way 0, 1/3, tries 1, in 30 s', 'tell-waiting: provider-unreachable'],
  ],
  [
    'the way of the first part is gone',
    waiting({ partsAccepted: 1, partsTotal: 3 }),
    due,
    facts({ routes: [route({ state: 'gone' }), route()] }),
    'failed',
    failedWith('partly-sent'),
  ],
  [
    'cut otherwise than the first part was',
    waiting({ partsAccepted: 1, partsTotal: 3 }),
    due,
    facts({ routes: [route({ parts: 4 })] }),
    'failed',
    failedWith('partly-sent'),
  ],
  [
    'the process died before the end was stored',
    waiting({ partsAccepted: 2, partsTotal: 2 }),
    due,
    facts(),
    'accepted',
    end,
  ],
];

const sendingRows: Row[] = [
  ['accepted', sending(), accepted, facts(), 'accepted', ['store way 0, 1/1, tries 0, part 1 m1', ...end]],
  [
    'a part is accepted: the next is due',
    sending({ partsTotal: 3, tries: 4 }),
    accepted,
    facts(),
    'waiting',
    ['store way 0, 1/3, tries 0, part 1 m1'],
  ],
  [
    'the last part is accepted, but an earlier one is lost',
    sending({ partsAccepted: 1, partsTotal: 2 }, { lost: failure({ kind: 'unavailable' }) }),
    accepted,
    facts(),
    'failed',
    ['store way 0, 2/2, tries 0, part 2 m1', ...failedWith('telephone-unavailable')],
  ],
  [
    'the trunk is at fault: the next way at once',
    sending(),
    failed(),
    facts({ routes: [route(), route()] }),
    'sending',
    ['store way 1, 0/1, tries 1, under way', 'submit 1/1 by 1'],
  ],
  [
    'both ways failed: it waits, and begins with the first again',
    sending({ route: 1, tries: 1 }, { failed: [0] }),
    failed(),
    facts({ routes: [route(), route()] }),
    'waiting',
    ['store way 1, 0/1, tries 2, in 60 s', 'tell-waiting: network-trouble'],
  ],
  [
    'the other way is down',
    sending(),
    failed(),
    facts({ routes: [route(), down()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'a part was accepted: no other way',
    sending({ partsAccepted: 1, partsTotal: 2 }),
    failed(),
    facts({ routes: [route(), route()] }),
    'waiting',
    ['store way 0, 1/2, tries 1, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'the gateway stops: no other way is begun',
    sending(),
    failed({}, false),
    facts({ routes: [route(), route()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'the telephone is off: no other way, but later',
    sending(),
    failed({ kind: 'unavailable', isTrunkFault: false }),
    facts({ routes: [route(), route()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, in 30 s', 'tell-waiting: telephone-unavailable'],
  ],
  [
    'Retry-After is kept to, though longer than the back-off',
    sending(),
    failed({ kind: 'throttled', isTrunkFault: false, retryAfterMs: 100_000 }),
    facts({ jitter: 0 }),
    'waiting',
    ['store way 0, 0/1, tries 1, in 100 s', 'tell-waiting: too-many-texts'],
  ],
  [
    'Retry-After beyond its age',
    sending(),
    failed({ retryAfterMs: EXPIRES }),
    facts(),
    'failed',
    failedWith('network-trouble'),
  ],
  [
    'the last try is when it expires',
    sending({ tries: 20 }),
    failed(),
    facts({ expiresAt: NOW + 10_000 }),
    'waiting',
    ['store way 0, 0/1, tries 21, in 10 s', 'tell-waiting: network-trouble'],
  ],
  ['its last try failed', sending(), failed(), facts({ expiresAt: NOW }), 'failed', failedWith('network-trouble')],
  [
    'its last try failed, some parts are there',
    sending({ partsAccepted: 1, partsTotal: 2 }),
    failed(),
    facts({ expiresAt: NOW }),
    'failed',
    failedWith('partly-sent'),
  ],
  [
    'refused for good',
    sending(),
    failed({ kind: 'no-such-number', isTemporary: false, isTrunkFault: false }),
    facts({ routes: [route(), route()] }),
    'failed',
    failedWith('no-such-number'),
  ],
  [
    'refused for good, by a trunk that another may make up for',
    sending(),
    failed({ kind: 'not-allowed', isTemporary: false }),
    facts({ routes: [route(), route()] }),
    'sending',
    ['store way 1, 0/1, tries 1, under way', 'submit 1/1 by 1'],
  ],
  [
    'refused for good by the last way',
    sending({ route: 1 }, { failed: [0] }),
    failed({ kind: 'not-allowed', isTemporary: false }),
    facts({ routes: [route(), route()] }),
    'failed',
    failedWith('sender-not-allowed'),
  ],
  [
    'the recipient wants no texts',
    sending(),
    failed({ kind: 'blocked', isTemporary: false, isTrunkFault: false }),
    facts(),
    'failed',
    [...failedWith('recipient-blocks'), 'note-opt-out'],
  ],
  [
    'no answer, repeats are known: the same again, by this way only',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ routes: [route(), route()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, under way, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'no answer, and the trunk is down: another way with at-least-once',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ routes: [down(), route()] }),
    'sending',
    ['store way 1, 0/1, tries 1, under way', 'submit 1/1 by 1'],
  ],
  [
    'no answer, and the trunk is down: it waits with at-most-once',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ ...once, routes: [down(), route()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, under way, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'no answer, and all trunks are down: it will stay with this one if that is up again',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ routes: [down(), down()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, under way, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'no answer, repeats are not known, at most once',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ ...once, routes: [foreign(), route()] }),
    'failed',
    failedWith('may-have-arrived'),
  ],
  [
    'no answer, repeats are not known, at least once: another way',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ routes: [foreign(), foreign()] }),
    'sending',
    ['store way 1, 0/1, tries 1, under way', 'submit 1/1 by 1'],
  ],
  [
    'no answer, repeats are not known, at least once, one way: again later',
    sending(),
    failed({ mayHaveArrived: true }),
    facts({ routes: [foreign()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'a doubt stays when the next try did not even leave',
    sending({}, { doubt: true }),
    failed(),
    facts({ ...once, routes: [route(), route()] }),
    'waiting',
    ['store way 0, 0/1, tries 1, under way, in 30 s', 'tell-waiting: network-trouble'],
  ],
  [
    'a doubt at its end: it may have arrived',
    sending({}, { doubt: true }),
    failed(),
    facts({ ...once, expiresAt: NOW }),
    'failed',
    failedWith('may-have-arrived'),
  ],
  [
    'a doubt that ends with a refusal for good',
    sending({}, { doubt: true }),
    failed({ kind: 'no-such-number', isTemporary: false, isTrunkFault: false }),
    facts(once),
    'failed',
    failedWith('no-such-number'),
  ],
  ['taken back too late', sending(), { type: 'redacted' }, facts(), 'sending', ['tell-too-late']],
  ['STOP comes meanwhile', sending(), { type: 'opted-out' }, facts(), 'sending', []],
  ['the credit ends meanwhile', sending(), noCredit, facts(), 'sending', []],
  ['the telephone leaves meanwhile', sending(), { type: 'left' }, facts(), 'sending', []],
  ['due again', sending(), due, facts(), 'sending', []],
  ['an early receipt of an earlier part', sending(), { type: 'receipt', state: 'delivered' }, facts(), 'sending', []],
];

const lost: OutEvent = { type: 'receipt', state: 'failed', failure: failure({ kind: 'blocked' }) };
const otherRows: Row[] = [
  ['taken back in time', waiting(), { type: 'redacted' }, facts(), 'withdrawn', ['end withdrawn']],
  [
    'taken back when a part is there',
    waiting({ partsAccepted: 1, partsTotal: 2 }),
    { type: 'redacted' },
    facts(),
    'waiting',
    ['tell-too-late'],
  ],
  [
    'taken back when it may be there',
    waiting({ underWay: true }),
    { type: 'redacted' },
    facts(),
    'waiting',
    ['tell-too-late'],
  ],
  ['opted out', waiting(), { type: 'opted-out' }, facts(), 'failed', failedWith('opted-out')],
  ['no credit', waiting(), noCredit, facts(), 'failed', failedWith('credit-too-low')],
  [
    'the telephone left',
    waiting({ partsAccepted: 1, partsTotal: 2 }),
    { type: 'left' },
    facts(),
    'withdrawn',
    ['end withdrawn'],
  ],
  [
    'an earlier part is lost',
    waiting({ partsAccepted: 1, partsTotal: 2 }),
    lost,
    facts(),
    'failed',
    [...failedWith('recipient-blocks'), 'note-opt-out'],
  ],
  ['an earlier part is delivered', waiting(), { type: 'receipt', state: 'delivered' }, facts(), 'waiting', []],
  ['an outcome of a try that is over', waiting(), accepted, facts(), 'waiting', []],
  ['a failure of a try that is over', waiting(), failed(), facts(), 'waiting', []],
  [
    'delivered',
    { phase: 'accepted' },
    { type: 'receipt', state: 'delivered' },
    facts(),
    'delivered',
    ['tell delivered', 'end delivered'],
  ],
  [
    'displayed',
    { phase: 'accepted' },
    { type: 'receipt', state: 'displayed' },
    facts(),
    'displayed',
    ['tell displayed', 'end displayed'],
  ],
  [
    'displayed after delivered',
    { phase: 'delivered' },
    { type: 'receipt', state: 'displayed' },
    facts(),
    'displayed',
    ['tell displayed', 'end displayed'],
  ],
  ['delivered twice', { phase: 'delivered' }, { type: 'receipt', state: 'delivered' }, facts(), 'delivered', []],
  [
    'delivered after displayed',
    { phase: 'displayed' },
    { type: 'receipt', state: 'delivered' },
    facts(),
    'displayed',
    [],
  ],
  [
    'lost after all',
    { phase: 'accepted' },
    lost,
    facts(),
    'failed',
    [...failedWith('recipient-blocks'), 'note-opt-out'],
  ],
  [
    'lost for a reason that the network did not tell',
    { phase: 'accepted' },
    { type: 'receipt', state: 'failed', failure: failure({ kind: 'refused' }) },
    facts(),
    'failed',
    failedWith('not-delivered'),
  ],
  ['lost, though read', { phase: 'displayed' }, lost, facts(), 'displayed', []],
  ['lost, though delivered', { phase: 'delivered' }, lost, facts(), 'delivered', []],
  ['taken back after it was sent', { phase: 'accepted' }, { type: 'redacted' }, facts(), 'accepted', ['tell-too-late']],
  ['taken back after it failed', { phase: 'failed' }, { type: 'redacted' }, facts(), 'withdrawn', ['end withdrawn']],
];

describe('a text whose time has come', () => {
  it.each(dueRows)('%s', (_, state, event, given, phase, effects) => {
    const { state: next, effects: done } = step(state, event, given);
    expect(done.map(short)).toEqual(effects);
    expect(next.phase).toBe(phase);
  });
});

describe('a part under way', () => {
  it.each(sendingRows)('%s', (_, state, event, given, phase, effects) => {
    const { state: next, effects: done } = step(state, event, given);
    expect(done.map(short)).toEqual(effects);
    expect(next.phase).toBe(phase);
  });
});

describe('what else can happen', () => {
  it.each(otherRows)('%s', (_, state, event, given, phase, effects) => {
    const { state: next, effects: done } = step(state, event, given);
    expect(done.map(short)).toEqual(effects);
    expect(next.phase).toBe(phase);
  });
});

describe('every state and event', () => {
  const states: OutState[] = [
    waiting(),
    sending(),
    { phase: 'accepted' },
    { phase: 'delivered' },
    { phase: 'displayed' },
    { phase: 'failed' },
    { phase: 'withdrawn' },
  ];
  const events: OutEvent[] = [
    due,
    accepted,
    failed(),
    lost,
    { type: 'receipt', state: 'delivered' },
    { type: 'receipt', state: 'displayed' },
    { type: 'opted-out' },
    noCredit,
    { type: 'redacted' },
    { type: 'left' },
  ];
  it('what is over stays over', () => {
    for (const state of states.slice(-2)) {
      for (const event of events) {
        if (event.type === 'redacted' && state.phase === 'failed') continue;
        expect(step(state, event, facts())).toEqual({ state, effects: [] });
      }
    }
  });
  it('nothing is sent but what is due, or what goes another way', () => {
    for (const state of states) {
      for (const event of events) {
        const { effects } = step(state, event, facts());
        if (effects.some(({ type }) => type === 'submit'))
          expect([state.phase, event.type]).toEqual(['waiting', 'due']);
      }
    }
  });
});

describe('what the next steps are told', () => {
  it('how long a text may be, of the way that carries most', () => {
    const routes = [40, 70].map((mostCharacters) => route({ parts: { mostCharacters } }));
    const { effects } = step(waiting(), due, facts({ routes }));
    expect(effects[0]).toEqual({
      type: 'tell-failed',
      sentence: { key: 'text-too-long', params: { characters: '70' } },
    });
  });

  it('when the first of several ways that paused is open again', () => {
    const routes = [down({ resumesAt: NOW + 9_000 }), down({ resumesAt: NOW + 4_000 })];
    const { effects } = step(waiting(), due, facts({ routes, jitter: 0 }));
    expect(effects.map(short)[0]).toBe('store way 0, 0/?, tries 1, in 4 s');
  });

  it('the usual pause where only one of the ways says when it is open again', () => {
    const { effects } = step(waiting(), due, facts({ routes: [down({ resumesAt: NOW + 9_000 }), down()] }));
    expect(effects.map(short)[0]).toBe('store way 0, 0/?, tries 1, in 30 s');
  });

  it.each([
    ['sent for the first time', waiting(), due, facts(), false],
    ['sent again after an unknown outcome', waiting({ underWay: true, partsTotal: 1 }), due, facts(), true],
    ['sent by another way, after a refusal', sending(), failed(), facts({ routes: [route(), route()] }), false],
    [
      'sent by another way, though it may have arrived: by that one it has not',
      waiting({ underWay: true, partsTotal: 1 }),
      due,
      facts({ routes: [down(), route()] }),
      false,
    ],
  ] as const)('whether it may have arrived: %s', (_, state, event, given, doubt) => {
    expect(step(state, event, given).state).toMatchObject({ phase: 'sending', doubt });
  });

  it('that an earlier part is lost, and not that one is delivered', () => {
    const partly = sending({ partsAccepted: 1, partsTotal: 3 });
    expect(step(partly, lost, facts()).state).toMatchObject({ phase: 'sending', lost: failure({ kind: 'blocked' }) });
    expect(step(partly, { type: 'receipt', state: 'delivered' }, facts()).state).toBe(partly);
  });
});
