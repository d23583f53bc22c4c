/** The whole gateway with its database on a PostgreSQL server: calls and texts, over the death of either. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import { PostgresServer } from '../../world/postgres.ts';
import { until } from '../../world/wait.ts';
import { House } from './house.ts';
import { answering } from './telephone.ts';
import { telephoneWrites } from './text-chat.ts';

const ALICE = '@alice:hs.test';
const ALICES = '+441818118180';

describe.skipIf(inject('postgresFolder') === '')('a gateway on PostgreSQL', () => {
  let server: PostgresServer;
  let house: House;
  beforeAll(async () => {
    server = await PostgresServer.start({ durable: true });
    house = await House.open({
      trunk: { texts: { enabled: true }, inbound: { allow_from: ['127.0.0.1'] } },
      config: {
        store: { url: await server.create('trunkline') },
        permissions: { call_out: ['@*:hs.test'], text_out: ['@*:hs.test'] },
        lines: [{ number: ALICES, users: [ALICE] }],
        texts: { first_retry_s: 1 },
      },
    });
  });
  afterAll(async () => {
    await house?.close();
    await server?.remove();
  });

  const textOut = async (number: string, body: string) => {
    const chat = await house.chat(await house.room(ALICE, number));
    const eventId = chat.write(body);
    chat.answer(await chat.arrives(body), 200);
    await chat.isRead(eventId);
  };

  it('carries calls, and texts in both directions', async () => {
    await house.proveCallsWork();
    await textOut('0181 812 2001', 'Grüße, 😀');
    const reached = house.textTo(ALICE);
    const written = { from: '+441818123001', to: ALICES, body: 'Hello there' };
    expect((await telephoneWrites(house.network, written)).status).toBe(200);
    expect(await (await reached).text()).toBe('Hello there');
    const [row] = await server.query('select count(*)::int as n from arrivals', 'trunkline');
    expect(row).toEqual({ n: 1 });
  });

  it('that is killed during a call and a text ends the call in words, and sends the text under the same Call-ID', async () => {
    const call = await house.call();
    call.invite();
    const telephone = await house.telephone(call.room);
    telephone.reply(200, { sdp: answering() });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    const chat = await house.chat(await house.room(ALICE, '0181 812 2002'));
    const eventId = chat.write('Through the storm');
    const first = await chat.arrives('Through the storm');
    await house.gateway.kill();
    house.network.forget();
    await house.start();
    expect(await call.next('m.call.hangup')).toMatchObject({ reason: 'unknown_error' });
    expect(await call.words()).toMatch(/restarted/);
    const again = await chat.arrives('Through the storm');
    expect(header(again, 'call-id')).toBe(header(first, 'call-id'));
    chat.answer(again, 200);
    await chat.isRead(eventId);
    await house.proveCallsWork();
  });

  it('goes on when its database was restarted, and takes meanwhile what comes', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2003'));
    await server.stop('crash');
    const eventId = chat.write('While it was away');
    await server.run();
    chat.answer(await chat.arrives('While it was away'), 200);
    await chat.isRead(eventId);
    await house.proveCallsWork();
    await house.quiet();
  });

  it('outlives a database that stays away for longer than it waits', async () => {
    await server.stop();
    await until('health to say so', async () => {
      const health = await fetch(`${house.gateway.url}/health`);
      return (await health.text()).includes('"store":{"state":"down"');
    });
    await until('what waited to give up', () => house.gateway.log.includes('"code":"unreachable"'), {
      timeoutMs: 60_000,
    });
    await server.run();
    await house.gateway.healthy();
    await house.proveCallsWork();
    await house.quiet();
  }, 180_000);
});
