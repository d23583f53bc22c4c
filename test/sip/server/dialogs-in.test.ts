/** What a caller may do to us, by hand over UDP. */
import type Srf from 'drachtio-srf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { header, headerLines, type SipResponse } from '../../../sip/message/index.ts';
import { type Bench, connectSrf, event, QUICK, SDP, startBench } from './harness.ts';
import { RawPeer } from './raw-peer.ts';

describe('calls that come in', () => {
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

  /** The application answers every call; settles with the dialog of the first. */
  const answering = (): Promise<Srf.Dialog> =>
    new Promise((resolve, reject) => {
      bench.srf.invite((req, res) => {
        bench.srf.createUAS(req, res, { localSdp: SDP }).then(resolve, reject);
      });
    });

  /** Headers of a request inside the dialog that this response made. */
  const inside = (response: SipResponse): Record<string, string> => ({
    To: header(response, 'to') ?? '',
    'Call-ID': header(response, 'call-id') ?? '',
  });

  const establish = async (): Promise<{ dialog: Srf.Dialog; ok: SipResponse }> => {
    const dialog = answering();
    peer.send(peer.write('INVITE', {}, SDP));
    const ok = await peer.response(200, 'INVITE');
    const acked = event(await dialog, 'ack');
    peer.send(peer.write('ACK', inside(ok)));
    await acked;
    return { dialog: await dialog, ok };
  };

  it('are answered with our tag, Contact, and the caller’s Record-Route and Via', async () => {
    const dialog = answering();
    const via = `SIP/2.0/UDP 127.0.0.1:${peer.port};rport;branch=z9hG4bKa1`;
    peer.send(
      peer.write(
        'INVITE',
        { Via: `${via}, SIP/2.0/UDP far.example;branch=z9hG4bKa0`, 'Record-Route': '<sip:p.example;lr>' },
        SDP,
      ),
    );
    const trying = await peer.response(100);
    expect(header(trying, 'to')).not.toContain('tag=');
    const ok = await peer.response(200, 'INVITE');
    // RFC 3581 §4
    expect(headerLines(ok, 'via').join(', ')).toBe(
      `SIP/2.0/UDP 127.0.0.1:${peer.port};rport=${peer.port};branch=z9hG4bKa1;received=127.0.0.1, SIP/2.0/UDP far.example;branch=z9hG4bKa0`,
    );
    expect(header(ok, 'record-route')).toBe('<sip:p.example;lr>');
    expect(header(ok, 'contact')).toBe(`<sip:${bench.address}>`);
    expect(header(ok, 'to')).toMatch(/;tag=[0-9a-f]+$/);
    expect((await dialog).sip.localTag).toBe(/tag=(.*)$/.exec(header(ok, 'to') ?? '')?.[1]);
  });

  it('get a retransmission answered with the same bytes, and the application hears of it once', async () => {
    let heard = 0;
    bench.srf.invite((_req, res) => {
      heard += 1;
      res.send(486);
    });
    const invite = peer.write('INVITE', {}, SDP);
    peer.send(invite);
    const busy = await peer.response(486);
    peer.send(invite);
    expect(await peer.response(486)).toEqual(busy);
    expect(heard).toBe(1);
    peer.send(peer.write('ACK', { ...inside(busy), Via: header(busy, 'via') ?? '' }));
    nothingLeft();
  });

  it('repeat the 200 until the ACK, and no longer', async () => {
    const dialog = answering();
    peer.send(peer.write('INVITE', {}, SDP));
    const first = await peer.response(200, 'INVITE');
    expect(await peer.response(200, 'INVITE')).toEqual(first);
    const acked = event(await dialog, 'ack');
    peer.send(peer.write('ACK', inside(first)));
    await acked;
    const count = () => peer.seen.filter((one) => one.kind === 'response' && one.status === 200).length;
    const before = count();
    const ending = (await dialog).destroy();
    peer.answer(await peer.request('BYE'), 200);
    await ending;
    expect(count()).toBe(before);
    nothingLeft();
  });

  it('answer 482 to the same request by another way (RFC 3261 §8.2.2.2)', async () => {
    bench.srf.invite((_req, res) => res.send(180));
    peer.send(peer.write('INVITE', {}, SDP));
    await peer.response(180);
    peer.send(peer.write('INVITE', {}, SDP));
    await peer.response(482);
  });

  it('answer 481 to what belongs to no dialog, and drop a stray ACK', async () => {
    bench.srf.invite((_req, res) => res.send(486));
    for (const method of ['BYE', 'UPDATE', 'PRACK', 'INFO', 'INVITE']) {
      peer.send(peer.write(method, { To: '<sip:x@y.example>;tag=none', 'Call-ID': `none-${method}` }));
      expect(header(await peer.response(481, method), 'cseq')).toBe(`1 ${method}`);
    }
    peer.send(peer.write('CANCEL', { 'Call-ID': 'none' }));
    await peer.response(481, 'CANCEL');
    const before = peer.seen.length;
    peer.send(peer.write('ACK', { To: '<sip:x@y.example>;tag=none', 'Call-ID': 'none' }));
    peer.send(peer.write('OPTIONS', { 'Call-ID': 'after' }));
    await peer.response(200, 'OPTIONS');
    expect(peer.seen.length).toBe(before + 1);
  });

  it.each([
    ['an unknown extension in Require', 420, { Require: '100rel, teleport' }, 'unsupported', 'teleport'],
    ['a scheme that is not SIP', 416, { uri: 'http://example.com/' }, undefined, undefined],
    ['a missing Contact', 400, { Contact: '' }, undefined, undefined],
  ] as const)('refuse an INVITE with %s', async (_what, status, lines, key, value) => {
    bench.srf.invite((_req, res) => res.send(486));
    peer.send(peer.write('INVITE', lines as Record<string, string>, SDP));
    const refusal = await peer.response(status);
    if (key !== undefined) expect(header(refusal, key)).toBe(value);
  });

  it('refuse a method that nobody takes, and one that does not exist', async () => {
    peer.send(peer.write('NOTIFY', { 'Call-ID': 'a' }));
    const allowed = header(await peer.response(405), 'allow');
    expect(allowed).toContain('INVITE');
    expect(allowed).not.toContain('NOTIFY');
    peer.send(peer.write('TELEPORT', { 'Call-ID': 'b' }));
    await peer.response(501);
    peer.send(peer.write('SUBSCRIBE', { 'Call-ID': 'c' }));
    await peer.response(405);
  });

  it('have a text that no application takes yet come again', async () => {
    peer.send(peer.write('MESSAGE', { 'Call-ID': 'a' }));
    expect(header(await peer.response(503), 'retry-after')).toBe('5');
  });

  it('refuse a call that no application takes', async () => {
    peer.send(peer.write('INVITE', {}, SDP));
    await peer.response(480);
  });

  it('hand MESSAGE and OPTIONS to an application that asked for them', async () => {
    const texts: string[] = [];
    const { srf } = bench as unknown as {
      srf: Record<'message' | 'options', (run: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void) => void>;
    };
    srf.message((req, res) => {
      texts.push(req.body);
      res.send(202);
    });
    srf.options((_req, res) => res.send(200, { headers: { 'X-Ours': 'yes' } }));
    peer.send(peer.write('MESSAGE', { 'Call-ID': 'm', 'Content-Type': 'text/plain' }, 'grüße 👋'));
    await peer.response(202);
    expect(texts).toEqual(['grüße 👋']);
    peer.send(peer.write('OPTIONS', { 'Call-ID': 'o' }));
    expect(header(await peer.response(200, 'OPTIONS'), 'x-ours')).toBe('yes');
  });

  it('end an early call by BYE too', async () => {
    const cancelled = new Promise<void>((resolve) => {
      bench.srf.invite((req, res) => {
        req.on('cancel', () => resolve());
        res.send(180);
      });
    });
    peer.send(peer.write('INVITE', {}, SDP));
    const ringing = await peer.response(180);
    peer.send(peer.write('BYE', { ...inside(ringing), CSeq: '2 BYE' }));
    await peer.response(200, 'BYE');
    await peer.response(487, 'INVITE');
    await cancelled;
    nothingLeft();
  });

  it('answer a CANCEL that comes after the 200 with 200 and leave the call alone (RFC 3261 §9.2)', async () => {
    const dialog = answering();
    const via = `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKcross`;
    peer.send(peer.write('INVITE', { Via: via }, SDP));
    const ok = await peer.response(200, 'INVITE');
    peer.send(peer.write('CANCEL', { Via: via }));
    await peer.response(200, 'CANCEL');
    const acked = event(await dialog, 'ack');
    peer.send(peer.write('ACK', inside(ok)));
    await acked;
    expect(bench.server.counts().dialogs).toBe(1);
  });

  it('carry the SDP of an ACK to the application (late offer)', async () => {
    const dialog = answering();
    peer.send(peer.write('INVITE', {}));
    const ok = await peer.response(200, 'INVITE');
    const acked = event(await dialog, 'ack') as Promise<Srf.SrfRequest>;
    peer.send(peer.write('ACK', inside(ok), SDP));
    expect((await acked).body).toBe(SDP);
  });

  it('refuse a second re-INVITE before the first is answered (RFC 3261 §14.2)', async () => {
    const { dialog, ok } = await establish();
    const first = new Promise<Srf.SrfResponse>((resolve) =>
      (dialog as unknown as { once(n: string, run: (q: unknown, s: Srf.SrfResponse) => void): void }).once(
        'modify',
        (_req, res) => resolve(res),
      ),
    );
    peer.send(peer.write('INVITE', { ...inside(ok), CSeq: '2 INVITE' }, SDP));
    const waiting = await first;
    peer.send(peer.write('INVITE', { ...inside(ok), CSeq: '3 INVITE' }, SDP));
    const refused = await peer.response(500, 'INVITE');
    expect(header(refused, 'retry-after')).toMatch(/^\d+$/);
    waiting.send(488);
    await peer.response(488, 'INVITE');
    expect(bench.server.counts().dialogs).toBe(1);
  });

  it('refuse a session interval that is too small (RFC 4028 §9)', async () => {
    const { ok } = await establish();
    peer.send(peer.write('UPDATE', { ...inside(ok), CSeq: '2 UPDATE', 'Session-Expires': '30' }));
    expect(header(await peer.response(422, 'UPDATE'), 'min-se')).toBe('90');
  });

  it('grant the session timer that a caller asks for', async () => {
    answering().catch(() => undefined);
    peer.send(peer.write('INVITE', { Supported: 'timer', 'Session-Expires': '1800' }, SDP));
    const ok = await peer.response(200, 'INVITE');
    expect(header(ok, 'session-expires')).toBe('1800;refresher=uac');
    expect(header(ok, 'require')).toBe('timer');
  });

  it('refuse to send reliably to a caller who does not know how', async () => {
    const refused = new Promise((resolve) => {
      bench.srf.invite((_req, res) => {
        const send = res.send.bind(res) as (...args: unknown[]) => void;
        send(183, { headers: { Require: '100rel' }, body: SDP }, (error: unknown) => {
          resolve(error);
          res.send(480);
        });
      });
    });
    peer.send(peer.write('INVITE', {}, SDP));
    expect(await refused).toContain('does not support 100rel');
    await peer.response(480);
  });

  it('get 504 when a reliable response is never acknowledged (RFC 3262 §3)', async () => {
    const cancelled = new Promise<void>((resolve) => {
      bench.srf.invite((req, res) => {
        req.on('cancel', () => resolve());
        res.send(183, { headers: { Require: '100rel' }, body: SDP });
      });
    });
    peer.send(peer.write('INVITE', { Supported: '100rel' }, SDP));
    const first = await peer.response(183);
    expect(await peer.response(183)).toEqual(first);
    await peer.response(504);
    await cancelled;
    nothingLeft();
  });

  it('get 503 when no application is there, and when it goes', async () => {
    bench.srf.invite((_req, res) => res.send(180));
    peer.send(peer.write('INVITE', {}, SDP));
    await peer.response(180);
    bench.srf.disconnect();
    expect(header(await peer.response(503), 'retry-after')).toBe('5');
    peer.send(peer.write('INVITE', { 'Call-ID': 'later' }, SDP));
    await peer.response(503);
  });

  it('are ended by BYE when their application goes', async () => {
    await establish();
    bench.srf.disconnect();
    peer.answer(await peer.request('BYE'), 200);
    nothingLeft();
  });

  it('are shared between applications in turn', async () => {
    const second = await connectSrf(bench.server);
    const seen: string[] = [];
    bench.srf.invite((_req, res) => {
      seen.push('first');
      res.send(486);
    });
    second.invite((_req, res) => {
      seen.push('second');
      res.send(486);
    });
    for (let turn = 0; turn < 4; turn += 1) {
      peer.send(peer.write('INVITE', { 'Call-ID': `turn-${turn}` }, SDP));
      const refused = await peer.response(486);
      peer.send(peer.write('ACK', { ...inside(refused), Via: header(refused, 'via') ?? '' }));
    }
    expect(new Set(seen).size).toBe(2);
    second.disconnect();
  });

  it('find the transaction of an old sender without a magic cookie', async () => {
    let heard = 0;
    bench.srf.invite((_req, res) => {
      heard += 1;
      res.send(486);
    });
    const old = { Via: `SIP/2.0/UDP 127.0.0.1:${peer.port}`, From: '<sip:old@example.com>', 'Call-ID': 'old' };
    peer.send(peer.write('INVITE', old, SDP));
    const busy = await peer.response(486);
    peer.send(peer.write('INVITE', old, SDP));
    await peer.response(486);
    peer.send(peer.write('ACK', { ...old, ...inside(busy) }));
    expect(heard).toBe(1);
  });

  it('give 503 with Retry-After when there is no room', async () => {
    await bench.close();
    bench = await startBench({ timers: QUICK, maxTransactions: 2 });
    peer.close();
    peer = await RawPeer.open(bench.address);
    bench.srf.invite((_req, res) => res.send(180));
    for (let call = 0; call < 3; call += 1) peer.send(peer.write('INVITE', { 'Call-ID': `full-${call}` }, SDP));
    expect(header(await peer.response(503), 'retry-after')).toBe('10');
    expect(bench.server.counts().transactions).toBe(2);
  });
});
