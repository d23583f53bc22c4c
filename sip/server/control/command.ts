/** What the application tells the server: the client's half of drachtio's control protocol. Pure. */
import { canonicalName, headerKey, isToken, type SipHeader, unwrapBody } from '../../message/index.ts';

/** A SIP message as the application writes it: what it leaves out is filled in by the server. */
interface MessageParts {
  readonly headers: readonly SipHeader[];
  readonly body: Buffer;
}

export interface RequestCommand extends MessageParts {
  readonly type: 'request';
  readonly id: string;
  /** Of the INVITE that a CANCEL is for; '' otherwise. */
  readonly transactionId: string;
  /** Of the dialog that the request belongs to; '' for a request outside of one. */
  readonly dialogId: string;
  /** Where to send it instead of to the Request-URI, as a URI; '' for nothing. */
  readonly route: string;
  readonly method: string;
  readonly uri: string;
}

export interface ResponseCommand extends MessageParts {
  readonly type: 'response';
  readonly id: string;
  readonly transactionId: string;
  readonly status: number;
  readonly phrase: string;
}

export type Command =
  | { readonly type: 'authenticate'; readonly id: string; readonly secret: string }
  | { readonly type: 'ping'; readonly id: string }
  | { readonly type: 'route'; readonly id: string; readonly verb: string }
  | { readonly type: 'removeRoute'; readonly id: string; readonly verb: string }
  | RequestCommand
  | ResponseCommand
  /** Of drachtio's protocol, but not served here, or nothing that is known; `reason` says so in words. */
  | { readonly type: 'refused'; readonly id: string; readonly reason: string };

/** Reads one message of the control connection; never throws. */
export function parseCommand(frame: Buffer): Command {
  const leaderEnd = frame.indexOf('\r\n');
  const leader = frame.toString('utf8', 0, leaderEnd < 0 ? frame.length : leaderEnd);
  const tokens = leader.split('|');
  const id = tokens[0] ?? '';
  switch (tokens[1]) {
    case 'authenticate':
      return authenticateCommand(id, tokens[2] ?? '', tokens[3] ?? '');
    case 'ping':
      return { type: 'ping', id };
    case 'route':
      return routeCommand(id, tokens[2] ?? '');
    case 'remove_route':
      return { type: 'removeRoute', id, verb: (tokens[2] ?? '').toLowerCase() };
    case 'sip':
      return leaderEnd < 0 ? refused(id, 'the SIP message is missing') : sipCommand(id, tokens, frame, leaderEnd + 2);
    case 'proxy':
      return refused(id, 'the embedded SIP server does not proxy requests: run a drachtio server for that');
    default:
      return refused(id, 'Unknown message type');
  }
}

function authenticateCommand(id: string, secret: string, tags: string): Command {
  return tags === ''
    ? { type: 'authenticate', id, secret }
    : refused(id, 'the embedded SIP server does not route by tags: run a drachtio server for that');
}

function routeCommand(id: string, verb: string): Command {
  const name = verb.toLowerCase();
  if (name.startsWith('cdr:'))
    return refused(id, 'the embedded SIP server has no CDR events: run a drachtio server for them');
  if (name === 'subscribe' || name === 'publish')
    return refused(id, `the embedded SIP server does not take ${name.toUpperCase()}: run a drachtio server for that`);
  return isToken(name) ? { type: 'route', id, verb: name } : refused(id, 'Route request includes unsupported verb');
}

function sipCommand(id: string, tokens: readonly string[], frame: Buffer, from: number): Command {
  const headEnd = frame.indexOf('\r\n\r\n', from);
  const head = frame.toString('utf8', from, headEnd < 0 ? frame.length : headEnd);
  // The application counts its Content-Length in characters: the frame's length is what counts.
  const written = headEnd < 0 ? Buffer.alloc(0) : Buffer.from(frame.subarray(headEnd + 4));
  const [start = '', ...lines] = head.split('\r\n');
  const readable = headersOf(lines);
  if (typeof readable === 'string') return refused(id, readable);
  const { headers, body } = unwrapBody({ headers: readable, body: written });
  const transactionId = tokens[2] ?? '';
  if (start.startsWith('SIP/')) return responseCommand(id, transactionId, start, { headers, body });
  const match = /^(\S+) (\S+) SIP\/2\.0$/.exec(start);
  const method = match?.[1] ?? '';
  if (match === null || !isToken(method)) return refused(id, 'invalid request line');
  return {
    type: 'request',
    id,
    transactionId,
    dialogId: tokens[3] ?? '',
    // A URI may hold a bar in its user part: the rest of the line is the route.
    route: tokens.slice(4).join('|'),
    method,
    uri: match[2] ?? '',
    headers,
    body,
  };
}

function responseCommand(id: string, transactionId: string, start: string, parts: MessageParts): Command {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/.exec(start);
  if (match === null) return refused(id, 'invalid status line');
  if (transactionId === '') return refused(id, 'transaction id missing');
  return { type: 'response', id, transactionId, status: Number(match[1]), phrase: match[2] ?? '', ...parts };
}

/** @returns the headers, or what is wrong with them */
function headersOf(lines: readonly string[]): SipHeader[] | string {
  const headers: SipHeader[] = [];
  for (const line of lines) {
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim();
    if (!isToken(name)) return `invalid header: a line has no valid name before its colon`;
    const key = headerKey(name);
    if (key === 'content-length') continue;
    // A line end inside a value would begin a header of its own on the wire.
    const value = line
      .slice(colon + 1)
      .replace(/[\r\n]+/g, ' ')
      .trim();
    headers.push({ key, name: spelling(key, name), value });
  }
  return headers;
}

/** drachtio-srf writes names in lower case; X- names stay as the application wrote them. */
function spelling(key: SipHeader['key'], name: string): string {
  return /^x-/i.test(name) ? name : canonicalName(key);
}

function refused(id: string, reason: string): Command {
  return { type: 'refused', id, reason };
}
