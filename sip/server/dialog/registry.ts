import type { ControlSession } from '../control/session.ts';
import type { Dialog } from './dialog.ts';
import { dialogKey } from './state.ts';

/** All dialogs, by what messages say and by the application's name for them. */
export class DialogRegistry {
  readonly #byKey = new Map<string, Dialog>();
  readonly #byId = new Map<string, Dialog>();
  readonly #byCallId = new Map<string, Dialog>();

  get count(): number {
    return this.#byKey.size;
  }

  add(dialog: Dialog): void {
    this.#byKey.set(dialog.key, dialog);
    this.#byId.set(dialog.id, dialog);
    this.#byCallId.set(dialog.state.callId, dialog);
  }

  /** Ends a dialog and forgets it; more than once does nothing. */
  remove(dialog: Dialog): void {
    dialog.end();
    if (this.#byKey.get(dialog.key) === dialog) this.#byKey.delete(dialog.key);
    if (this.#byId.get(dialog.id) === dialog) this.#byId.delete(dialog.id);
    if (this.#byCallId.get(dialog.state.callId) === dialog) this.#byCallId.delete(dialog.state.callId);
  }

  find(callId: string, localTag: string, remoteTag: string): Dialog | undefined {
    return this.#byKey.get(dialogKey(callId, localTag, remoteTag));
  }

  byId(id: string): Dialog | undefined {
    return this.#byId.get(id);
  }

  /** A confirmed dialog with this Call-ID, if there is one. */
  confirmedByCallId(callId: string): Dialog | undefined {
    const dialog = this.#byCallId.get(callId);
    return dialog?.state.confirmed === true ? dialog : undefined;
  }

  ownedBy(session: ControlSession): Dialog[] {
    return [...this.#byKey.values()].filter((dialog) => dialog.owner === session);
  }

  all(): Dialog[] {
    return [...this.#byKey.values()];
  }
}
