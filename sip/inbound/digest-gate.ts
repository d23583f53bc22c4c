/** Digest authentication of those who call us (RFC 7616 §3.3): nonces that need no memory, and none that works twice. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseCredentials, stringifyChallenge, verifyDigest } from '../digest/index.ts';
import { headerLines, type SipRequest } from '../message/index.ts';
import { type TrunkSettings, trunkDomain } from '../trunk/index.ts';

/** How long a nonce may be used. */
const NONCE_MS = 120_000;
/** Nonces whose use is remembered, against replays. */
const MOST_NONCES = 10_000;

export class DigestGate {
  readonly #secret = randomBytes(32);
  readonly #now: () => number;
  /** The highest `nc` of nonces in use, oldest first. */
  readonly #used = new Map<string, number>();

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The WWW-Authenticate for a trunk. MD5: what the equipment that calls with credentials knows. */
  challenge(trunk: TrunkSettings): string {
    return stringifyChallenge({ realm: trunkDomain(trunk), nonce: this.#nonce(), algorithm: 'MD5', qop: ['auth'] });
  }

  /** The trunk whose credentials a request carries: right ones, for this request, with a nonce of ours. */
  proven(request: SipRequest, trunks: readonly TrunkSettings[]): TrunkSettings | undefined {
    for (const line of headerLines(request, 'authorization')) {
      const presented = parseCredentials(line);
      if (presented === undefined || presented.uri !== request.uri) continue;
      const trunk = trunks.find(
        (one) => one.inbound.credentials?.username === presented.username && trunkDomain(one) === presented.realm,
      );
      const password = trunk?.inbound.credentials?.password;
      if (trunk === undefined || password === undefined || !this.#isOurs(presented.nonce)) continue;
      if (!verifyDigest(presented, { password, method: request.method, body: request.body })) continue;
      if (this.#isFresh(presented.nonce, presented.nc ?? 1)) return trunk;
    }
    return undefined;
  }

  #nonce(): string {
    const stamp = `${Math.floor(this.#now())}.${randomBytes(6).toString('hex')}`;
    return `${stamp}.${this.#seal(stamp)}`;
  }

  #seal(stamp: string): string {
    return createHmac('sha256', this.#secret).update(stamp).digest('hex').slice(0, 32);
  }

  #isOurs(nonce: string): boolean {
    const dot = nonce.lastIndexOf('.');
    const stamp = nonce.slice(0, Math.max(dot, 0));
    const [given, made] = [Buffer.from(nonce.slice(dot + 1)), Buffer.from(this.#seal(stamp))];
    if (given.length !== made.length || !timingSafeEqual(given, made)) return false;
    const age = this.#now() - Number.parseInt(stamp, 10);
    return age >= 0 && age <= NONCE_MS;
  }

  /** RFC 7616 §3.4: the count of a nonce only grows. */
  #isFresh(nonce: string, nc: number): boolean {
    if (nc <= (this.#used.get(nonce) ?? 0)) return false;
    this.#used.delete(nonce);
    this.#used.set(nonce, nc);
    const [oldest] = this.#used.keys();
    if (this.#used.size > MOST_NONCES && oldest !== undefined) this.#used.delete(oldest);
    return true;
  }
}
