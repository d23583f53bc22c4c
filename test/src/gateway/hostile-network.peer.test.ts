/** A telephone network that says anything: each call ends in words, the gateway stays well, nothing is left behind. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHeader } from '../../../sip/message/index.ts';
import { House } from './house.ts';
import type { RoomCall } from './room-call.ts';
import { answering, type Telephone } from './telephone.ts';

/** Control characters but for the ends of lines, and those that turn the direction of text. */
const HOSTILE = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterAll(async () => {
  await house?.close();
});

async function called(offer?: string): Promise<{ call: RoomCall; telephone: Telephone }> {
  const call = await house.call();
  call.invite(offer);
  return { call, telephone: await house.telephone(call.room) };
}

/** Repeats the 200 as UDP needs it: a flood before it fills the socket's buffer. */
async function answeredAfterAFlood(telephone: Telephone, tag = 'phone'): Promise<void> {
  const answer = () => telephone.reply(200, { tag, sdp: answering() });
  answer();
  const repeating = setInterval(answer, 200);
  await telephone.request('ACK').finally(() => clearInterval(repeating));
}

describe('a telephone that answers with', () => {
  it.each<[string, string | Buffer]>([
    ['no SDP that anybody knows', 'rubbish'],
    ['bytes that are no text', Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * 37) % 256))],
    ['no audio', answering().replace('m=audio 9 RTP/AVP 8 101', 'm=image 9 udptl t38')],
    ['audio that it refuses', answering().replace('m=audio 9', 'm=audio 0')],
    ['codecs that nobody knows', answering().replace('8 101', '96').replace('8 PCMA/8000', '96 nonsense/1')],
    ['a port beyond all ports', answering().replace('m=audio 9', 'm=audio 99999999999')],
    ['a negative port', answering().replace('m=audio 9', 'm=audio -1')],
    ['an address that is none', answering().replace(/IN IP4 127.0.0.1/g, 'IN IP4 999.1.1.1')],
    ['a thousand media', answering() + 'm=audio 9 RTP/AVP 8\r\n'.repeat(1_000)],
    ['nothing', ''],
  ])('%s: the call ends in words on both sides', async (_name, sdp) => {
    const { call, telephone } = await called();
    telephone.reply(200, { sdp });
    await telephone.request('ACK');
    telephone.respond(await telephone.request('BYE'), 200);
    const { reason } = await call.next('m.call.reject');
    expect(reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/\w/);
    await house.quiet();
    await house.proveCallsWork();
  });

  it('a description of 50 KB that is otherwise good: the call works', async () => {
    const { call, telephone } = await called();
    telephone.reply(200, { sdp: answering() + 'a=x:0123456789\r\n'.repeat(3_000) });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
  });
});

describe('a refusal', () => {
  it.each([
    ['699 with a phrase of control characters', 699, 'Busy\u0007\u001b[31m \u202egnp.exe\u2066 \u0085'],
    ['600 with a phrase of 4 KB', 600, 'x'.repeat(4_000)],
    ['603 with a phrase that looks like a log line', 603, '{"level":60,"msg":"forged"}'],
    ['404 with a phrase in markup', 404, '<img src=x onerror=alert(1)>'],
  ])('%s: neither room nor log sees it as it is', async (_name, status, phrase) => {
    const before = house.gateway.log.length;
    const { call, telephone } = await called();
    telephone.reply(status, { phrase });
    await telephone.request('ACK');
    await call.next('m.call.reject');
    const words = await call.words();
    expect(words).not.toMatch(HOSTILE);
    expect(words).not.toContain(phrase.slice(0, 20));
    await house.quiet();
    expect(house.gateway.log.slice(before)).not.toMatch(HOSTILE);
    await house.proveCallsWork();
  });

  it.each([
    ['Retry-After', '-5'],
    ['Retry-After', '99999999999999999999'],
    ['Reason', 'Q.850;cause=99999999999;text="\u202e\u0001"'],
    ['Reason', 'Q.850;cause=-1'],
    ['Warning', '399 \u202e "\u0007'],
    ['Min-SE', '-1'],
    ['Contact', '<sip:%%%>;q=-99'],
    ['Contact', '*'],
  ])('with %s: %s is a refusal like any other', async (name, value) => {
    const { call, telephone } = await called();
    telephone.reply(503, { headers: [makeHeader(name, value)] });
    await telephone.request('ACK');
    await call.next('m.call.reject');
    expect(await call.words()).not.toMatch(HOSTILE);
    await house.quiet();
  });

  it.each([422, 423, 420, 421, 401, 407, 302, 491])('%i again and again: a few INVITEs, then words', async (status) => {
    const { call, telephone } = await called();
    const headers = [
      makeHeader('Min-SE', '86400'),
      makeHeader('Unsupported', '100rel, timer, \u0007'),
      makeHeader('Require', 'timer'),
      makeHeader('WWW-Authenticate', 'Digest realm="\u202e", nonce="", algorithm=MD5'),
      makeHeader('Proxy-Authenticate', 'Digest realm="\u202e", nonce=""'),
    ];
    let contact = 0;
    telephone.reply(status, {
      headers: [...headers, makeHeader('Contact', `<sip:1@127.0.0.1:${house.network.port}>`)],
    });
    await telephone.request('ACK');
    const again = async (): Promise<void> => {
      for (;;) {
        const next = await telephone.request('INVITE').catch(() => undefined);
        if (next === undefined) return;
        contact += 1;
        telephone.respond(next, status, {
          headers: [...headers, makeHeader('Contact', `<sip:${contact}@127.0.0.1:${house.network.port}>`)],
        });
      }
    };
    void again();
    await call.next('m.call.reject');
    expect(await call.words()).toMatch(/\w/);
    expect(contact).toBeLessThanOrEqual(3);
    await house.quiet();
  });
});

describe('provisional responses', () => {
  it('thousands of them, and an answer: the call works, the log stays short', async () => {
    const { call, telephone } = await called();
    const before = house.gateway.log.split('\n').filter((line) => line.includes('"level":30')).length;
    for (let index = 0; index < 3_000; index++) {
      telephone.reply([180, 181, 182, 183, 199][index % 5] ?? 180);
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await answeredAfterAFlood(telephone);
    await call.next('m.call.answer');
    const told = house.gateway.log.split('\n').filter((line) => line.includes('"level":30')).length - before;
    expect(told).toBeLessThan(50);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
  });

  it('of thousands of forks, with SDP each, and an answer of one of them: the call works', async () => {
    const { call, telephone } = await called();
    for (let index = 0; index < 3_000; index++) {
      telephone.reply(183, { tag: `fork${index}`, sdp: answering(20 + index) });
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await answeredAfterAFlood(telephone, 'fork7');
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
    await house.proveCallsWork();
  });

  it('of tags that are names of other things', async () => {
    const { call, telephone } = await called();
    for (const tag of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      telephone.reply(183, { tag, sdp: answering() });
    }
    telephone.reply(200, { tag: '__proto__', sdp: answering() });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
  });

  it('that require what nobody has done: the call goes on', async () => {
    const { call, telephone } = await called();
    telephone.reply(183, { headers: [makeHeader('Require', '100rel'), makeHeader('RSeq', '99999999999999')] });
    telephone.reply(183, { headers: [makeHeader('Require', '100rel')] });
    telephone.reply(180, { headers: [makeHeader('RSeq', '-1'), makeHeader('Require', '100rel')] });
    telephone.reply(200, { sdp: answering() });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
  });
});

describe('an answered call', () => {
  it.each([
    ['-1;refresher=uac'],
    ['0'],
    ['1;refresher=uac'],
    ['99999999999999999999;refresher=uas'],
    ['now;refresher=you'],
  ])('with Session-Expires: %s goes on until it is hung up', async (value) => {
    const { call, telephone } = await called();
    telephone.reply(200, { sdp: answering(), headers: [makeHeader('Session-Expires', value)] });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
  });

  it.each([
    ['a Contact that is none', 'Contact', '\u0007<<>>'],
    [
      'two hundred Record-Routes',
      'Record-Route',
      Array.from({ length: 200 }, (_, i) => `<sip:p${i}.invalid;lr>`).join(','),
    ],
  ])('with %s can be ended by the caller', async (_name, name, value) => {
    const { call, telephone } = await called();
    telephone.reply(200, { sdp: answering(), headers: [makeHeader(name, value)] });
    call.next('m.call.answer').catch(() => {});
    call.send('m.call.hangup', { reason: 'user_hangup' });
    await house.quiet();
    await house.proveCallsWork();
  });

  it('refuses offers inside it that are rubbish, and goes on', async () => {
    const { call, telephone } = await called();
    telephone.reply(200, { sdp: answering() });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    for (const sdp of [
      'rubbish',
      answering().replace('m=audio 9', 'm=audio 99999'),
      answering().replace('RTP/AVP', 'x'),
    ]) {
      expect((await telephone.ask('INVITE', sdp)).status).toBe(488);
    }
    expect((await telephone.ask('UPDATE', 'rubbish')).status).toBe(488);
    expect((await telephone.ask('INVITE', answering(), { 'Session-Expires': '1', Supported: 'timer' })).status).toBe(
      422,
    );
    expect((await telephone.ask('INVITE', answering(), {}, 'wrong-tag')).status).toBe(481);
    expect((await telephone.ask('BYE', '', {}, 'wrong-tag')).status).toBe(481);
    expect((await telephone.ask('INVITE', answering())).status).toBe(200);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await house.quiet();
  });
});
