/** An identity server, asked whose a number is (Matrix identity service API v2, "Association lookup"). */
import { createHash } from 'node:crypto';
import { Lru } from '../../lru.ts';
import type { Clock } from '../clock.ts';
import type { MatrixUserId } from '../ids.ts';
import { objectOr, shortString } from '../json.ts';

const REMEMBERED = 10_000;
const TIMEOUT_MS = 10_000;

export interface IdentityServerParts {
  /** Without a slash at its end. */
  readonly url: string;
  /** Of an account there. Never logged. */
  readonly token: string;
  /** How long an answer is remembered, also that a number is nobody's. */
  readonly cacheMs: number;
  readonly clock: Clock;
  /** Default: that of the platform. */
  readonly fetch?: typeof fetch;
}

/** The server could not be asked; `message` is for administrators, without numbers. */
export class IdentityServerError extends Error {
  readonly errcode: string | undefined;
  constructor(message: string, errcode?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IdentityServerError';
    this.errcode = errcode;
  }
}

interface Hashing {
  readonly pepper: string;
}

interface Remembered {
  readonly user: MatrixUserId | undefined;
  readonly until: number;
}

export class IdentityServer {
  readonly #parts: IdentityServerParts;
  readonly #known = new Lru<string, Remembered>(REMEMBERED);
  readonly #asking = new Map<string, Promise<MatrixUserId | undefined>>();
  #hashing: Promise<Hashing> | undefined;

  constructor(parts: IdentityServerParts) {
    this.#parts = parts;
  }

  /**
   * The user that the server has for a number; asked once for several at the same time. Rejects with IdentityServerError.
   * @param number E.164
   */
  async userOf(number: string): Promise<MatrixUserId | undefined> {
    const known = this.#known.get(number);
    if (known !== undefined && known.until > this.#parts.clock.now()) return known.user;
    const asking = this.#asking.get(number) ?? this.#ask(number);
    this.#asking.set(number, asking);
    try {
      const user = await asking;
      this.#known.set(number, { user, until: this.#parts.clock.now() + this.#parts.cacheMs });
      return user;
    } finally {
      this.#asking.delete(number);
    }
  }

  async #ask(number: string, isAgain = false): Promise<MatrixUserId | undefined> {
    const { pepper } = await this.#pepper();
    const address = hashOf(number, pepper);
    try {
      const { mappings } = await this.#request('POST', '/lookup', {
        addresses: [address],
        algorithm: 'sha256',
        pepper,
      });
      const user = shortString(objectOr(mappings)[address]);
      return user !== undefined && /^@[^:\s]+:\S+$/.test(user) ? (user as MatrixUserId) : undefined;
    } catch (error) {
      // The server has another pepper since (specification, "Security considerations" of lookups).
      const isStale = error instanceof IdentityServerError && error.errcode === 'M_INVALID_PEPPER';
      if (!isStale || isAgain) throw error;
      this.#hashing = undefined;
      return this.#ask(number, true);
    }
  }

  #pepper(): Promise<Hashing> {
    this.#hashing ??= this.#hashDetails().catch((error: unknown) => {
      this.#hashing = undefined;
      throw error;
    });
    return this.#hashing;
  }

  async #hashDetails(): Promise<Hashing> {
    const { lookup_pepper: pepper, algorithms } = await this.#request('GET', '/hash_details');
    if (typeof pepper !== 'string' || !Array.isArray(algorithms) || !algorithms.includes('sha256')) {
      throw new IdentityServerError('The identity server (identity.server) does not look up hashed numbers (sha256).');
    }
    return { pepper };
  }

  async #request(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Record<string, unknown>> {
    const { url, token, fetch: ask = fetch } = this.#parts;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    try {
      const response = await ask(`${url}/_matrix/identity/v2${path}`, { method, headers, signal, ...sent });
      const answer = objectOr(await response.json().catch(() => undefined));
      if (response.ok) return answer;
      const errcode = shortString(answer.errcode);
      throw new IdentityServerError(
        `The identity server (identity.server) refuses lookups: ${response.status} ${errcode ?? ''}. ` +
          'Check identity.token, and whether its terms of service were agreed to.',
        errcode,
      );
    } catch (error) {
      if (error instanceof IdentityServerError) throw error;
      throw new IdentityServerError('The identity server (identity.server) does not answer.', undefined, {
        cause: error,
      });
    }
  }
}

/** Specification, "Hashing": address, medium and pepper; of a telephone number its digits without the plus. */
export function hashOf(number: string, pepper: string): string {
  const text = `${number.replace(/\D/g, '')} msisdn ${pepper}`;
  return createHash('sha256').update(text).digest('base64url');
}
