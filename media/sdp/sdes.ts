/** SDES keys in SDP: the `a=crypto` attribute (RFC 4568) for the two suites every trunk speaks. */

import { randomBytes } from 'node:crypto';
import { MediaError } from '../engine.ts';
import type { ParsedMedia } from './parse.ts';

export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32';

export interface SdesKey {
  readonly tag: number;
  readonly suite: SrtpSuite;
  /** 16 bytes of master key, then 14 of master salt (RFC 4568 §6.2). */
  readonly keyAndSalt: Uint8Array;
}

/** In the order we prefer. */
export const SRTP_SUITES: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'];

const KEY_AND_SALT_BYTES = 30;

/** Fresh keys, one for each suite. */
export function createSdesKeys(random: (bytes: number) => Uint8Array = randomBytes): SdesKey[] {
  return SRTP_SUITES.map((suite, i) => ({ tag: i + 1, suite, keyAndSalt: random(KEY_AND_SALT_BYTES) }));
}

/** The attribute as sdp-transform writes it. */
export function toCryptoAttribute(key: SdesKey): { id: number; suite: string; config: string } {
  return { id: key.tag, suite: key.suite, config: `inline:${Buffer.from(key.keyAndSalt).toString('base64')}` };
}

/**
 * The crypto lines of an m-line that we can use, in the offerer's order. Lines with another suite, an MKI, several
 * keys, session parameters that we would have to obey, or a key of the wrong length are passed over (RFC 4568 §5.1.2).
 */
export function readCryptoAttributes(media: ParsedMedia): SdesKey[] {
  const keys: SdesKey[] = [];
  for (const { id, suite, config, sessionConfig } of media.crypto ?? []) {
    const known = SRTP_SUITES.find((name) => name === suite);
    const [method, keyInfo] = String(config).split(/:(.*)/s);
    if (!known || method !== 'inline' || !keyInfo || keyInfo.includes(';')) continue;
    if (sessionConfig && /UNENCRYPTED|UNAUTHENTICATED|FEC_|KDR=/.test(String(sessionConfig))) continue;
    const [material = '', ...parameters] = keyInfo.split('|');
    // A lifetime may stand there (`2^31`); an MKI (`1:4`) would change the packet format.
    if (parameters.some((parameter) => parameter.includes(':'))) continue;
    const keyAndSalt = Buffer.from(material, 'base64');
    if (keyAndSalt.length !== KEY_AND_SALT_BYTES) continue;
    keys.push({ tag: Number(id), suite: known, keyAndSalt });
  }
  return keys;
}

/**
 * Our key for the suite of the peer's: in an answer to our offer the one with the same tag (RFC 4568 §5.1.3).
 * @param isOffered the peer's key stands in an offer, and ours is the answer to it
 * @throws MediaError `srtp-required` when the peer answered a line that we did not offer
 */
export function matchingKey(ours: readonly SdesKey[], peer: SdesKey, isOffered: boolean): SdesKey {
  const match = ours.find(
    (key) => key.suite === peer.suite && (isOffered || key.tag === peer.tag || ours.length === 1),
  );
  if (!match)
    throw new MediaError('srtp-required', `the peer answered a=crypto with tag ${peer.tag}, which we did not offer`);
  return match;
}

/** Our half of an offered crypto line; a key in use for that suite is kept (RFC 4568 §7.1.4). */
export function answerKey(ours: readonly SdesKey[], offered: SdesKey): SdesKey {
  const kept = ours.find((key) => key.suite === offered.suite);
  return { keyAndSalt: kept?.keyAndSalt ?? randomBytes(KEY_AND_SALT_BYTES), suite: offered.suite, tag: offered.tag };
}
