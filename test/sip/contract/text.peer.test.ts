/** Texts with SIPp, through a Kamailio, and with a baresip. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InboundText, OutboundText } from '../../../sip/index.ts';
import { cutText } from '../../../src/message/index.ts';
import { startBaresip } from '../../world/peers/baresip.ts';
import { type KamailioOptions, startKamailio } from '../../world/peers/kamailio.ts';
import { until, Waiting } from '../../world/wait.ts';
import { type Gateway, type GatewayOptions, headerOf, received, World } from '../call/world.ts';
import { SERVERS } from './servers.ts';

const HARD = 'Grüße, 你好 👩‍👩‍👧‍👦!\nSecond line\n\nafter an empty one, “quoted” €';

const credentials = { username: 'alice', password: 'open sesame' };

describe.each(SERVERS)('on the $name server', (server) => {
  let world: World;
  beforeEach(() => {
    world = new World(server);
  });
  afterEach(() => world.stop());

  /** A gateway whose trunk carries texts, and what came in on it. */
  async function gateway(peer: { host: string; port: number }, trunk: GatewayOptions['trunk'] = {}) {
    const made = await world.gateway(peer, { trunk: { ...trunk, texts: { enabled: true, ...trunk.texts } } });
    const waiting = new Waiting();
    const texts: InboundText[] = [];
    made.calls.texts.onText((text) => {
      texts.push(text);
      waiting.announce();
      return Promise.resolve({ kind: 'taken' });
    });
    const { calls, address } = made;
    return { calls, address, texts, came: (index: number) => waiting.until(() => texts[index]) };
  }

  let count = 0;
  const send = ({ calls }: Pick<Gateway, 'calls'>, text: string, more: Partial<OutboundText> = {}) =>
    calls.texts.send({
      textRef: 'text',
      trunk: 'test',
      target: '+441818118181',
      sender: '+4930901820',
      key: `key-${process.pid}-${++count}`,
      text,
      wantsReceipts: false,
      ...more,
    });

  /** Nobody is at home there. */
  const NOWHERE = { host: '127.0.0.1', port: 9 };

  describe('SIPp', () => {
    test('a MESSAGE without a body is answered, and shown to nobody', async () => {
      const { address, texts } = await gateway(NOWHERE);
      const sipp = await world.peer('text-no-body', { target: address });
      expect(await sipp.finished).toMatchObject({ passed: true });
      expect(texts).toEqual([]);
    });

    test('what comes by another way has the same key; the next text has its own', async () => {
      const { address, texts } = await gateway(NOWHERE);
      const sipp = await world.peer('text-repeated', { target: address });
      const { passed, messages } = await sipp.finished;
      expect(passed).toBe(true);
      expect(received(messages)).toHaveLength(3);
      const bodies = new Map(texts.map(({ key, text }) => [key, text.trim()]));
      expect([...bodies.values()]).toEqual(['Hello once', 'Hello twice']);
    });

    test('what SIPp repeats because we are slow is answered when it is stored, and is one text', async () => {
      const { address, texts, calls } = await gateway(NOWHERE);
      const sipp = await world.peer('text-sent', { target: address });
      const isRepeated = sipp.waitForMessage(
        ({ direction }, _, all) => direction === 'sent' && all.filter((one) => one.direction === 'sent').length === 2,
      );
      calls.texts.onText(async (text) => {
        texts.push(text);
        await isRepeated;
        return { kind: 'taken' };
      });
      const { passed, messages } = await sipp.finished;
      expect(passed).toBe(true);
      expect(received(messages)).toEqual(['200']);
      expect(texts.map(({ text }) => text.trim())).toEqual(['Hello']);
    });

    test('credentials are shown to the far side and to a proxy on the way', async () => {
      const sipp = await world.peer('text-challenged');
      const gate = await gateway(sipp, { credentials });
      expect(await send(gate, 'Hello')).toMatchObject({ kind: 'accepted', status: 200 });
      const { passed, messages } = await sipp.finished;
      expect(passed).toBe(true);
      const sent = messages.filter(({ startLine }) => startLine.startsWith('MESSAGE'));
      expect(sent.map((message) => headerOf(message, 'CSeq'))).toEqual(['1 MESSAGE', '2 MESSAGE', '3 MESSAGE']);
      expect(new Set(sent.map((message) => headerOf(message, 'Call-ID'))).size).toBe(1);
      expect(headerOf(sent[2], 'Authorization')).toContain('username="alice"');
      expect(headerOf(sent[2], 'Proxy-Authorization')).toContain('username="alice"');
    });

    test('what is not answered is sent again, and is one text', async () => {
      const sipp = await world.peer('text-late');
      const gate = await gateway(sipp);
      expect(await send(gate, 'Hello')).toMatchObject({ kind: 'accepted' });
      const { passed, messages } = await sipp.finished;
      expect(passed).toBe(true);
      // SIPp passes over what it knows; the log has both.
      expect(received(messages).length).toBeGreaterThan(1);
      const [first, again] = messages;
      expect(again?.text).toBe(first?.text);
    });

    test('1,000 characters of UCS-2 by UDP: parts in order that fit into a packet, and join to the same text', async () => {
      const text = Array.from({ length: 1000 }, (_, index) => String.fromCharCode(0x4e00 + (index % 5000))).join('');
      const { calls, address: _ } = await gateway(NOWHERE, { credentials });
      const cut = cutText(text, calls.texts.limits('test'));
      if (cut.kind !== 'parts') throw new Error('it is too long');
      expect(cut.parts.length).toBeGreaterThan(1);
      const sipp = await world.peer('text-taken', { calls: cut.parts.length });
      const gate = await gateway(sipp, { credentials });
      for (const part of cut.parts) expect(await send(gate, part)).toMatchObject({ kind: 'accepted', status: 202 });
      const { passed, messages } = await sipp.finished;
      expect(passed).toBe(true);
      const sent = messages.filter(({ direction }) => direction === 'received');
      for (const message of sent) expect(Buffer.byteLength(message.text)).toBeLessThanOrEqual(1300);
      const bodies = sent.map((message) => message.text.slice(message.text.search(/\r?\n\r?\n/)).trim());
      expect(bodies.join('')).toBe(text);
    });

    test('a long text in one MESSAGE by TCP, where the trunk takes it', async () => {
      const sipp = await world.peer('text-taken', { transport: 'tcp' });
      const gate = await gateway(sipp, { texts: { long: 'tcp' } });
      expect(gate.calls.texts.limits('test').maxBytes).toBe(10_000);
      const text = '字'.repeat(3000);
      expect(await send(gate, text)).toMatchObject({ kind: 'accepted' });
      const { passed, messages } = await sipp.finished;
      expect(passed).toBe(true);
      expect(headerOf(messages[0], 'Via')).toContain('SIP/2.0/TCP');
      expect(messages[0]?.text).toContain(text);
    });
  });

  describe('through a Kamailio', () => {
    const relay = async (options: Omit<KamailioOptions, 'forwardTo'> = {}) => {
      const far = await gateway(NOWHERE);
      const kamailio = await startKamailio({ ...options, forwardTo: far.address });
      world.onStop(() => kamailio.stop());
      return { far, kamailio };
    };

    test.each([undefined, 'MD5', 'SHA-256'] as const)(
      'there and back, asked for credentials with %s',
      async (algorithm) => {
        const auth = algorithm === undefined ? {} : { auth: { ...credentials, realm: 'example.net', algorithm } };
        const { far, kamailio } = await relay(auth);
        const near = await gateway(kamailio, { credentials });
        expect(await send(near, HARD)).toMatchObject({ kind: 'accepted', status: 200 });
        // Both sides are applications of one server where that is a drachtio: either may be given it.
        expect([...far.texts, ...near.texts].map(({ text, sender, called }) => ({ text, sender, called }))).toEqual([
          { text: HARD, sender: { number: '+4930901820', withheld: false }, called: '+441818118181' },
        ]);
      },
    );

    test('4,000 characters by TCP, there and back', async () => {
      const { far, kamailio } = await relay();
      const near = await gateway(kamailio, { transport: 'tcp' });
      const text = `${'é'.repeat(3999)}.`;
      expect(await send(near, text)).toMatchObject({ kind: 'accepted' });
      expect([...far.texts, ...near.texts].map((one) => one.text)).toEqual([text]);
    });
  });

  describe('with a baresip', () => {
    test('it reads what we write', async () => {
      const phone = await startBaresip({ contact: 'sip:nobody@127.0.0.1' });
      world.onStop(() => phone.stop());
      const gate = await gateway(phone);
      const text = 'Grüße 👋, 你好';
      expect(await send(gate, text, { target: 'bob' })).toMatchObject({ kind: 'accepted', status: 200 });
      const shown = await until('the text at baresip', () => phone.texts()[0]);
      expect(shown).toEqual({ from: expect.stringContaining('+4930901820'), text });
    });

    test('we read what it writes', async () => {
      const gate = await gateway(NOWHERE);
      const phone = await startBaresip({ contact: `sip:+441818118181@${gate.address}` });
      world.onStop(() => phone.stop());
      await phone.command('contact_next');
      await phone.command('message', 'Grüße 👋, 你好');
      expect(await gate.came(0)).toMatchObject({
        text: 'Grüße 👋, 你好',
        called: '+441818118181',
        sender: { number: 'bob', withheld: false },
      });
    });
  });
});
