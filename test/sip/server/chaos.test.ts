/**
 * Peers and applications that do anything at any time, by seed: every call of the application ends in a definite state, and
 * nothing is left of it.
 */
import { createSocket } from 'node:dgram';
import type Srf from 'drachtio-srf';
import { describe, expect, it } from 'vitest';
import {
  header,
  lenient,
  makeHeader,
  makeResponse,
  parseMessage,
  type SipRequest,
  serialize,
} from '../../../sip/message/index.ts';
import { type Bench, call, failure, SDP, startBench } from './harness.ts';
import { seeded } from './lossy-relay.ts';

const CALLS = 60;
/** 64·T1 is 1.28 s. */
const QUICKER = { t1Ms: 20, t2Ms: 160, t4Ms: 200 };

type Random = () => number;

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

function soon(random: Random, run: () => void): void {
  setTimeout(run, Math.floor(random() * 40));
}

/** Answers INVITEs with a random handful of responses of random forks, and the rest at random. @returns its port */
async function startRandomPeer(random: Random): Promise<{ port: number; close(): void }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const contact = makeHeader('Contact', `<sip:peer@127.0.0.1:${port}>`);
  socket.on('message', (bytes, from) => {
    const request = lenient(() => parseMessage(bytes));
    if (request?.kind !== 'request') return;
    const answer = (status: number, tag = 'a', more: ReturnType<typeof makeHeader>[] = []): void => {
      const described = request.method === 'INVITE' && status > 100 && status < 300;
      const type = described ? [makeHeader('Content-Type', 'application/sdp')] : [];
      const body = described ? Buffer.from(SDP) : Buffer.alloc(0);
      const response = makeResponse(request, status, { toTag: tag, headers: [contact, ...type, ...more], body });
      soon(random, () => lenient(() => socket.send(serialize(response), from.port, from.address)));
    };
    switch (request.method) {
      case 'INVITE': {
        for (let i = Math.floor(random() * 5); i > 0; i -= 1) {
          const tag = pick(random, ['a', 'b', 'c']);
          const rseq = [makeHeader('Require', '100rel'), makeHeader('RSeq', String(1 + Math.floor(random() * 3)))];
          const status = pick(random, [100, 180, 183, 180, 200, 200, 486, 302, 503, 401]);
          answer(status, tag, status > 100 && status < 200 && random() < 0.3 ? rseq : []);
        }
        break;
      }
      case 'ACK':
        if (random() < 0.4) soon(random, () => socket.send(byeFor(request, port), from.port, from.address));
        break;
      case 'CANCEL':
        if (random() < 0.7) answer(200);
        break;
      default:
        if (random() < 0.7) answer(pick(random, [200, 200, 481, 500]));
    }
  });
  return { port, close: () => socket.close() };
}

/** A BYE of the far side in the dialog of this ACK. */
function byeFor(ack: SipRequest, port: number): Buffer {
  const headers = [
    makeHeader('Via', `SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${Math.random().toString(36).slice(2)}`),
    makeHeader('From', header(ack, 'to') ?? ''),
    makeHeader('To', header(ack, 'from') ?? ''),
    makeHeader('Call-ID', header(ack, 'call-id') ?? ''),
    makeHeader('CSeq', '1 BYE'),
  ];
  const uri = `sip:${/@?(127\.0\.0\.1:\d+)/.exec(header(ack, 'via') ?? '')?.[1] ?? 'x'}`;
  return serialize({ kind: 'request', method: 'BYE', uri, headers, body: Buffer.alloc(0) });
}

/** Calls; cancels, modifies and hangs up when it likes. @returns how it ended */
async function live(bench: Bench, uri: string, random: Random): Promise<string> {
  const sent = (request: { cancel(): void }): void => {
    // Whoever does not want to wait gives up; nobody rings for ever.
    setTimeout(() => request.cancel(), random() < 0.4 ? random() * 60 : 1_000);
  };
  let dialog: Srf.Dialog;
  try {
    dialog = await call(bench.srf, uri, { sent });
  } catch (error) {
    return `failed ${(error as { status?: number }).status}`;
  }
  const ended = new Promise<string>((resolve) => dialog.on('destroy', () => resolve('ended')));
  if (random() < 0.3) failure(dialog.modify(SDP)).catch(() => undefined);
  const hangUp = async (): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, random() * 80));
    try {
      await dialog.destroy();
    } catch {
      // The far side has hung up first.
    }
    return 'hung up';
  };
  return Promise.race([ended, hangUp()]);
}

describe('chaos', { concurrent: true }, () => {
  it.each([1, 2, 3, 4])(
    'seed %i',
    async (seed) => {
      const random = seeded(seed * 7919);
      const bench = await startBench({ timers: QUICKER });
      bench.srf.invite((_req, res) => res.send(486));
      const peer = await startRandomPeer(random);
      const uri = `sip:x@127.0.0.1:${peer.port}`;
      const ends = await Promise.all(Array.from({ length: CALLS }, () => live(bench, uri, random)));
      for (const end of ends) expect(end).toMatch(/^(ended|hung up|failed [3-6]\d\d)$/);
      expect(new Set(ends).size).toBeGreaterThan(2);
      const { server } = bench;
      const left = () => Object.values(server.counts()).some((count) => count > 0);
      while (left()) await new Promise((resolve) => setTimeout(resolve, 50));
      peer.close();
      await bench.close();
    },
    60_000,
  );
});
