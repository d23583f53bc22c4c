/** Text bodies of a MESSAGE: their charset, their transfer encoding, and HTML. */
import { TextDecoder } from 'node:util';
import { bareValue, lenient, param, parseParams } from '../../message/index.ts';
import { htmlText } from './html.ts';

export type TextBody =
  | { readonly kind: 'text'; readonly text: string }
  /** `why`: for a log line. */
  | { readonly kind: 'unsupported'; readonly why: string };

/**
 * The text of a text/plain or text/html body. Bytes that the charset does not have become U+FFFD: a text with a mark in it is
 * better than none. Bytes that are no UTF-8, though that is said or nothing is, are read as windows-1252, which is what such senders
 * mean.
 * @param contentType the whole Content-Type value, with its parameters
 * @param transferEncoding value of Content-Transfer-Encoding, where there is one (RFC 2045 §6)
 */
export function decodeTextBody(body: Buffer, contentType: string, transferEncoding?: string): TextBody {
  const type = bareValue(contentType);
  if (type !== 'text/plain' && type !== 'text/html') return { kind: 'unsupported', why: `${type} is not read` };
  const bytes = transferDecoded(body, transferEncoding);
  if (bytes === undefined) return { kind: 'unsupported', why: `the transfer encoding ${transferEncoding} is not read` };
  const charset = charsetOf(contentType);
  const text = charsetDecoded(bytes, charset);
  if (text === undefined) return { kind: 'unsupported', why: `the charset ${charset} is not known` };
  return { kind: 'text', text: type === 'text/html' ? htmlText(text) : text };
}

/** RFC 3428 §3: without a charset it is UTF-8. */
function charsetOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  const params = semicolon < 0 ? [] : (lenient(() => parseParams(contentType, semicolon)) ?? []);
  return (param(params, 'charset') ?? 'utf-8').trim().toLowerCase();
}

function charsetDecoded(bytes: Buffer, charset: string): string | undefined {
  const decoder = decoderFor(charset);
  if (decoder === undefined) return undefined;
  // The decoder takes a byte order mark away, which wins over what was said (Encoding Standard, "decode").
  if (decoder.encoding !== 'utf-8') return (decoderOfMark(bytes) ?? decoder).decode(bytes);
  const marked = decoderOfMark(bytes);
  if (marked !== undefined) return marked.decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** UTF-16 shows itself by its mark. */
function decoderOfMark(bytes: Buffer): TextDecoder | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be');
  return undefined;
}

function decoderFor(charset: string): TextDecoder | undefined {
  // RFC 2781 §4.3: without a mark "UTF-16" is big-endian, which the Encoding Standard has the other way.
  const label = charset === 'utf-16' ? 'utf-16be' : charset === 'us-ascii' || charset === 'ascii' ? 'utf-8' : charset;
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

/** @returns undefined for an encoding that RFC 2045 §6 does not have */
function transferDecoded(body: Buffer, encoding: string | undefined): Buffer | undefined {
  switch ((encoding ?? '').trim().toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return body;
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64');
    case 'quoted-printable':
      return quotedPrintable(body);
    default:
      return undefined;
  }
}

/** RFC 2045 §6.7: a line that ends with "=" goes on; what is no two hexadecimal digits behind "=" stands as it is. */
function quotedPrintable(body: Buffer): Buffer {
  const text = body
    .toString('latin1')
    .replace(/[ \t]{1,998}(?=\r?\n)/gu, '')
    .replace(/=\r?\n/gu, '')
    .replace(/=([0-9A-Fa-f]{2})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}
