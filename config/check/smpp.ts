/** SMPP accounts: a name of their own, a password, TLS that is used, and one account for each bind. */
import type { Config } from '../schema/index.ts';
import type { Conflict, ReadFile } from './conflict.ts';

export function* checkSmpp({ smpp, trunks }: Config, readFile: ReadFile): Generator<Conflict> {
  for (const [index, account] of smpp.entries()) {
    yield* ownName(account.name, index, smpp, trunks);
    yield* ownBind(account, index, smpp);
    yield* checkTls(account, index, readFile);
    if (account.password !== undefined) continue;
    yield {
      path: ['smpp', index, 'password'],
      problem: 'the account has no password',
      expected: 'password, or password_file',
      example: `password_file: /run/secrets/smpp-${account.name}`,
    };
  }
}

type Account = Config['smpp'][number];

function* ownName(name: string, index: number, smpp: Config['smpp'], trunks: Config['trunks']): Generator<Conflict> {
  const trunk = trunks.findIndex((other) => other.name === name);
  const earlier = smpp.findIndex((other) => other.name === name);
  if (trunk < 0 && earlier === index) return;
  const [list, at] = trunk < 0 ? (['smpp', earlier] as const) : (['trunks', trunk] as const);
  yield {
    path: ['smpp', index, 'name'],
    about: [[list, at, 'name']],
    problem: `${list}[${at}] has the same name`,
    found: name,
    expected: 'a name that no trunk and no other SMPP account has',
    example: `name: ${name}-sms`,
  };
}

/** Two connections with the same login would take one another's texts and answers. */
function* ownBind({ host, port, system_id: id }: Account, index: number, smpp: Config['smpp']): Generator<Conflict> {
  const earlier = smpp.findIndex((other) => other.host === host && other.port === port && other.system_id === id);
  if (earlier === index) return;
  yield {
    path: ['smpp', index, 'system_id'],
    about: [['smpp', earlier, 'system_id']],
    problem: `smpp[${earlier}] is the same account`,
    found: id,
    expected: 'each account once',
    example: 'system_id: example02',
  };
}

function* checkTls(
  { tls, tls_ca: ca, tls_server_name: name }: Account,
  index: number,
  readFile: ReadFile,
): Generator<Conflict> {
  const unused = ca !== undefined ? 'tls_ca' : name !== undefined ? 'tls_server_name' : undefined;
  if (!tls && unused !== undefined) {
    yield {
      path: ['smpp', index, unused],
      about: [['smpp', index, 'tls']],
      problem: 'the connection is not encrypted, so that no certificate is looked at',
      expected: 'tls: true',
      example: 'tls: true',
    };
  }
  if (ca === undefined) return;
  const fault = faultOf(ca, readFile);
  if (fault === undefined) return;
  yield {
    path: ['smpp', index, 'tls_ca'],
    problem: fault,
    found: ca,
    expected: 'a file with certificates (PEM)',
    example: 'tls_ca: /etc/trunkline/smpp-ca.pem',
  };
}

function faultOf(path: string, readFile: ReadFile): string | undefined {
  try {
    return readFile(path).includes('BEGIN CERTIFICATE') ? undefined : 'there is no certificate in this file';
  } catch {
    return 'this file cannot be read';
  }
}
