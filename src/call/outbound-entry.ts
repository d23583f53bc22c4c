/** A call out of Matrix in the journal: from before anything leaves the house until its last word is out. */
import type { CallIdentity } from './call-parts.ts';
import type { CallJournal, Clock } from './ports.ts';
import type { CallRecord } from './record.ts';
import { keepLastWill } from './running.ts';
import type { TelephoneLeg } from './telephone-leg.ts';

interface Parts {
  readonly identity: CallIdentity;
  readonly journal: CallJournal;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown, what: string) => void;
}

export class OutboundEntry {
  readonly #parts: Parts;
  readonly #begun = Promise.withResolvers<void>();
  #onRecord: Promise<boolean> = Promise.resolve(false);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Settles when the call is on record (or over): from then on a restart knows of it. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** Whether the journal knows the call. */
  get isOnRecord(): Promise<boolean> {
    return this.#onRecord;
  }

  /** A restart must be able to end what was begun. @param onFailed told why it could not be written */
  open(onFailed: (error: unknown) => void): void {
    this.#onRecord = this.#open().then(
      () => true,
      (error: unknown) => {
        onFailed(error);
        return false;
      },
    );
  }

  /** From now on a restart can hang the telephone up. */
  keepLastWill(telephone: TelephoneLeg): void {
    const { journal, identity, onTrouble } = this.#parts;
    keepLastWill(journal, identity.callRef, telephone, onTrouble);
  }

  /** The call is over; nobody waits any longer for it to be on record. */
  over(): void {
    this.#begun.resolve();
  }

  async close(record: CallRecord): Promise<void> {
    const { journal, identity, onTrouble } = this.#parts;
    if (!(await this.#onRecord)) return;
    await journal.closed(identity.callRef, record).catch((error: unknown) => {
      onTrouble(error, 'the call journal could not be written');
    });
  }

  async #open(): Promise<void> {
    const { identity, journal, clock } = this.#parts;
    const { callRef, roomId, callId, caller, ownParty, version, callee } = identity;
    const openedAt = Math.round(clock.now());
    const entry = { callRef, roomId, callId, caller, partyId: ownParty, version, ghost: callee.ghost, openedAt };
    await journal.opened({ ...entry, matrixAnswered: false });
    this.#begun.resolve();
  }
}
