/** A browser calls through a Kamailio that asks for credentials, stays in the path and forwards to a telephone. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Baresip, startBaresip } from '../world/peers/baresip.ts';
import { type Kamailio, startKamailio } from '../world/peers/kamailio.ts';
import { useWorld, type WorldOptions } from '../world/world.ts';

const AUTH = { username: 'trunkline', password: 'opensesame', realm: 'provider.example' } as const;
const BARESIP_HZ = 620;

describe.each([
  { algorithm: 'MD5', kind: 'proxy', transport: 'udp', inDialog: false },
  // In the dialog too, which the telephone could not answer: there only the caller hangs up.
  { algorithm: 'SHA-256', kind: 'www', transport: 'tcp', inDialog: true },
] as const)('through a Kamailio: $algorithm, $kind, $transport', ({ algorithm, kind, transport, inDialog }) => {
  let baresip: Baresip | undefined;
  let kamailio: Kamailio | undefined;

  const world = useWorld(async (): Promise<WorldOptions> => {
    baresip = await startBaresip({ user: '+441818118181', source: { sineHz: BARESIP_HZ } });
    const auth = { ...AUTH, algorithm, kind, inDialog };
    kamailio = await startKamailio({ forwardTo: `127.0.0.1:${baresip.port}`, auth });
    const { username, password } = AUTH;
    const { host, port } = kamailio;
    return { directTo: { host, port }, trunk: { transport, username, password, domain: AUTH.realm } };
  });
  afterAll(async () => {
    await kamailio?.stop();
    await baresip?.stop();
  });

  it('the call is let through, is heard in both directions and ends at all three', async () => {
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await caller.hangUp();
    await caller.state('ended');
    await baresip?.waitForEvent('CALL_CLOSED');
    expect(await kamailio?.waitForOutput(/TRACE BYE/)).toBeDefined();
    expect(world.current.gateway.log).not.toContain(AUTH.password);
  });

  if (inDialog) return;

  it('the telephone hanging up ends it at the caller', async () => {
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(BARESIP_HZ);
    await baresip?.command('hangup');
    await caller.state('ended');
    expect(await caller.sentence()).toBe('The other side hung up.');
  });
});

describe('a Kamailio that does not know our password', () => {
  let kamailio: Kamailio | undefined;
  const world = useWorld(async (): Promise<WorldOptions> => {
    kamailio = await startKamailio({ forwardTo: '127.0.0.1:9', auth: { ...AUTH, algorithm: 'MD5' } });
    const trunk = { username: AUTH.username, password: 'wrong', domain: AUTH.realm };
    const { host, port } = kamailio;
    return { directTo: { host, port }, trunk };
  });
  afterAll(async () => {
    await kamailio?.stop();
  });

  it('the caller reads that the login was refused, and nobody tries for ever', async () => {
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('ended');
    await caller.says(/refused our login/);
    const invites = kamailio?.output().match(/TRACE INVITE -/g) ?? [];
    expect(invites.length).toBeGreaterThan(1);
    expect(invites.length).toBeLessThanOrEqual(3);
  });
});
