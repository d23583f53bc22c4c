import { createHash, getHashes } from 'node:crypto';

/** One digest algorithm: a hash, plain or with a session key (RFC 7616 §3.3, §3.4.2). */
export interface DigestAlgorithm {
  /** As it is spelled in the registry: `MD5`, `SHA-256-sess` … */
  readonly name: string;
  /** `-sess`: A1 is bound to the first nonce and cnonce. */
  readonly session: boolean;
  /** @returns the hash as lower-case hexadecimal */
  hash(data: string | Buffer): string;
}

const HASHES: readonly (readonly [name: string, openssl: string])[] = [
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
  ['SHA-512-256', 'sha512-256'],
];

const algorithms = new Map<string, DigestAlgorithm>();
const available = new Set(getHashes());
for (const [name, openssl] of HASHES) {
  // A crypto library in FIPS mode has no MD5; then such challenges are skipped like unknown ones.
  if (!available.has(openssl)) continue;
  const hash = (data: string | Buffer): string => createHash(openssl).update(data).digest('hex');
  for (const session of [false, true]) {
    const full = session ? `${name}-sess` : name;
    algorithms.set(full.toLowerCase(), { name: full, session, hash });
  }
}

/**
 * @param name as in a challenge, any case; undefined means MD5 (RFC 7616 §3.3)
 * @returns undefined for an algorithm that is not known here
 */
export function digestAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  return algorithms.get((name ?? 'MD5').toLowerCase());
}

/** @returns the names of all algorithms that work here */
export function supportedAlgorithms(): string[] {
  return [...algorithms.values()].map((algorithm) => algorithm.name);
}
