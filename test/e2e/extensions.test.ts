/** A Matrix user with an extension of a PBX: Kamailio as registrar, a baresip beside it with another extension. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Baresip, startBaresip } from '../world/peers/baresip.ts';
import { DOMAIN, type Registrar, startRegistrar } from '../world/peers/registrar.ts';
import { until } from '../world/wait.ts';
import { SERVER_NAME, useWorld, type WorldOptions } from '../world/world.ts';

const TELEPHONE_HZ = 440;
const PASSWORDS = { 200: 'opensesame', 201: 'letmein', 202: 'secret' };
const [ALICE, BOB] = [`@user1:${SERVER_NAME}`, `@user2:${SERVER_NAME}`];

let registrar: Registrar;
let desk: Baresip;

const world = useWorld(async (): Promise<WorldOptions> => {
  registrar = await startRegistrar({ users: PASSWORDS });
  const { host, port } = registrar;
  desk = await startBaresip({
    user: '201',
    answer: 'manual',
    source: { sineHz: TELEPHONE_HZ },
    registrar: { host, port, domain: DOMAIN, password: PASSWORDS[201] },
  });
  const extension = (number: 200 | 202, user: string) => ({
    user,
    trunk: 'test',
    extension: String(number),
    password: PASSWORDS[number],
    message_waiting: false,
  });
  return {
    directTo: { host, port },
    trunk: { preset: 'kamailio', domain: DOMAIN, keep_alive_s: 30 },
    config: {
      rooms: { join_users: 'as-user' },
      extensions: [extension(200, ALICE), extension(202, BOB)],
      numbers: { region: 'GB', dial_plan: [{ match: '2\\d\\d', name: 'extensions' }] },
    },
  };
});
afterAll(async () => {
  await desk?.stop();
  await registrar?.stop();
});

/** Settles when these have registered: each was challenged first. */
async function registered(...users: readonly string[]): Promise<void> {
  for (const user of users) {
    const requests = () => registrar.output().match(new RegExp(`TRACE REGISTER ${user}\\b`, 'g')) ?? [];
    await until(`${user} to be registered`, () => requests().length >= 2);
  }
}

describe('an extension', () => {
  it('rings for another one, who is heard, holds, presses keys and hangs up', async () => {
    const phone = await world.current.newPhone();
    await registered('200', '201');
    await desk.command('dial', `sip:200@${DOMAIN}`);
    const call = await phone.rings();
    expect(call.title).toBe('201');
    await phone.answer();
    await desk.waitForEvent('CALL_ESTABLISHED');
    await phone.hears(TELEPHONE_HZ);
    await phone.press('42');
    const keys = () => desk.events().filter(({ type }) => type === 'CALL_DTMF_START');
    await until('two keys at the telephone', () => keys().length === 2);
    await desk.command('hold');
    await phone.heldByThem(true);
    await desk.command('resume');
    await phone.heldByThem(false);
    await phone.hold(true);
    await phone.hearsNothing();
    await phone.hold(false);
    await phone.hears(TELEPHONE_HZ);
    await desk.command('hangup');
    await phone.state('ended');
  });
});
