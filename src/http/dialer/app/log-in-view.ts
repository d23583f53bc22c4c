/** The log-in form. */
import { element, showText } from './elements.ts';
import { homeserverUrl } from './homeserver.ts';
import { logIn, type Session } from './session.ts';
import { logInProblem } from './words.ts';

export class LogInView {
  readonly #section = element('log-in');
  readonly #user = element('login-user', HTMLInputElement);
  readonly #password = element('login-password', HTMLInputElement);
  readonly #homeserver = element('login-homeserver', HTMLInputElement);
  readonly #button = element('log-in-button', HTMLButtonElement);
  readonly #problem = element('log-in-problem');
  readonly #onSession: (session: Session) => void;

  constructor(onSession: (session: Session) => void) {
    this.#onSession = onSession;
    element('log-in-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
  }

  /** Shows the form; `problem` says why it is shown again. */
  show(homeserver: string, problem?: string): void {
    document.body.dataset.state = 'logged-out';
    this.#section.hidden = false;
    if (this.#homeserver.value === '') this.#homeserver.value = homeserver;
    this.#say(problem);
    this.#user.focus();
  }

  hide(): void {
    this.#section.hidden = true;
    this.#password.value = '';
  }

  async #submit(): Promise<void> {
    const missing = [this.#user, this.#password, this.#homeserver].find((field) => field.value.trim() === '');
    if (missing !== undefined) {
      this.#say(`Fill in ${missing.labels?.[0]?.textContent?.toLowerCase() ?? 'every field'}.`);
      missing.focus();
      return;
    }
    const url = homeserverUrl(this.#homeserver.value);
    if (url === undefined) {
      this.#say('The homeserver is a web address, such as https://matrix.example.org');
      this.#homeserver.focus();
      return;
    }
    this.#say(undefined);
    this.#button.disabled = true;
    this.#button.textContent = 'Logging in …';
    try {
      this.#onSession(await logIn(url, this.#user.value.trim(), this.#password.value));
    } catch (error) {
      this.#say(logInProblem(error));
      this.#password.select();
    } finally {
      this.#button.disabled = false;
      this.#button.textContent = 'Log in';
    }
  }

  #say(problem: string | undefined): void {
    showText(this.#problem, problem);
  }
}
