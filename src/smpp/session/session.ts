/** One SMPP connection: requests with their answers, and what the far side asks. It lives as long as its socket. */
import type { Socket } from 'node:net';
import type { Clock } from '../../message/index.ts';
import type { Fields } from '../codec/fields.ts';
import { Frames } from './frames.ts';
import { HEADER_OCTETS, type Pdu, PduError, readPdu, writePdu } from './pdu.ts';

export type Asked =
  | { readonly kind: 'answered'; readonly status: number; readonly fields: Fields }
  /** Nothing came in time; the far side may have done it. */
  | { readonly kind: 'silence' }
  /** The connection ended; `sent`: after the request was given to it. */
  | { readonly kind: 'ended'; readonly sent: boolean }
  /** A field does not fit into its place in the PDU. */
  | { readonly kind: 'unwritable' };

export interface SessionEvents {
  /** deliver_sm and data_sm. @returns the answer's status; never rejects */
  delivered(fields: Fields, sequence: number): Promise<number>;
  /** Something was answered: what we wrote before `sequence` has been read by the far side. */
  confirmed(sequence: number): void;
  /** The far side says goodbye; it has been answered. */
  unbound(): void;
  /** Once, when nothing can be sent or received any more. `why` in words. */
  ended(why: string): void;
}

/** What is said to the far side (SMPP 3.4 §5.1.3). */
export const STATUS = {
  ok: 0x00,
  invalidLength: 0x02,
  invalidCommand: 0x03,
  invalidTarget: 0x0b,
  queueFull: 0x14,
  temporary: 0x64,
  permanent: 0x66,
} as const;

/** deliver_sm that may be worked on at once; service centres wait for answers after far fewer. */
const MOST_INCOMING = 500;
/** Answers that the far side does not read. */
const MOST_UNREAD_OCTETS = 4_000_000;
const LAST_WORDS_MS = 2_000;
const MOST_SEQUENCE = 0x7fff_ffff;
const RESPONSE_BIT = 0x8000_0000;

interface Waiting {
  readonly answer: string;
  readonly settle: (asked: Asked) => void;
}

export class SmppSession {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #events: SessionEvents;
  readonly #frames = new Frames();
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;
  #incoming = 0;
  readonly #onIdle: (() => void)[] = [];
  #isOver = false;

  /** @param socket connected, and its certificate checked */
  constructor(socket: Socket, clock: Clock, events: SessionEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#events = events;
    socket.on('data', (octets: Buffer) => this.#read(octets));
    socket.on('error', (error) => this.end(error.message));
    socket.on('end', () => this.end('the far side closed the connection'));
    socket.on('close', () => this.end('the connection was closed'));
  }

  /** The sequence number of the last request that was sent. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Never rejects. */
  ask(command: string, fields: Fields, timeoutMs: number): Promise<Asked> {
    if (this.#isOver) return Promise.resolve({ kind: 'ended', sent: false });
    this.#sequence = this.#sequence >= MOST_SEQUENCE ? 1 : this.#sequence + 1;
    const sequence = this.#sequence;
    try {
      this.#socket.write(writePdu(command, sequence, { fields }));
    } catch {
      return Promise.resolve({ kind: 'unwritable' });
    }
    const { promise, resolve } = Promise.withResolvers<Asked>();
    const cancel = this.#clock.after(timeoutMs, () => settle({ kind: 'silence' }));
    const settle = (asked: Asked): void => {
      cancel();
      this.#waiting.delete(sequence);
      resolve(asked);
      this.#settled();
    };
    this.#waiting.set(sequence, { answer: `${command}_resp`, settle });
    return promise;
  }

  /** Settles when no request of either side waits for its answer. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle.push(resolve);
    return promise;
  }

  get #isIdle(): boolean {
    return this.#isOver || this.#waiting.size + this.#incoming === 0;
  }

  /** Ends the connection; what was written before still goes, if the far side takes it. */
  end(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), LAST_WORDS_MS).unref();
    for (const { settle } of [...this.#waiting.values()]) settle({ kind: 'ended', sent: true });
    this.#events.ended(why);
    this.#settled();
  }

  #settled(): void {
    if (this.#isIdle) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #read(octets: Buffer): void {
    if (this.#isOver) return;
    try {
      for (const frame of this.#frames.push(octets)) this.#took(frame);
    } catch (error) {
      this.#answer('generic_nack', 0, STATUS.invalidLength);
      this.end(`what came is no SMPP: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #took(frame: Buffer): void {
    if (this.#isOver) return;
    const pdu = this.#parsed(frame);
    if (pdu === undefined) return;
    if (pdu.isResponse) this.#answered(pdu);
    else this.#asked(pdu);
  }

  #parsed(frame: Buffer): Pdu | undefined {
    try {
      return readPdu(frame);
    } catch (error) {
      if (!(error instanceof PduError)) throw error;
      const { id, sequence } = headerOf(frame);
      if (id < RESPONSE_BIT) this.#answer('generic_nack', sequence, STATUS.invalidLength);
      return undefined;
    }
  }

  #answered({ command, status, sequence, fields }: Pdu): void {
    const waiting = this.#waiting.get(sequence);
    // SMPP 3.4 §4.3.1: generic_nack stands for an answer, too.
    if (waiting === undefined || (command !== waiting.answer && command !== 'generic_nack')) return;
    waiting.settle({ kind: 'answered', status, fields });
    this.#events.confirmed(sequence);
  }

  #asked({ command, sequence, fields }: Pdu): void {
    switch (command) {
      case 'enquire_link':
        this.#answer('enquire_link_resp', sequence, STATUS.ok);
        return;
      case 'deliver_sm':
      case 'data_sm':
        void this.#deliver(`${command}_resp`, sequence, fields);
        return;
      case 'unbind':
        this.#answer('unbind_resp', sequence, STATUS.ok);
        this.#events.unbound();
        return;
      case 'alert_notification':
        // §4.12: it has no answer.
        return;
      default:
        // Also outbind (§2.2.1): we are who connects.
        this.#answer('generic_nack', sequence, STATUS.invalidCommand);
    }
  }

  async #deliver(answer: string, sequence: number, fields: Fields): Promise<void> {
    if (this.#incoming >= MOST_INCOMING) {
      this.#answer(answer, sequence, STATUS.queueFull);
      return;
    }
    this.#incoming += 1;
    const status = await this.#events.delivered(fields, sequence);
    this.#incoming -= 1;
    this.#answer(answer, sequence, status);
    this.#settled();
  }

  #answer(command: string, sequence: number, status: number): void {
    if (this.#isOver) return;
    this.#socket.write(writePdu(command, sequence, { status }));
    if (this.#socket.writableLength > MOST_UNREAD_OCTETS) this.end('the far side does not read its answers');
  }
}

function headerOf(frame: Buffer): { readonly id: number; readonly sequence: number } {
  return { id: frame.readUInt32BE(4), sequence: frame.readUInt32BE(HEADER_OCTETS - 4) };
}
