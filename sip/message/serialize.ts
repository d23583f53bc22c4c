import { canonicalName } from './names.ts';
import { withoutControls } from './scan.ts';
import type { SipMessage } from './types.ts';

const EMPTY = Buffer.alloc(0);

/**
 * The message as bytes for the wire. Content-Length is always written, last, from the body: one that is among the
 * headers does not count.
 * @param options `canonicalNames`: long usual spellings instead of those received, for readers that know no others
 */
export function serialize(message: SipMessage, options: { canonicalNames?: boolean } = {}): Buffer {
  const head = serializeHead(message, options);
  const size = Buffer.byteLength(head);
  if (message.body.length === 0) return Buffer.from(head, 'utf8');
  const bytes = Buffer.allocUnsafe(size + message.body.length);
  bytes.write(head, 0, size, 'utf8');
  message.body.copy(bytes, size);
  return bytes;
}

/** The start line and the headers with the empty line that ends them. */
export function serializeHead(message: SipMessage, options: { canonicalNames?: boolean } = {}): string {
  let head = `${startLine(message)}\r\n`;
  for (const line of message.headers) {
    if (line.key === 'content-length') continue;
    head += `${options.canonicalNames === true ? canonicalName(line.key) : line.name}: ${line.value}\r\n`;
  }
  return `${head}Content-Length: ${message.body.length}\r\n\r\n`;
}

/** The request line or the status line, without its line end. */
export function startLine(message: SipMessage): string {
  switch (message.kind) {
    case 'request':
      return `${message.method} ${message.uri} SIP/2.0`;
    case 'response':
      return `SIP/2.0 ${message.status} ${withoutControls(message.phrase)}`;
  }
}

/** No body. */
export const NO_BODY: Buffer = EMPTY;
