import { lenient } from './error.ts';
import { header } from './headers.ts';
import { readDeltaSeconds } from './numbers.ts';
import { bareValue, param, parseParams } from './params.ts';
import type { SipMessage } from './types.ts';

/** Session-Expires (RFC 4028 §4). */
export interface SessionExpires {
  readonly seconds: number;
  /** Who sends the refresh; undefined: not said. */
  readonly refresher?: 'uac' | 'uas';
}

/** RFC 4028 §4: an interval below this is never accepted. */
export const MIN_SESSION_EXPIRES_S = 90;

/** @returns undefined when the header is absent or not valid: then no timer is asked for */
export function sessionExpires(message: SipMessage): SessionExpires | undefined {
  const value = header(message, 'session-expires');
  if (value === undefined) return undefined;
  const seconds = readDeltaSeconds(bareValue(value));
  if (seconds === undefined) return undefined;
  const semicolon = value.indexOf(';');
  const params = semicolon < 0 ? [] : (lenient(() => parseParams(value, semicolon)) ?? []);
  const refresher = param(params, 'refresher')?.toLowerCase();
  return refresher === 'uac' || refresher === 'uas' ? { seconds, refresher } : { seconds };
}

/** The header's value. */
export function stringifySessionExpires(expires: SessionExpires): string {
  return expires.refresher === undefined ? `${expires.seconds}` : `${expires.seconds};refresher=${expires.refresher}`;
}
