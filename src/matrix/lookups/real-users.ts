/**
 * A Matrix user in place of a ghost, for a number that is theirs. Anybody may look up anything: what can be learned so is limited,
 * and with an identity server the time of an answer does not tell what it knows.
 */
import type { Logger } from 'pino';
import type { Store } from '../../store/index.ts';
import { type Clock, pause } from '../clock.ts';
import type { RateLimit } from '../ghosts/rate-limit.ts';
import type { MatrixUserId } from '../ids.ts';
import { Seldom } from '../seldom.ts';
import type { RealUsers } from '../settings.ts';
import type { IdentityServer } from './identity-server.ts';

/** Whether somebody may be found by their number: `off` for their own line, `on` for the identity server. */
export const FINDABLE = 'findable';
/** So long the identity server has, and every answer takes where there is one. A later answer counts the next time. */
const IDENTITY_MS = 500;

export interface RealUserLookupParts {
  readonly of: RealUsers;
  readonly choices: Pick<Store['choices'], 'get'>;
  readonly identity: Pick<IdentityServer, 'userOf'> | undefined;
  /** Lookups that may give a user. */
  readonly limit: Pick<RateLimit, 'take'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class RealUserLookup {
  readonly #parts: RealUserLookupParts;
  readonly #limited: Seldom;
  readonly #trouble: Seldom;

  constructor(parts: RealUserLookupParts) {
    this.#parts = parts;
    this.#limited = new Seldom(parts.clock);
    this.#trouble = new Seldom(parts.clock);
  }

  /** The user behind what was dialled; undefined: a ghost stands for it. Never rejects. */
  async find(dialled: string): Promise<MatrixUserId | undefined> {
    const { of, identity, limit, clock, logger } = this.#parts;
    const number = of.numberOf(dialled);
    if (number === undefined) return undefined;
    if (!limit.take()) {
      this.#limited.run((leftOut) => {
        logger.warn(
          { leftOut },
          'more numbers are looked up than users may be found so; others get ghosts, and calls go on',
        );
      });
      return undefined;
    }
    try {
      if (identity === undefined) return await this.#ownerOf(number);
      const [user] = await Promise.all([this.#either(number, identity), pause(clock, IDENTITY_MS)]);
      return user;
    } catch (error) {
      logger.error({ err: error }, 'whose a number is could not be read');
      return undefined;
    }
  }

  async #ownerOf(number: string): Promise<MatrixUserId | undefined> {
    const { of, choices } = this.#parts;
    const owner = of.ownerOf(number);
    if (owner === undefined) return undefined;
    return (await choices.get(owner, FINDABLE)) === 'off' ? undefined : owner;
  }

  async #either(number: string, identity: Pick<IdentityServer, 'userOf'>): Promise<MatrixUserId | undefined> {
    const { clock, choices } = this.#parts;
    const late = new AbortController();
    const found = this.#askIdentity(number, identity);
    const owner = await this.#ownerOf(number);
    const named = await Promise.race([found, pause(clock, IDENTITY_MS, late.signal)]);
    late.abort();
    if (owner !== undefined) return owner;
    if (typeof named !== 'string') return undefined;
    return (await choices.get(named, FINDABLE)) === 'on' ? named : undefined;
  }

  async #askIdentity(number: string, identity: Pick<IdentityServer, 'userOf'>): Promise<MatrixUserId | undefined> {
    try {
      return await identity.userOf(number);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#trouble.run((leftOut) => this.#parts.logger.warn({ leftOut }, why));
      return undefined;
    }
  }
}
