import { lenient, SipParseError } from './error.ts';
import { header } from './headers.ts';
import type { Params } from './params.ts';
import { param, parseParams, stringifyParams } from './params.ts';
import { skipBlanks, skipToken, splitList } from './scan.ts';
import type { SipMessage } from './types.ts';
import { endOfHost, hostPort, isHost, readPort } from './uri.ts';

/** One Via element (RFC 3261 §20.42). */
export interface Via {
  /** `SIP/2.0`, in upper case; another one is well-formed, and 505 is its answer. */
  readonly protocol: string;
  /** `UDP`, `TCP`, `TLS`, `WS` …, in upper case. */
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly params: Params;
}

/** What a branch begins with when its sender knows RFC 3261 (§8.1.1.7). */
export const BRANCH_COOKIE = 'z9hG4bK';

/**
 * @param text one element, not a list
 * @throws SipParseError
 */
export function parseVia(text: string): Via {
  const { via, end } = parseSentBy(text);
  return { ...via, params: parseParams(text, end) };
}

/** The inverse of `parseVia`. */
export function stringifyVia(via: Via): string {
  return `${via.protocol}/${via.transport} ${hostPort(via.host, via.port)}${stringifyParams(via.params)}`;
}

/** @returns the branch parameter, or undefined */
export function viaBranch(via: Via): string | undefined {
  const branch = param(via.params, 'branch');
  return branch === '' ? undefined : branch;
}

/**
 * The first Via of a message. Of one that was refused for its Via, what is before the parameters: enough to answer.
 * @returns undefined when there is none or it does not even say where it comes from
 */
export function topVia(message: SipMessage): Via | undefined {
  const line = header(message, 'via');
  if (line === undefined) return undefined;
  return lenient(() => parseVia(splitList(line)[0] ?? '')) ?? lenient(() => ({ ...parseSentBy(line).via, params: [] }));
}

/** @throws SipParseError */
function parseSentBy(text: string): { via: Omit<Via, 'params'>; end: number } {
  const name = readPart(text, 0);
  const version = readPart(text, afterSlash(text, name.end));
  const transport = readPart(text, afterSlash(text, version.end));
  const hostAt = skipBlanks(text, transport.end);
  const hostEnd = endOfHost(text, hostAt);
  const host = text.slice(hostAt, hostEnd);
  if (hostAt === transport.end || !isHost(host)) throw new SipParseError('header-value', 'Via has no valid host');
  const via = { protocol: `${name.text}/${version.text}`, transport: transport.text, host };
  const colon = skipBlanks(text, hostEnd);
  if (text.charCodeAt(colon) !== 0x3a) return { via, end: colon };
  const portAt = skipBlanks(text, colon + 1);
  const end = skipToken(text, portAt);
  return { via: { ...via, port: readPort(text.slice(portAt, end)) }, end };
}

function readPart(text: string, from: number): { text: string; end: number } {
  const at = skipBlanks(text, from);
  const end = skipToken(text, at);
  if (end === at) throw new SipParseError('header-value', 'Via does not begin with SIP/2.0 and a transport');
  return { text: text.slice(at, end).toUpperCase(), end };
}

function afterSlash(text: string, from: number): number {
  const at = skipBlanks(text, from);
  if (text.charCodeAt(at) !== 0x2f)
    throw new SipParseError('header-value', 'Via does not begin with SIP/2.0 and a transport');
  return at + 1;
}
