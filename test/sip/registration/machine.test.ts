/** One registration as a table: what happens in which state, what is done about it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  initialRegistration,
  type Problem,
  type RegistrationInput,
  type RegistrationState,
  refreshAfterMs,
  stepRegistration,
} from '../../../sip/registration/index.ts';

const asked = { expiresS: 600 };
const binding = { at: 0, until: 600_000 };
const silent: Problem = { kind: 'silent' };
const wrong: Problem = { kind: 'credentials', status: 401 };

const states = {
  idle: initialRegistration(600),
  registering: { name: 'registering', asked, hop: 0, tooBrief: 0 },
  renewing: { name: 'registering', asked, hop: 0, tooBrief: 0, binding },
  registered: { name: 'registered', asked, hop: 0, binding },
  'waiting (silent)': { name: 'waiting', asked: { ...asked, told: 'silent ' }, problem: silent, binding },
  'waiting (wrong password)': { name: 'waiting', asked: { ...asked, told: 'credentials 401' }, problem: wrong },
  unregistering: { name: 'unregistering', asked },
  stopped: { name: 'stopped', asked },
} satisfies Record<string, RegistrationState>;

const inputs = {
  start: { type: 'start' },
  granted: { type: 'granted', expiresS: 600, now: 1000 },
  'granted for nothing': { type: 'granted', expiresS: 0, now: 1000 },
  '423': { type: 'too-brief', minS: 1800, random: 0 },
  '423 without a number': { type: 'too-brief', minS: undefined, random: 0 },
  '401 again': { type: 'refused', problem: wrong, random: 0 },
  '403': { type: 'refused', problem: { kind: 'forbidden', status: 403 }, random: 0 },
  '500': { type: 'refused', problem: { kind: 'trouble', status: 500 }, random: 0.5 },
  '503, later': { type: 'refused', problem: { kind: 'trouble', status: 503 }, retryAfterS: 120, random: 0 },
  '503, in a year': { type: 'refused', problem: { kind: 'trouble', status: 503 }, retryAfterS: 3e7, random: 0 },
  silence: { type: 'unanswered', problem: silent, random: 1 },
  'server away': { type: 'unanswered', problem: { kind: 'disconnected' }, random: 0 },
  due: { type: 'due' },
  renew: { type: 'renew' },
  stop: { type: 'stop' },
} satisfies Record<string, RegistrationInput>;

type StateName = keyof typeof states;
type InputName = keyof typeof inputs;

/** What is not in the table changes nothing. */
const table: Record<StateName, Partial<Record<InputName, string>>> = {
  idle: { start: 'registering: register', stop: 'stopped: stopped' },
  registering: {
    granted: 'registered: wait 300',
    'granted for nothing': 'waiting: wait 300, tell refused',
    '423': 'registering: register',
    '423 without a number': 'waiting: wait 300, tell refused',
    '401 again': 'waiting: wait 300, tell credentials',
    '403': 'waiting: wait 300, tell forbidden',
    '500': 'waiting: wait 45, tell trouble',
    '503, later': 'waiting: wait 120, tell trouble',
    '503, in a year': 'waiting: wait 3600, tell trouble',
    silence: 'waiting: wait 60, tell silent',
    'server away': 'waiting: wait 10, tell disconnected',
    stop: 'unregistering: unregister',
  },
  renewing: {
    granted: 'registered: wait 300',
    'granted for nothing': 'waiting: wait 300, tell refused',
    '423': 'registering (held): register',
    '423 without a number': 'waiting (held): wait 300, tell refused',
    '401 again': 'waiting: wait 300, tell credentials',
    '403': 'waiting: wait 300, tell forbidden',
    '500': 'waiting (held): wait 45, tell trouble',
    '503, later': 'waiting (held): wait 120, tell trouble',
    '503, in a year': 'waiting (held): wait 3600, tell trouble',
    silence: 'waiting (held): wait 60, tell silent',
    'server away': 'waiting (held): wait 10, tell disconnected',
    stop: 'unregistering: unregister',
  },
  registered: {
    due: 'registering (held): register',
    renew: 'registering (held): register',
    stop: 'unregistering: unregister',
  },
  'waiting (silent)': {
    due: 'registering (held): register',
    renew: 'registering (held): register',
    stop: 'unregistering: unregister',
  },
  // Nothing but time brings credentials out again.
  'waiting (wrong password)': { due: 'registering: register', stop: 'stopped: stopped' },
  unregistering: {
    granted: 'stopped: stopped',
    'granted for nothing': 'stopped: stopped',
    '423': 'stopped: stopped',
    '423 without a number': 'stopped: stopped',
    '401 again': 'stopped: stopped',
    '403': 'stopped: stopped',
    '500': 'stopped: stopped',
    '503, later': 'stopped: stopped',
    '503, in a year': 'stopped: stopped',
    silence: 'stopped: stopped',
    'server away': 'stopped: stopped',
  },
  stopped: {},
};

function shown(state: RegistrationState, input: RegistrationInput, hops = 1): string {
  const step = stepRegistration(state, input, hops);
  const effects = step.effects.map((effect) => {
    switch (effect.type) {
      case 'wait':
        return `wait ${effect.ms / 1000}`;
      case 'tell':
        return `tell ${effect.problem?.kind ?? 'it works again'}`;
      default:
        return effect.type;
    }
  });
  const held = 'binding' in step.state && step.state.binding !== undefined && step.state.name !== 'registered';
  return `${step.state.name}${held ? ' (held)' : ''}: ${effects.join(', ')}`;
}

describe.each(Object.keys(states) as StateName[])('%s', (name) => {
  test.each(Object.keys(inputs) as InputName[])('%s', (input) => {
    const unchanged = { state: states[name], effects: [] };
    const expected = table[name][input];
    if (expected === undefined) expect(stepRegistration(states[name], inputs[input], 1)).toEqual(unchanged);
    else expect(shown(states[name], inputs[input])).toBe(expected);
  });
});

describe('a registrar that wants longer registrations', () => {
  test('gets what it asks for twice, and no more', () => {
    let state: RegistrationState = states.registering;
    const brief = (minS: number) => {
      const step = stepRegistration(state, { type: 'too-brief', minS, random: 0 }, 1);
      state = step.state;
      return step.effects[0];
    };
    expect(brief(900)).toEqual({ type: 'register', hop: 0, expiresS: 900 });
    expect(brief(1800)).toEqual({ type: 'register', hop: 0, expiresS: 1800 });
    expect(brief(3600)).toMatchObject({ type: 'wait', ms: 300_000 });
  });

  test('gets it at once the next time', () => {
    const { state } = stepRegistration({ ...states.registering, asked: { expiresS: 1800 } }, inputs.granted, 1);
    expect(stepRegistration(state, { type: 'due' }, 1).effects).toEqual([{ type: 'register', hop: 0, expiresS: 1800 }]);
  });

  test('is not believed when what it wants is less than what it got', () => {
    expect(shown(states.registering, { type: 'too-brief', minS: 60, random: 0 })).toContain('waiting');
  });
});

describe('several places of a registrar', () => {
  test('are tried in turn when nobody answers or the registrar has trouble, then it waits', () => {
    const second = stepRegistration(states.registering, inputs.silence, 3);
    expect(second.effects).toEqual([{ type: 'register', hop: 1, expiresS: 600 }]);
    const third = stepRegistration(second.state, inputs['500'], 3);
    expect(third.effects).toEqual([{ type: 'register', hop: 2, expiresS: 600 }]);
    expect(shown(third.state, inputs.silence, 3)).toBe('waiting: wait 60, tell silent');
  });

  test('the one that took it is asked again, and then the first', () => {
    const { state } = stepRegistration({ ...states.registering, hop: 2 }, inputs.granted, 3);
    expect(stepRegistration(state, { type: 'due' }, 3).effects).toMatchObject([{ hop: 2 }]);
    expect(stepRegistration(state, inputs.renew, 3).effects).toMatchObject([{ hop: 0 }]);
  });

  test('a wrong password is not carried from one to the next', () => {
    expect(shown(states.registering, inputs['401 again'], 3)).toBe('waiting: wait 300, tell credentials');
  });
});

describe('what administrators are told', () => {
  test('each problem once, another one again, and that it is over', () => {
    let state: RegistrationState = states.registering;
    const told: string[] = [];
    const after = (input: RegistrationInput) => {
      for (const one of [input, { type: 'due' } as const]) {
        const step = stepRegistration(state, one, 1);
        state = step.state;
        for (const effect of step.effects) if (effect.type === 'tell') told.push(effect.problem?.kind ?? 'over');
      }
    };
    for (const name of ['401 again', '401 again', 'silence', 'silence', '401 again', 'granted', 'granted'] as const)
      after(inputs[name]);
    expect(told).toEqual(['credentials', 'silent', 'credentials', 'over']);
  });
});

describe('renewal', () => {
  test.each([
    [3600, 1800],
    [600, 300],
    [120, 60],
    [60, 30],
    [50, 20],
    [40, 10],
    [30, 10],
    [10, 5],
    [1, 0.5],
  ])('of a registration for %i s after %f s', (granted, expected) => {
    expect(refreshAfterMs(granted)).toBe(expected * 1000);
  });

  test('is before the end, whatever was granted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (granted) => {
        const ms = refreshAfterMs(granted);
        return ms > 0 && ms <= granted * 500;
      }),
    );
  });
});
