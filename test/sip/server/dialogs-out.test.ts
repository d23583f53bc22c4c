/** What the far side of a call may do to us, by hand over UDP. */
import type { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { header, headerLines, headerList, makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { type Bench, call, event, failure, QUICK, respond, SDP, startBench } from './harness.ts';
import { RawPeer } from './raw-peer.ts';

describe('calls that we make', () => {
  let bench: Bench;
  let peer: RawPeer;
  beforeEach(async () => {
    bench = await startBench({ timers: QUICK });
    peer = await RawPeer.open(bench.address);
  });
  afterEach(async () => {
    peer.close();
    await bench.close();
  });

  const nothingLeft = () => expect(bench.server.counts().dialogs).toBe(0);

  it('carry what RFC 3261 asks for, and the placeholder host replaced', async () => {
    const calling = failure(
      call(
        bench.srf,
        peer.uri,
        {},
        {
          From: '"A" <sip:alice@localhost>',
          Contact: '<sip:alice@localhost>',
          'P-Asserted-Identity': '<sip:alice@localhost>',
          'X-Trunk': 'one',
        },
      ),
    );
    const invite = await peer.request('INVITE');
    const [, port] = bench.address.split(':');
    expect(headerLines(invite, 'via')[0]).toMatch(
      new RegExp(`^SIP/2\\.0/UDP 127\\.0\\.0\\.1:${port};branch=z9hG4bK[0-9a-f]+;rport$`),
    );
    expect(header(invite, 'max-forwards')).toBe('70');
    expect(header(invite, 'from')).toMatch(new RegExp(`^"A" <sip:alice@127\\.0\\.0\\.1:${port}>;tag=[0-9a-f]+$`));
    expect(header(invite, 'to')).toBe(`<${peer.uri}>`);
    expect(header(invite, 'contact')).toBe(`<sip:alice@127.0.0.1:${port}>`);
    expect(header(invite, 'p-asserted-identity')).toBe(`<sip:alice@127.0.0.1:${port}>`);
    expect(header(invite, 'cseq')).toBe('1 INVITE');
    expect(header(invite, 'user-agent')).toBe('Trunkline');
    expect(header(invite, 'content-type')).toBe('application/sdp');
    expect(invite.headers.find((one) => one.key === 'x-trunk')?.name).toBe('X-Trunk');
    expect(invite.body.toString()).toBe(SDP);
    peer.answer(invite, 404);
    expect((await calling).status).toBe(404);
    nothingLeft();
  });

  it('keep the Call-ID, From and CSeq that an application gives for its second attempt', async () => {
    const headers = {
      'Call-ID': 'again',
      From: '<sip:a@b.example>;tag=mine',
      CSeq: '2 INVITE',
      Authorization: 'Digest x',
    };
    const calling = call(bench.srf, peer.uri, {}, headers);
    const invite = await peer.request('INVITE');
    expect(header(invite, 'call-id')).toBe('again');
    expect(header(invite, 'from')).toBe('<sip:a@b.example>;tag=mine');
    expect(header(invite, 'cseq')).toBe('2 INVITE');
    peer.answer(invite, 200, { sdp: true });
    // RFC 3261 §22.1: the ACK carries the credentials of its INVITE.
    const ack = await peer.request('ACK');
    expect(header(ack, 'authorization')).toBe('Digest x');
    expect(header(ack, 'cseq')).toBe('2 ACK');
    await calling;
  });

  it('acknowledge a 2xx each time it comes, and tell the application once', async () => {
    const calling = call(bench.srf, peer.uri);
    const invite = await peer.request('INVITE');
    const answer = peer.answer(invite, 200, { sdp: true });
    const first = await peer.request('ACK');
    peer.send(answer);
    peer.send(answer);
    expect(await peer.request('ACK')).toEqual(first);
    expect(await peer.request('ACK')).toEqual(first);
    const dialog = await calling;
    const ending = dialog.destroy();
    peer.answer(await peer.request('BYE'), 200);
    await ending;
    nothingLeft();
  });

  it('acknowledge and end a second fork that answers', async () => {
    const calling = call(bench.srf, peer.uri);
    const invite = await peer.request('INVITE');
    peer.answer(invite, 180, { tag: 'one' });
    peer.answer(invite, 180, { tag: 'two' });
    peer.answer(invite, 200, { tag: 'two', sdp: true });
    const dialog = await calling;
    expect(dialog.sip.remoteTag).toBe('two');
    const toTag = (request: SipRequest) => /tag=(\w+)/.exec(header(request, 'to') ?? '')?.[1];
    expect(toTag(await peer.request('ACK'))).toBe('two');
    peer.answer(invite, 200, { tag: 'one', sdp: true });
    expect(toTag(await peer.request('ACK'))).toBe('one');
    const bye = await peer.request('BYE');
    expect(toTag(bye)).toBe('one');
    peer.answer(bye, 200);
    expect(bench.server.counts().dialogs).toBe(1);
  });

  it('give each fork its own early dialog', async () => {
    const tags: string[] = [];
    const provisional = (response: { get(name: string): unknown; stackDialogId?: string }) => {
      tags.push(response.stackDialogId ?? '');
    };
    const calling = failure(call(bench.srf, peer.uri, { provisional: provisional as never }));
    const invite = await peer.request('INVITE');
    peer.answer(invite, 180, { tag: 'one' });
    peer.answer(invite, 183, { tag: 'two', sdp: true });
    peer.answer(invite, 180, { tag: 'one' });
    peer.answer(invite, 486, { tag: 'x' });
    expect((await calling).status).toBe(486);
    expect(new Set(tags).size).toBe(2);
    expect(tags[0]).toBe(tags[2]);
    await peer.request('ACK');
    nothingLeft();
  });

  it('acknowledge a failure in its transaction, with the To-tag of the response', async () => {
    const calling = failure(call(bench.srf, peer.uri));
    const invite = await peer.request('INVITE');
    const refusal = peer.answer(invite, 603);
    const ack = await peer.request('ACK');
    expect(header(ack, 'via')).toBe(header(invite, 'via'));
    expect(header(ack, 'to')).toBe(header(refusal, 'to'));
    expect(header(ack, 'cseq')).toBe('1 ACK');
    peer.send(refusal);
    expect(await peer.request('ACK')).toEqual(ack);
    expect((await calling).status).toBe(603);
  });

  it('route strictly where the first proxy is of RFC 2543', async () => {
    const calling = call(bench.srf, peer.uri);
    const invite = await peer.request('INVITE');
    const strict = `<sip:proxy@127.0.0.1:${peer.port}>`;
    peer.answer(invite, 200, { sdp: true, headers: [makeHeader('Record-Route', `<sip:far.example;lr>, ${strict}`)] });
    await calling;
    const ack = await peer.request('ACK');
    expect(ack.uri).toBe(`sip:proxy@127.0.0.1:${peer.port}`);
    expect(headerList(ack, 'route')).toEqual(['<sip:far.example;lr>', `<${peer.uri}>`]);
  });

  it('follow the Contact of a re-INVITE (target refresh)', async () => {
    const calling = call(bench.srf, peer.uri);
    const invite = await peer.request('INVITE');
    peer.answer(invite, 200, { sdp: true });
    await peer.request('ACK');
    const dialog = await calling;
    const answered = respond(dialog, 'modify', 200, { body: SDP });
    const inDialog = {
      uri: `sip:${bench.address}`,
      From: `<${peer.uri}>;tag=peer-tag`,
      To: header(invite, 'from') ?? '',
      'Call-ID': header(invite, 'call-id') ?? '',
    };
    const moved = `sip:elsewhere@127.0.0.1:${peer.port}`;
    peer.send(peer.write('INVITE', { ...inDialog, CSeq: '7 INVITE', Contact: `<${moved}>` }, SDP));
    await answered;
    await peer.response(200, 'INVITE');
    peer.send(peer.write('ACK', { ...inDialog, CSeq: '7 ACK' }));
    const ending = dialog.destroy();
    const bye = await peer.request('BYE');
    expect(bye.uri).toBe(moved);
    peer.answer(bye, 200);
    await ending;
    nothingLeft();
  });

  it('refuse a request of the dialog that is out of order, and one of no dialog', async () => {
    const calling = call(bench.srf, peer.uri);
    const invite = await peer.request('INVITE');
    peer.answer(invite, 200, { sdp: true });
    await calling;
    const inDialog = {
      From: `<${peer.uri}>;tag=peer-tag`,
      To: header(invite, 'from') ?? '',
      'Call-ID': header(invite, 'call-id') ?? '',
    };
    peer.send(peer.write('INFO', { ...inDialog, CSeq: '10 INFO' }));
    await peer.response(200, 'INFO');
    peer.send(peer.write('INFO', { ...inDialog, CSeq: '9 INFO' }));
    await peer.response(500, 'INFO');
    peer.send(peer.write('INFO', { ...inDialog, From: `<${peer.uri}>;tag=other`, CSeq: '11 INFO' }));
    await peer.response(481, 'INFO');
    expect(bench.server.counts().dialogs).toBe(1);
  });

  it('answer 491 to a re-INVITE while theirs is under way', async () => {
    const calling = call(bench.srf, peer.uri);
    const invite = await peer.request('INVITE');
    peer.answer(invite, 200, { sdp: true });
    await peer.request('ACK');
    const dialog = await calling;
    const modifying = dialog.modify(SDP);
    const ours = await peer.request('INVITE');
    const inDialog = {
      From: `<${peer.uri}>;tag=peer-tag`,
      To: header(invite, 'from') ?? '',
      'Call-ID': header(invite, 'call-id') ?? '',
    };
    peer.send(peer.write('INVITE', { ...inDialog, CSeq: '5 INVITE' }, SDP));
    await peer.response(491, 'INVITE');
    peer.answer(ours, 200, { sdp: true });
    await modifying;
    // After the glare the far side's next attempt is served.
    const answered = respond(dialog, 'modify', 200, { body: SDP });
    peer.send(peer.write('INVITE', { ...inDialog, CSeq: '6 INVITE' }, SDP));
    await answered;
    await peer.response(200, 'INVITE');
  });

  it('end when the CANCEL is never followed by a final response', async () => {
    const calling = failure(call(bench.srf, peer.uri, { sent: (request) => request.cancel() }));
    const invite = await peer.request('INVITE');
    peer.answer(invite, 180);
    peer.answer(await peer.request('CANCEL'), 200);
    expect((await calling).status).toBe(487);
    // An answer after all that is acknowledged and ended.
    peer.answer(invite, 200, { sdp: true });
    await peer.request('ACK');
    peer.answer(await peer.request('BYE'), 200);
  });

  it('end when the application never acknowledges the answer', async () => {
    const { srf } = bench as unknown as { srf: { request(...args: unknown[]): void } };
    const request = await new Promise<EventEmitter>((resolve) => {
      srf.request(peer.uri, { method: 'INVITE', body: SDP }, (_error: unknown, made: EventEmitter) => resolve(made));
    });
    request.on('response', () => undefined);
    const invite = await peer.request('INVITE');
    peer.answer(invite, 200, { sdp: true });
    await peer.request('ACK');
    peer.answer(await peer.request('BYE'), 200);
    nothingLeft();
  });

  it('repeat a reliable provisional to nobody: one PRACK, and none for one out of order', async () => {
    const statuses: number[] = [];
    const calling = call(bench.srf, peer.uri, { provisional: (response) => statuses.push(response.status) });
    const invite = await peer.request('INVITE');
    const reliable = (rseq: number) => ({
      headers: [makeHeader('Require', '100rel'), makeHeader('RSeq', String(rseq))],
    });
    const first = peer.answer(invite, 183, { ...reliable(5), sdp: true });
    peer.answer(await peer.request('PRACK'), 200);
    peer.send(first);
    peer.answer(invite, 180, reliable(8));
    peer.answer(invite, 180, reliable(6));
    const second = await peer.request('PRACK');
    expect(header(second, 'rack')).toBe('6 1 INVITE');
    peer.answer(second, 200);
    peer.answer(invite, 200, { sdp: true });
    await calling;
    expect(statuses).toEqual([183, 180]);
    expect(peer.seen.filter((one) => one.kind === 'request' && one.method === 'PRACK').length).toBe(2);
  });

  it('are 503, not 408, when nobody listens at the address', async () => {
    const { uri } = peer;
    peer.close();
    const error = await failure(call(bench.srf, uri));
    expect(error.status).toBe(503);
    expect(error.res?.get('Warning')).toContain('ECONNREFUSED');
    peer = await RawPeer.open(bench.address);
    nothingLeft();
  });

  describe('with a session timer', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    const answered = async (expires: string, allow: string) => {
      const calling = call(bench.srf, peer.uri);
      const invite = await peer.request('INVITE');
      const headers = [makeHeader('Session-Expires', expires), makeHeader('Allow', allow)];
      peer.answer(invite, 200, { sdp: true, headers });
      await peer.request('ACK');
      return calling;
    };

    it('are ended when the far side does not refresh', async () => {
      const dialog = await answered('90;refresher=uas', 'INVITE, BYE');
      const ended = event(dialog, 'destroy');
      vi.advanceTimersByTime(59_999);
      expect(bench.server.counts().dialogs).toBe(1);
      vi.advanceTimersByTime(1);
      expect(await ended).toContain('Session timer expired');
      peer.answer(await peer.request('BYE'), 200);
      nothingLeft();
    });

    it('are refreshed by UPDATE where the far side takes it', async () => {
      await answered('120;refresher=uac', 'INVITE, BYE, UPDATE');
      vi.advanceTimersByTime(60_000);
      const update = await peer.request('UPDATE');
      expect(header(update, 'session-expires')).toBe('120;refresher=uac');
      expect(update.body.length).toBe(0);
      peer.answer(update, 200, { headers: [makeHeader('Session-Expires', '120;refresher=uac')] });
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      vi.advanceTimersByTime(60_000);
      await peer.request('UPDATE');
    });

    it('are refreshed by the last INVITE again where it does not', async () => {
      const dialog = await answered('120;refresher=uac', 'INVITE, BYE');
      vi.advanceTimersByTime(60_000);
      const refresh = await peer.request('INVITE');
      expect(refresh.body.toString()).toBe(SDP);
      const ended = event(dialog, 'destroy');
      peer.answer(refresh, 481);
      expect(await ended).toContain('Session timer expired');
    });
  });
});
