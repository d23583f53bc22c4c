/** How drachtio's control protocol cuts a stream into messages: `<bytes>#<message>`. */

/** The far side does not speak the protocol: the connection must be closed. */
export class ControlProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ControlProtocolError';
  }
}

const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;

/** @returns the frame of a message whose parts are text and perhaps bytes after it */
export function encodeFrame(text: string, body?: Buffer): Buffer {
  const textBytes = Buffer.byteLength(text);
  const bodyBytes = body?.length ?? 0;
  const prefix = `${textBytes + bodyBytes}#`;
  const frame = Buffer.allocUnsafe(prefix.length + textBytes + bodyBytes);
  frame.write(prefix, 0, 'latin1');
  frame.write(text, prefix.length, 'utf8');
  body?.copy(frame, prefix.length + textBytes);
  return frame;
}

/** Collects bytes and gives out whole messages. */
export class FrameReader {
  readonly #maxBytes: number;
  #buffer: Buffer = Buffer.alloc(0);

  /** @param maxBytes the longest message that is taken */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @returns the messages that these bytes completed; they are views on the input
   * @throws ControlProtocolError when a length is not a number or too large; the reader is of no use then
   */
  push(chunk: Buffer): Buffer[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const messages: Buffer[] = [];
    let at = 0;
    for (;;) {
      const frame = this.#frameAt(at);
      if (frame === undefined) break;
      messages.push(this.#buffer.subarray(frame.start, frame.end));
      at = frame.end;
    }
    if (at > 0) this.#buffer = this.#buffer.subarray(at);
    return messages;
  }

  #frameAt(from: number): { start: number; end: number } | undefined {
    let length = 0;
    for (let i = from; i < this.#buffer.length; i += 1) {
      const code = this.#buffer[i] ?? 0;
      if (code === HASH && i > from) {
        const end = i + 1 + length;
        return end <= this.#buffer.length ? { start: i + 1, end } : undefined;
      }
      if (code < ZERO || code > NINE) throw new ControlProtocolError('a message does not begin with its length');
      length = length * 10 + code - ZERO;
      if (length > this.#maxBytes) throw new ControlProtocolError(`a message is longer than ${this.#maxBytes} bytes`);
    }
    return undefined;
  }
}
