import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEvent, type CallState, type Effect, initialState, step } from '../../../../src/call/machine.ts';
import type { CallVersion } from '../../../../src/matrix/call-events.ts';
import { events } from './samples.ts';

const invite = events['matrix-invite'] as Extract<CallEvent, { type: 'matrix-invite' }>;
const others = Object.values(events).filter(({ type }) => type !== 'matrix-invite');

/** Forward steps are drawn often enough for calls to get anywhere. */
const forward = [
  'decided allow',
  'prepared',
  'sip-provisional 183 sdp',
  'early-audio 500',
  'sip-answered',
  'matrix-answer-ready',
  'webrtc-connected',
  'matrix-offer',
  'matrix-renegotiated',
  'sip-reoffer',
  'sip-renegotiated',
  'matrix-replaces',
  'sip-refer',
  'sip-replacement',
  'transfer-done',
  'transfer-failed',
  'telephone-replaced',
].map((name) => events[name] as CallEvent);

const straight = [
  'decided allow',
  'prepared',
  'sip-provisional 180',
  'sip-answered',
  'matrix-answer-ready',
  'webrtc-connected',
].map((name) => events[name] as CallEvent);

const drawn = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...forward) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
);

interface Run {
  readonly effects: readonly Effect[];
  readonly steps: readonly {
    readonly event: CallEvent;
    readonly before: CallState;
    readonly effects: readonly Effect[];
  }[];
  readonly state: CallState;
}

function run(sequence: readonly CallEvent[], version: CallVersion): Run {
  let state: CallState = initialState;
  const steps: { event: CallEvent; before: CallState; effects: readonly Effect[] }[] = [];
  for (const event of [{ ...invite, version }, ...sequence]) {
    const before = state;
    const next = step(state, event);
    state = next.state;
    steps.push({ event, before, effects: next.effects });
  }
  return { effects: steps.flatMap(({ effects }) => effects), steps, state };
}

const count = (effects: readonly Effect[], ...types: readonly Effect['type'][]): number =>
  effects.filter(({ type }) => types.includes(type)).length;

const indexOf = (effects: readonly Effect[], type: Effect['type']): number =>
  effects.findIndex((effect) => effect.type === type);

/** What must be answered even when all is over, and how. */
const asked: readonly CallEvent['type'][] = ['sip-reoffer', 'sip-refer', 'sip-replacement'];
const refusals: readonly Effect['type'][] = ['refuseSipReoffer', 'refuseReferral', 'refuseReplacement'];

const allowedReasons = [
  'ice_failed',
  'ice_timeout',
  'invite_timeout',
  'user_hangup',
  'user_media_failed',
  'user_busy',
  'unknown_error',
];

describe('whatever comes in whatever order', () => {
  /** Some way along the straight path first, so that calls get as far as talking. */
  const sequences = fc
    .tuple(fc.nat({ max: straight.length }), fc.array(drawn, { maxLength: 40 }))
    .map(([far, rest]) => [...straight.slice(0, far), ...rest]);
  const versions = fc.constantFrom<CallVersion>('0', '1');
  const check = (property: (result: Run, version: CallVersion) => void): void => {
    fc.assert(
      fc.property(sequences, versions, (sequence, version) => {
        // The gateway's stop ends whatever is still going on.
        property(run([...sequence, { type: 'shutdown' }], version), version);
      }),
      { numRuns: 1_000 },
    );
  };

  it('the call ends, once, and finishing is the last thing it does', () => {
    check(({ effects, steps, state }) => {
      expect(state.phase).toBe('ended');
      expect(count(effects, 'finish')).toBe(1);
      const afterwards = effects.slice(indexOf(effects, 'finish') + 1);
      expect(afterwards.filter(({ type }) => !refusals.includes(type))).toEqual([]);
      for (const { before, effects: own, event } of steps) {
        if (before.phase === 'ended' && !asked.includes(event.type)) expect(own).toEqual([]);
      }
    });
  });

  it('the client gets one answer at most and one last word at most', () => {
    check(({ effects }) => {
      expect(count(effects, 'answerMatrix')).toBeLessThanOrEqual(1);
      expect(count(effects, 'rejectMatrix', 'hangupMatrix')).toBeLessThanOrEqual(1);
    });
  });

  it('the last word is a reject before the answer and a hang-up after it; in version 0 always a hang-up', () => {
    check(({ effects, steps }, version) => {
      const answered = indexOf(effects, 'answerMatrix');
      const rejected = indexOf(effects, 'rejectMatrix');
      const hungUp = indexOf(effects, 'hangupMatrix');
      if (version === '0') return expect(rejected).toBe(-1);
      if (hungUp !== -1) expect(answered).not.toBe(-1);
      const answerLost = steps.some(({ event, effects: own }) => {
        return event.type === 'matrix-send-failed' && event.what === 'answer' && own.length > 0;
      });
      if (rejected !== -1 && !answerLost) expect(answered).toBe(-1);
    });
  });

  it('a client that ended the call itself is told nothing more', () => {
    check(({ steps }) => {
      for (const { event, effects } of steps) {
        if (['matrix-hangup', 'matrix-reject', 'matrix-select-answer', 'matrix-left'].includes(event.type)) {
          expect(count(effects, 'rejectMatrix', 'hangupMatrix')).toBe(0);
        }
      }
    });
  });

  it('the telephone is called at most once and its leg ended exactly once', () => {
    check(({ effects, steps }) => {
      expect(count(effects, 'placeSip')).toBeLessThanOrEqual(1);
      const endedByItself = steps.some(({ event, before }) => {
        return (event.type === 'sip-failed' || event.type === 'sip-ended') && before.phase !== 'ended';
      });
      const ended = count(effects, 'hangupSip', 'handOver');
      if (endedByItself) expect(ended).toBeLessThanOrEqual(1);
      else expect(ended).toBe(count(effects, 'placeSip'));
    });
  });

  it('media that were opened are closed or handed over, once', () => {
    check(({ effects }) => {
      expect(count(effects, 'closeMedia', 'handOver')).toBe(count(effects, 'prepare'));
    });
  });

  it('whoever asks for a transfer gets one, or no; one at a time', () => {
    check(({ steps }) => {
      for (const { event, before, effects } of steps) {
        const begun = count(effects, 'startTransfer', 'startReferral', 'takeReplacement');
        if (begun > 0) expect([begun, before.phase]).toEqual([1, 'talking']);
        const isAsked = event.type === 'sip-refer' || event.type === 'sip-replacement';
        if (isAsked) expect(begun + count(effects, 'refuseReferral', 'refuseReplacement')).toBe(1);
      }
    });
  });

  it('every offer of the telephone is answered or refused at once', () => {
    check(({ steps }) => {
      for (const { event, effects } of steps) {
        if (event.type !== 'sip-reoffer') continue;
        expect(count(effects, 'answerSipReoffer', 'refuseSipReoffer')).toBe(1);
      }
    });
  });

  it('one offer of the client is worked on at a time', () => {
    check(({ steps }) => {
      let busy = false;
      for (const { event, effects } of steps) {
        const isOver = event.type === 'media-failed' && event.during === 'matrix-renegotiation';
        if (count(effects, 'sendMatrixReanswer') === 1 || isOver) busy = false;
        if (count(effects, 'renegotiateMatrix') === 0) continue;
        expect(busy).toBe(false);
        busy = true;
      }
    });
  });

  it('only reasons of the specification go to the client', () => {
    check(({ effects }) => {
      for (const effect of effects) {
        if (effect.type === 'rejectMatrix' || effect.type === 'hangupMatrix') {
          expect(allowedReasons).toContain(effect.reason);
        }
      }
    });
  });

  it('nothing of a negotiation goes to a version 0 client', () => {
    check(({ effects }, version) => {
      if (version === '0') expect(count(effects, 'sendMatrixReoffer', 'sendMatrixReanswer', 'reofferMatrix')).toBe(0);
    });
  });

  it('no state is changed: the machine is pure', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const freeze = <T>(value: T): T => {
          if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
            Object.freeze(value);
            for (const inner of Object.values(value)) freeze(inner);
          }
          return value;
        };
        let state: CallState = freeze(structuredClone(initialState));
        for (const event of [invite, ...sequence]) {
          const first = step(state, freeze(structuredClone(event)));
          expect(step(state, event)).toEqual(first);
          state = freeze(first.state);
        }
      }),
    );
  });
});
