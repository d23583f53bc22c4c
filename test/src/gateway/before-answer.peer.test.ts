/** What may happen to a call before it is answered, through the whole gateway. */
import { describe, expect, it } from 'vitest';
import { header, makeHeader } from '../../../sip/message/index.ts';
import { TelephonePeer } from '../../media/telephone-peer.ts';
import { answering } from './telephone.ts';
import { useHouse } from './use-house.ts';

describe('before the answer', () => {
  const gateway = useHouse(() => ({ trunk: { reliable_provisional: 'supported', ring_timeout_s: 60 } }));

  it('a version 0 call is refused by a hang-up', async () => {
    const media = await gateway.calling({ version: 0, party_id: undefined });
    media.telephone.reply(486);
    await media.telephone.request('ACK');
    expect(await media.call.next('m.call.hangup')).not.toHaveProperty('party_id');
    expect(await media.call.words()).toMatch(/busy/i);
    expect(media.call.said.map(({ type }) => type)).not.toContain('m.call.reject');
  });

  it('the invite’s lifetime ends: CANCEL, and the client reads that nobody answered', async () => {
    const call = await gateway.house.call();
    call.invite(undefined, { lifetime: 2_000 });
    const telephone = await gateway.house.telephone(call.room);
    telephone.reply(180);
    telephone.respond(await telephone.request('CANCEL'), 200);
    telephone.reply(487);
    expect((await call.next('m.call.reject')).reason).toBe('invite_timeout');
    expect(await call.words()).toMatch(/no.* answer|nobody answered/i);
  });

  it('a 200 crosses the CANCEL: ACK, BYE, and nothing more at the client', async () => {
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room);
    telephone.reply(180);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    const cancel = await telephone.request('CANCEL');
    telephone.reply(200, { sdp: answering() });
    telephone.respond(cancel, 200);
    await telephone.request('ACK');
    telephone.respond(await telephone.request('BYE'), 200);
    await gateway.house.quiet();
    expect(call.said.map(({ type }) => type)).not.toContain('m.call.answer');
  });

  it('the caller gives up before anything rings: the CANCEL waits for the first response', async () => {
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    await gateway.house.quiet();
    expect(
      gateway.house.network.seen.some(
        (one) => one.kind === 'request' && one.method === 'CANCEL' && one.uri === telephone.invite.uri,
      ),
    ).toBe(false);
    telephone.reply(180);
    telephone.respond(await telephone.request('CANCEL'), 200);
    telephone.reply(487);
    await telephone.request('ACK');
  });

  it('audio is described reliably, changed by UPDATE, and heard after an answer without SDP', async () => {
    const media = await gateway.calling();
    const { telephone, rtp } = media;
    const elsewhere = await TelephonePeer.open();
    try {
      telephone.reply(183, {
        sdp: elsewhere.sdp(),
        headers: [makeHeader('Require', '100rel'), makeHeader('RSeq', '1')],
      });
      telephone.respond(await telephone.request('PRACK'), 200);
      expect((await telephone.ask('UPDATE', rtp.sdp())).status).toBe(200);
      telephone.reply(200);
      await telephone.request('ACK');
      await media.clientAnswered();
      await media.expectAudio();
      await media.hangUp();
    } finally {
      elsewhere.close();
    }
  });

  it('two forks answer: the first is heard, the second is acknowledged and ended', async () => {
    const media = await gateway.calling();
    const { telephone, rtp } = media;
    telephone.reply(180, { tag: 'one' });
    telephone.reply(180, { tag: 'two' });
    telephone.reply(200, { tag: 'two', sdp: rtp.sdp() });
    await telephone.request('ACK');
    telephone.reply(200, { tag: 'one', sdp: answering() });
    await telephone.request('ACK');
    const bye = await telephone.request('BYE');
    expect(bye.headers.find(({ key }) => key === 'to')?.value).toContain('one');
    telephone.respond(bye, 200);
    await media.clientAnswered();
    await media.expectAudio();
    await media.hangUp();
  });

  it.each([
    ['to another host', '<sip:0181@other.invalid>'],
    ['to another host by maddr', '<sip:0181@127.0.0.1;maddr=192.0.2.1>'],
    ['to an emergency number', '<sip:112@127.0.0.1>'],
    ['to a premium rate number', '<sip:+449098790000@127.0.0.1>'],
    ['to the web', '<https://example.org/>'],
    ['to where it came from', 'itself'],
  ])('a redirection %s is not followed, in words', async (_name, contact) => {
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room);
    const before = gateway.house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE').length;
    const value = contact === 'itself' ? `<${telephone.invite.uri}>` : contact;
    telephone.reply(302, { headers: [makeHeader('Contact', value)] });
    await telephone.request('ACK');
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/forward/i);
    await gateway.house.quiet();
    expect(gateway.house.network.seen.filter((one) => one.kind === 'request' && one.method === 'INVITE')).toHaveLength(
      before,
    );
  });

  it('a redirection inside the trunk is followed', async () => {
    const media = await gateway.calling();
    const { telephone } = media;
    telephone.reply(302, {
      headers: [makeHeader('Contact', `<sip:+441818129999@127.0.0.1:${gateway.house.network.port}>`)],
    });
    await telephone.request('ACK');
    const again = await telephone.request('INVITE');
    expect(again.uri).toContain('9999');
    // RFC 3261 §8.1.3.4: the same Call-ID, From and To, the next CSeq.
    const number = (invite: typeof again) => Number.parseInt(header(invite, 'cseq') ?? '', 10);
    expect(number(again)).toBe(number(telephone.invite) + 1);
    expect(header(again, 'from')).toBe(header(telephone.invite, 'from'));
    expect(header(again, 'to')).toBe(header(telephone.invite, 'to'));
    telephone.respond(again, 200, { sdp: media.rtp.sdp() });
    await telephone.request('ACK');
    await media.clientAnswered();
    await media.expectAudio();
    await media.hangUp();
  });
});
