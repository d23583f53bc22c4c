/** The gateway's own address changes while it is registered at a real registrar: calls find it at the new one. */
import { afterEach, describe, expect, test } from 'vitest';
import { header, headerList, type SipRequest } from '../../../sip/message/index.ts';
import { startEmbeddedSipServer } from '../../../sip/server/index.ts';
import type { TrunkInput } from '../../../sip/trunk/index.ts';
import { type Baresip, startBaresip } from '../../world/peers/baresip.ts';
import { DOMAIN, type Registrar, type RegistrarOptions, startRegistrar } from '../../world/peers/registrar.ts';
import { OFFER } from '../call/world.ts';
import { EMBEDDED, SERVERS, type ServerUnderTest } from '../contract/servers.ts';
import { NatRouter, TcpNatRouter } from './nat-router.ts';
import { type Watched, watched } from './registered.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const PASSWORD = 'correct horse battery staple';

async function office(
  options: RegistrarOptions,
): Promise<{ registrar: Registrar; router: NatRouter; phone: Baresip; trunk: TrunkInput }> {
  const registrar = await startRegistrar(options);
  stops.unshift(() => registrar.stop());
  const router = await NatRouter.open(registrar.port, '127.0.0.2');
  stops.unshift(() => router.close());
  const phone = await startBaresip({
    user: '201',
    answer: 'manual',
    registrar: { host: registrar.host, port: registrar.port, domain: DOMAIN, password: 'another-password' },
  });
  stops.unshift(() => phone.stop());
  await registrar.waitForOutput(/(?:TRACE REGISTER 201[\s\S]*){2}/);
  const trunk: TrunkInput = {
    name: 'office',
    host: '127.0.0.1',
    port: router.port,
    domain: DOMAIN,
    credentials: { username: '200', password: PASSWORD },
    registration: { expiresS: 600 },
    keepAliveS: 1,
  };
  return { registrar, router, phone, trunk };
}

/** A bound Contact as the registrar lists it, `host:port`. */
function bindings(router: NatRouter): string[] {
  const granted = router.messages.filter(
    (one) => one.kind === 'response' && one.status === 200 && (header(one, 'cseq') ?? '').endsWith(' REGISTER'),
  );
  const last = granted.at(-1);
  const contacts = last === undefined ? [] : headerList(last, 'contact');
  return contacts.map((contact) => /@([^;>]*)/.exec(contact)?.[1] ?? contact);
}

const registers = (router: NatRouter): SipRequest[] =>
  router.messages.filter((one): one is SipRequest => one.kind === 'request' && one.method === 'REGISTER');

const outsideOf = (router: NatRouter): string => `${router.outside.address}:${router.outside.port}`;

/** Settles once the registrar knows of us at this address and nowhere else. */
async function boundAt(here: Watched, router: NatRouter, address: string): Promise<void> {
  await here.until(
    ({ registrations: [own] }) =>
      own?.state === 'registered' && own.detail === undefined && bindings(router).join() === address,
  );
}

async function callArrives(here: Watched, router: NatRouter, phone: Baresip, address: string): Promise<void> {
  await callIsAnswered(here, phone);
  const invite = router.messages.findLast(
    (one): one is SipRequest => one.kind === 'request' && one.method === 'INVITE',
  );
  expect(invite?.uri).toContain(`@${address}`);
}

async function callIsAnswered(here: Watched, phone: Baresip): Promise<void> {
  const before = here.came.length;
  await phone.command('dial', `sip:200@${DOMAIN}`);
  await here.heard(() => here.came.length > before);
  const call = here.came.at(-1);
  expect(call).toMatchObject({ trunk: 'office', caller: { number: '201' } });
  // Settles with the ACK.
  await call?.leg.answer(OFFER);
  call?.leg.hangup();
  await phone.waitForEvent('CALL_CLOSED');
}

describe.each([1, 5])('at a registrar that takes %i Contacts of an account', (maxContacts) => {
  test.each(SERVERS)(
    'behind a NAT that gets another address and port, by UDP ($name)',
    async (server) => {
      const { router, phone, trunk } = await office({ maxContacts });
      const here = await watched([trunk], { on: server });
      stops.unshift(() => here.close());
      const first = outsideOf(router);
      await boundAt(here, router, first);
      await callArrives(here, router, phone, first);

      await router.move('127.0.0.3');
      const second = outsideOf(router);
      await boundAt(here, router, second);
      // The old one goes in the request that brings the new one.
      const last = headerList(registers(router).at(-1) as SipRequest, 'contact').join();
      expect(last).toMatch(new RegExp(`@${second}.*@${first}.*;expires=0`));
      await callArrives(here, router, phone, second);
      const told = here.log.filter((line) => line.includes('sees this gateway at'));
      expect(told.join()).toContain(`at ${second} now, before at ${first}`);

      await here.close();
      expect(bindings(router)).toEqual([]);
    },
    30_000,
  );

  test('that has another address of its own', async () => {
    const { router, phone, trunk } = await office({ maxContacts });
    const { port } = router.outside;
    let moved: (host: string) => void = () => undefined;
    const onAllAddresses: ServerUnderTest = {
      name: 'on all addresses',
      isEmbedded: true,
      async start(_options, logger) {
        const embedded = await startEmbeddedSipServer(
          {
            listeners: [
              { transport: 'udp', host: '0.0.0.0', port: 0, advertisedHost: '127.0.0.2', advertisedPort: port },
            ],
          },
          logger,
        );
        moved = (host) => embedded.moved(host);
        return { connection: embedded, embedded, close: () => embedded.close() };
      },
    };
    const here = await watched([trunk], { on: onAllAddresses });
    stops.unshift(() => here.close());
    await boundAt(here, router, `127.0.0.2:${port}`);
    expect(registers(router)).toHaveLength(2);
    await callArrives(here, router, phone, `127.0.0.2:${port}`);

    await router.move('127.0.0.3', port);
    moved('127.0.0.3');
    await boundAt(here, router, `127.0.0.3:${port}`);
    await callArrives(here, router, phone, `127.0.0.3:${port}`);
    expect(here.log.join()).toContain(`This gateway is at 127.0.0.3:${port} now, before at 127.0.0.2:${port}`);
  }, 30_000);

  // A drachtio server does not ask for the port (RFC 3581) by TCP, and is not told it.
  test.each([EMBEDDED])(
    'behind a NAT that gets another address, by TCP ($name)',
    async (server) => {
      const { registrar, phone, trunk } = await office({ maxContacts });
      const router = await TcpNatRouter.open(registrar.port, '127.0.0.2');
      stops.unshift(() => router.close());
      const here = await watched([{ ...trunk, port: router.port, transport: 'tcp' }], { on: server });
      stops.unshift(() => here.close());
      const told = (): string[] =>
        here.log.filter((line) => line.includes(`sees this gateway at ${router.outside} now`));
      const settled = () =>
        here.until(
          ({ registrations: [own] }) => own?.state === 'registered' && own.detail === undefined && told().length === 1,
        );
      await settled();
      await callIsAnswered(here, phone);

      router.move('127.0.0.3');
      await here.until(() => router.outside.startsWith('127.0.0.3:') && told().length === 1);
      await settled();
      await callIsAnswered(here, phone);
    },
    30_000,
  );
});
