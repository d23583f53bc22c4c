/** Answers digest challenges (RFC 7616, RFC 8760, RFC 3261 §22): pure functions over plain data. */

import { quote } from '../message/scan.ts';
import { digestAlgorithm, supportedAlgorithms } from './algorithm.ts';
import type { DigestChallenge } from './challenge.ts';
import { parseChallenges } from './challenge.ts';
import { digestResponse, formatNc } from './compute.ts';

/** Whose credentials a challenge asks for: the server's (401) or a proxy's (407). */
export type DigestSpace = 'server' | 'proxy';

export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
  /** Answer only this realm. Undefined: whoever asks on this trunk. */
  readonly realm?: string;
}

/** What is authorised: the facts of the request as it goes out. */
export interface DigestRequest {
  readonly method: string;
  /** The Request-URI, exactly as sent. */
  readonly uri: string;
  readonly body?: Buffer | string;
}

/** A response that asks for credentials. */
export interface ChallengeResponse {
  readonly status: number;
  /** Values of the WWW-Authenticate lines, in order. */
  readonly wwwAuthenticate: readonly string[];
  /** Values of the Proxy-Authenticate lines, in order. */
  readonly proxyAuthenticate: readonly string[];
}

/** A header to put on the request, replacing earlier ones of this name. Several of one name are several lines. */
export interface AuthorizationLine {
  readonly name: 'Authorization' | 'Proxy-Authorization';
  readonly value: string;
}

/** A challenge that is being answered, with the count of answers. Kept for later requests of the dialog. */
export interface DigestEntry {
  readonly space: DigestSpace;
  readonly challenge: DigestChallenge;
  readonly cnonce: string;
  /** The nonce with which a `-sess` key was made; not `challenge.nonce` after a `nextnonce`. */
  readonly sessionNonce: string;
  /** How often the nonce was used. */
  readonly nc: number;
}

/** What one request (with its retries) has been through. */
export interface DigestAttempt {
  /** Requests sent so far, the first included. */
  readonly sent: number;
  readonly answered: readonly {
    readonly space: DigestSpace;
    readonly realm: string;
    readonly nonce: string;
    readonly stale: boolean;
  }[];
}

export type DigestRefusalReason = 'no-challenge' | 'unsupported' | 'no-credentials' | 'rejected' | 'too-many';

export type DigestOutcome =
  | {
      readonly kind: 'retry';
      readonly entries: readonly DigestEntry[];
      readonly attempt: DigestAttempt;
      readonly headers: readonly AuthorizationLine[];
    }
  /** Give up on the request; `message` is for administrators and holds no secret. */
  | { readonly kind: 'refused'; readonly reason: DigestRefusalReason; readonly message: string };

/** The state before the first request. */
export const FIRST_ATTEMPT: DigestAttempt = { sent: 1, answered: [] };

const MAX_REQUESTS = 3;

/**
 * The credentials for a request that was not challenged yet, from what earlier ones learned (RFC 3261 §22.2).
 * @returns no headers when nothing was learned; `entries` with the nonce counts moved on
 */
export function authorize(
  entries: readonly DigestEntry[],
  request: DigestRequest,
  credentials: DigestCredentials,
): { entries: readonly DigestEntry[]; headers: readonly AuthorizationLine[] } {
  const counted = entries.map((entry) => ({ ...entry, nc: entry.nc + 1 }));
  return { entries: counted, headers: counted.map((entry) => authorizationLine(entry, request, credentials)) };
}

/**
 * Decides what to do about a 401 or 407.
 * @param entries what is known from earlier challenges, of this request or of earlier ones
 * @param attempt this request's history
 * @param makeCnonce gives a fresh random cnonce of token characters
 */
export function answerChallenge(
  entries: readonly DigestEntry[],
  attempt: DigestAttempt,
  response: ChallengeResponse,
  request: DigestRequest,
  credentials: DigestCredentials,
  makeCnonce: () => string,
): DigestOutcome {
  if (attempt.sent >= MAX_REQUESTS)
    return refused('too-many', `the far side still asks for credentials after ${MAX_REQUESTS} requests`);
  const { space, lines } = linesOf(response);
  const challenges = parseChallenges(lines);
  if (challenges.length === 0)
    return refused('no-challenge', `a ${response.status} came without a Digest challenge that can be read`);
  const usable = challenges.filter(isSupported);
  if (usable.length === 0) return refused('unsupported', unsupportedMessage(challenges));
  const chosen = firstOfEachRealm(usable).filter((challenge) => isMine(challenge, credentials));
  if (chosen.length === 0)
    return refused('no-credentials', `there are no credentials for realm ${shown(usable[0]?.realm ?? '')}`);

  for (const challenge of chosen) {
    const before = attempt.answered.find((one) => one.space === space && one.realm === challenge.realm);
    if (before === undefined) continue;
    // RFC 7616 §3.3: only `stale` says that the password was right; without it, another try would be the same again.
    if (!challenge.stale || before.stale || before.nonce === challenge.nonce)
      return refused('rejected', `username or password were not accepted by realm ${shown(challenge.realm)}`);
  }

  const fresh = chosen.map((challenge): DigestEntry => {
    const known = entries.find((old) => old.space === space && old.challenge.raw.nonce === challenge.raw.nonce);
    // The nonce was used before: its count goes on, or the server would take the next use for a replay.
    if (known !== undefined) return { ...known, challenge };
    return { space, challenge, cnonce: makeCnonce(), sessionNonce: challenge.nonce, nc: 0 };
  });
  const isAnswered = (old: DigestEntry) =>
    chosen.some((challenge) => old.space === space && old.challenge.realm === challenge.realm);
  const kept = entries.filter((old) => !isAnswered(old));
  const answered = chosen.map((challenge) => {
    const again = attempt.answered.some((one) => one.space === space && one.realm === challenge.realm);
    return { space, realm: challenge.realm, nonce: challenge.nonce, stale: again };
  });
  const earlier = attempt.answered.filter(
    (one) => !answered.some((now) => now.space === one.space && now.realm === one.realm),
  );
  return {
    kind: 'retry',
    attempt: { sent: attempt.sent + 1, answered: [...earlier, ...answered] },
    ...authorize([...kept, ...fresh], request, credentials),
  };
}

/**
 * Takes the `nextnonce` of an Authentication-Info (RFC 7616 §3.5) into account.
 * @param nextNonce undefined when the header or the parameter was absent
 */
export function withNextNonce(entries: readonly DigestEntry[], nextNonce: string | undefined): readonly DigestEntry[] {
  if (nextNonce === undefined || nextNonce === '') return entries;
  return entries.map((entry) => {
    if (entry.space !== 'server') return entry;
    const raw = { ...entry.challenge.raw, nonce: quote(nextNonce) };
    return { ...entry, nc: 0, challenge: { ...entry.challenge, nonce: nextNonce, raw } };
  });
}

/** Some servers put the challenge of a 407 into WWW-Authenticate, or the other way round: better than nothing. */
function linesOf(response: ChallengeResponse): { space: DigestSpace; lines: readonly string[] } {
  const { wwwAuthenticate, proxyAuthenticate } = response;
  const proxyFirst = response.status === 407;
  if (proxyFirst ? proxyAuthenticate.length > 0 : wwwAuthenticate.length === 0)
    return { space: 'proxy', lines: proxyAuthenticate };
  return { space: 'server', lines: wwwAuthenticate };
}

function isSupported(challenge: DigestChallenge): boolean {
  return digestAlgorithm(challenge.algorithm) !== undefined && chooseQop(challenge) !== 'none';
}

/** `auth` before `auth-int`: a body that is changed on the way by a session border controller breaks the latter. */
function chooseQop(challenge: DigestChallenge): 'auth' | 'auth-int' | undefined | 'none' {
  if (challenge.qop === undefined) return undefined;
  if (challenge.qop.includes('auth')) return 'auth';
  return challenge.qop.includes('auth-int') ? 'auth-int' : 'none';
}

/** RFC 8760 §2.4: of one realm's challenges, the topmost that is supported. Realms are answered each (RFC 3261 §22.3). */
function firstOfEachRealm(challenges: readonly DigestChallenge[]): DigestChallenge[] {
  const byRealm = new Map<string, DigestChallenge>();
  for (const challenge of challenges) if (!byRealm.has(challenge.realm)) byRealm.set(challenge.realm, challenge);
  return [...byRealm.values()];
}

function isMine(challenge: DigestChallenge, credentials: DigestCredentials): boolean {
  return credentials.realm === undefined || credentials.realm === challenge.realm;
}

function authorizationLine(
  entry: DigestEntry,
  request: DigestRequest,
  credentials: DigestCredentials,
): AuthorizationLine {
  const { challenge, cnonce } = entry;
  const algorithm = digestAlgorithm(challenge.algorithm);
  const chosen = chooseQop(challenge);
  if (algorithm === undefined || chosen === 'none') throw new TypeError('an unsupported challenge was kept');
  const qop = chosen;
  const nc = formatNc(entry.nc);
  const response = digestResponse({
    algorithm,
    username: credentials.username,
    password: credentials.password,
    realm: challenge.realm,
    nonce: challenge.nonce,
    cnonce,
    sessionNonce: entry.sessionNonce,
    nc,
    qop,
    method: request.method,
    uri: request.uri,
    body: Buffer.from(request.body ?? ''),
  });
  const username = challenge.userhash
    ? algorithm.hash(`${credentials.username}:${challenge.realm}`)
    : credentials.username;
  const parts = [
    `username=${quote(username)}`,
    `realm=${challenge.raw.realm}`,
    `nonce=${challenge.raw.nonce}`,
    `uri="${request.uri}"`,
    `response="${response}"`,
  ];
  if (challenge.algorithm !== undefined) parts.push(`algorithm=${algorithm.name}`);
  // RFC 7616 §3.4 has no cnonce without qop, but a -sess key cannot be computed by the server without it.
  if (qop !== undefined || algorithm.session) parts.push(`cnonce="${cnonce}"`);
  if (challenge.raw.opaque !== undefined) parts.push(`opaque=${challenge.raw.opaque}`);
  if (qop !== undefined) parts.push(`qop=${qop}`, `nc=${nc}`);
  if (challenge.userhash) parts.push('userhash=true');
  return {
    name: entry.space === 'server' ? 'Authorization' : 'Proxy-Authorization',
    value: `Digest ${parts.join(', ')}`,
  };
}

function refused(reason: DigestRefusalReason, message: string): DigestOutcome {
  return { kind: 'refused', reason, message };
}

function unsupportedMessage(challenges: readonly DigestChallenge[]): string {
  const offered = challenges.map((challenge) => {
    const qop = challenge.qop === undefined ? '' : ` with qop ${shown(challenge.qop.join(','))}`;
    return `${shown(challenge.algorithm ?? 'MD5')}${qop}`;
  });
  return `the far side asks for ${offered.join(' or ')}; supported are ${supportedAlgorithms().join(', ')} with auth or auth-int`;
}

/** The peer's text, cut and without control characters, for a message. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is what this is for
  return `"${text.slice(0, 80).replace(/[\x00-\x1f\x7f]/g, ' ')}"`;
}
