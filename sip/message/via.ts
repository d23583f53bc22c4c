import { SipParseError } from './error.ts';
import type { Params } from './params.ts';
import { param, parseParams, stringifyParams } from './params.ts';
import { isToken, skipBlanks, skipToken } from './scan.ts';
import { endOfHost, hostPort, isHost, readPort } from './uri.ts';

/** One Via element (RFC 3261 §20.42). */
export interface Via {
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
  let i = expectToken(text, 0, 'SIP');
  i = expectSlash(text, i);
  i = expectToken(text, i, '2.0');
  i = expectSlash(text, i);
  const transportEnd = skipToken(text, i);
  const transport = text.slice(i, transportEnd).toUpperCase();
  const hostAt = skipBlanks(text, transportEnd);
  if (transport === '' || hostAt === transportEnd) throw new SipParseError('header-value', 'Via has no transport');
  const hostEnd = endOfHost(text, hostAt);
  const host = text.slice(hostAt, hostEnd);
  if (!isHost(host)) throw new SipParseError('header-value', 'Via has no valid host');
  i = skipBlanks(text, hostEnd);
  let port: number | undefined;
  if (text.charCodeAt(i) === 0x3a) {
    const portAt = skipBlanks(text, i + 1);
    i = skipToken(text, portAt);
    port = readPort(text.slice(portAt, i));
  }
  const params = parseParams(text, i);
  return { transport, host, ...(port === undefined ? {} : { port }), params };
}

/** The inverse of `parseVia`. */
export function stringifyVia(via: Via): string {
  return `SIP/2.0/${via.transport} ${hostPort(via.host, via.port)}${stringifyParams(via.params)}`;
}

/** @returns the branch parameter, or undefined */
export function viaBranch(via: Via): string | undefined {
  const branch = param(via.params, 'branch');
  return branch === '' ? undefined : branch;
}

function expectToken(text: string, from: number, wanted: string): number {
  const at = skipBlanks(text, from);
  const end = skipToken(text, at);
  const token = text.slice(at, end);
  if (token.toUpperCase() !== wanted || !isToken(token)) throw new SipParseError('header-value', 'Via is not SIP/2.0');
  return end;
}

function expectSlash(text: string, from: number): number {
  const at = skipBlanks(text, from);
  if (text.charCodeAt(at) !== 0x2f) throw new SipParseError('header-value', 'Via is not SIP/2.0');
  return skipBlanks(text, at + 1);
}
