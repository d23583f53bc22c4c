import { quote } from '../message/scan.ts';
import { parseAuthItems } from './auth-params.ts';

/** A Digest challenge (RFC 7616 §3.3). */
export interface DigestChallenge {
  /** Plain, as it goes into the hash. */
  readonly realm: string;
  readonly nonce: string;
  /** Plain; '' is not the same as absent: an empty opaque is sent back too. */
  readonly opaque: string | undefined;
  /** As written; undefined means MD5. */
  readonly algorithm: string | undefined;
  /** In lower case, in the server's order; undefined when there is none (RFC 2069 style). */
  readonly qop: readonly string[] | undefined;
  readonly stale: boolean;
  /** The server wants the username hashed (RFC 7616 §3.4.4). */
  readonly userhash: boolean;
  /** realm, nonce and opaque as they were quoted: they go back exactly so. */
  readonly raw: { readonly realm: string; readonly nonce: string; readonly opaque: string | undefined };
}

/**
 * @param lines the values of all WWW-Authenticate (or all Proxy-Authenticate) lines, in order
 * @returns the Digest challenges with a realm and a nonce, in the server's order of preference (RFC 8760 §2.3); other
 * schemes are passed over
 */
export function parseChallenges(lines: readonly string[]): DigestChallenge[] {
  const challenges: DigestChallenge[] = [];
  for (const item of lines.flatMap(parseAuthItems)) {
    const realm = item.params.get('realm');
    const nonce = item.params.get('nonce');
    if (item.scheme !== 'digest' || realm === undefined || nonce === undefined) continue;
    const opaque = item.params.get('opaque');
    const qop = (item.params.get('qop')?.value ?? '')
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((option) => option !== '');
    challenges.push({
      realm: realm.value,
      nonce: nonce.value,
      opaque: opaque?.value,
      algorithm: item.params.get('algorithm')?.value,
      qop: qop.length === 0 ? undefined : qop,
      stale: item.params.get('stale')?.value.toLowerCase() === 'true',
      userhash: item.params.get('userhash')?.value.toLowerCase() === 'true',
      raw: { realm: quoted(realm.raw), nonce: quoted(nonce.raw), opaque: opaque && quoted(opaque.raw) },
    });
  }
  return challenges;
}

/** The value of a challenge header, for servers. */
export function stringifyChallenge(challenge: {
  realm: string;
  nonce: string;
  opaque?: string;
  algorithm?: string;
  qop?: readonly string[];
  stale?: boolean;
}): string {
  const parts = [`realm=${quote(challenge.realm)}`, `nonce=${quote(challenge.nonce)}`];
  if (challenge.opaque !== undefined) parts.push(`opaque=${quote(challenge.opaque)}`);
  if (challenge.algorithm !== undefined) parts.push(`algorithm=${challenge.algorithm}`);
  if (challenge.qop !== undefined) parts.push(`qop="${challenge.qop.join(',')}"`);
  if (challenge.stale !== undefined) parts.push(`stale=${challenge.stale ? 'TRUE' : 'FALSE'}`);
  return `Digest ${parts.join(', ')}`;
}

/** A server that forgot the quotes gets them: these parameters are quoted-strings in credentials (RFC 7616 §3.4). */
function quoted(raw: string): string {
  return raw.startsWith('"') ? raw : quote(raw);
}
