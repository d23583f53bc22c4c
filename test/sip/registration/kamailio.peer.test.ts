/** Accounts at a real registrar: the Kamailio of docs/pbx/kamailio.md. */
import { afterEach, describe, expect, test } from 'vitest';
import type { TrunkInput } from '../../../sip/trunk/index.ts';
import { DOMAIN, type Registrar, type RegistrarOptions, startRegistrar } from '../../world/peers/registrar.ts';
import { SERVERS } from '../contract/servers.ts';
import { type Watched, watched } from './registered.ts';

describe.each(SERVERS)('on the $name server', (server) => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function registrar(options: RegistrarOptions = {}): Promise<Registrar> {
    const started = await startRegistrar(options);
    stops.unshift(() => started.stop());
    return started;
  }

  function office(at: Registrar, more: Partial<TrunkInput> = {}): TrunkInput {
    return {
      name: 'office',
      host: at.host,
      port: at.port,
      domain: DOMAIN,
      credentials: { username: '200', password: 'correct horse battery staple' },
      registration: { expiresS: 600 },
      ...more,
    };
  }

  async function gateway(trunk: TrunkInput): Promise<Watched> {
    const started = await watched([trunk], { on: server });
    stops.unshift(() => started.close());
    return started;
  }

  const isRegistered = (status: { registrations: readonly { state: string }[] }): boolean =>
    status.registrations.length > 0 && status.registrations.every(({ state }) => state === 'registered');

  const registers = (at: Registrar): number => at.output().match(/TRACE REGISTER/g)?.length ?? 0;

  describe.each(['MD5', 'SHA-256'] as const)('a registrar that asks for %s', (algorithm) => {
    test('has the account, until the gateway stops', async () => {
      const at = await registrar({ algorithm });
      const here = await gateway(office(at));
      const status = await here.until(isRegistered);
      expect(status.state).toBe('up');
      const [own] = status.registrations;
      expect(own?.account).toBe('200');
      expect((own?.expiresAt ?? 0) - (own?.lastRegisteredAt ?? 0)).toBe(600_000);
      await here.close();
      // Challenged once; the goodbye brings the credentials along at once.
      await expect.poll(() => registers(at)).toBe(3);
      expect(here.log.join()).not.toContain('correct horse');
    });
  });

  describe('a registrar', () => {
    test('that wants longer registrations gets them', async () => {
      const at = await registrar({ minExpiresS: 1200 });
      const here = await gateway(office(at));
      const status = await here.until(isRegistered);
      expect((status.registrations[0]?.expiresAt ?? 0) - (status.registrations[0]?.lastRegisteredAt ?? 0)).toBe(
        1_200_000,
      );
    });

    test('by TCP', async () => {
      const at = await registrar();
      const here = await gateway(office(at, { transport: 'tcp' }));
      expect((await here.until(isRegistered)).state).toBe('up');
      // Calls to the Contact come by TCP, too.
      expect(here.log.join('')).toMatch(/Contact: <sip:[^;>]*;transport=tcp>/);
    });

    test('that does not accept the password is asked no more, and that is told once in words', async () => {
      const at = await registrar();
      const here = await gateway(office(at, { credentials: { username: '200', password: 'wrong' }, keepAliveS: 1 }));
      const status = await here.until(({ registrations }) => registrations[0]?.state === 'refused');
      expect(status.state).toBe('down');
      expect(status.detail).toMatch(/does not accept the user name or the password.*Check username/);
      await at.waitForOutput(/(TRACE OPTIONS[\s\S]*){3}/);
      expect(registers(at)).toBe(2);
      expect(here.log.filter((line) => line.includes('does not accept'))).toHaveLength(1);
      expect(here.log.join()).not.toContain('"wrong"');
    });

    test('that is started anew and has forgotten everything has the account again', async () => {
      const first = await registrar();
      const here = await gateway(office(first, { keepAliveS: 1 }));
      await here.until(isRegistered);
      await first.stop();
      const down = await here.until(({ state }) => state === 'down');
      expect(down.detail).toContain('Nobody answers at 127.0.0.1 by UDP');
      const second = await registrar({ port: first.port });
      await here.until(({ state }) => state === 'up');
      await second.waitForOutput(/TRACE REGISTER 200[\s\S]*TRACE REGISTER 200/);
      await here.until(isRegistered);
    }, 30_000);

    test('has several accounts, each by itself: one with a wrong password costs the others nothing', async () => {
      const at = await registrar();
      const here = await gateway({
        name: 'office',
        host: at.host,
        port: at.port,
        domain: DOMAIN,
        accounts: [
          { name: '200', username: '200', password: 'correct horse battery staple', messageWaiting: false },
          { name: '201', username: '201', password: 'wrong', messageWaiting: false },
        ],
      });
      const states = (): (string | undefined)[] =>
        ['200', '201'].map((name) => here.trunk().registrations.find(({ account }) => account === name)?.state);
      await here.until(() => states().join() === 'registered,refused');
    });
  });
});
