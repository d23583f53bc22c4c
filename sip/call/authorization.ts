/** Digest credentials on requests: our own client, never drachtio-srf's. */
import type { AuthorizationLine, ChallengeResponse } from '../digest/index.ts';
import { headerLines, type SipResponse } from '../message/index.ts';

export function isChallenge(status: number): boolean {
  return status === 401 || status === 407;
}

export function challengeOf(response: SipResponse): ChallengeResponse {
  return {
    status: response.status,
    wwwAuthenticate: headerLines(response, 'www-authenticate'),
    proxyAuthenticate: headerLines(response, 'proxy-authenticate'),
  };
}

/**
 * The lines as an object, which is how drachtio-srf takes headers: a second line of one name (two realms) takes another spelling
 * of it, since names compare without case (RFC 3261 §7.3.1) and the values may not be joined (§20.7).
 */
export function authorizationHeaders(lines: readonly AuthorizationLine[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { name, value } of lines) {
    const spelling = [name, name.toLowerCase(), name.toUpperCase()].find((candidate) => !(candidate in headers));
    if (spelling !== undefined) headers[spelling] = value;
  }
  return headers;
}
