/** SIPp calls the gateway, as telephones and providers do; the messages of RFC 4475 where calls are taken. */
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import { createSipCalls } from '../../../sip/call/index.ts';
import type { InboundCall, SipLegEvent } from '../../../sip/index.ts';
import { startEmbeddedSipServer } from '../../../sip/server/index.ts';
import type { TrunkInput } from '../../../sip/trunk/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { type Sipp, type SippOptions, startSipp } from '../../world/peers/sipp.ts';
import { toldOf } from '../call/inbound-world.ts';
import { headerOf, keptLog, scenario, sdp } from '../call/world.ts';
import { TORTURE, tortureBytes } from '../message/torture.ts';
import { RawPeer } from '../server/raw-peer.ts';
import { EMBEDDED, SERVERS, type ServerUnderTest } from './servers.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A gateway that answers every call and every offer; `say` hears what happens in it. */
async function answering(
  say: (event: SipLegEvent, call: InboundCall) => void = () => undefined,
  options: { trunk?: Partial<TrunkInput>; server?: ServerUnderTest } = {},
) {
  const { logger, lines } = keptLog('info');
  const server = await (options.server ?? EMBEDDED).start({}, logger);
  const calls = await createSipCalls({
    connection: server.connection,
    trunks: [trunkSettings({ name: 'test', host: '127.0.0.1', ...options.trunk })],
    logger,
  });
  server.embedded?.screen((request, source) => calls.mayTalk(request, source));
  if (server.embedded === undefined && options.trunk === undefined) {
    const peer = await RawPeer.open((calls.health().servers[0]?.endpoints ?? '').split(',', 1)[0]);
    await toldOf(peer);
    peer.close();
  }
  stops.push(async () => {
    await calls.close(0);
    await server.close();
  });
  let version = 1;
  calls.onCall((call) => {
    call.listen((event) => {
      if (event.type === 'reoffer') void event.accept(sdp('sendrecv', ++version));
      say(event, call);
    });
    call.leg.ring();
    call.leg.answer(sdp('sendrecv', version)).catch(() => undefined);
  });
  const endpoints = calls.health().servers[0]?.endpoints ?? '';
  const port = (transport: string) => Number(new RegExp(`${transport}/[^,]*:(\\d+)`).exec(endpoints)?.[1] ?? 0);
  return { embedded: server.embedded, calls, log: lines, port };
}

async function caller(name: string, port: number, options: Partial<SippOptions> = {}): Promise<Sipp> {
  const own = name === 'uac' ? name : scenario(name);
  const sipp = await startSipp({
    scenario: own,
    target: `127.0.0.1:${port}`,
    service: '200',
    timeoutS: 20,
    ...options,
  });
  stops.push(() => sipp.stop());
  return sipp;
}

async function passed(sipp: Sipp) {
  const result = await sipp.finished;
  expect(result.passed, `${result.errors}\n${result.messages.map(({ text }) => text).join('\n')}`).toBe(true);
  return result.messages;
}

describe.each(SERVERS)('on the $name server', (server) => {
  test.each(['udp', 'tcp'] as const)('a plain call by %s', async (transport) => {
    const { embedded, port } = await answering(undefined, { server });
    await passed(await caller('uac', port(transport), { transport }));
    if (embedded !== undefined) expect(embedded.counts().dialogs).toBe(0);
  });

  test('hold in every way, and back by a late offer', async () => {
    const offers: (string | undefined)[] = [];
    const { port } = await answering(
      (event) => {
        if (event.type === 'reoffer') offers.push(event.sdp);
      },
      { server },
    );
    const messages = await passed(await caller('caller-holds', port('udp')));
    expect(offers.map((offer) => /a=(sendonly|inactive|sendrecv)/.exec(offer ?? '')?.[1])).toEqual([
      'sendonly',
      'sendonly',
      'inactive',
      'sendrecv',
      'inactive',
      undefined,
    ]);
    expect(offers[3]).toContain('c=IN IP4 0.0.0.0');
    expect(messages.filter(({ startLine }) => startLine.startsWith('INVITE'))).toHaveLength(7);
  });

  describe('late offer', () => {
    test('answered in the ACK', async () => {
      const { port } = await answering(undefined, { server });
      await passed(await caller('caller-late-offer', port('udp')));
    });

    test('never answered: BYE', async () => {
      const ended = new Promise<SipLegEvent>(
        (resolve) => void answering(resolve, { server }).then(({ port }) => start(port('udp'))),
      );
      const start = async (port: number) => passed(await caller('caller-answers-nothing', port));
      expect(await ended).toMatchObject({ type: 'ended', end: { by: 'local', q850: 88 } });
    });
  });

  test('what is required and not known is named', async () => {
    const { port } = await answering(undefined, { server });
    const messages = await passed(await caller('caller-requires', port('udp')));
    expect(
      headerOf(
        messages.find(({ startLine }) => startLine.includes(' 420 ')),
        'Unsupported',
      ),
    ).toBe('foo, bar');
  });

  test('a session interval that is too small, then one that is not, refreshed by UPDATE', async () => {
    const { port } = await answering(undefined, { server });
    const messages = await passed(await caller('caller-interval-too-small', port('udp')));
    expect(
      headerOf(
        messages.find(({ startLine }) => startLine.includes(' 422 ')),
        'Min-SE',
      ),
    ).toBe('90');
    const agreed = messages
      .filter(({ startLine, text }) => startLine.includes(' 200 ') && !/CSeq: \d+ BYE/.test(text))
      .map((message) => headerOf(message, 'Session-Expires'));
    expect(agreed).toEqual(['90;refresher=uac', '90;refresher=uac']);
  });

  test('credentials of one whose address is not known', async () => {
    const trunk = {
      host: '192.0.2.1',
      inbound: { credentials: { username: 'pbx', password: 'sesame' } },
    };
    const { port, log } = await answering(undefined, { server, trunk });
    const uri = `200@127.0.0.1:${port('udp')}`;
    await passed(await caller('caller-with-credentials', port('udp'), { args: ['-auth_uri', uri] }));
    expect(log.join('')).not.toContain('sesame');
  });

  test('a blind transfer, told until it is done', async () => {
    const { port } = await answering(
      (event) => {
        if (event.type !== 'refer') return;
        expect(event.to).toEqual({ target: '300', referredBy: '100' });
        const progress = event.accept();
        progress.notify(180);
        progress.notify(200);
      },
      { server },
    );
    const messages = await passed(await caller('caller-refers', port('udp')));
    const bodies = messages.filter(({ startLine }) => startLine.startsWith('NOTIFY')).map(({ text }) => text);
    expect(bodies.map((text) => /SIP\/2\.0 (\d+)[^\n]*\s*$/.exec(text)?.[1])).toEqual(['100', '180', '200']);
  });
});

test('by IPv6', async () => {
  const { logger } = keptLog('info');
  const server = await startEmbeddedSipServer({ listeners: [{ transport: 'udp', host: '::1', port: 0 }] }, logger);
  const calls = await createSipCalls({
    connection: server,
    trunks: [trunkSettings({ name: 'test', host: '192.0.2.1', inbound: { allowFrom: ['::1'] } })],
    logger,
  });
  stops.push(async () => {
    await calls.close(0);
    await server.close();
  });
  const ended = new Promise<SipLegEvent>((resolve) => {
    calls.onCall((call) => {
      call.listen(resolve);
      call.leg.answer(sdp('sendrecv', 1)).catch(() => undefined);
    });
  });
  const port = server.addresses[0]?.port ?? 0;
  const socket = createSocket('udp6');
  stops.push(async () => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, '::1', resolve));
  const own = `[::1]:${socket.address().port}`;
  const write = (method: string, to: string): string =>
    [
      `${method} sip:200@[::1]:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${method}`,
      'From: <sip:100@[::1]>;tag=six',
      `To: ${to}`,
      'Call-ID: six',
      `CSeq: 1 ${method}`,
      `Contact: <sip:100@${own}>`,
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  socket.on('message', (bytes) => {
    const text = bytes.toString();
    if (!text.startsWith('SIP/2.0 200')) return;
    expect(text).toContain(`Contact: <sip:[::1]:${port}>`);
    socket.send(write('ACK', /^To: (.*)$/m.exec(text)?.[1]?.trim() ?? ''), port, '::1');
  });
  socket.send(write('INVITE', '<sip:200@[::1]>'), port, '::1');
  // The ACK brings no answer to our offer: that it came is what the end tells.
  expect(await ended).toMatchObject({ type: 'ended', end: { q850: 88 } });
});

test('every message of RFC 4475, and calls come in as before', async () => {
  const { port, log } = await answering();
  const peer = await RawPeer.open(`127.0.0.1:${port('udp')}`);
  stops.push(async () => peer.close());
  for (const { name } of TORTURE) peer.send(tortureBytes(name));
  await passed(await caller('uac', port('udp')));
  expect(log.filter((line) => line.includes('"level":50'))).toEqual([]);
});
