/** Texts through the running gateway over SMPP: a service centre in place of a SIP trunk. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildUdh, parseUdh, ucs2Decode, ucs2Encode } from '../../../src/message/index.ts';
import { ACCOUNT, Smsc } from '../smpp/smsc.ts';
import { House } from './house.ts';

const ALICE = '@alice:hs.test';
const ALICES = '+441818118180';
const LONG = `${'Привет 👋 '.repeat(16)}конец`;

let house: House;
let smsc: Smsc;

beforeAll(async () => {
  smsc = await Smsc.start();
  house = await House.open({
    config: {
      smpp: [
        {
          name: 'sms',
          host: '127.0.0.1',
          port: smsc.port,
          tls: false,
          system_id: ACCOUNT.systemId,
          password: ACCOUNT.password,
        },
      ],
      permissions: { call_out: ['@*:hs.test'], text_out: [ALICE] },
      lines: [{ number: ALICES, users: [ALICE] }],
      texts: { first_retry_s: 1 },
    },
  });
  await smsc.bound();
});

afterAll(async () => {
  await house?.close();
  await smsc?.stop();
});

describe('a text over SMPP', () => {
  it('leaves in three parts of UCS-2, is shown as read when all are taken, and comes in three parts', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2001'));
    const eventId = chat.write(LONG);
    await chat.isRead(eventId);
    const parts = smsc.submits.map(({ short_message: octets, source_addr, destination_addr }) => {
      expect([source_addr, destination_addr]).toEqual(['441818118180', '441818122001']);
      const header = parseUdh(octets as Buffer);
      return { index: header?.concatenation?.index, text: ucs2Decode((octets as Buffer).subarray(header?.length)) };
    });
    expect(parts.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(parts.map(({ text }) => text).join('')).toBe(LONG);

    const session = await smsc.bound();
    for (const [i, { text }] of [...parts.entries()].reverse()) {
      const header = buildUdh({ reference: 7, total: 3, index: i + 1 });
      const status = await session.deliver({
        source_addr: '441818122001',
        destination_addr: '441818118180',
        esm_class: 0x40,
        data_coding: 8,
        short_message: Buffer.concat([header, Buffer.from(ucs2Encode(text))]),
      });
      expect(status).toBe(0);
    }
    expect(await chat.text()).toBe(LONG);
  });

  it('waits while the service centre is away or wants fewer, and then goes once', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2002'));
    const before = smsc.submits.length;
    let throttled = 2;
    smsc.onSubmit = (_, count) => {
      throttled -= 1;
      return throttled >= 0 ? { status: 0x58 } : { messageId: `x${count}` };
    };
    const eventId = chat.write('Is anybody there?');
    await chat.isRead(eventId);
    expect(smsc.submits.length - before).toBe(3);
    smsc.drop();
    const after = smsc.submits.length;
    const second = chat.write('After the break');
    await chat.isRead(second);
    expect(smsc.submits.slice(after).map(({ short_message: octets }) => String(octets))).toEqual(['After the break']);
  });

  it('to a number that nobody has is refused for good', async () => {
    const session = await smsc.bound();
    expect(await session.deliver({ destination_addr: '441818110000', short_message: Buffer.from('hello') })).toBe(0x0b);
  });

  it('that the network lost is told in words, with a way to send it again', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2003'));
    smsc.onSubmit = () => ({ messageId: 'lost-1' });
    const eventId = chat.write('Hello');
    await chat.isRead(eventId);
    const session = await smsc.bound();
    await session.deliver({ esm_class: 4, short_message: Buffer.from('id:lost-1 stat:UNDELIV err:001') });
    expect(await chat.words()).toMatch(/🔁/);
  });

  it('whose answer was lost with a killed gateway is shown once; written again, it is shown again', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2004'));
    const text = {
      source_addr: '441818122004',
      destination_addr: '441818118180',
      short_message: Buffer.from('Only once'),
    };
    smsc.onSubmit = (_, count) => ({ messageId: `k${count}` });
    await chat.isRead(chat.write('Are you there?'));
    // The gateway stops before it can know that its answer was read.
    const first = await smsc.bound();
    expect(await first.deliver(text)).toBe(0);
    await house.gateway.kill();
    await house.start();
    const second = await smsc.until(() => smsc.sessions.find((one) => one !== first && one.isBound));
    expect(await second.deliver(text)).toBe(0);
    expect(await second.deliver({ ...text, short_message: Buffer.from('Another') })).toBe(0);
    expect(await second.deliver(text)).toBe(0);
    const shown = [await chat.text(), await chat.text(), await chat.text()];
    expect(shown).toEqual(['Only once', 'Another', 'Only once']);
  });

  it('comes no more, and the service centre is told goodbye, when the gateway stops', async () => {
    await house.gateway.stop();
    await smsc.until(() => smsc.sessions.length === 0);
    expect(smsc.seen.at(-1)?.command).toBe('unbind');
  });
});
