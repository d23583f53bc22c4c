/** The client's side of one call: sends what the machine wants sent, in order, each under its idempotency key. */
import type {
  CallAddress,
  CallSignalling,
  HangupReason,
  MatrixUserId,
  OutgoingCallEvent,
  ReplacementRejection,
} from '../matrix/index.ts';
import type { MatrixSend } from './machine/events.ts';
import type { CallEvent } from './machine.ts';
import type { CallJournal } from './ports.ts';

/** The client may answer our offer for as long. */
const negotiateLifetimeMs = 30_000;

interface Parts {
  readonly signalling: CallSignalling;
  readonly journal: CallJournal;
  readonly callRef: string;
  readonly address: CallAddress;
  readonly emit: (event: CallEvent) => void;
  readonly onJournalTrouble: (error: unknown) => void;
}

/** The key of the event that ends a call: the same before and after a restart, so that it appears once. */
export const endKey = (callRef: string): string => `${callRef}/end`;
export const noticeKey = (callRef: string, name: string): string => `${callRef}/notice/${name}`;

export interface Invitation {
  readonly sdp: string;
  readonly lifetimeMs: number;
  /** Absent: everybody in the room. */
  readonly invitee?: MatrixUserId;
}

/**
 * What a call does at its client, whatever kind of Matrix call it is. Each method takes its order and returns; what fails for
 * good comes back as `matrix-send-failed`.
 */
export interface MatrixLeg {
  /** Calls the client; `onSent`: the homeserver has it. `withdrawn`: it is not wanted any more if it has not got there yet. */
  invite(invite: Invitation, onSent: () => void, withdrawn: AbortSignal): void;
  /** Takes the answer of this party, after an invite of ours; a client that names none needs not be told. */
  selectAnswer(party: string | undefined): void;
  /** `onSent`: the homeserver has it. */
  answer(sdp: string, onSent: () => void): void;
  /** The last word: `reject` before the answer, `hangup` after it. */
  finish(type: 'reject' | 'hangup', reason: HangupReason): void;
  negotiate(sdpType: 'offer' | 'answer', sdp: string): void;
  /** Who is on the other side now (MSC3086). */
  assertIdentity(displayName: string, id?: MatrixUserId): void;
  /** The transfer that the client asked for came to nothing (MSC2747). */
  rejectReplacement(replacementId: string, reason: ReplacementRejection): void;
  /** One sentence in the room, when it is wanted (default: yes); `name` makes its idempotency key. */
  notice(name: string, text: string, isWanted?: () => boolean | Promise<boolean>): void;
  /** Settles when everything given so far has been sent or has failed for good. */
  readonly idle: Promise<void>;
}

/** The leg of an `m.call` of versions 0 and 1. */
export class CallEventsLeg implements MatrixLeg {
  readonly #parts: Parts;
  #queue: Promise<void> = Promise.resolve();
  #negotiations = 0;
  #identities = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  answer(sdp: string, onSent: () => void): void {
    const { callRef, journal } = this.#parts;
    this.#inOrder('answer', async () => {
      await journal.updated(callRef, { matrixAnswered: true }).catch(this.#parts.onJournalTrouble);
      await this.#send({ type: 'answer', sdp }, `${callRef}/answer`);
      onSent();
    });
  }

  invite(invite: Invitation, onSent: () => void, withdrawn: AbortSignal): void {
    const { callRef, signalling, address } = this.#parts;
    this.#inOrder('invite', async () => {
      await signalling.send(address, { type: 'invite', ...invite }, `${callRef}/invite`, withdrawn);
      onSent();
    });
  }

  selectAnswer(party: string | undefined): void {
    const { callRef, journal } = this.#parts;
    this.#inOrder('select-answer', async () => {
      await journal.updated(callRef, { matrixAnswered: true }).catch(this.#parts.onJournalTrouble);
      if (party !== undefined) await this.#send({ type: 'select_answer', selectedPartyId: party }, `${callRef}/select`);
    });
  }

  finish(type: 'reject' | 'hangup', reason: HangupReason): void {
    this.#inOrder(type, () => this.#send({ type, reason }, endKey(this.#parts.callRef)));
  }

  negotiate(sdpType: 'offer' | 'answer', sdp: string): void {
    this.#negotiations += 1;
    const key = `${this.#parts.callRef}/negotiate/${this.#negotiations}`;
    this.#inOrder(sdpType === 'offer' ? 'reoffer' : 'reanswer', () =>
      this.#send({ type: 'negotiate', sdpType, sdp, lifetimeMs: negotiateLifetimeMs }, key),
    );
  }

  assertIdentity(displayName: string, id?: MatrixUserId): void {
    this.#identities += 1;
    const key = `${this.#parts.callRef}/identity/${this.#identities}`;
    const event = { type: 'asserted_identity', displayName, ...(id === undefined ? {} : { id }) } as const;
    this.#inOrder('identity', () => this.#send(event, key));
  }

  rejectReplacement(replacementId: string, reason: ReplacementRejection): void {
    const key = `${this.#parts.callRef}/replacement/${replacementId}`;
    this.#inOrder('replacement', () => this.#send({ type: 'reject_replacement', replacementId, reason }, key));
  }

  notice(name: string, text: string, isWanted: () => boolean | Promise<boolean> = () => true): void {
    const { signalling, address, callRef } = this.#parts;
    this.#inOrder('notice', async () => {
      if (await isWanted()) await signalling.notice(address.roomId, address.ghost, text, noticeKey(callRef, name));
    });
  }

  get idle(): Promise<void> {
    return this.#queue;
  }

  #send(event: OutgoingCallEvent, key: string): Promise<void> {
    return this.#parts.signalling.send(this.#parts.address, event, key);
  }

  #inOrder(what: MatrixSend, task: () => Promise<void>): void {
    this.#queue = this.#queue.then(task).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      this.#parts.emit({ type: 'matrix-send-failed', what, message });
    });
  }
}
