/** The forms in which texts come and go: envelopes and receipts, SMS of mobile networks, bodies of GSM gateways. */
import { afterEach, describe, expect, test } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import {
  type Deliver,
  parseCpim,
  parseImdn,
  parseRp,
  parseTpdu,
  type Submit,
  serializeCpim,
  serializeDeliver,
  serializeImdn,
  serializeRp,
  serializeStatusReport,
  serializeSubmit,
} from '../../../sip/text/codec/index.ts';
import { SERVERS } from './servers.ts';
import { TextWorld } from './text-world.ts';

const AT = Date.parse('2026-11-21T14:05:36Z');

describe.each(SERVERS)('on the $name server', (server) => {
  let world: TextWorld;
  const open = async (options: Parameters<typeof TextWorld.open>[0] = {}): Promise<TextWorld> => {
    world = await TextWorld.open({ server, ...options, calls: { epochMs: () => AT } });
    return world;
  };
  afterEach(() => world.close());

  /** A text in an envelope whose sender asks to be told. */
  const asking = (text: string) =>
    serializeCpim({
      from: { name: 'A', uri: 'sip:+4930901820@far.example' },
      to: [{ uri: 'sip:+441818118181@us.example' }],
      dateTime: AT - 60_000,
      imdn: { messageId: 'their-id', wants: { delivered: true, failed: false, displayed: true } },
      contentType: 'text/plain;charset=utf-8',
      body: Buffer.from(text),
    });
  const CPIM = { 'Content-Type': 'message/cpim' };
  const SMS = { 'Content-Type': 'application/vnd.3gpp.sms' };

  describe('envelopes and receipts (RFC 3862, RFC 5438)', () => {
    test('a text asks for receipts, and they come back under its name', async () => {
      await open({ texts: { format: 'cpim', receipts: true } });
      const outcome = world.calls.texts.send(world.text({ text: 'Grüße 🎉', wantsReceipts: true }));
      const request = await world.came();
      expect(header(request, 'content-type')).toBe('message/cpim');
      const envelope = parseCpim(request.body);
      expect(envelope).toMatchObject({
        from: { uri: 'sip:+4930901820@127.0.0.1' },
        to: [{ uri: `sip:+441818118181@127.0.0.1` }],
        dateTime: AT,
        imdn: { wants: { delivered: true, failed: true, displayed: true } },
        contentType: 'text/plain;charset=utf-8',
      });
      expect(envelope.body.toString()).toBe('Grüße 🎉');
      world.peer.answer(request, 200);
      const messageId = envelope.imdn?.messageId ?? '';
      await expect(outcome).resolves.toEqual({ kind: 'accepted', status: 200, messageId });
      const tell = (state: 'delivered' | 'displayed' | 'failed', notification: 'delivery' | 'display') =>
        Buffer.from(serializeImdn({ messageId, notification, state }));
      // In an envelope of its own, and without one, as some clients send it.
      world.say(
        serializeCpim({
          from: { uri: 'sip:a@b' },
          to: [],
          contentType: 'message/imdn+xml',
          body: tell('delivered', 'delivery'),
        }),
        CPIM,
      );
      expect(await world.receipt()).toEqual({ trunk: 'test', messageId, state: 'delivered' });
      await world.answer(200);
      world.say(tell('displayed', 'display'), { 'Content-Type': 'message/imdn+xml' });
      expect(await world.receipt()).toEqual({ trunk: 'test', messageId, state: 'displayed' });
      await world.answer(200);
      world.say(tell('failed', 'delivery'), { 'Content-Type': 'message/imdn+xml' });
      expect(await world.receipt()).toMatchObject({ state: 'failed', detail: 'IMDN: failed' });
      await world.answer(200);
    });

    test('nothing is asked for where nobody wants it, or the trunk tells nothing', async () => {
      await open({ texts: { format: 'cpim', receipts: false } });
      const outcome = world.calls.texts.send(world.text({ wantsReceipts: true }));
      const request = await world.came();
      expect(parseCpim(request.body).imdn).toBeUndefined();
      world.peer.answer(request, 200);
      expect(await outcome).toEqual({ kind: 'accepted', status: 200 });
    });

    test('a trunk with plain texts never gets an envelope', async () => {
      await open({ texts: { receipts: true } });
      const outcome = world.calls.texts.send(world.text({ wantsReceipts: true }));
      const request = await world.came();
      expect(request.body.toString()).toBe('Hello');
      world.peer.answer(request, 200);
      expect(await outcome).toEqual({ kind: 'accepted', status: 200 });
    });

    test('the sender of a text is told what they asked for, once each, also by a later process', async () => {
      await open();
      world.say(asking('Hello'), CPIM);
      const text = await world.next();
      expect(text).toMatchObject({
        text: 'Hello',
        sentAt: AT - 60_000,
        sender: { number: '+4930901820' },
        wants: { delivered: true, displayed: true },
      });
      await world.answer(200);
      for (const state of ['delivered', 'displayed'] as const) {
        const told = world.calls.texts.notify({ trunk: 'test', key: text.key }, state);
        const request = await world.came();
        expect(request.uri).toContain('sip:+4930901820@');
        expect(header(request, 'from')).toContain('sip:+441818118181@');
        const envelope = parseCpim(request.body);
        expect(envelope).toMatchObject({
          from: { uri: 'sip:+441818118181@us.example' },
          to: [{ uri: 'sip:+4930901820@far.example' }],
          contentType: 'message/imdn+xml',
          disposition: 'notification',
        });
        expect(parseImdn(envelope.body)).toMatchObject({ messageId: 'their-id', state, at: AT });
        world.peer.answer(request, 200);
        await told;
      }
    });

    test('who asked for nothing is told nothing', async () => {
      await open();
      world.say('Hello');
      const { key, wants } = await world.next();
      expect(wants).toEqual({ delivered: false, displayed: false });
      await world.answer(200);
      await world.calls.texts.notify({ trunk: 'test', key }, 'displayed');
      await world.calls.texts.notify({ trunk: 'test', key: `${key}.nonsense` }, 'displayed');
      await world.calls.texts.notify({ trunk: 'none', key }, 'displayed');
      expect(world.peer.seen.filter((one) => one.kind === 'request' && one.method === 'MESSAGE')).toEqual([]);
    });

    test('a receipt that cannot be stored is 503, so that it comes again', async () => {
      await open();
      world.calls.texts.onReceipt(() => Promise.reject(new Error('the disk is full')));
      world.say(serializeImdn({ messageId: 'x', notification: 'delivery', state: 'delivered' }), {
        'Content-Type': 'message/imdn+xml',
      });
      await world.answer(503);
    });
  });

  describe.runIf(server.isEmbedded)('SMS of mobile networks (3GPP TS 24.341)', () => {
    const deliver = (tpdu: Buffer): Buffer =>
      serializeRp({ kind: 'data', direction: 'to-mobile', reference: 0xc3, originator: '+491710760000', tpdu });

    test('out: an RP-DATA to the service centre, with what is no UTF-8; a status report says what became of it', async () => {
      await open({ texts: { format: '3gpp', receipts: true, serviceCentre: '+491710760000' } });
      const part = { index: 2, total: 3, reference: 0x81 };
      const outcome = world.calls.texts.send(world.text({ text: 'Grüße €', part, wantsReceipts: true }));
      const request = await world.came();
      expect(header(request, 'content-type')).toBe('application/vnd.3gpp.sms');
      expect(header(request, 'x-trunkline-body')).toBeUndefined();
      expect(request.uri).toContain('sip:+491710760000@');
      const rp = parseRp(request.body);
      expect(rp).toMatchObject({ kind: 'data', direction: 'to-network', destination: '+491710760000' });
      const submit = parseTpdu('tpdu' in rp && rp.tpdu ? rp.tpdu : Buffer.alloc(0), 'to-network') as Submit;
      expect(submit).toMatchObject({ recipient: '+441818118181', text: 'Grüße €', part, wantsReport: true });
      world.peer.answer(request, 202);
      const accepted = await outcome;
      expect(accepted).toMatchObject({ kind: 'accepted', status: 202 });
      const report = serializeStatusReport({
        reference: submit.reference,
        recipient: submit.recipient,
        sentAt: AT,
        dischargedAt: AT,
        status: 0,
      });
      world.say(deliver(report), SMS);
      expect(await world.receipt()).toEqual({
        trunk: 'test',
        messageId: 'messageId' in accepted ? accepted.messageId : '',
        state: 'delivered',
      });
      world.peer.answer(await world.came(), 200);
    });

    test('out: an RP-ERROR under its Call-ID says that it failed after all', async () => {
      await open({ texts: { format: '3gpp' } });
      const outcome = world.calls.texts.send(world.text());
      const request = await world.came();
      world.peer.answer(request, 202);
      const accepted = await outcome;
      world.say(serializeRp({ kind: 'error', direction: 'to-mobile', reference: 1, cause: 38 }), {
        ...SMS,
        'In-Reply-To': header(request, 'call-id') ?? '',
      });
      expect(await world.receipt()).toEqual({
        trunk: 'test',
        messageId: 'messageId' in accepted ? accepted.messageId : '',
        state: 'failed',
        detail: 'RP-ERROR 38',
      });
      await world.answer(200);
    });

    test('in: a part of a text, 200, and then an RP-ACK of our own', async () => {
      await open();
      const part = { index: 2, total: 3, reference: 7 };
      world.say(deliver(serializeDeliver({ sender: '+4930901820', sentAt: AT, text: 'Grüße 🎉', part })), {
        ...SMS,
        'Call-ID': `sms-${world.peer.port}`,
      });
      expect(await world.next()).toMatchObject({
        text: 'Grüße 🎉',
        part,
        sentAt: AT,
        sender: { number: '+4930901820', withheld: false },
        called: '+441818118181',
      });
      await world.answer(200);
      const request = await world.came();
      expect(header(request, 'in-reply-to')).toBe(`sms-${world.peer.port}`);
      expect(parseRp(request.body)).toMatchObject({ kind: 'ack', direction: 'to-network', reference: 0xc3 });
      world.peer.answer(request, 200);
    });

    test('in: a probe is acknowledged and shown to nobody', async () => {
      await open();
      const tpdu = serializeDeliver({ sender: '+4930901820', sentAt: AT, text: '' });
      // TP-PID stands behind the address of the sender: a type 0 (TS 23.040 §9.2.3.9).
      tpdu[8] = 0x40;
      expect((parseTpdu(tpdu, 'to-mobile') as Deliver).isProbe).toBe(true);
      world.say(deliver(tpdu), SMS);
      await world.answer(200);
      const request = await world.came();
      expect(parseRp(request.body)).toMatchObject({ kind: 'ack', reference: 0xc3 });
      world.peer.answer(request, 200);
      expect(world.texts).toEqual([]);
    });

    test('in: what is not taken is not acknowledged', async () => {
      await open();
      world.reply = () => Promise.resolve({ kind: 'refused', status: 503 });
      world.say(deliver(serializeDeliver({ sender: '+4930901820', sentAt: AT, text: 'Hello' })), SMS);
      await world.answer(503);
      expect(world.peer.seen.filter((one) => one.kind === 'request' && one.method === 'MESSAGE')).toEqual([]);
    });

    test('in: a telephone that takes us for the network', async () => {
      await open();
      const tpdu = serializeSubmit({ recipient: '+441818118199', reference: 9, text: 'Hello' });
      world.say(serializeRp({ kind: 'data', direction: 'to-network', reference: 5, tpdu }), SMS);
      expect(await world.next()).toMatchObject({
        text: 'Hello',
        called: '+441818118199',
        sender: { number: '+4930901820' },
      });
      await world.answer(200);
      const request = await world.came();
      expect(parseRp(request.body)).toMatchObject({ kind: 'ack', direction: 'to-mobile', reference: 5 });
      world.peer.answer(request, 200);
    });

    test('a text that no SMS holds is not sent', async () => {
      await open({ texts: { format: '3gpp' } });
      const outcome = await world.calls.texts.send(world.text({ text: 'x'.repeat(161) }));
      expect(outcome).toMatchObject({
        kind: 'failed',
        failure: { status: 488, origin: 'local' },
        mayHaveArrived: false,
      });
    });
  });

  describe('who wrote it and whom it is for', () => {
    test('a provider that names its account, and the number in a header of its own', async () => {
      await open({
        trunk: {
          credentials: { username: '100000_gw', password: 'secret' },
          inbound: { numbers: { form: 'national', countryCode: '1', nationalPrefix: '', internationalPrefix: '011' } },
        },
        texts: { didFrom: ['header:X-SMS-To', 'to', 'request-uri'] },
      });
      world.say('Hi', {
        uri: `sip:100000_gw@${world.world.address}`,
        From: '"15145550100" <sip:15145550100@newyork3.voip.ms>;tag=as1',
        To: `<sip:100000_gw@${world.world.address}>`,
        'X-SMS-To': '4385550123',
        'Content-Type': 'text/plain;charset=UTF-8',
      });
      expect(await world.next()).toMatchObject({
        sender: { number: '+15145550100' },
        called: '+14385550123',
        text: 'Hi',
      });
      await world.answer(200);
    });

    test.each([
      [
        'goip',
        '8613600000000\r\ntext\nmore',
        { sender: { number: '8613600000000', withheld: false }, text: 'text\nmore' },
      ],
      ['goip', 'no number here', { sender: { number: '+4930901820' }, text: 'no number here' }],
      [
        'goip-headers',
        'Sender: +8613600000000\r\nReceiver: +441818118199\r\nSMSC: +86138\r\nSCTS: 26/11/21,14:05:36+00\r\n\r\ntext',
        { sender: { number: '+8613600000000' }, called: '+441818118199', sentAt: AT, text: 'text' },
      ],
    ] as const)('%s: %j', async (body, text, expected) => {
      await open({ texts: { body } });
      world.say(text);
      expect(await world.next()).toMatchObject(expected);
      await world.answer(200);
    });
  });

  describe('other bodies', () => {
    test.each([
      ['nothing', '', {}, 200],
      ['blanks', ' \r\n', {}, 200],
      [
        'that somebody writes',
        '<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>active</state></isComposing>',
        { 'Content-Type': 'application/im-iscomposing+xml' },
        415,
      ],
      ['a picture', '\u0001\u0002', { 'Content-Type': 'image/png' }, 415],
      ['what is compressed', 'x', { 'Content-Encoding': 'gzip' }, 415],
      ['an envelope that is none', 'no headers', { 'Content-Type': 'message/cpim' }, 400],
      ['a receipt that is none', '<imdn>', { 'Content-Type': 'message/imdn+xml' }, 400],
      ['an SMS that is none', '\u0001', { 'Content-Type': 'application/vnd.3gpp.sms' }, 400],
      ['several parts without a boundary', 'x', { 'Content-Type': 'multipart/mixed' }, 400],
      ['an extension that we do not know', 'x', { Require: 'x-extension' }, 420],
      ['too many hops', 'x', { 'Max-Forwards': '0' }, 483],
    ])('%s', async (_, body, headers, status) => {
      await open();
      world.say(body, headers);
      const answer = await world.answer(status);
      expect(header(answer, 'accept')?.startsWith('text/plain')).toBe(status === 415 ? true : undefined);
      expect(world.texts).toEqual([]);
    });

    test('HTML is read as what it says', async () => {
      await open();
      world.say('<p>Hello <b>you</b></p>', { 'Content-Type': 'text/html; charset=utf-8' });
      expect((await world.next()).text.trim()).toBe('Hello you');
      await world.answer(200);
    });

    test('of several parts the text is read', async () => {
      await open();
      const body = [
        '--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n',
        '--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b--\r\n',
      ];
      world.say(body.join(''), { 'Content-Type': 'multipart/alternative;boundary=b' });
      expect((await world.next()).text).toBe('Hello');
      await world.answer(200);
    });

    test.runIf(server.isEmbedded)('another charset', async () => {
      await open();
      world.say(Buffer.from('Grüße', 'latin1'), { 'Content-Type': 'text/plain; charset=ISO-8859-1' });
      expect((await world.next()).text).toBe('Grüße');
      await world.answer(200);
    });
  });
});
