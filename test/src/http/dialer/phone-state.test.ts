import { describe, expect, it } from 'vitest';
import { idle, isBusy, next, type PhoneEvent, type PhoneState } from '../../../../src/http/dialer/app/phone-state.ts';

const reached = (...events: PhoneEvent[]): PhoneState => events.reduce(next, idle);

const dial: PhoneEvent = { type: 'dial', number: '600' };
const found: PhoneEvent = { type: 'found', name: '600 (echo)' };
const connected: PhoneEvent = { type: 'connected', at: 1_000 };
const incoming: PhoneEvent = { type: 'incoming', name: '01632 960021' };
const answer: PhoneEvent = { type: 'answer' };
const ended = (by: 'us' | 'them', reason: string, at = 61_000): PhoneEvent => ({ type: 'ended', by, reason, at });

describe('the telephone on the page', () => {
  it('goes from the dialled number to a conversation', () => {
    expect(reached(dial)).toEqual({ kind: 'looking-up', number: '600' });
    expect(reached(dial, found)).toEqual({ kind: 'calling', number: '600', name: '600 (echo)' });
    expect(reached(dial, found, connected)).toMatchObject({
      kind: 'talking',
      name: '600 (echo)',
      since: 1_000,
      digits: '',
    });
  });

  it('tells how long the conversation was', () => {
    expect(reached(dial, found, connected, ended('them', 'user_hangup'))).toMatchObject({
      kind: 'ended',
      outcome: 'over',
      sentence: 'The other side hung up.',
      durationS: 60,
    });
  });

  it.each([
    ['user_busy', 'The line is busy.'],
    ['invite_timeout', 'Nobody answered.'],
    ['ice_failed', 'No audio connection could be made.'],
    ['unknown_error', 'The call could not be completed.'],
    ['user_hangup', 'The call was declined.'],
  ])('a refusal with %s has words', (reason, sentence) => {
    expect(reached(dial, found, ended('them', reason))).toMatchObject({ outcome: 'failed', sentence });
  });

  it("prefers the gateway's sentence, whether it comes before or after the end", () => {
    const note: PhoneEvent = { type: 'note', text: 'Number not in service.' };
    const before = reached(dial, found, note, ended('them', 'unknown_error'));
    const later = reached(dial, found, ended('them', 'unknown_error'), note);
    expect(before).toMatchObject({ kind: 'ended', sentence: 'Number not in service.' });
    expect(later).toEqual(before);
  });

  it('keeps a sentence that comes before the call is even placed', () => {
    const note: PhoneEvent = { type: 'note', text: 'You do not have permission.' };
    expect(reached(dial, note, found, ended('them', 'unknown_error'))).toMatchObject({ sentence: note.text });
  });

  it('a call given up before the answer is no failure', () => {
    expect(reached(dial, ended('us', 'user_hangup'))).toMatchObject({
      outcome: 'over',
      sentence: 'You cancelled the call.',
    });
    expect(reached(dial, found, ended('us', 'user_hangup'))).toMatchObject({ outcome: 'over' });
  });

  it('a call cut off in the middle is a failure, with its length', () => {
    expect(reached(dial, found, connected, ended('them', 'ice_timeout'))).toMatchObject({
      outcome: 'failed',
      sentence: 'The audio connection was lost.',
      durationS: 60,
    });
  });

  it('keeps mute, hold and digits of the conversation', () => {
    const state = reached(
      dial,
      found,
      connected,
      { type: 'muted', muted: true },
      { type: 'held', held: true },
      { type: 'held-by-other', held: true },
      { type: 'digit', digit: '1' },
      { type: 'digit', digit: '#' },
    );
    expect(state).toMatchObject({ muted: true, held: true, heldByOther: true, digits: '1#' });
  });

  it('does not start a second call over a first', () => {
    for (const state of [reached(dial), reached(dial, found), reached(dial, found, connected)]) {
      expect(isBusy(state)).toBe(true);
      expect(next(state, { type: 'dial', number: '601' })).toBe(state);
    }
  });

  it('what has no meaning in a state changes nothing', () => {
    const states = [
      idle,
      reached(dial),
      reached(dial, found),
      reached(dial, found, connected),
      reached(dial, ended('us', 'x')),
      reached(incoming),
      reached(incoming, answer),
    ];
    const meaningless: Record<PhoneState['kind'], PhoneEvent[]> = {
      idle: [found, connected, ended('them', 'x'), { type: 'digit', digit: '1' }, { type: 'note', text: 'x' }],
      'looking-up': [connected, { type: 'muted', muted: true }, { type: 'dismiss' }],
      calling: [found, { type: 'held', held: true }, { type: 'digit', digit: '1' }, { type: 'dismiss' }],
      ringing: [
        found,
        connected,
        dial,
        { type: 'held', held: true },
        { type: 'digit', digit: '1' },
        { type: 'dismiss' },
      ],
      answering: [found, answer, incoming, { type: 'digit', digit: '1' }, { type: 'dismiss' }],
      talking: [found, connected, dial, incoming, answer, { type: 'dismiss' }],
      ended: [found, connected, ended('them', 'x'), { type: 'failed', sentence: 'x' }, { type: 'digit', digit: '1' }],
    };
    for (const state of states) for (const event of meaningless[state.kind]) expect(next(state, event)).toBe(state);
  });

  it('puts the outcome away when the next number is typed', () => {
    expect(reached(dial, ended('us', 'user_hangup'), { type: 'dismiss' })).toEqual(idle);
  });
});

describe('a call from a telephone', () => {
  it('rings, is answered and talked', () => {
    expect(reached(incoming)).toEqual({ kind: 'ringing', number: '01632 960021', name: '01632 960021' });
    expect(reached(incoming, answer)).toMatchObject({ kind: 'answering', name: '01632 960021' });
    expect(reached(incoming, answer, connected)).toMatchObject({ kind: 'talking', since: 1_000 });
  });

  it('does not ring while another call is under way', () => {
    const state = reached(dial, found);
    expect(next(state, incoming)).toBe(state);
  });

  it.each([
    ['us', 'user_hangup', 'You declined the call.'],
    ['them', 'user_hangup', 'You missed the call.'],
    ['them', 'invite_timeout', 'You missed the call.'],
    ['them', 'answered_elsewhere', 'The call was answered elsewhere.'],
    ['them', 'ice_failed', 'No audio connection could be made.'],
  ] as const)('that ends by %s with %s has words', (by, reason, sentence) => {
    expect(reached(incoming, ended(by, reason))).toMatchObject({ kind: 'ended', outcome: 'over', sentence });
  });

  it.each([
    ['us', 'user_hangup', 'over', 'You hung up.'],
    ['them', 'user_hangup', 'over', 'The other side hung up.'],
    ['them', 'no_user_media', 'failed', 'The microphone cannot be used. Allow it for this page, then call again.'],
  ] as const)('that was just taken ends by %s with %s', (by, reason, outcome, sentence) => {
    expect(reached(incoming, answer, ended(by, reason))).toMatchObject({ outcome, sentence });
  });
});
