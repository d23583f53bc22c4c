import { lenient, SipParseError } from './error.ts';
import { header } from './headers.ts';
import { headerKey } from './names.ts';
import { bareValue, param, parseParams } from './params.ts';
import { isBlank, trimBlanks } from './scan.ts';
import type { HeaderKey, SipMessage } from './types.ts';

/** One part of a body (RFC 5621), or a whole body that is not multipart. */
export interface BodyPart {
  /** Media type in lower case, without parameters. */
  readonly type: string;
  /** The whole Content-Type value. */
  readonly contentType: string;
  /** Content-Disposition in lower case, without parameters; the default of its type when not said (RFC 3261 §20.11). */
  readonly disposition: string;
  readonly body: Buffer;
}

const MAX_PARTS = 32;
const MAX_DEPTH = 4;

/**
 * The parts of a body, nested ones laid flat, in order.
 * @returns one part for a body that is not multipart, none for an empty body or one without Content-Type
 * @throws SipParseError when a multipart body has no usable boundary, or too many parts
 */
export function bodyParts(message: SipMessage): BodyPart[] {
  const contentType = header(message, 'content-type');
  if (message.body.length === 0 || contentType === undefined) return [];
  const parts: BodyPart[] = [];
  collect(contentType, header(message, 'content-disposition'), message.body, parts, 0);
  return parts;
}

/**
 * The session description of a message: its body, or the part of it that is application/sdp with disposition `session`.
 * @returns undefined when there is none
 * @throws SipParseError as `bodyParts`
 */
export function sessionDescription(message: SipMessage): string | undefined {
  const part = bodyParts(message).find((p) => p.type === 'application/sdp' && p.disposition === 'session');
  return part?.body.toString('utf8');
}

function collect(
  contentType: string,
  disposition: string | undefined,
  body: Buffer,
  parts: BodyPart[],
  depth: number,
): void {
  const type = bareValue(contentType);
  if (!type.startsWith('multipart/')) {
    if (parts.length >= MAX_PARTS) throw new SipParseError('header-value', 'the body has too many parts');
    const said = disposition === undefined ? undefined : bareValue(disposition);
    parts.push({ type, contentType, disposition: said ?? defaultDisposition(type), body });
    return;
  }
  if (depth >= MAX_DEPTH) throw new SipParseError('header-value', 'the body is nested too deeply');
  for (const section of split(body, boundaryOf(contentType))) {
    const { headers, content } = partHeaders(section);
    const decoded =
      headers.get('content-transfer-encoding')?.toLowerCase() === 'base64'
        ? Buffer.from(content.toString('latin1'), 'base64')
        : content;
    // RFC 2046 §5.1: a part without Content-Type is text/plain.
    const partType = headers.get('content-type') ?? 'text/plain';
    collect(partType, headers.get('content-disposition'), decoded, parts, depth + 1);
  }
}

/** RFC 3261 §20.11: "session" for application/sdp, "render" for all others. */
function defaultDisposition(type: string): string {
  return type === 'application/sdp' ? 'session' : 'render';
}

function boundaryOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  const params = semicolon < 0 ? [] : (lenient(() => parseParams(contentType, semicolon)) ?? []);
  const boundary = param(params, 'boundary') ?? '';
  // RFC 2046 §5.1.1: 1 to 70 characters.
  if (boundary === '' || boundary.length > 70)
    throw new SipParseError('header-value', 'a multipart body has no valid boundary');
  return boundary;
}

/** Cuts at the delimiter lines; what is before the first and after the last is not part of it. */
function split(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const sections: Buffer[] = [];
  let start: number | undefined;
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && body[at - 1] !== 0x0a) continue;
    const after = at + delimiter.length;
    const closing = body[after] === 0x2d && body[after + 1] === 0x2d;
    const lineEnd = body.indexOf(0x0a, after);
    // A longer boundary that begins like this one is another one.
    if (!closing && !isBlankTo(body, after, lineEnd < 0 ? body.length : lineEnd)) continue;
    if (start !== undefined) sections.push(body.subarray(start, beforeLineEnd(body, at, start)));
    if (closing || lineEnd < 0) return sections;
    if (sections.length > MAX_PARTS) throw new SipParseError('header-value', 'the body has too many parts');
    start = lineEnd + 1;
  }
  // The closing delimiter is missing: what is there is taken, as mail readers do.
  if (start !== undefined) sections.push(body.subarray(start));
  return sections;
}

function isBlankTo(body: Buffer, from: number, to: number): boolean {
  // RFC 2046 allows blanks behind the boundary; a line of them without end is somebody's joke.
  if (to - from > 64) return false;
  for (let i = from; i < to; i++) if (body[i] !== 0x20 && body[i] !== 0x09 && body[i] !== 0x0d) return false;
  return true;
}

/** The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1). */
function beforeLineEnd(body: Buffer, at: number, start: number): number {
  if (at <= start) return start;
  const lf = at - 1;
  return lf > start && body[lf - 1] === 0x0d ? lf - 1 : lf;
}

function partHeaders(section: Buffer): { headers: Map<HeaderKey, string>; content: Buffer } {
  const headers = new Map<HeaderKey, string>();
  let last: HeaderKey | undefined;
  let at = 0;
  while (at < section.length) {
    const lf = section.indexOf(0x0a, at);
    const next = lf < 0 ? section.length : lf + 1;
    const line = section.toString('utf8', at, next).replace(/\r?\n$/, '');
    at = next;
    if (line === '') break;
    if (last !== undefined && isBlank(line.charCodeAt(0))) {
      headers.set(last, `${headers.get(last)} ${trimBlanks(line)}`);
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    last = headerKey(trimBlanks(line.slice(0, colon)));
    headers.set(last, trimBlanks(line.slice(colon + 1)));
  }
  return { headers, content: section.subarray(at) };
}
