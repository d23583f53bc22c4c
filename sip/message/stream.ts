import { SipParseError } from './error.ts';
import { contentLength, DEFAULT_LIMITS, findHeadEnd, finish, type Head, type ParseLimits, readHead } from './parse.ts';
import type { SipMessage } from './types.ts';

/** What came in on a stream, in order. */
export type StreamItem =
  | { readonly type: 'message'; readonly message: SipMessage }
  /** A message that is to be refused (when `error.request` is there) or dropped; the stream goes on. */
  | { readonly type: 'invalid'; readonly error: SipParseError }
  /** CR LF CR LF: the peer wants a CR LF back (RFC 5626 §3.5.1). */
  | { readonly type: 'ping' }
  /** CR LF: the answer to a ping of ours (RFC 5626 §4.4.1). */
  | { readonly type: 'pong' }
  /** Where the next message begins can no longer be told: answer if `error.request` is there, then close. */
  | { readonly type: 'lost'; readonly error: SipParseError };

/**
 * Cuts the bytes of one TCP or TLS connection into messages by their Content-Length (RFC 3261 §18.3). Work is linear in
 * the bytes, however they are sliced, and no more than one message is held. After `lost` everything is ignored.
 */
export class StreamFramer {
  readonly #limits: ParseLimits;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;
  /** Up to where the end of the headers has been looked for. */
  #searched = 0;
  #head: { readonly head: Head; readonly bodyBytes: number; readonly end: number } | undefined;
  /** How much of the buffer is done with, and goes when a push ends. */
  #consumed = 0;
  /** One CR LF came between messages: a second makes a ping of it. */
  #halfPing = false;
  #lost = false;

  constructor(limits: ParseLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** @returns whether a message has begun and not ended; for a timer that closes connections which stall */
  get midMessage(): boolean {
    return this.#used > 0 && !this.#lost;
  }

  /** @returns what these bytes completed, never throws */
  push(chunk: Buffer): StreamItem[] {
    if (this.#lost) return [];
    this.#append(chunk);
    const items: StreamItem[] = [];
    let from = 0;
    while (!this.#lost) {
      if (this.#head === undefined) this.#readHead(from, items);
      const next = this.#readBody(items);
      if (next === undefined) break;
      from = next;
    }
    this.#drop(this.#consumed);
    return items;
  }

  /** Reads the head of the message that begins at `from`, when it is complete. */
  #readHead(from: number, items: StreamItem[]): void {
    const start = this.#lineEnds(from, items);
    this.#consumed = start;
    const bytes = this.#buffer.subarray(0, this.#used);
    if (start === bytes.length) return;
    // The end is at most three bytes long, so a search may have to step back over two that were seen before.
    const end = findHeadEnd(bytes, Math.max(start, this.#searched - 3));
    this.#searched = bytes.length;
    if ((end ?? bytes.length) - start > this.#limits.headBytes) {
      this.#lose(items, new SipParseError('too-large', 'the headers are too large', { status: 513 }));
      return;
    }
    if (end === undefined) return;
    try {
      const head = readHead(bytes.subarray(start, end), this.#limits);
      const length = this.#bodyLength(head);
      if (length instanceof SipParseError) this.#loseWith(head, length, items);
      else this.#head = { head, bodyBytes: length, end };
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#lose(items, error);
    }
  }

  /** @returns where the next message begins, when the body is complete */
  #readBody(items: StreamItem[]): number | undefined {
    const pending = this.#head;
    if (pending === undefined) return undefined;
    const end = pending.end + pending.bodyBytes;
    if (this.#used < end) return undefined;
    // Copied: the buffer is used again.
    const body = Buffer.from(this.#buffer.subarray(pending.end, end));
    this.#head = undefined;
    this.#searched = end;
    this.#consumed = end;
    this.#halfPing = false;
    try {
      items.push({ type: 'message', message: finish(pending.head, body) });
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      items.push({ type: 'invalid', error });
    }
    return end;
  }

  #bodyLength(head: Head): number | SipParseError {
    const length = contentLength(head.headers);
    if (length instanceof SipParseError) return length;
    if (length === undefined)
      return new SipParseError('content-length', 'Content-Length is missing, which a stream cannot do without');
    if (length > this.#limits.bodyBytes)
      return new SipParseError('too-large', 'the body is too large', { status: 513 });
    return length;
  }

  #loseWith(head: Head, fault: SipParseError, items: StreamItem[]): void {
    try {
      finish(head, fault);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#lose(items, error);
    }
  }

  #lose(items: StreamItem[], error: SipParseError): void {
    items.push({ type: 'lost', error });
    this.#lost = true;
    this.#buffer = Buffer.alloc(0);
    this.#used = 0;
    this.#consumed = 0;
  }

  /** Reads the line ends between messages. @returns the index after them */
  #lineEnds(from: number, items: StreamItem[]): number {
    let i = from;
    while (i < this.#used) {
      if (this.#buffer[i] === 0x0a) i += 1;
      else if (this.#buffer[i] === 0x0d && this.#buffer[i + 1] === 0x0a && i + 1 < this.#used) i += 2;
      else break;
      if (this.#halfPing) {
        items.push({ type: 'ping' });
        this.#halfPing = false;
      } else this.#halfPing = true;
    }
    const ended = i === this.#used;
    if (this.#halfPing && ended && i > from) items.push({ type: 'pong' });
    return i;
  }

  #append(chunk: Buffer): void {
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2, 4096));
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#used);
    this.#used = needed;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#buffer.copyWithin(0, count, this.#used);
    this.#used -= count;
    this.#searched = Math.max(0, this.#searched - count);
    if (this.#head !== undefined) this.#head = { ...this.#head, end: this.#head.end - count };
    this.#consumed = 0;
    // A burst must not leave its buffer behind on every idle connection.
    if (this.#used === 0 && this.#buffer.length > 65_536) this.#buffer = Buffer.alloc(0);
  }
}
