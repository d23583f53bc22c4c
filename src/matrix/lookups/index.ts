/** Users in place of ghosts, for whoever looks up a number of theirs. */
import type { Logger } from 'pino';
import type { Store } from '../../store/index.ts';
import type { Clock } from '../clock.ts';
import { RateLimit } from '../ghosts/rate-limit.ts';
import type { RealUsers } from '../settings.ts';
import { IdentityServer } from './identity-server.ts';
import { RealUserLookup } from './real-users.ts';

export { FINDABLE } from './real-users.ts';

/** Ten at once, then two a second: people dial less, and whoever tries all numbers gets nowhere. */
const LOOKUPS_PER_SECOND = 2;

export function createRealUserLookup(
  of: RealUsers,
  store: Pick<Store, 'choices'>,
  clock: Clock,
  logger: Logger,
): RealUserLookup {
  const { identity } = of;
  return new RealUserLookup({
    of,
    choices: store.choices,
    identity: identity && new IdentityServer({ ...identity, clock }),
    limit: new RateLimit(clock, LOOKUPS_PER_SECOND),
    clock,
    logger,
  });
}
