/** Lines of the configuration and of the database together, as the Matrix side gets them. */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../../config/index.ts';
import { realUsers, sharedLines, startLines } from '../../../src/gateway-parts/index.ts';
import { Started } from '../../../src/lifecycle.ts';
import type { MatrixUserId } from '../../../src/matrix/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { REST } from '../../config/one-trunk.ts';
import { FakeClock, silent } from '../call/fakes.ts';

const LINES = [
  { number: '+441632960000', users: ['@alice:example.org'] },
  { number: '+441632960001', users: ['@alice:example.org', '@bob:example.org'] },
  { number: '+441632960010', control_room: '!sales:example.org', name: 'Sales' },
];

async function house(keys: Readonly<Record<string, unknown>> = {}) {
  const text = stringify({ ...REST, trunks: [{ name: 'office', host: 'sip.example.net' }], lines: LINES, ...keys });
  const config = loadConfig({ file: '/etc/trunkline.yaml', text, readFile: () => 'secret-of-the-identity-server' });
  const store = await openStore({ path: ':memory:' });
  const clock = new FakeClock();
  const started = new Started(silent);
  const after = (ms: number, task: () => void) => clock.after(ms, task);
  const directory = await startLines(config, store, () => false, after, silent, started);
  const link = async (number: string, user: string) => {
    const owner = { kind: 'user', user: user as MatrixUserId } as const;
    await store.lines.link({ number, owner, linkedAt: 1, linkedBy: 'cli' });
    await directory.refresh();
  };
  return { config, directory, link, stop: () => started.stop().then(() => store.close()) };
}

describe('lookups of numbers', () => {
  it('give the one user whose line it is, also when it was linked a moment ago', async () => {
    const { config, directory, link, stop } = await house();
    const users = realUsers(config, directory).realUsers;
    expect(users?.numberOf('01632 960000')).toBe('+441632960000');
    expect(users?.numberOf('*31#')).toBeUndefined();
    const owners = ['+441632960000', '+441632960001', '+441632960010', '+441632960020'].map((n) => users?.ownerOf(n));
    expect(owners).toEqual(['@alice:example.org', undefined, undefined, undefined]);
    await link('+441632960020', '@bob:example.org');
    expect(users?.ownerOf('+441632960020')).toBe('@bob:example.org');
    expect(users).not.toHaveProperty('identity');
    await stop();
  });

  it('give nobody where the configuration says so, and ask the identity server where it names one', async () => {
    const off = await house({ lookups: { real_users: false } });
    expect(realUsers(off.config, off.directory)).toEqual({});
    await off.stop();
    const asking = await house({
      lookups: { real_users: false },
      identity: { server: 'https://identity.example.org', token_file: '/run/secrets/identity', cache_s: 60 },
    });
    const users = realUsers(asking.config, asking.directory).realUsers;
    expect(users?.ownerOf('+441632960000')).toBeUndefined();
    expect(users?.identity).toEqual({
      url: 'https://identity.example.org',
      token: 'secret-of-the-identity-server',
      cacheMs: 60_000,
    });
    await asking.stop();
  });
});

describe('shared lines', () => {
  it('are those of control rooms, called by their name', async () => {
    const { config, directory, stop } = await house();
    const shared = sharedLines(config, directory);
    expect(shared.controlRooms()).toEqual(['!sales:example.org']);
    expect(shared.controlRoomOf('+441632960010')).toBe('!sales:example.org');
    expect(shared.controlRoomOf('+441632960000')).toBeUndefined();
    expect([shared.title('+441632960010'), shared.title('+441632960000')]).toEqual(['Sales', '01632 960000']);
    await stop();
  });
});
