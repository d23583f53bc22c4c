/** Callers and applications that do anything at any time, by seed: nothing is left of any call. */
import { describe, expect, it } from 'vitest';
import { header, type SipMessage } from '../../../sip/message/index.ts';
import { until } from '../../world/wait.ts';
import { type Bench, SDP, startBench } from './harness.ts';
import { seeded } from './lossy-relay.ts';
import { RawPeer } from './raw-peer.ts';

const CALLS = 60;
/** 64·T1 is 1.28 s. */
const QUICKER = { t1Ms: 20, t2Ms: 160, t4Ms: 200 };

type Random = () => number;

function later(random: Random, run: () => void): void {
  setTimeout(run, Math.floor(random() * 120));
}

/** The application rings, answers, refuses, or says nothing, in any order and more than once. */
function careless(bench: Bench, random: Random): { calls: number } {
  const heard = { calls: 0 };
  bench.srf.invite((req, res) => {
    heard.calls += 1;
    const send = (status: number, options: object): void => {
      try {
        res.send(status, options);
      } catch {
        // drachtio-srf refuses what comes after a final response.
      }
    };
    const acts = [
      () => send(183, { body: SDP, headers: { Require: '100rel' } }),
      () => send(486, {}),
      () => send(180, { body: 'no type' }),
      () => {
        bench.srf.createUAS(req, res, { localSdp: SDP }).then(
          (dialog) => {
            if (random() < 0.5) later(random, () => dialog.destroy({ headers: {} }, () => undefined));
          },
          () => undefined,
        );
      },
    ];
    const count = Math.floor(random() * 4);
    for (let i = 0; i < count; i += 1) {
      const act = acts[Math.floor(random() * acts.length)];
      if (act !== undefined) later(random, act);
    }
    // Nobody rings for ever; those that are forgotten the server answers.
    if (count > 0) setTimeout(() => send(480, {}), 400);
  });
  return heard;
}

/** A caller who repeats, cancels, hangs up, acknowledges and forgets as it likes. */
function wild(peer: RawPeer, index: number, random: Random): void {
  const via = `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bKwild${index}`;
  const lines = { 'Call-ID': `wild-${index}`, From: `<sip:peer@x>;tag=f${index}` };
  const invite = peer.write('INVITE', { ...lines, Via: via, Supported: '100rel, timer' }, SDP);
  peer.send(invite);
  if (random() < 0.3) later(random, () => peer.send(invite));
  if (random() < 0.3) later(random, () => peer.send(peer.write('CANCEL', { ...lines, Via: via })));
}

function react(peer: RawPeer, message: SipMessage, random: Random): void {
  const lines = (source: SipMessage): Record<string, string> => ({
    From: header(source, 'from') ?? '',
    To: header(source, 'to') ?? '',
    'Call-ID': header(source, 'call-id') ?? '',
  });
  if (message.kind === 'request') {
    if (random() < 0.7) peer.answer(message, random() < 0.8 ? 200 : 481);
    return;
  }
  if (header(message, 'cseq') !== '1 INVITE' || message.status === 100) return;
  const rseq = header(message, 'rseq');
  if (rseq !== undefined && random() < 0.6) {
    const cseq = `${2 + Math.floor(random() * 3)} PRACK`;
    later(random, () => peer.send(peer.write('PRACK', { ...lines(message), CSeq: cseq, RAck: `${rseq} 1 INVITE` })));
  }
  if (message.status >= 300 && random() < 0.7)
    peer.send(peer.write('ACK', { ...lines(message), Via: header(message, 'via') ?? '' }));
  if (message.status === 200 && random() < 0.6) {
    peer.send(peer.write('ACK', lines(message)));
    later(random, () => peer.send(peer.write('BYE', { ...lines(message), CSeq: '9 BYE' })));
  }
  if (message.status < 200 && random() < 0.1)
    later(random, () => peer.send(peer.write('BYE', { ...lines(message), CSeq: '9 BYE' })));
}

async function run(seed: number): Promise<void> {
  const random = seeded(seed * 104_729);
  const bench = await startBench({ timers: QUICKER, applicationTimeoutMs: 500 });
  const peer = await RawPeer.open(bench.address);
  const heard = careless(bench, random);
  const reading = setInterval(() => {
    for (const message of peer.seen.splice(0)) react(peer, message, random);
  }, 2);
  for (let index = 0; index < CALLS; index += 1) wild(peer, index, random);
  await until('every call to be over', () => heard.calls === CALLS && bench.server.counts().pending === 0);
  // A call that is up and that nobody hangs up is no fault: the application's going ends it.
  bench.srf.disconnect();
  await until('nothing to be left', () => Object.values(bench.server.counts()).every((count) => count === 0));
  clearInterval(reading);
  peer.close();
  await bench.close();
}

describe('chaos from callers', { concurrent: true }, () => {
  it.each([1, 2, 3, 4])('seed %i', async (seed) => {
    await expect(run(seed)).resolves.toBeUndefined();
  });
});
