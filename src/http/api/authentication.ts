/** Who asks: a program with a token of the configuration, or a user with an OpenID token of the homeserver. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../../operations/index.ts';
import { Problem } from './problem.ts';
import { WrongTokens } from './wrong-tokens.ts';

export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly access: 'administrator' | 'read';
}

export interface AuthenticationOptions {
  readonly tokens: readonly ApiToken[];
  /** Whose OpenID token it is; undefined: nobody's. Rejects when the homeserver cannot be asked. Absent: users are not let in. */
  readonly openId?: (token: string) => Promise<string | undefined>;
  readonly isAdministrator: (user: string) => boolean;
  /** ms since 1970. */
  readonly now: () => number;
}

export interface Authentication {
  /**
   * @param authorization the header's value @param address where it came from
   * @throws Problem
   */
  callerOf(authorization: string | undefined, address: string): Promise<Caller>;
}

/** An answer of the homeserver is good for so long; its tokens live an hour. */
const REMEMBER_MS = 5 * 60_000;
const REMEMBERED = 1_000;
/** RFC 6750 §2.1, and what homeservers make. */
const CREDENTIALS = /^(?<scheme>Bearer|MatrixOpenID) +(?<token>[\x21-\x7e]{1,512}) *$/i;

export function createAuthentication({ tokens, openId, isAdministrator, now }: AuthenticationOptions): Authentication {
  const known = tokens.map(({ token, ...of }) => ({ ...of, digest: digestOf(token) }));
  const wrong = new WrongTokens(now);
  const users = new Map<string, { readonly user: string; readonly until: number }>();

  function tokenOf(token: string): Caller | undefined {
    const digest = digestOf(token);
    // All of them are compared, each in the same time: how long it takes says nothing.
    const [found] = known.filter((each) => timingSafeEqual(each.digest, digest));
    return found && { kind: 'token', name: found.name, access: found.access };
  }

  async function userOf(token: string): Promise<string | undefined> {
    if (openId === undefined) return undefined;
    const name = digestOf(token).toString('base64');
    const remembered = users.get(name);
    if (remembered !== undefined && now() < remembered.until) return remembered.user;
    users.delete(name);
    const user = await asked(openId, token);
    if (user === undefined) return undefined;
    users.set(name, { user, until: now() + REMEMBER_MS });
    if (users.size > REMEMBERED) {
      const [oldest = ''] = users.keys();
      users.delete(oldest);
    }
    return user;
  }

  return {
    async callerOf(authorization, address) {
      const { scheme, token } = read(authorization);
      const isUser = scheme === 'matrixopenid';
      const program = isUser ? undefined : tokenOf(token);
      if (program !== undefined) return program;
      const retryAfterS = wrong.waitS(address);
      if (retryAfterS !== undefined) {
        throw new Problem('too-many-wrong-tokens', `Wait ${retryAfterS} seconds.`, { retryAfterS });
      }
      const user = isUser ? await userOf(token) : undefined;
      if (user !== undefined) return { kind: 'user', user, isAdministrator: isAdministrator(user) };
      wrong.count(address);
      throw new Problem('not-signed-in', isUser && openId === undefined ? NO_USERS : WRONG);
    },
  };
}

const WRONG = 'This token is not known, or is no longer good.';
const NO_USERS = 'Users are not let in here; programs are, with a token.';

function read(authorization: string | undefined): { readonly scheme: string; readonly token: string } {
  if (authorization === undefined) throw new Problem('not-signed-in', 'The request has no Authorization header.');
  const { scheme, token } = CREDENTIALS.exec(authorization)?.groups ?? {};
  if (scheme === undefined || token === undefined) {
    throw new Problem('not-signed-in', 'Authorization must be “Bearer” or “MatrixOpenID” and a token.');
  }
  return { scheme: scheme.toLowerCase(), token };
}

async function asked(openId: NonNullable<AuthenticationOptions['openId']>, token: string): Promise<string | undefined> {
  try {
    return await openId(token);
  } catch (cause) {
    throw new Problem('unavailable', 'The homeserver cannot be asked who you are.', { cause });
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
