/** Whatever comes in, the process lives and a call that is up goes on untouched. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect } from 'node:net';
import type Srf from 'drachtio-srf';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../world/wait.ts';
import { TORTURE, tortureBytes } from '../message/torture.ts';
import { type Bench, call, LOOPBACK_UDP_TCP, SDP, startBench } from './harness.ts';
import { RawPeer } from './raw-peer.ts';

describe('hostile input', () => {
  let bench: Bench;
  let peer: RawPeer;
  let dialog: Srf.Dialog;
  let socket: UdpSocket;
  /** As text: a refusal echoes what was wrong. */
  const answers: string[] = [];

  beforeEach(async () => {
    answers.length = 0;
    bench = await startBench({ listeners: LOOPBACK_UDP_TCP });
    peer = await RawPeer.open(bench.address);
    bench.srf.invite((_req, res) => res.send(488));
    const calling = call(bench.srf, peer.uri);
    peer.answer(await peer.request('INVITE'), 200, { sdp: true });
    await peer.request('ACK');
    dialog = await calling;
    socket = createSocket('udp4');
    socket.on('message', (bytes) => answers.push(bytes.toString()));
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    socket.close();
    peer.close();
    await bench.close();
  });

  const port = (transport: string) => bench.server.addresses.find((one) => one.transport === transport)?.port ?? 0;

  /** The call that was up before still re-INVITEs and ends as it should, and new requests are served. */
  const untouched = async (): Promise<void> => {
    const modifying = dialog.modify(SDP);
    peer.answer(await peer.request('INVITE'), 200, { sdp: true });
    await modifying;
    const ending = dialog.destroy();
    peer.answer(await peer.request('BYE'), 200);
    await ending;
    expect(bench.server.counts().dialogs).toBe(0);
    peer.send(peer.write('OPTIONS', { 'Call-ID': 'after-all' }));
    await peer.response(200, 'OPTIONS');
  };

  const send = (bytes: Buffer): Promise<void> =>
    new Promise((resolve) => socket.send(bytes, port('udp'), '127.0.0.1', () => resolve()));

  it('every message of RFC 4475 over UDP', async () => {
    for (const { name } of TORTURE) await send(tortureBytes(name));
    await untouched();
  });

  const decided = TORTURE.filter(({ endpoint }) => endpoint !== 'any');

  it.each(decided)('$name of RFC 4475 is answered as the RFC allows', async ({ name, endpoint }) => {
    // Asked for by rport, the answer comes to this socket instead of to the documentation's address.
    const text = tortureBytes(name).toString('latin1');
    const bytes = Buffer.from(text.replace(/(SIP\/\d\.0\/[A-Z]+ [^;\r\n,]+)/, '$1;rport'), 'latin1');
    await send(bytes);
    await send(Buffer.from(peer.write('OPTIONS', { Via: 'SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKtheLast' })));
    await until('the last answer', () => answers.some((one) => one.includes('theLast')));
    const statuses = () => answers.filter((one) => !one.includes('theLast')).map((one) => Number(one.split(' ')[1]));
    if (endpoint === 'nothing') {
      expect(statuses()).toEqual([]);
    } else {
      // What the application decides comes a little later.
      await until('a final answer', () => statuses().some((status) => status >= 200));
      expect(endpoint).toContain(statuses().at(-1));
    }
  });

  it('every message of RFC 4475 over TCP', async () => {
    for (const { name } of TORTURE) {
      const stream = connect(port('tcp'), '127.0.0.1');
      stream.on('error', () => undefined);
      await new Promise<void>((resolve) => stream.end(tortureBytes(name), resolve));
    }
    await untouched();
  });

  it('messages of RFC 4475 cut short at every length', async () => {
    for (const { name } of TORTURE.slice(0, 12)) {
      const whole = tortureBytes(name);
      for (let length = 1; length < whole.length; length += 37) await send(whole.subarray(0, length));
    }
    await untouched();
  });

  it('random bytes and mutated messages', async () => {
    const whole = Buffer.from(peer.write('INVITE', {}, SDP));
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: whole.length - 1 }),
        fc.nat({ max: 255 }),
        async (noise, at, byte) => {
          await send(Buffer.from(noise));
          const mutated = Buffer.from(whole);
          mutated[at] = byte;
          await send(mutated);
        },
      ),
      { numRuns: 200 },
    );
    await untouched();
  });

  it('oversized datagrams and streams without an end', async () => {
    await send(Buffer.from(peer.write('INVITE', { 'X-Long': 'x'.repeat(64_000) }, '')));
    await send(Buffer.alloc(65_000, 0x41));
    const stream = connect(port('tcp'), '127.0.0.1');
    const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
    stream.on('error', () => undefined);
    stream.on('data', () => undefined);
    const endless = Buffer.alloc(65_536, 'X-Endless: header\r\n');
    stream.write('INVITE sip:a@b SIP/2.0\r\n');
    const flood = (): void => {
      if (!stream.destroyed) stream.write(endless, () => setImmediate(flood));
    };
    flood();
    await closed;
    await untouched();
  });

  it('one source of rubbish gets few answers', async () => {
    const bad = (turn: number) =>
      Buffer.from(
        peer.write('OPTIONS', { 'Call-ID': `bad-${turn}`, CSeq: 'nonsense' }).replace(/:\d+;branch/, ';rport;branch'),
      );
    for (let turn = 0; turn < 200; turn += 1) await send(bad(turn));
    await untouched();
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.length).toBeLessThan(40);
  });
});
