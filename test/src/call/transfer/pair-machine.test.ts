import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Direction } from '../../../../media/engine.ts';
import type { CallEvent } from '../../../../src/call/machine.ts';
import {
  joinPair,
  type PairEffect,
  type PairEvent,
  type PairSide,
  type PairState,
  stepPair,
} from '../../../../src/call/transfer/pair-machine.ts';

const quiet = { told: 'sendrecv', wish: 'sendrecv' } as const;
const start = joinPair(quiet, quiet).state;

function inWords(effect: PairEffect): string {
  switch (effect.type) {
    case 'hangup':
      return `hangup ${effect.side} ${effect.cause.q850}`;
    case 'finish':
      return `finish by ${effect.by}`;
    case 'say':
      return `say ${effect.sentence.key}`;
    default: {
      const { type, ...rest } = effect;
      return [type, ...Object.values(rest)].join(' ');
    }
  }
}

function run(state: PairState, ...events: PairEvent[]): string[][] {
  let now = state;
  return events.map((event) => {
    const next = stepPair(now, event);
    now = next.state;
    return next.effects.map(inWords);
  });
}

const of = (side: PairSide, event: CallEvent): PairEvent => ({ side, event });
const offers = (side: PairSide, id = 7): PairEvent => of(side, { type: 'sip-reoffer', id, sdp: 'offer' });
const agreed = (side: PairSide, direction: Direction): PairEvent => of(side, { type: 'sip-renegotiated', direction });
const answers = (side: PairSide, direction: Direction): PairEvent =>
  of(side, { type: 'sip-reoffer-answered', direction });

describe('two telephones that were put through', () => {
  it('begin with nothing to say when nobody holds', () => {
    expect(joinPair(quiet, quiet).effects).toEqual([]);
  });

  it('are told of holds that were there, and of those that are over', () => {
    expect(joinPair({ told: 'sendonly', wish: 'sendrecv' }, quiet).effects.map(inWords)).toEqual([
      'reoffer a sendrecv',
    ]);
    expect(joinPair({ told: 'sendrecv', wish: 'sendonly' }, quiet).effects.map(inWords)).toEqual([
      'reoffer b sendonly',
    ]);
  });

  it('a hold of one is told to the other, and taken back', () => {
    expect(
      run(start, offers('a'), agreed('a', 'recvonly'), answers('b', 'sendonly'), offers('a'), agreed('a', 'sendrecv')),
    ).toEqual([
      ['answerReoffer a 7 offer sendrecv'],
      ['reoffer b sendonly'],
      [],
      ['answerReoffer a 7 offer sendrecv'],
      ['reoffer b sendrecv'],
    ]);
  });

  it('a refresh of the session is nobody else’s business', () => {
    expect(run(start, offers('b'), agreed('b', 'sendrecv'))[1]).toEqual([]);
  });

  it('one offer at a time: 500 while theirs is answered, 491 while ours is out', () => {
    expect(run(start, offers('a', 1), offers('a', 2))[1]).toEqual(['refuseReoffer a 2 500']);
    expect(run(start, offers('a'), agreed('a', 'recvonly'), offers('b', 3))[2]).toEqual(['refuseReoffer b 3 491']);
  });

  it('an offer of ours that is refused is not made for ever', () => {
    const refused: PairEvent = of('b', { type: 'sip-reoffer-failed', message: '488' });
    expect(run(start, offers('a'), agreed('a', 'recvonly'), refused)[2]).toEqual([]);
  });

  it('an offer that cannot be answered is refused with 488', () => {
    const failed: PairEvent = of('a', {
      type: 'media-failed',
      during: 'sip-reoffer',
      code: 'no-common-codec',
      message: 'none',
      reofferId: 7,
    });
    expect(run(start, offers('a'), failed)[1]).toEqual(['refuseReoffer a 7 488']);
  });

  it.each<[string, PairEvent, string[]]>([
    ['one hangs up', of('a', { type: 'sip-ended', end: { by: 'remote', q850: 16 } }), ['hangup b 16', 'finish by a']],
    ['one is lost', of('b', { type: 'sip-ended', end: { by: 'dialog-lost' } }), ['hangup a 31', 'finish by b']],
    ['silence', of('b', { type: 'media-timeout', side: 'rtp' }), ['hangup a 41', 'hangup b 41', 'finish by gateway']],
    [
      'the engine dies',
      of('a', { type: 'engine-failed', message: 'x' }),
      ['hangup a 31', 'hangup b 31', 'finish by gateway'],
    ],
    [
      'the gateway stops',
      { event: { type: 'shutdown' } },
      ['say gateway-stopping', 'hangup a 31', 'hangup b 31', 'finish by gateway'],
    ],
    [
      'their time is over',
      { event: { type: 'longest-call' } },
      ['say longest-call', 'hangup a 16', 'hangup b 16', 'finish by gateway'],
    ],
    [
      'an administrator ends it',
      { event: { type: 'end-now' } },
      ['say ended-by-administrator', 'hangup a 16', 'hangup b 16', 'finish by gateway'],
    ],
    [
      'the credit for one of them is used up',
      of('b', { type: 'credit-used-up' }),
      ['say credit-used-up', 'hangup a 16', 'hangup b 16', 'finish by gateway'],
    ],
  ])('end together: %s', (_name, event, expected) => {
    expect(run(start, event)).toEqual([expected]);
  });

  it('are warned once of credit that ends, whichever of them it is for', () => {
    const low = (side: PairSide) => of(side, { type: 'credit-low', leftMs: 30_000 });
    expect(run(start, low('a'), low('b'))).toEqual([['beep a', 'beep b', 'say credit-low'], []]);
  });

  it('pass on digits by INFO, and are transferred no further', () => {
    expect(run(start, of('a', { type: 'sip-dtmf', digit: '5', durationMs: 100 }))).toEqual([['sendDigit b 5 100']]);
    expect(run(start, of('a', { type: 'sip-refer', id: 8 }))).toEqual([['refuseReferral a 8']]);
    expect(run(start, of('b', { type: 'sip-replacement', id: 9 }))).toEqual([['refuseReplacement b 9']]);
  });

  it('answer what must be answered when all is over, and nothing else', () => {
    const over: PairState = { phase: 'over' };
    expect(
      run(over, offers('a'), of('b', { type: 'sip-refer', id: 8 }), of('b', { type: 'sip-replacement', id: 9 })),
    ).toEqual([['refuseReoffer a 7 500'], ['refuseReferral b 8'], ['refuseReplacement b 9']]);
    expect(run(over, of('a', { type: 'sip-ended', end: { by: 'remote' } }), { event: { type: 'shutdown' } })).toEqual([
      [],
      [],
    ]);
  });
});

describe('whatever two telephones say in whatever order', () => {
  const sides = fc.constantFrom<PairSide>('a', 'b');
  const directions = fc.constantFrom<Direction>('sendrecv', 'sendonly', 'recvonly', 'inactive');
  const said = fc.oneof(
    sides.map((side) => offers(side)),
    fc.tuple(sides, directions).map(([side, direction]) => agreed(side, direction)),
    fc.tuple(sides, directions).map(([side, direction]) => answers(side, direction)),
    sides.map((side) => of(side, { type: 'sip-reoffer-failed', message: 'no' })),
    sides.map((side) => of(side, { type: 'media-timeout', side: 'webrtc' })),
  );

  it('each offer is answered or refused at once, and ours are one at a time', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 40 }), (events) => {
        let state = start;
        for (const event of events) {
          const before = state;
          const next = stepPair(state, event);
          state = next.state;
          if (event.side !== undefined && event.event.type === 'sip-reoffer') {
            const own = next.effects.filter(({ type }) => type === 'answerReoffer' || type === 'refuseReoffer');
            expect(own).toHaveLength(1);
          }
          for (const effect of next.effects) {
            if (effect.type !== 'reoffer' || before.phase === 'over') continue;
            if (event.side !== effect.side) expect(before[effect.side].busy).toBe('idle');
          }
        }
        expect(stepPair(state, { event: { type: 'shutdown' } }).effects.map(({ type }) => type)).toEqual([
          'say',
          'hangup',
          'hangup',
          'finish',
        ]);
      }),
    );
  });
});
