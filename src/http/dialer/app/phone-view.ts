/** Draws the telephone's state into the page and takes what the user does there. */
import { element, showText } from './elements.ts';
import { buildKeypad, isKey } from './keypad.ts';
import { isBusy, type PhoneState } from './phone-state.ts';
import { Tones } from './tones.ts';
import { clock, spokenLength } from './words.ts';

/** What the user can do; the telephone does it. */
export interface PhoneActions {
  dial(number: string): void;
  hangUp(): void;
  answer(): void;
  setMuted(muted: boolean): void;
  setHeld(held: boolean): void;
  sendDigit(digit: string): void;
  dismiss(): void;
}

const PHASES = {
  'looking-up': 'Looking up …',
  calling: 'Calling …',
  ringing: 'is calling you',
  answering: 'Connecting …',
} as const;

export class PhoneView {
  readonly #actions: PhoneActions;
  readonly #tones = new Tones();
  readonly #number = element('number', HTMLInputElement);
  readonly #erase = element('erase', HTMLButtonElement);
  readonly #section = element('phone');
  #state: PhoneState = { kind: 'idle' };
  #lastNumber = '';
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(actions: PhoneActions) {
    this.#actions = actions;
    buildKeypad(
      element('keypad'),
      (key) => this.#press(key),
      () => this.#type('+'),
    );
    element('dial-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#dial();
    });
    this.#number.addEventListener('input', () => this.#onTyped());
    this.#erase.addEventListener('click', () => {
      this.#number.value = this.#number.value.slice(0, -1);
      this.#onTyped();
    });
    element('answer').addEventListener('click', () => actions.answer());
    element('hang-up').addEventListener('click', () => actions.hangUp());
    element('mute').addEventListener('click', () => {
      if (this.#state.kind === 'talking') actions.setMuted(!this.#state.muted);
    });
    element('hold').addEventListener('click', () => {
      if (this.#state.kind === 'talking') actions.setHeld(!this.#state.held);
    });
    this.#section.addEventListener('keydown', (event) => this.#onKeyboard(event));
  }

  show(state: PhoneState): void {
    const before = this.#state;
    this.#state = state;
    const busy = isBusy(state);
    document.body.dataset.state = state.kind;

    element('dial-form').hidden = busy;
    element('call').hidden = !busy;
    element('dial').hidden = busy;
    element('answer').hidden = state.kind !== 'ringing';
    element('hang-up').hidden = !busy;
    element('hang-up-label').textContent = state.kind === 'ringing' ? 'Decline' : 'Hang up';
    element('mute').hidden = state.kind !== 'talking';
    element('hold').hidden = state.kind !== 'talking';
    element('outcome').hidden = state.kind !== 'ended';
    for (const key of this.#section.querySelectorAll<HTMLButtonElement>('.key')) {
      key.disabled = busy && state.kind !== 'talking';
    }

    if (state.kind === 'calling' || state.kind === 'ringing') this.#tones.startRinging();
    else this.#tones.stopRinging();

    this.#showCall(state);
    this.#showOutcome(state);
    this.#announce(before, state);
    this.#moveFocus(before, state);
  }

  /** Puts the cursor where the next thing is to be done. */
  focus(): void {
    this.#number.focus();
  }

  #showCall(state: PhoneState): void {
    clearInterval(this.#timer);
    const timer = element('call-timer');
    timer.textContent = '';
    if (state.kind === 'idle' || state.kind === 'ended') return;
    element('call-name').textContent = state.kind === 'looking-up' ? state.number : state.name;
    showText(element('call-note'), state.note);
    if (state.kind !== 'talking') {
      element('call-phase').textContent = PHASES[state.kind];
      showText(element('call-digits'), undefined);
      return;
    }
    element('call-phase').textContent = phaseOfTalk(state);
    showText(element('call-digits'), state.digits);
    element('mute').setAttribute('aria-pressed', String(state.muted));
    element('hold').setAttribute('aria-pressed', String(state.held));
    const tick = () => {
      timer.textContent = clock((Date.now() - state.since) / 1000);
    };
    tick();
    this.#timer = setInterval(tick, 1000);
  }

  #showOutcome(state: PhoneState): void {
    if (state.kind !== 'ended') return;
    const outcome = element('outcome');
    outcome.classList.toggle('failed', state.outcome === 'failed');
    outcome.dataset.outcome = state.outcome;
    const length = state.durationS === undefined ? '' : ` · ${clock(state.durationS)}`;
    element('outcome-title').textContent = `${state.name}${length}`;
    element('outcome-sentence').textContent = state.sentence;
  }

  /** Says a change once, to those who do not see it. */
  #announce(before: PhoneState, state: PhoneState): void {
    const text = announcement(before, state);
    if (text !== undefined) element('live').textContent = text;
  }

  /** The focused control may just have vanished. */
  #moveFocus(before: PhoneState, state: PhoneState): void {
    if (state.kind === 'ringing') element('answer').focus();
    else if (isBusy(state) && (!isBusy(before) || before.kind === 'ringing')) element('hang-up').focus();
    if (!isBusy(state) && isBusy(before)) this.#number.focus();
  }

  #dial(): void {
    const number = this.#number.value.trim();
    // As on any telephone: the green key without a number brings the last one back.
    if (number === '') {
      this.#number.value = this.#lastNumber;
      this.#onTyped();
      this.#number.focus();
      return;
    }
    this.#lastNumber = number;
    this.#number.value = '';
    this.#onTyped();
    this.#actions.dial(number);
  }

  #press(key: string): void {
    this.#tones.key(key);
    if (this.#state.kind === 'talking') this.#actions.sendDigit(key);
    else this.#type(key);
  }

  #type(text: string): void {
    if (isBusy(this.#state)) return;
    this.#number.setRangeText(text, this.#number.selectionStart ?? 0, this.#number.selectionEnd ?? 0, 'end');
    this.#onTyped();
  }

  #onTyped(): void {
    this.#erase.hidden = this.#number.value === '';
    if (this.#number.value !== '') this.#actions.dismiss();
  }

  /** During a call the keyboard's digits are the keypad's; the number field types for itself. */
  #onKeyboard(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    if (isKey(event.key)) {
      event.preventDefault();
      this.#press(event.key);
    }
  }
}

function phaseOfTalk(state: PhoneState & { kind: 'talking' }): string {
  if (state.held) return 'On hold';
  if (state.heldByOther) return 'Put on hold by the other side';
  return state.muted ? 'Muted' : 'Connected';
}

/** What a screen reader says about a change; undefined when the change says itself. */
function announcement(before: PhoneState, state: PhoneState): string | undefined {
  switch (state.kind) {
    case 'idle':
      return undefined;
    case 'looking-up':
      return `Looking up ${state.number}`;
    case 'calling':
      return before.kind === 'calling' ? state.note : `Calling ${state.name}`;
    case 'ringing':
      return before.kind === 'ringing' ? state.note : `${state.name} is calling you`;
    case 'answering':
      return before.kind === 'answering' ? state.note : 'Connecting';
    case 'talking':
      if (before.kind !== 'talking') return `Connected with ${state.name}`;
      if (before.digits !== state.digits) return `Sent ${state.digits.at(-1)}`;
      if (before.note !== state.note) return state.note;
      return phaseOfTalk(state);
    case 'ended': {
      const length = state.durationS === undefined ? '' : ` After ${spokenLength(state.durationS)}.`;
      return `${state.sentence}${length}`;
    }
    default:
      return state satisfies never;
  }
}
