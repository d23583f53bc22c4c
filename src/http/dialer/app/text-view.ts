/** The page's "text" tab: a number, the conversation with it, and a field to write in. */
import { type Line, STATE_WORDS } from './conversation.ts';
import { element, showText } from './elements.ts';

export interface TextActions {
  /** @returns the conversation's name or what is wrong; undefined when nobody waits for it any more */
  open(number: string): Promise<{ readonly name: string } | { readonly problem: string } | undefined>;
  send(body: string): void;
  close(): void;
}

export class TextView {
  readonly #actions: TextActions;
  readonly #number = element('text-number', HTMLInputElement);
  readonly #body = element('text-body', HTMLTextAreaElement);
  readonly #lines = element('text-lines');

  constructor(actions: TextActions) {
    this.#actions = actions;
    element('text-open', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#open(this.#number.value.trim());
    });
    element('text-write', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#body.addEventListener('keydown', (event) => {
      // Enter chooses a word while one is being composed.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    element('text-back').addEventListener('click', () => this.reset());
  }

  focus(): void {
    (element('text-talk').hidden ? this.#number : this.#body).focus();
  }

  /** Back to the choice of a number. */
  reset(): void {
    this.#actions.close();
    this.#lines.replaceChildren();
    element('text-talk').hidden = true;
    element('text-open').hidden = false;
    showText(element('text-problem'), undefined);
    this.#number.focus();
  }

  show(lines: readonly Line[]): void {
    const wasAtEnd = this.#lines.scrollHeight - this.#lines.scrollTop - this.#lines.clientHeight < 40;
    this.#lines.replaceChildren(...lines.map(lineElement));
    if (wasAtEnd || lines.at(-1)?.from === 'us') this.#lines.scrollTop = this.#lines.scrollHeight;
  }

  async #open(number: string): Promise<void> {
    if (number === '') return;
    const button = element('text-open-button', HTMLButtonElement);
    button.disabled = true;
    showText(element('text-problem'), undefined);
    const opened = await this.#actions.open(number);
    button.disabled = false;
    if (opened === undefined) return;
    if ('problem' in opened) {
      showText(element('text-problem'), opened.problem);
      return;
    }
    element('text-name').textContent = opened.name;
    element('text-open').hidden = true;
    element('text-talk').hidden = false;
    this.#number.value = '';
    this.#body.focus();
  }

  #send(): void {
    const body = this.#body.value.trim();
    if (body === '') return;
    this.#body.value = '';
    this.#body.focus();
    this.#actions.send(body);
  }
}

function lineElement({ from, body, at, state }: Line): HTMLElement {
  const line = document.createElement('div');
  line.className = `line ${from}`;
  const words = document.createElement('p');
  words.textContent = body;
  const time = document.createElement('small');
  const when = new Date(at).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' });
  time.textContent = state === undefined ? when : `${when} · ${STATE_WORDS[state]}`;
  line.append(words, time);
  return line;
}
