/** message/cpim (RFC 3862): a text in an envelope of its own, with who, when, and what is asked for (RFC 5438). */
import { TextCodecError } from './error.ts';

export interface CpimAddress {
  /** The formal name in plain text. */
  readonly name?: string;
  /** Between the angle brackets. */
  readonly uri: string;
}

/** What its sender wants to be told, and by which name (RFC 5438 §6). */
export interface ImdnRequest {
  readonly messageId: string;
  readonly wants: {
    /** positive-delivery */
    readonly delivered: boolean;
    /** negative-delivery */
    readonly failed: boolean;
    /** display */
    readonly displayed: boolean;
  };
}

export interface CpimMessage {
  readonly from?: CpimAddress;
  readonly to: readonly CpimAddress[];
  /** ms since 1970. */
  readonly dateTime?: number;
  readonly subject?: string;
  /** Absent where there is no imdn.Message-ID. */
  readonly imdn?: ImdnRequest;
  /** Content-Type of what is inside; text/plain when it is not said (RFC 2045 §5.2). */
  readonly contentType: string;
  /** Content-Disposition, without parameters and in lower case: "notification" for an IMDN. */
  readonly disposition?: string;
  readonly transferEncoding?: string;
  readonly body: Buffer;
}

const IMDN_NAMESPACE = 'urn:ietf:params:imdn';
/** Both header blocks together; a sender with more is not after texts. */
const MOST_HEADERS = 64;
const LONGEST_HEADERS = 16_384;

/** @throws TextCodecError */
export function parseCpim(bytes: Buffer): CpimMessage {
  let outer = headerBlock(bytes, 0);
  // RFC 3862 §2: MIME headers of the whole stand in front where it comes as a file, and in some SIP bodies too.
  if (first(outer.headers, 'content-type')?.toLowerCase().startsWith('message/cpim') === true) {
    outer = headerBlock(bytes, outer.end);
  }
  // The examples of RFC 5438 §7 have no empty line in front of the Content-Type, and there are senders that have none.
  const inner = first(outer.headers, 'content-type') === undefined ? headerBlock(bytes, outer.end) : outer;
  const prefix = imdnPrefix(outer.headers);
  const from = first(outer.headers, 'from');
  const dateTime = Date.parse(first(outer.headers, 'datetime') ?? '');
  const subject = first(outer.headers, 'subject');
  const messageId = first(outer.headers, `${prefix}message-id`);
  const disposition = first(inner.headers, 'content-disposition');
  const transferEncoding = first(inner.headers, 'content-transfer-encoding');
  return {
    ...(from === undefined ? {} : { from: parseAddress(from) }),
    to: outer.headers.filter(([name]) => name === 'to').map(([, value]) => parseAddress(value)),
    ...(Number.isNaN(dateTime) ? {} : { dateTime }),
    ...(subject === undefined ? {} : { subject: unescaped(subject) }),
    ...(messageId === undefined || messageId === ''
      ? {}
      : { imdn: { messageId, wants: wanted(first(outer.headers, `${prefix}disposition-notification`)) } }),
    contentType: first(inner.headers, 'content-type') ?? 'text/plain',
    ...(disposition === undefined ? {} : { disposition: (disposition.split(';')[0] ?? '').trim().toLowerCase() }),
    ...(transferEncoding === undefined ? {} : { transferEncoding }),
    body: bytes.subarray(inner.end),
  };
}

/** The opposite of `parseCpim`. Line ends and controls in names and subjects are escaped (RFC 3862 §2.3.1). */
export function serializeCpim(message: CpimMessage): Buffer {
  const lines: string[] = [];
  if (message.from !== undefined) lines.push(`From: ${address(message.from)}`);
  for (const to of message.to) lines.push(`To: ${address(to)}`);
  if (message.dateTime !== undefined) lines.push(`DateTime: ${new Date(message.dateTime).toISOString()}`);
  if (message.subject !== undefined) lines.push(`Subject: ${escaped(message.subject)}`);
  if (message.imdn !== undefined) {
    const { messageId, wants } = message.imdn;
    lines.push(`NS: imdn <${IMDN_NAMESPACE}>`, `imdn.Message-ID: ${oneLine(messageId)}`);
    const asked = [
      wants.delivered ? 'positive-delivery' : undefined,
      wants.failed ? 'negative-delivery' : undefined,
      wants.displayed ? 'display' : undefined,
    ].filter((word) => word !== undefined);
    if (asked.length > 0) lines.push(`imdn.Disposition-Notification: ${asked.join(', ')}`);
  }
  lines.push('', `Content-Type: ${oneLine(message.contentType)}`);
  if (message.disposition !== undefined) lines.push(`Content-Disposition: ${oneLine(message.disposition)}`);
  if (message.transferEncoding !== undefined) {
    lines.push(`Content-Transfer-Encoding: ${oneLine(message.transferEncoding)}`);
  }
  // RFC 5438 §7.2.1.1 shows it, and some senders of receipts rely on it.
  lines.push(`Content-Length: ${message.body.length}`, '', '');
  return Buffer.concat([Buffer.from(lines.join('\r\n')), message.body]);
}

interface HeaderBlock {
  /** Names in lower case, values trimmed; in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Behind the empty line. */
  readonly end: number;
}

function headerBlock(bytes: Buffer, start: number): HeaderBlock {
  const headers: [string, string][] = [];
  let at = start;
  for (;;) {
    const lineFeed = bytes.indexOf(0x0a, at);
    if (lineFeed < 0) throw new TextCodecError('cpim', 'the headers do not end with an empty line');
    if (lineFeed - start > LONGEST_HEADERS || headers.length > MOST_HEADERS) {
      throw new TextCodecError('cpim', 'there are too many headers');
    }
    const line = bytes.subarray(at, bytes[lineFeed - 1] === 0x0d ? lineFeed - 1 : lineFeed).toString('utf8');
    at = lineFeed + 1;
    if (line.trim() === '') return { headers, end: at };
    const previous = headers.at(-1);
    if (/^[ \t]/u.test(line) && previous !== undefined) {
      previous[1] = `${previous[1]} ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) throw new TextCodecError('cpim', 'a header has no name');
    // RFC 3862 §3.1: parameters such as ";lang=fr" stand between the colon and the value.
    const value = line.slice(colon + 1).replace(/^(?:;[^\s;=]+=[^\s;]*)+\s/u, '');
    headers.push([line.slice(0, colon).trim().toLowerCase(), value.trim()]);
  }
}

function first(headers: HeaderBlock['headers'], name: string): string | undefined {
  return headers.find(([own]) => own === name)?.[1];
}

/** What stands before the names of RFC 5438's headers: `NS: prefix <urn:ietf:params:imdn>` (RFC 3862 §4.4); mostly "imdn.". */
function imdnPrefix(headers: HeaderBlock['headers']): string {
  for (const [name, value] of headers) {
    const namespace = name === 'ns' ? /^([^<\s]*)\s*<([^>]*)>$/u.exec(value) : null;
    if (namespace?.[2] !== IMDN_NAMESPACE) continue;
    return namespace[1] === '' || namespace[1] === undefined ? '' : `${namespace[1].toLowerCase()}.`;
  }
  return 'imdn.';
}

function wanted(value: string | undefined): ImdnRequest['wants'] {
  const words = new Set((value ?? '').split(',').map((word) => (word.split(';')[0] ?? '').trim().toLowerCase()));
  return {
    delivered: words.has('positive-delivery'),
    failed: words.has('negative-delivery'),
    displayed: words.has('display'),
  };
}

/** RFC 3862 §4.1: `[ Formal-name ] "<" URI ">"`; some leave the brackets out. */
function parseAddress(value: string): CpimAddress {
  const open = value.lastIndexOf('<');
  const close = value.lastIndexOf('>');
  if (open < 0 || close < open) return { uri: value };
  const written = value.slice(0, open).trim();
  const quoted = written.length >= 2 && written.startsWith('"') && written.endsWith('"');
  const name = unescaped(quoted ? written.slice(1, -1) : written);
  const uri = value.slice(open + 1, close).trim();
  return name === '' ? { uri } : { name, uri };
}

function address({ name, uri }: CpimAddress): string {
  const bracketed = `<${oneLine(uri).replace(/[<>]/gu, '')}>`;
  return name === undefined || name === '' ? bracketed : `"${escaped(name).replace(/"/gu, '\\"')}" ${bracketed}`;
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', r: '\r' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (_, hex: string | undefined, character: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPES[character ?? ''] ?? character ?? '';
  });
}

function escaped(text: string): string {
  return text.replace(/\\/gu, '\\\\').replace(/\p{Cc}/gu, (control) => {
    const known = Object.entries(ESCAPES).find(([, character]) => character === control)?.[0];
    return known === undefined ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : `\\${known}`;
  });
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ').trim();
}
