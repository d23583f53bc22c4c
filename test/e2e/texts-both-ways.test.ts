/** Texts between Matrix users and telephones: what is written arrives, as it was written, and its writer sees that it did. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serializeDeliver, serializeRp } from '../../sip/text/codec/index.ts';
import { gsm7Decode } from '../../sip/text/codec/sms/index.ts';
import { startBaresip } from '../world/peers/baresip.ts';
import { startSipp } from '../world/peers/sipp.ts';
import { removeFolder, temporaryFolder } from '../world/temporary.ts';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { bodiesTo, newNumber, textPeer, textWorld, userId, Writer } from './texting.ts';

const world = useWorld(textWorld({ texts: { max_segments: 20 } }));

/** Every character of the GSM alphabet and its extensions but the controls, and one of each that lies just outside. */
const GSM_EDGES = `${gsm7Decode(Uint8Array.from({ length: 128 }, (_, code) => code)).replace(/\p{Cc}/gu, '')}^{}\\[~]|€`;
const LONG = Array.from({ length: 112 }, (_, i) => `word ${i}`)
  .join(' ')
  .padEnd(1_000, '.')
  .slice(0, 1_000);
const LONG_UNICODE = 'Прывітанне, свет 👋🏽 '.repeat(60).slice(0, 1_000).toWellFormed();

const TEXTS: readonly [string, string][] = [
  ['a word', 'Hello'],
  ['Unicode', 'Grüße aus Köln — “привет”, こんにちは, مرحبا'],
  ['emoji', '👍🏽 👨‍👩‍👧‍👦 🇩🇪 🏴󠁧󠁢󠁥󠁮󠁧󠁿 😀'],
  ['lines', 'one\ntwo\n\nfour'],
  ['the edges of the GSM alphabet', GSM_EDGES],
  ['what lies outside of it', 'a`b’c…ç'],
  ['what looks like HTML', '<b>not bold</b> & 1 < 2 &amp;'],
  ['what looks like SIP', 'BYE sip:x@y SIP/2.0\nContent-Length: 0\n\n[branch] %40 \\r'],
  ['1,000 characters', LONG],
  ['1,000 characters of Unicode', LONG_UNICODE],
];

describe('a text of a user', () => {
  it.each(TEXTS)('arrives as it was written: %s', async (_, body) => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const chat = await writer.chatWith(telephone);
    const eventId = await chat.write(body);
    await until('the whole text', () => bodiesTo(peer, telephone).join('') === body);
    expect(peer.texts.every(({ from }) => from === writer.number)).toBe(true);
    expect(peer.texts.every(({ contentType }) => /^text\/plain;\s*charset=utf-8$/i.test(contentType))).toBe(true);
    expect(Math.max(...peer.texts.map((text) => Buffer.byteLength(text.body)))).toBeLessThanOrEqual(1300);
    await chat.status(eventId, 'SUCCESS');
  });

  it('is plain text of what is formatted', async () => {
    const peer = await textPeer(world.current);
    const telephone = newNumber();
    const chat = await (await Writer.join(world.current)).chatWith(telephone);
    await chat.write('ignored', {
      format: 'org.matrix.custom.html',
      formatted_body: '<p>See <a href="https://example.org">this</a>:</p><ul><li>one</li><li>two</li></ul>',
    });
    const { body } = await peer.receives(({ to }) => to === telephone);
    expect(body).toBe('See this (https://example.org):\n\n- one\n- two');
  });

  it('says what it answers, and an emote who does it', async () => {
    const peer = await textPeer(world.current);
    const telephone = newNumber();
    const writer = await Writer.join(world.current);
    const chat = await writer.chatWith(telephone);
    await peer.send({ from: telephone, to: writer.number, body: 'Are you coming?' });
    const where = await writer.chatWhere('Are you coming?');
    expect(where.roomId).toBe(chat.roomId);
    const asked = await where.receives('Are you coming?');
    await where.write('Yes', { 'm.relates_to': { 'm.in_reply_to': { event_id: asked.event_id } } });
    await peer.receives(({ to, body }) => to === telephone && body === '> Are you coming?\nYes');
    await where.write('waves', { msgtype: 'm.emote' });
    await peer.receives(({ to, body }) => to === telephone && body === `* ${writer.user.name} waves`);
  });

  it('comes in order', async () => {
    const peer = await textPeer(world.current);
    const telephone = newNumber();
    const chat = await (await Writer.join(world.current)).chatWith(telephone);
    const bodies = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    for (const body of bodies) await chat.write(body);
    await peer.receivesMany(telephone, bodies.length);
    expect(bodiesTo(peer, telephone)).toEqual(bodies);
  });
});

describe('a text of a telephone', () => {
  it.each(TEXTS)('arrives as it was written: %s', async (_, body) => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    expect(await peer.send({ from: telephone, to: writer.number, body })).toBe(200);
    const chat = await writer.chatWhere(body);
    const [text] = await chat.texts();
    expect(text?.sender).toBe(await writer.client.lookUp(telephone));
    expect(text?.content.msgtype).toBe('m.text');
    expect(text?.content.formatted_body).toBeUndefined();
  });

  it('goes to nobody when the number is nobody’s, and no room is made', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const before = await world.current.roomsOf(writer.user);
    expect(await peer.send({ from: newNumber(), to: '+441818119999', body: 'Hello' })).toBe(404);
    expect(await world.current.roomsOf(writer.user)).toEqual(before);
  });

  it('that is no text is refused, and an empty one says nothing', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const from = newNumber();
    const to = writer.number;
    expect(await peer.send({ from, to, body: '{}', contentType: 'application/json' })).toBe(415);
    expect(
      await peer.send({ from, to, body: '<isComposing/>', contentType: 'application/im-iscomposing+xml' }),
    ).not.toBe(503);
    expect(await peer.send({ from, to, body: '' })).toBe(200);
    expect(await peer.send({ from, to, body: 'the first that says something' })).toBe(200);
    const chat = await writer.chatWhere('the first that says something');
    expect(await chat.bodies()).toEqual(['the first that says something']);
  });

  it('keeps the time of its writing, and its words out of an envelope', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const sentAt = Date.now() - 3_600_000;
    const body = [
      `From: <sip:someone@example.org>`,
      `DateTime: ${new Date(sentAt).toISOString()}`,
      '',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'from an hour ago',
    ].join('\r\n');
    await peer.send({ from: newNumber(), to: writer.number, body, contentType: 'message/cpim' });
    const chat = await writer.chatWhere('from an hour ago');
    const text = await chat.receives('from an hour ago');
    expect(Math.abs(text.origin_server_ts - sentAt)).toBeLessThan(2_000);
  });

  it('of a mobile network is whole, in whatever order its parts come', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const bodies = ['The first part, ', 'the second €, ', 'and the last one 😀'];
    const sms = (index: number) => {
      const part = { reference: 77, total: 3, index };
      const tpdu = serializeDeliver({ sender: telephone, sentAt: Date.now(), text: bodies[index - 1] ?? '', part });
      return serializeRp({ kind: 'data', direction: 'to-mobile', reference: index, originator: '+447700900000', tpdu });
    };
    for (const index of [3, 1, 2, 1]) {
      const contentType = 'application/vnd.3gpp.sms';
      expect(await peer.send({ from: 'smsc', to: writer.number, body: sms(index), contentType })).toBeLessThan(300);
    }
    const chat = await writer.chatWhere(bodies.join(''));
    expect(await chat.bodies()).toEqual([bodies.join('')]);
    expect((await chat.texts())[0]?.sender).toBe(await writer.client.lookUp(telephone));
  });

  it('of HTML is its words', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const body = '<html><body><p>Hello <b>there</b></p><script>x</script></body></html>';
    await peer.send({ from: newNumber(), to: writer.number, body, contentType: 'text/html' });
    await writer.chatWhere('Hello there');
  });

  it.each(['', 'Anonymous', 'MyBank', '12345', 'a%20b"><b>'])(
    'of a sender that is no number (%j) is shown',
    async (from) => {
      const peer = await textPeer(world.current);
      const writer = await Writer.join(world.current);
      const body = `from ${from || 'nobody'}`;
      expect(await peer.send({ from: encodeURIComponent(from) || 'anonymous', to: writer.number, body })).toBe(200);
      await writer.chatWhere(body);
    },
  );
});

describe('SIPp and baresip', () => {
  it('baresip and a user write to one another', async () => {
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const gateway = `127.0.0.1:${world.current.relay.gatewayPort}`;
    const baresip = await startBaresip({ user: telephone, contact: `sip:${writer.number}@${gateway}` });
    world.current.onReset(() => baresip.stop());
    world.current.connectPeer(baresip);
    await baresip.command('contact_next');
    await baresip.command('message', 'Hello from baresip 😀\nsecond line');
    const chat = await writer.chatWhere('Hello from baresip 😀\nsecond line');
    await chat.write('Hello baresip — äöü 👋');
    await until('the text at baresip', () => baresip.texts().some(({ text }) => text === 'Hello baresip — äöü 👋'));
  });

  it('SIPp and a user write to one another', async () => {
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const folder = await temporaryFolder('texts');
    world.current.onReset(() => removeFolder(folder));
    const answers = path.join(folder, 'answers.xml');
    await writeFile(answers, sippAnswers());
    const receiver = await startSipp({ scenario: answers, calls: 0 });
    world.current.onReset(() => receiver.stop());
    world.current.connectPeer(receiver);
    const chat = await writer.chatWith(telephone);
    const eventId = await chat.write('Hello SIPp 😀');
    const got = await receiver.waitForMessage(({ text }) => text.includes('Hello SIPp 😀'));
    expect(got.startLine).toMatch(new RegExp(`^MESSAGE sip:\\${telephone}@`));
    await chat.status(eventId, 'SUCCESS');

    const [sends, words] = [path.join(folder, 'sends.xml'), path.join(folder, 'texts.csv')];
    await writeFile(sends, sippSends(telephone));
    await writeFile(words, 'SEQUENTIAL\nHello from SIPp 😀 [x]\nand again\n');
    const sender = await startSipp({
      scenario: sends,
      target: `127.0.0.1:${world.current.relay.gatewayPort}`,
      service: writer.number,
      calls: 2,
      args: ['-inf', words, '-l', '1'],
    });
    world.current.connectPeer(sender);
    expect((await sender.finished).errors).toBe('');
    await chat.receives('Hello from SIPp 😀 [x]');
    await chat.receives('and again');
  });
});

it('users exist as they are named', () => {
  expect(world.current.users[0]?.session.userId).toBe(userId(1));
});

/** Takes every text, and remembers it for as long as it may be repeated. */
function sippAnswers(): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="takes texts">
  <recv request="MESSAGE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]-[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <timewait milliseconds="33000"/>
</scenario>
`;
}

function sippSends(from: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="sends a text">
  <send retrans="500"><![CDATA[
MESSAGE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:${from}@[local_ip]:[local_port]>;tag=[pid]-[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 MESSAGE
Content-Type: text/plain;charset=UTF-8
Content-Length: [len]

[field0]]]></send>
  <recv response="200"/>
</scenario>
`;
}
