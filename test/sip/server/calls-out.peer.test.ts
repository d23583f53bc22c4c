/** drachtio-srf calls SIPp through the embedded server. */
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import type Srf from 'drachtio-srf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sipp, type SippOptions, startSipp } from '../../world/peers/sipp.ts';
import {
  type Bench,
  call,
  event,
  failure,
  LOOPBACK_UDP_TCP,
  type Progress,
  QUICK,
  respond,
  SDP,
  startBench,
} from './harness.ts';

function scenario(name: string): string {
  return fileURLToPath(new URL(`./data/scenarios/${name}.xml`, import.meta.url));
}

function startPeer(name: string, options: Partial<SippOptions> = {}): Promise<Sipp> {
  return startSipp({ scenario: scenario(name), timeoutS: 20, ...options });
}

async function passed(sipp: Sipp): Promise<string[]> {
  const result = await sipp.finished;
  expect(result.passed, `${result.errors}\n${result.messages.map((m) => `${m.direction} ${m.text}`).join('\n')}`).toBe(
    true,
  );
  return result.messages.filter((m) => m.direction === 'received').map((m) => m.text);
}

describe('calls out through the embedded server', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench({ listeners: LOOPBACK_UDP_TCP });
  });
  afterEach(() => bench.close());

  const uri = (sipp: Sipp, params = '') => `sip:callee@127.0.0.1:${sipp.port}${params}`;
  const cancelWhenRinging = (to: string): Promise<Srf.Dialog> => {
    let cancel: (() => void) | undefined;
    const progress: Progress = {
      sent: (request) => {
        cancel = () => request.cancel();
      },
      provisional: () => cancel?.(),
    };
    return call(bench.srf, to, progress);
  };
  const nothingLeft = () => expect(bench.server.counts().dialogs).toBe(0);

  it('is answered, and ended by us', async () => {
    const sipp = await startPeer('uas-answers');
    const dialog = await call(bench.srf, uri(sipp));
    expect(dialog.remote.sdp).toContain('m=audio');
    await dialog.destroy();
    const target = `sip:127.0.0.1:${sipp.port};transport=UDP SIP/2.0`;
    expect((await passed(sipp)).map((text) => text.split('\n')[0]?.trim())).toEqual([
      `INVITE ${uri(sipp)} SIP/2.0`,
      `ACK ${target}`,
      `BYE ${target}`,
    ]);
    nothingLeft();
  });

  it('busy: the status and its Reason reach the application', async () => {
    const sipp = await startPeer('uas-busy');
    const error = await failure(call(bench.srf, uri(sipp)));
    expect(error.status).toBe(486);
    expect(error.res?.get('Reason')).toContain('cause=17');
    await passed(sipp);
    nothingLeft();
  });

  it('CANCEL while it rings: 487', async () => {
    const sipp = await startPeer('uas-ring-until-cancelled');
    expect((await failure(cancelWhenRinging(uri(sipp)))).status).toBe(487);
    await passed(sipp);
    nothingLeft();
  });

  it('CANCEL before any response is held back until one comes', async () => {
    const sipp = await startPeer('uas-ring-until-cancelled');
    const error = await failure(call(bench.srf, uri(sipp), { sent: (request) => request.cancel() }));
    expect(error.status).toBe(487);
    const received = await passed(sipp);
    expect(received.map((text) => text.split(' ')[0])).toEqual(['INVITE', 'CANCEL', 'ACK']);
    nothingLeft();
  });

  it('CANCEL crossing the 200: the application sees the answer, the server hangs up', async () => {
    const sipp = await startPeer('uas-cancel-crosses-200');
    const dialog = await cancelWhenRinging(uri(sipp));
    expect(await event(dialog, 'destroy')).toContain('cancel race');
    await passed(sipp);
    nothingLeft();
  });

  it('acknowledges reliable provisional responses', async () => {
    const sipp = await startPeer('uas-prack');
    const statuses: number[] = [];
    const provisional = (response: { status: number }) => statuses.push(response.status);
    const dialog = await call(bench.srf, uri(sipp), { provisional }, { Supported: '100rel' });
    expect(statuses).toEqual([183, 180]);
    await dialog.destroy();
    const pracks = (await passed(sipp)).filter((text) => text.startsWith('PRACK'));
    expect(pracks.map((text) => /^RAck: .*$/im.exec(text)?.[0])).toEqual(['RAck: 71 1 INVITE', 'RAck: 72 1 INVITE']);
    nothingLeft();
  });

  it('answers an UPDATE in the early dialog', async () => {
    const sipp = await startPeer('uas-update');
    const dialog = await call(bench.srf, uri(sipp));
    await dialog.destroy();
    await passed(sipp);
    nothingLeft();
  });

  it('follows Record-Route, in reverse order', async () => {
    const sipp = await startPeer('uas-record-routed');
    const dialog = await call(bench.srf, uri(sipp));
    await dialog.destroy();
    for (const text of (await passed(sipp)).filter((one) => /^(ACK|BYE)/.test(one))) {
      expect(text.match(/^Route: .*$/gim)).toEqual([
        `Route: <sip:127.0.0.1:${sipp.port};lr;id=near>`,
        'Route: <sip:far.example.com;lr>',
      ]);
      expect(text).toMatch(new RegExp(`^\\w+ sip:127\\.0\\.0\\.1:${sipp.port};transport=UDP SIP/2\\.0`));
    }
    nothingLeft();
  });

  it('is hung up by the far side', async () => {
    const sipp = await startPeer('uas-hangs-up');
    await event(await call(bench.srf, uri(sipp)), 'destroy');
    await passed(sipp);
    nothingLeft();
  });

  it('re-INVITEs both ways', async () => {
    const sipp = await startPeer('uas-reinvite');
    const dialog = await call(bench.srf, uri(sipp));
    const ended = event(dialog, 'destroy');
    await respond(dialog, 'modify', 200, { body: SDP });
    await event(dialog, 'ack');
    expect(await dialog.modify(SDP)).toContain('m=audio');
    await ended;
    await passed(sipp);
    nothingLeft();
  });

  it('reads compact and folded headers', async () => {
    const sipp = await startPeer('uas-compact');
    const dialog = await call(bench.srf, uri(sipp));
    expect(dialog.remote.sdp).toContain('m=audio');
    await dialog.destroy();
    await passed(sipp);
    nothingLeft();
  });

  const padding = 'x'.repeat(2000);

  it('sends a big INVITE by TCP and the small one after it by UDP', async () => {
    const tcp = await startPeer('uas-answers', { transport: 'tcp' });
    const big = await call(bench.srf, uri(tcp), {}, { 'X-Padding': padding });
    await big.destroy();
    const bigInvite = (await passed(tcp))[0];
    expect(bigInvite).toContain('Via: SIP/2.0/TCP');
    const udp = await startPeer('uas-answers');
    const small = await call(bench.srf, uri(udp));
    await small.destroy();
    expect((await passed(udp))[0]).toContain('Via: SIP/2.0/UDP');
    nothingLeft();
  });

  it('sends a big INVITE by UDP after all where TCP is refused', async () => {
    const sipp = await startPeer('uas-answers');
    const dialog = await call(bench.srf, uri(sipp), {}, { 'X-Padding': padding });
    await dialog.destroy();
    expect((await passed(sipp))[0]).toContain('Via: SIP/2.0/UDP');
    nothingLeft();
  });

  it('sends a big INVITE by UDP where the URI says so, though TCP would be taken', async () => {
    const udp = await startPeer('uas-answers');
    const tcp = createServer((socket) => socket.destroy());
    let connections = 0;
    tcp.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => tcp.listen(udp.port, '127.0.0.1', resolve));
    const dialog = await call(bench.srf, uri(udp, ';transport=udp'), {}, { 'X-Padding': padding });
    await dialog.destroy();
    await passed(udp);
    expect(connections).toBe(0);
    await new Promise((resolve) => tcp.close(resolve));
    nothingLeft();
  });

  it('says 503 at once where TCP is refused', async () => {
    const sipp = await startPeer('uas-silent');
    const error = await failure(call(bench.srf, uri(sipp, ';transport=tcp')));
    expect(error.status).toBe(503);
    await sipp.stop();
    nothingLeft();
  });

  it('says 503 for a name that leads nowhere', async () => {
    const error = await failure(call(bench.srf, 'sip:callee@nowhere.invalid'));
    expect(error.status).toBe(503);
    nothingLeft();
  });
});

describe('with quick timers', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench({ timers: QUICK });
  });
  afterEach(() => bench.close());

  it('says 408 when nobody answers', async () => {
    const sipp = await startPeer('uas-silent');
    const error = await failure(call(bench.srf, `sip:callee@127.0.0.1:${sipp.port}`));
    expect(error.status).toBe(408);
    const { messages } = await sipp.stop();
    // Timer A: 0, 50, 150, 350, 750, 1550, 3150 ms; Timer B ends it at 3200 ms.
    expect(messages.filter((m) => m.direction === 'received').length).toBe(7);
    expect(bench.server.counts().dialogs).toBe(0);
  });
});
