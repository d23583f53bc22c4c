/**
 * Puts the records of a DTLS handshake in order before the handshake sees them (RFC 6347 §4.2): whole messages, each
 * once, in sequence. The handshake library takes a message that comes twice or late for a new one, and then derives
 * other keys than the client; a browser repeats its messages after 50 ms, so on any long path they do come twice.
 */

const RECORD_HEADER_BYTES = 13;
const MESSAGE_HEADER_BYTES = 12;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
const CERTIFICATE_VERIFY = 15;
/** A flight has six messages at most; what is further ahead is no handshake of ours. */
const MAX_AHEAD = 8;
/** A certificate chain of some thousand bytes is large. */
const MAX_MESSAGE_BYTES = 20_000;
const MAX_HELD_RECORDS = 8;

interface PartialMessage {
  readonly type: number;
  readonly body: Buffer;
  /** One byte for each of the body: 1 when it has arrived. */
  readonly arrived: Uint8Array;
  missing: number;
}

export class DtlsReader {
  readonly #role: 'client' | 'server';
  readonly #deliver: (record: Buffer) => void;
  readonly #partial = new Map<number, PartialMessage>();
  /** Encrypted records that came before the messages whose keys they need. */
  readonly #held: Buffer[] = [];
  #nextSequence = 0;
  #lastHello: Buffer | undefined;
  #hasVerify = false;

  /** @param deliver takes one record at a time */
  constructor(role: 'client' | 'server', deliver: (record: Buffer) => void) {
    this.#role = role;
    this.#deliver = deliver;
  }

  /** Takes a datagram; what is malformed ends its reading. */
  receive(data: Buffer): void {
    for (let at = 0; at + RECORD_HEADER_BYTES <= data.length; ) {
      const end = at + RECORD_HEADER_BYTES + data.readUInt16BE(at + 11);
      // Version 1.0 or 1.2; the first byte of both is 254.
      if (end > data.length || data[at + 1] !== 254) return;
      this.#onRecord(Buffer.from(data.subarray(at, end)));
      at = end;
    }
  }

  #onRecord(record: Buffer): void {
    const epoch = record.readUInt16BE(3);
    switch (record[0]) {
      case HANDSHAKE:
        if (epoch === 0) this.#onMessages(record);
        else this.#onEncrypted(record);
        break;
      case APPLICATION_DATA:
        if (epoch > 0) this.#onEncrypted(record);
        break;
      case ALERT:
        // Once there are keys an alert without them is a forgery.
        if (epoch > 0) this.#onEncrypted(record);
        else if (!this.#hasVerify) this.#deliver(record);
        break;
      case CHANGE_CIPHER_SPEC:
        this.#deliver(record);
        break;
      default:
      // Heartbeats, acknowledgements of DTLS 1.3, noise.
    }
  }

  /** The server's keys exist once the client has proved itself; the client's when the server says it has finished. */
  #onEncrypted(record: Buffer): void {
    if (this.#role === 'client' || this.#hasVerify) this.#deliver(record);
    else if (this.#held.length < MAX_HELD_RECORDS) this.#held.push(record);
  }

  #onMessages(record: Buffer): void {
    for (let at = RECORD_HEADER_BYTES; at + MESSAGE_HEADER_BYTES <= record.length; ) {
      const fragmentBytes = record.readUIntBE(at + 9, 3);
      const end = at + MESSAGE_HEADER_BYTES + fragmentBytes;
      if (end > record.length) return;
      this.#onFragment(record.subarray(at, end));
      at = end;
    }
  }

  #onFragment(fragment: Buffer): void {
    const type = fragment[0] as number;
    const length = fragment.readUIntBE(1, 3);
    const sequence = fragment.readUInt16BE(4);
    const offset = fragment.readUIntBE(6, 3);
    const body = fragment.subarray(MESSAGE_HEADER_BYTES);
    if (length > MAX_MESSAGE_BYTES || offset + body.length > length) return;
    if (sequence < this.#nextSequence) {
      this.#onRepeated(type, sequence, offset);
      return;
    }
    if (sequence > this.#nextSequence + MAX_AHEAD) return;
    let partial = this.#partial.get(sequence);
    if (!partial) {
      partial = { type, body: Buffer.alloc(length), arrived: new Uint8Array(length), missing: length };
      this.#partial.set(sequence, partial);
    }
    if (partial.type !== type || partial.body.length !== length) return;
    body.copy(partial.body, offset);
    for (let i = offset; i < offset + body.length; i++) {
      if (partial.arrived[i] === 0) partial.missing--;
      partial.arrived[i] = 1;
    }
    this.#deliverComplete();
  }

  /** The client repeats its hello when our answer was lost: the handshake answers again. All else is known already. */
  #onRepeated(type: number, sequence: number, offset: number): void {
    const isLastHello = type === CLIENT_HELLO && sequence === this.#nextSequence - 1 && offset === 0;
    if (this.#role === 'server' && isLastHello && this.#lastHello) this.#deliver(this.#lastHello);
  }

  #deliverComplete(): void {
    for (;;) {
      const next = this.#partial.get(this.#nextSequence);
      if (!next || next.missing > 0) return;
      const record = toRecord(next, this.#nextSequence);
      this.#partial.delete(this.#nextSequence);
      this.#nextSequence++;
      if (next.type === CLIENT_HELLO) this.#lastHello = record;
      this.#deliver(record);
      if (next.type === CERTIFICATE_VERIFY && this.#role === 'server') {
        this.#hasVerify = true;
        for (const held of this.#held.splice(0)) this.#deliver(held);
      }
    }
  }
}

/** The message in a record of its own, unfragmented. */
function toRecord(message: PartialMessage, sequence: number): Buffer {
  const length = message.body.length;
  const record = Buffer.alloc(RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES + length);
  record[0] = HANDSHAKE;
  record.writeUInt16BE(0xfefd, 1);
  record.writeUInt16BE(sequence, 9);
  record.writeUInt16BE(MESSAGE_HEADER_BYTES + length, 11);
  record[13] = message.type;
  record.writeUIntBE(length, 14, 3);
  record.writeUInt16BE(sequence, 17);
  record.writeUIntBE(length, 22, 3);
  message.body.copy(record, RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES);
  return record;
}
