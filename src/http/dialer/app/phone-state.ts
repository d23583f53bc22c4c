/** What the telephone on the page is doing: states and events as plain data, one function from the one to the next. */
import { sentenceFor, sentenceForRinging } from './words.ts';

export type PhoneState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'looking-up'; readonly number: string; readonly note?: string }
  | { readonly kind: 'calling'; readonly number: string; readonly name: string; readonly note?: string }
  /** A telephone calls us. */
  | { readonly kind: 'ringing'; readonly number: string; readonly name: string; readonly note?: string }
  /** We took the call; the audio connection is being made. */
  | { readonly kind: 'answering'; readonly number: string; readonly name: string; readonly note?: string }
  | {
      readonly kind: 'talking';
      readonly number: string;
      readonly name: string;
      /** When the audio connection came up, ms since the epoch. */
      readonly since: number;
      readonly muted: boolean;
      readonly held: boolean;
      readonly heldByOther: boolean;
      /** Keypad digits sent in this call. */
      readonly digits: string;
      readonly note?: string;
    }
  | {
      readonly kind: 'ended';
      readonly number: string;
      readonly name: string;
      /** `failed`: it never came to a conversation, or one was cut off. */
      readonly outcome: 'over' | 'failed';
      readonly sentence: string;
      readonly durationS?: number;
    };

export type PhoneEvent =
  | { readonly type: 'dial'; readonly number: string }
  | { readonly type: 'found'; readonly name: string }
  | { readonly type: 'incoming'; readonly name: string }
  | { readonly type: 'answer' }
  | { readonly type: 'connected'; readonly at: number }
  | { readonly type: 'muted'; readonly muted: boolean }
  | { readonly type: 'held'; readonly held: boolean }
  | { readonly type: 'held-by-other'; readonly held: boolean }
  | { readonly type: 'digit'; readonly digit: string }
  /** A sentence that the gateway wrote into the room. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'ended'; readonly by: 'us' | 'them'; readonly reason: string; readonly at: number }
  | { readonly type: 'failed'; readonly sentence: string }
  | { readonly type: 'dismiss' };

export const idle: PhoneState = { kind: 'idle' };

/** Whether a call is under way, so that no other can be started. */
export function isBusy(state: PhoneState): boolean {
  return state.kind !== 'idle' && state.kind !== 'ended';
}

/** The next state. An event that has no meaning in a state changes nothing. */
export function next(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.type) {
    case 'dial':
      return isBusy(state) ? state : { kind: 'looking-up', number: event.number };
    case 'found':
      return state.kind === 'looking-up' ? { ...state, kind: 'calling', name: event.name } : state;
    case 'incoming':
      return isBusy(state) ? state : { kind: 'ringing', number: event.name, name: event.name };
    case 'answer':
      return state.kind === 'ringing' ? { ...state, kind: 'answering' } : state;
    case 'connected':
      return state.kind === 'calling' || state.kind === 'answering' ? talking(state, event.at) : state;
    case 'muted':
      return state.kind === 'talking' ? { ...state, muted: event.muted } : state;
    case 'held':
      return state.kind === 'talking' ? { ...state, held: event.held } : state;
    case 'held-by-other':
      return state.kind === 'talking' ? { ...state, heldByOther: event.held } : state;
    case 'digit':
      return state.kind === 'talking' ? { ...state, digits: state.digits + event.digit } : state;
    case 'note':
      return noted(state, event.text);
    case 'ended':
      return ended(state, event);
    case 'failed':
      return isBusy(state) ? failed(state, event.sentence) : state;
    case 'dismiss':
      return state.kind === 'ended' ? idle : state;
    default:
      return event satisfies never;
  }
}

function talking(state: PhoneState & { kind: 'calling' | 'answering' }, since: number): PhoneState {
  return { ...state, kind: 'talking', since, muted: false, held: false, heldByOther: false, digits: '' };
}

/** The gateway's sentence knows more than the reason of the hang-up does, whichever of the two comes first. */
function noted(state: PhoneState, text: string): PhoneState {
  switch (state.kind) {
    case 'looking-up':
    case 'calling':
    case 'ringing':
    case 'answering':
    case 'talking':
      return { ...state, note: text };
    case 'ended':
      return { ...state, sentence: text };
    case 'idle':
      return state;
    default:
      return state satisfies never;
  }
}

function ended(state: PhoneState, event: PhoneEvent & { type: 'ended' }): PhoneState {
  switch (state.kind) {
    case 'looking-up':
    case 'calling': {
      const sentence = sentenceFor(event.by, event.reason, false);
      return event.by === 'us' ? over(state, sentence) : failed(state, state.note ?? sentence);
    }
    case 'ringing':
      return over(state, sentenceForRinging(event.by, event.reason));
    case 'answering': {
      const isOver = event.by === 'us' || event.reason === 'user_hangup';
      const sentence = sentenceFor(event.by, event.reason, true);
      return isOver ? over(state, sentence) : failed(state, state.note ?? sentence);
    }
    case 'talking': {
      const durationS = Math.max(0, Math.round((event.at - state.since) / 1000));
      const sentence = sentenceFor(event.by, event.reason, true);
      const ending = event.reason === 'user_hangup' ? over(state, sentence) : failed(state, state.note ?? sentence);
      return { ...ending, durationS };
    }
    case 'idle':
    case 'ended':
      return state;
    default:
      return state satisfies never;
  }
}

type Ended = PhoneState & { kind: 'ended' };

function over(state: PhoneState, sentence: string): Ended {
  return { kind: 'ended', ...whom(state), outcome: 'over', sentence };
}

function failed(state: PhoneState, sentence: string): Ended {
  return { kind: 'ended', ...whom(state), outcome: 'failed', sentence };
}

function whom(state: PhoneState): { number: string; name: string } {
  if (state.kind === 'idle') return { number: '', name: '' };
  return { number: state.number, name: 'name' in state ? state.name : state.number };
}
