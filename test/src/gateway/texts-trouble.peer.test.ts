/** Texts that do not go at once, through the running gateway: other trunks, parts, order, second thoughts. */
import { describe, expect, it } from 'vitest';
import { makeHeader, type SipHeader, type SipRequest } from '../../../sip/message/index.ts';
import type { RawPeer } from '../../sip/server/raw-peer.ts';
import { useHouse } from './use-house.ts';

const ALICE = '@alice:hs.test';
const texting = { texts: { enabled: true, knows_repeats: true }, keep_alive_s: 0 };

/** The next MESSAGE of this network, answered. */
async function message(network: RawPeer, status = 200, ...headers: SipHeader[]): Promise<SipRequest> {
  const found = await network.next('MESSAGE', (one) => one.kind === 'request' && one.method === 'MESSAGE');
  if (found.kind !== 'request') throw new Error('a MESSAGE is a request');
  network.answer(found, status, { headers });
  return found;
}

describe('with a second trunk', () => {
  const gateway = useHouse(() => ({
    trunk: texting,
    otherTrunks: [texting],
    config: { lines: [{ number: '+441818118180', users: [ALICE] }], texts: { first_retry_s: 1 } },
  }));
  const networks = (): readonly [RawPeer, RawPeer] => {
    const [first, second] = gateway.house.networks;
    if (!first || !second) throw new Error('there are two');
    return [first, second];
  };

  it.each([503, 403])('a text that the first refuses with %i goes by the second', async (status) => {
    const [first, second] = networks();
    const chat = await gateway.house.chat(await gateway.house.room(ALICE, '0181 812 4001'));
    const eventId = chat.write(`by the other after ${status}`);
    await message(first, status);
    const sent = await message(second);
    expect(sent.body.toString()).toBe(`by the other after ${status}`);
    await chat.isRead(eventId);
  });

  it('a telephone that is off is tried again by the same trunk; a number that nobody has is not tried again', async () => {
    const [first, second] = networks();
    const chat = await gateway.house.chat(await gateway.house.room(ALICE, '0181 812 4002'));
    const before = second.seen.length;
    const eventId = chat.write('are you there?');
    await message(first, 480);
    expect(await chat.words()).toMatch(/switched off.*tried again by itself/);
    await message(first);
    await chat.isRead(eventId);
    chat.write('and now?');
    await message(first, 404);
    expect(await chat.words()).toMatch(/not in service.*🔁/);
    expect(second.seen.length).toBe(before);
  });
});

describe('with one trunk', () => {
  const gateway = useHouse(() => ({
    trunk: { ...texting, texts: { ...texting.texts, per_second: 50 } },
    config: {
      lines: [{ number: '+441818118180', users: [ALICE] }],
      texts: { first_retry_s: 1, max_segments: 20, per_minute: 60 },
    },
  }));

  it('twenty texts written at once leave in order', async () => {
    const { house } = gateway;
    const chat = await house.chat(await house.room(ALICE, '0181 812 4003'));
    const texts = Array.from({ length: 20 }, (_, index) => `number ${index}`);
    for (const text of texts) chat.write(text);
    const arrived: string[] = [];
    for (const _ of texts) arrived.push((await message(house.network)).body.toString());
    expect(arrived).toEqual(texts);
  });

  it('a text of 1,000 characters goes in parts that each fit a packet, in order, and is shown as sent after the last', async () => {
    const { house } = gateway;
    const chat = await house.chat(await house.room(ALICE, '0181 812 4004'));
    const text = 'Дорогой читатель, это длинное письмо. '.repeat(27).slice(0, 1_000);
    const eventId = chat.write(text);
    let joined = '';
    while (joined.length < text.length) {
      const { body } = await message(house.network);
      expect(body.length).toBeLessThanOrEqual(1_300);
      joined += body.toString();
    }
    expect(joined).toBe(text);
    expect(await chat.words()).toMatch(/^This text is sent as 15 SMS, because/);
    await chat.isRead(eventId);
  });

  it('a trunk that asks for a pause gets it', async () => {
    const { house } = gateway;
    const chat = await house.chat(await house.room(ALICE, '0181 812 4005'));
    const eventId = chat.write('patience');
    await message(house.network, 503, makeHeader('Retry-After', '2'));
    expect(await chat.words()).toMatch(/tried again by itself/);
    await message(house.network);
    await chat.isRead(eventId);
  });

  it('a text that waits can be deleted, and changed; one that was sent cannot', async () => {
    const { house } = gateway;
    const chat = await house.chat(await house.room(ALICE, '0181 812 4006'));
    const first = chat.write('first');
    await message(house.network, 480);
    await chat.words();
    const typo = chat.write('secnd');
    const deleted = chat.write('third');
    chat.send('m.room.redaction', { redacts: deleted });
    chat.write('* second', {
      'm.new_content': { msgtype: 'm.text', body: 'second' },
      'm.relates_to': { rel_type: 'm.replace', event_id: typo },
    });
    const last = chat.write('fourth');
    const arrived: string[] = [];
    for (let left = 3; left > 0; left -= 1) arrived.push((await message(house.network)).body.toString());
    expect(arrived).toEqual(['first', 'second', 'fourth']);
    await chat.isRead(last);
    chat.send('m.room.redaction', { redacts: first });
    expect(await chat.words()).toBe('This text was sent already and cannot be taken back.');
  });
});
