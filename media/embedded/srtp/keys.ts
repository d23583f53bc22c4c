/** Session keys from master key and salt (RFC 3711 §4.3, key derivation rate zero). */

import { createCipheriv } from 'node:crypto';

export interface SessionKeys {
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array;
  readonly salt: Uint8Array;
}

/** First label of a triple: encryption, authentication, salt follow each other. */
const LABEL_SRTP = 0;
const LABEL_SRTCP = 3;

/** @param masterKey 16 bytes; @param masterSalt 14 bytes */
export function deriveSessionKeys(masterKey: Uint8Array, masterSalt: Uint8Array, kind: 'srtp' | 'srtcp'): SessionKeys {
  const label = kind === 'srtp' ? LABEL_SRTP : LABEL_SRTCP;
  return {
    encryption: derive(masterKey, masterSalt, label, 16),
    authentication: derive(masterKey, masterSalt, label + 1, 20),
    salt: derive(masterKey, masterSalt, label + 2, 14),
  };
}

function derive(masterKey: Uint8Array, masterSalt: Uint8Array, label: number, length: number): Uint8Array {
  const iv = new Uint8Array(16);
  iv.set(masterSalt);
  // §4.3.1: x = label ‖ r (48 bits of zero), XOR salt, right-aligned to 112 bits.
  iv[7] = (iv[7] as number) ^ label;
  return createCipheriv('aes-128-ctr', masterKey, iv).update(new Uint8Array(length));
}
