import type { SipHeader, SipRequest } from '../../message/index.ts';
import type { ControlSession } from '../control/session.ts';
import type { Flow } from '../transport/types.ts';
import { type DialogState, dialogKey } from './state.ts';

/** An INVITE of ours whose 2xx waits for its ACK. */
export interface AwaitedAck {
  readonly cseq: number;
  /** Credentials of the INVITE, which its ACK repeats (RFC 3261 §22.1). */
  readonly credentials: readonly SipHeader[];
}

/** An INVITE of the far side, as long as it has no final response. */
export interface RemoteInvite {
  /** A PRACK came. @returns whether a provisional response waited for it */
  acknowledge(prack: SipRequest): boolean;
  /** The caller hung up by BYE. */
  endedByBye(): void;
}

/** How many INVITEs back a repeated 2xx may come. */
const KEPT_ACKS = 4;

/** A live dialog: its state and what goes on in it. */
export class Dialog {
  state: DialogState;
  readonly owner: ControlSession;
  /** What our Contact says in this dialog: a header value. */
  localContact: string;
  /** The last description that we sent, which a session refresh repeats. */
  localBody: { readonly contentType: string; readonly body: Buffer } | undefined;
  /** The way the dialog was made; a connection is used again while it is open. */
  flow: Flow;
  /** The far side is behind NAT: it is reached the way that its messages come, and nowhere else. */
  throughNat = false;
  awaitedAck: AwaitedAck | undefined;
  /** ACKs that were sent, by CSeq number, for 2xx that come again. */
  readonly sentAcks = new Map<number, { readonly bytes: Buffer; readonly flow: Flow }>();
  /** Why a BYE must follow the ACK at once: the call was cancelled when its 2xx was on the way. */
  byeAfterAck: string | undefined;
  /** Ends an INVITE of ours that has no final response. */
  cancelInvite: (() => void) | undefined;
  /** Called with the CSeq number of an ACK; stops the repetition of our 2xx. @returns whether it was waited for */
  ackReceived: ((cseq: number) => boolean) | undefined;
  /** Stops what waits for that ACK. */
  onEnd: (() => void) | undefined;
  /** The far side's INVITE that has no final response yet. */
  remoteInvite: RemoteInvite | undefined;
  /** An UPDATE of the far side has no final response yet. */
  updatePending = false;
  sessionTimer: NodeJS.Timeout | undefined;
  /** Whether the far side takes UPDATE, as its Allow said. */
  remoteTakesUpdate = false;
  ended = false;
  #waiting: Buffer[] | undefined;
  readonly #releaseConnection: (() => void) | undefined;

  constructor(state: DialogState, owner: ControlSession, flow: Flow, localContact: string) {
    this.state = state;
    this.owner = owner;
    this.flow = flow;
    this.localContact = localContact;
    this.#releaseConnection = flow.hold?.();
  }

  get id(): string {
    return this.state.id;
  }

  get key(): string {
    return dialogKey(this.state.callId, this.state.localTag, this.state.remoteTag);
  }

  /**
   * The application just heard that the dialog is there. What it hears of it next waits until it has read that: drachtio-srf
   * handles all messages of one read before a promise of its own settles, and a BYE among them would find no listener.
   */
  announce(): void {
    if (this.#waiting !== undefined) return;
    this.#waiting = [];
    // The frame leaves in this turn of the event loop, and is read in the next at the earliest.
    setImmediate(() =>
      setImmediate(() => {
        const waiting = this.#waiting ?? [];
        this.#waiting = undefined;
        for (const frame of waiting) this.owner.send(frame);
      }),
    );
  }

  /** Sends the application something about this dialog, in order. */
  tell(frame: Buffer): void {
    if (this.#waiting === undefined) this.owner.send(frame);
    else this.#waiting.push(frame);
  }

  /** Keeps an ACK for a 2xx that comes again; a 2xx of long ago does not. */
  rememberAck(cseq: number, bytes: Buffer, flow: Flow): void {
    this.sentAcks.set(cseq, { bytes, flow });
    const [oldest] = this.sentAcks.keys();
    if (this.sentAcks.size > KEPT_ACKS && oldest !== undefined) this.sentAcks.delete(oldest);
  }

  /** Stops what runs for it. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.sessionTimer);
    this.ackReceived = undefined;
    this.onEnd?.();
    this.#releaseConnection?.();
  }
}
