/** Credit, limits and who may change them: what has to fit together. */
import { isSupportedCountry } from 'libphonenumber-js';
import { readRanges } from '../revenue-share.ts';
import type { Config } from '../schema/index.ts';
import type { Conflict, ReadFile } from './conflict.ts';

export function* checkFraud({ fraud }: Config, readFile: ReadFile): Generator<Conflict> {
  const problem =
    fraud.revenue_share_file === undefined ? undefined : rangesProblem(fraud.revenue_share_file, readFile);
  if (problem !== undefined) {
    yield {
      path: ['fraud', 'revenue_share_file'],
      problem,
      expected: 'a YAML file with a list of `ranges`, as config/fraud/revenue-share.yaml',
      example: 'revenue_share_file: revenue-share.yaml',
    };
  }
  for (const [index, { countries = [] }] of fraud.users.entries()) {
    for (const [place, country] of countries.entries()) {
      if (isSupportedCountry(country)) continue;
      yield {
        path: ['fraud', 'users', index, 'countries', place],
        problem: 'no such country',
        found: country,
        expected: 'a country with a numbering plan, by its code of ISO 3166-1',
        example: 'countries: [GB]',
      };
    }
  }
}

function rangesProblem(file: string, readFile: ReadFile): string | undefined {
  try {
    readRanges(readFile(file));
    return undefined;
  } catch (error) {
    return `the file cannot be used (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)})`;
  }
}

/** A limit of credit that nobody would ask for is a typing error. */
export function* checkCredit({ credit }: Config): Generator<Conflict> {
  if (credit.default !== 'postpaid' && Number(credit.limit) > 0) {
    yield unusedLimit(['credit', 'limit'], ['credit', 'default'], credit.default, credit.limit);
  }
  for (const [index, { kind, limit }] of credit.users.entries()) {
    const at = (name: string) => ['credit', 'users', index, name];
    if (kind !== 'postpaid' && Number(limit) > 0) yield unusedLimit(at('limit'), at('kind'), kind, limit);
  }
}

function unusedLimit(path: Conflict['path'], of: Conflict['path'], kind: string, limit: string | number): Conflict {
  return {
    path,
    about: [of],
    problem: `a limit is for postpaid credit alone, and this one is ${kind}`,
    found: String(limit),
    expected: `no limit, or ${of.at(-1)}: postpaid`,
    example: `${of.at(-1)}: postpaid`,
  };
}

/** Shorter ones could be guessed. */
const SHORTEST_TOKEN = 24;

export function* checkApi({ api }: Config): Generator<Conflict> {
  for (const [index, { name, token }] of api.tokens.entries()) {
    const at = (key: string) => ['api', 'tokens', index, key];
    const earlier = api.tokens.findIndex((other) => other.name === name);
    if (earlier < index) {
      yield {
        path: at('name'),
        about: [['api', 'tokens', earlier, 'name']],
        problem: `api.tokens[${earlier}] has the same name`,
        found: name,
        expected: 'a name of its own for each token',
        example: `name: ${name}-2`,
      };
    }
    if (token === undefined || token.length < SHORTEST_TOKEN) {
      yield {
        path: at('token'),
        problem: token === undefined ? 'there is no token' : 'this token is so short that it could be guessed',
        expected: `token or token_file, with at least ${SHORTEST_TOKEN} characters by chance`,
        example: `token_file: /run/secrets/api-${name}`,
      };
    }
    const same = api.tokens.findIndex((other) => other.token !== undefined && other.token === token);
    if (same >= 0 && same < index) {
      yield {
        path: at('token'),
        about: [['api', 'tokens', same, 'token']],
        problem: `api.tokens[${same}] has the same token: nobody could tell the two apart`,
        expected: 'a token of its own for each name',
        example: `token_file: /run/secrets/api-${name}`,
      };
    }
  }
  if (api.enabled && !api.openid && api.tokens.length === 0) {
    yield {
      path: ['api', 'enabled'],
      about: [
        ['api', 'tokens'],
        ['api', 'openid'],
      ],
      problem: 'nobody could use the API: it has no token, and users are not let in',
      found: 'true',
      expected: 'tokens, or openid: true',
      example: 'api: { enabled: true, tokens: [{ name: billing, token_file: /run/secrets/api-billing }] }',
    };
  }
}

/** An identity server answers those alone who are known to it. */
export function* checkIdentity({ identity }: Config): Generator<Conflict> {
  const { server, token } = identity;
  if ((server === undefined) === (token === undefined)) return;
  const name = server === undefined ? 'server' : 'token';
  yield {
    path: ['identity', name],
    problem: 'an identity server without a token, or a token without a server',
    expected: 'both, or neither',
    example: name === 'server' ? 'server: https://identity.example.org' : 'token_file: /run/secrets/identity',
  };
}

export function* checkStore({ store }: Config): Generator<Conflict> {
  if (store.url === undefined) return;
  const protocol = URL.canParse(store.url) ? new URL(store.url).protocol : undefined;
  if (protocol === 'postgresql:' || protocol === 'postgres:') return;
  yield {
    path: ['store', 'url'],
    problem: 'this is no address of a PostgreSQL database',
    expected: 'postgresql://user:password@host:port/database, with special characters of the password as %40 and so on',
    example: 'url: postgresql://trunkline:password@db.example.org:5432/trunkline',
  };
}
