/** What goes on inside calls and around them: other methods, challenges, IPv6, and nothing left behind. */
import type Srf from 'drachtio-srf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { header, makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { type Bench, call, event, failure, QUICK, respond, SDP, startBench } from './harness.ts';
import { RawPeer } from './raw-peer.ts';

describe('inside a call', () => {
  let bench: Bench;
  let peer: RawPeer;
  let dialog: Srf.Dialog;
  let invite: SipRequest;
  beforeEach(async () => {
    bench = await startBench({ timers: QUICK });
    peer = await RawPeer.open(bench.address);
    const calling = call(bench.srf, peer.uri);
    invite = await peer.request('INVITE');
    peer.answer(invite, 200, { sdp: true });
    await peer.request('ACK');
    dialog = await calling;
  });
  afterEach(async () => {
    peer.close();
    await bench.close();
  });

  const inside = () => ({
    From: `<${peer.uri}>;tag=peer-tag`,
    To: header(invite, 'from') ?? '',
    'Call-ID': header(invite, 'call-id') ?? '',
  });
  const ask = (method: string, more: object = {}): Promise<Srf.SrfResponse> =>
    (dialog as unknown as { request(options: object): Promise<Srf.SrfResponse> }).request({ method, ...more });

  it.each(['INFO', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'REFER', 'UPDATE'])(
    '%s goes out and its answer comes back',
    async (method) => {
      const body = { body: 'x', headers: { 'Content-Type': 'text/plain' } };
      const asking = ask(method, body);
      const request = await peer.request(method);
      expect(header(request, 'cseq')).toBe(`2 ${method}`);
      expect(header(request, 'to')).toContain(';tag=peer-tag');
      expect(request.uri).toBe(peer.uri);
      // Target refreshes, REFER and NOTIFY carry our Contact (RFC 3261 §12.2.1.1, RFC 3515 §2.2, RFC 6665 §8.1.1).
      expect(header(request, 'contact') !== undefined).toBe(['UPDATE', 'REFER', 'NOTIFY'].includes(method));
      peer.answer(request, method === 'REFER' ? 202 : 200);
      expect((await asking).status).toBe(method === 'REFER' ? 202 : 200);
    },
  );

  it.each(['INFO', 'MESSAGE', 'NOTIFY', 'OPTIONS', 'REFER', 'UPDATE'])(
    '%s comes in and is answered',
    async (method) => {
      const heard = respond(dialog, method.toLowerCase(), 202, { headers: { 'X-Heard': method } });
      peer.send(peer.write(method, { ...inside(), CSeq: `5 ${method}`, 'Content-Type': 'text/plain' }, 'hello'));
      expect((await heard).body).toBe('hello');
      expect(header(await peer.response(202, method), 'x-heard')).toBe(method);
    },
  );

  it('a request that nobody answers is 408, and a BYE ends the call all the same', async () => {
    expect((await ask('INFO')).status).toBe(408);
    await dialog.destroy();
    expect(bench.server.counts().dialogs).toBe(0);
  });

  it('a challenged BYE is sent again inside the dialog', async () => {
    const ending = ask('BYE');
    peer.answer(await peer.request('BYE'), 401, {
      headers: [makeHeader('WWW-Authenticate', 'Digest realm="r", nonce="n"')],
    });
    expect((await ending).status).toBe(401);
    expect(bench.server.counts().dialogs).toBe(1);
    const { srf } = bench as unknown as { srf: { request(...args: unknown[]): void } };
    const again = {
      method: 'BYE',
      stackDialogId: (dialog as unknown as { id: string }).id,
      headers: { Authorization: 'Digest x' },
    };
    srf.request('sip:placeholder', again, () => undefined);
    const second = await peer.request('BYE');
    expect(header(second, 'cseq')).toBe('3 BYE');
    expect(header(second, 'authorization')).toBe('Digest x');
    peer.answer(second, 200);
  });

  it('an UPDATE with a session timer is granted with what the application says', async () => {
    const answered = respond(dialog, 'update', 200, {
      headers: { 'Session-Expires': '600;refresher=uac', Require: 'timer' },
    });
    peer.send(peer.write('UPDATE', { ...inside(), CSeq: '5 UPDATE', 'Session-Expires': '600', Supported: 'timer' }));
    await answered;
    const granted = await peer.response(200, 'UPDATE');
    expect(header(granted, 'session-expires')).toBe('600;refresher=uac');
    expect(header(granted, 'contact')).toBe(header(invite, 'contact'));
  });

  it('a BYE during our re-INVITE cancels it first', async () => {
    const modifying = failure(dialog.modify(SDP));
    const again = await peer.request('INVITE');
    peer.answer(again, 180);
    const ending = dialog.destroy();
    peer.answer(await peer.request('CANCEL'), 200);
    peer.answer(again, 487);
    peer.answer(await peer.request('BYE'), 200);
    await ending;
    expect((await modifying).status).toBe(487);
    expect(bench.server.counts().dialogs).toBe(0);
  });
});

describe('drachtio-srf’s own digest', () => {
  it('sends the INVITE again in the same call, and may cancel that', async () => {
    const bench = await startBench({ timers: QUICK });
    const peer = await RawPeer.open(bench.address);
    const calling = bench.srf.createUAC(peer.uri, { localSdp: SDP, auth: { username: 'u', password: 'p' } } as never);
    const first = await peer.request('INVITE');
    peer.answer(first, 407, { headers: [makeHeader('Proxy-Authenticate', 'Digest realm="r", nonce="n", qop="auth"')] });
    await peer.request('ACK');
    const second = await peer.request('INVITE');
    expect(header(second, 'call-id')).toBe(header(first, 'call-id'));
    expect(header(second, 'from')).toBe(header(first, 'from'));
    expect(header(second, 'cseq')).toBe('2 INVITE');
    expect(header(second, 'proxy-authorization')).toMatch(/^Digest username="u"/);
    peer.answer(second, 200, { sdp: true });
    const ack = await peer.request('ACK');
    expect(header(ack, 'proxy-authorization')).toBe(header(second, 'proxy-authorization'));
    const ended = event(await calling, 'destroy');
    const inside = {
      From: `<${peer.uri}>;tag=peer-tag`,
      To: header(first, 'from') ?? '',
      'Call-ID': header(first, 'call-id') ?? '',
    };
    peer.send(peer.write('BYE', { ...inside, CSeq: '1 BYE' }));
    await ended;
    peer.close();
    await bench.close();
  });
});

describe('a fault of the server itself', () => {
  it('fails the one request, and the next is served', async () => {
    const bench = await startBench({}, () => {
      throw new TypeError('a bug');
    });
    const peer = await RawPeer.open(bench.address);
    expect((await failure(call(bench.srf, 'sip:x@name.example'))).message).toBe('Server error: the command failed');
    const calling = failure(call(bench.srf, peer.uri));
    peer.answer(await peer.request('INVITE'), 486);
    expect((await calling).status).toBe(486);
    peer.close();
    await bench.close();
  });
});

describe('IPv6', () => {
  it('carries a call, with brackets where they belong', async () => {
    const listeners = [{ transport: 'udp', host: '::1', port: 0 }] as const;
    const caller = await startBench({ listeners });
    const called = await startBench({ listeners });
    const asked = new Promise<Srf.SrfRequest>((resolve) => {
      called.srf.invite((req, res) => {
        resolve(req);
        called.srf.createUAS(req, res, { localSdp: SDP }).catch(() => undefined);
      });
    });
    const dialog = await call(caller.srf, `sip:x@[::1]:${called.server.addresses[0]?.port}`);
    const request = await asked;
    expect(request.get('Contact')).toBe(`<sip:[::1]:${caller.server.addresses[0]?.port}>`);
    expect(request.get('Via')).toContain(`SIP/2.0/UDP [::1]:${caller.server.addresses[0]?.port};`);
    await dialog.destroy();
    await caller.close();
    await called.close();
  });
});

describe('after many calls of every kind', () => {
  it('nothing is left', async () => {
    const caller = await startBench({ timers: QUICK });
    const called = await startBench({ timers: QUICK });
    let turn = 0;
    called.srf.invite((req, res) => {
      turn += 1;
      if (turn % 4 === 0) res.send(486);
      else if (turn % 4 === 1) res.send(180);
      else called.srf.createUAS(req, res, { localSdp: SDP }).catch(() => undefined);
    });
    const uri = `sip:x@${called.address}`;
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        let cancel: (() => void) | undefined;
        const progress = {
          sent: (request: { cancel(): void }) => {
            cancel = () => request.cancel();
          },
          provisional: (response: Srf.SrfResponse) => {
            if (response.status > 100) cancel?.();
          },
        };
        const dialog = await call(caller.srf, uri, progress).catch(() => undefined);
        await dialog?.destroy();
      }),
    );
    const empty = { dialogs: 0, transactions: 0, connections: 0, pending: 0 };
    const left = () => JSON.stringify([caller.server.counts(), called.server.counts()]);
    while (left() !== JSON.stringify([empty, empty])) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(turn).toBe(100);
    await caller.close();
    await called.close();
  });
});
