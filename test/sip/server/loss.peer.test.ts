/** A line that loses one datagram in five and reorders as many: every call still ends in a definite state on both sides. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedSipSettings } from '../../../sip/server/index.ts';
import { startSipp } from '../../world/peers/sipp.ts';
import { type Bench, call, event, type Progress, QUICK, SDP, startBench } from './harness.ts';
import { type LossyRelay, startLossyRelay } from './lossy-relay.ts';

const CALLS = 40;
const SEED = 20261121;
/** Whoever has rung and then vanished is given up by the application: the network would let it ring for ever. */
const RING_MS = 5_000;

function scenario(name: string): string {
  return fileURLToPath(new URL(`./data/scenarios/${name}.xml`, import.meta.url));
}

async function settled(...benches: readonly Bench[]): Promise<void> {
  // Nothing is left when the last timers of the last transactions are over.
  const busy = ({ server }: Bench) => server.counts().dialogs > 0 || server.counts().transactions > 0;
  while (benches.some(busy)) await new Promise((resolve) => setTimeout(resolve, 50));
}

function portOf(bench: Bench): number {
  return Number(bench.address.split(':')[1]);
}

/** Calls, lets it ring for a while, hangs up at once when it is answered, and says how it went. */
async function callOnce(bench: Bench, uri: string): Promise<string> {
  let ringing: NodeJS.Timeout | undefined;
  try {
    const sent: Progress['sent'] = (request) => {
      ringing = setTimeout(() => request.cancel(), RING_MS);
    };
    const dialog = await call(bench.srf, uri, { sent });
    clearTimeout(ringing);
    await dialog.destroy();
    return 'answered';
  } catch (error) {
    clearTimeout(ringing);
    return `failed ${(error as { status: number }).status}`;
  }
}

function count(ends: readonly string[], end: string): number {
  return ends.filter((one) => one === end).length;
}

describe('with 20 % loss and reordering', () => {
  const benches: Bench[] = [];
  let relay: LossyRelay;
  const bench = async (settings: Partial<EmbeddedSipSettings> = {}): Promise<Bench> => {
    const made = await startBench({ timers: QUICK, ...settings });
    benches.push(made);
    return made;
  };
  beforeEach(async () => {
    relay = await startLossyRelay(0.2, SEED);
  });
  afterEach(async () => {
    relay.close();
    for (const one of benches.splice(0)) await one.close();
  });

  it('SIPp is called, answers and is hung up on', async () => {
    const caller = await bench();
    const sipp = await startSipp({
      scenario: scenario('uas-lossy'),
      calls: 0,
      keys: { relay: String(relay.port) },
      args: ['-max_retrans', '20'],
    });
    Object.assign(relay.ends, { one: portOf(caller), other: sipp.port });
    const uri = `sip:x@127.0.0.1:${relay.port}`;
    const ends = await Promise.all(Array.from({ length: CALLS }, () => callOnce(caller, uri)));
    await settled(caller);
    const { messages } = await sipp.stop();
    expect(relay.lost()).toBeGreaterThan(CALLS / 2);
    // SIPp gives a call up when messages overtake each other: those end with 408 or 487 here.
    expect(count(ends, 'answered')).toBeGreaterThan(CALLS / 2);
    for (const end of ends) expect(end).toMatch(/^(answered|failed (408|487))$/);
    const byes = messages.filter((m) => m.direction === 'received' && m.text.startsWith('BYE'));
    const ids = new Set(byes.map((m) => /^Call-ID: *(.*)$/im.exec(m.text)?.[1]));
    expect(ids.size).toBeGreaterThan(CALLS / 2);
  });

  it('both ends of each call between two servers come to the same end', async () => {
    const caller = await bench();
    const called = await bench({
      // Its Contact is the lossy line.
      listeners: [{ transport: 'udp', host: '127.0.0.1', port: 0, advertisedPort: relay.port }],
    });
    Object.assign(relay.ends, { one: portOf(caller), other: portOf(called) });
    const calledEnds: string[] = [];
    called.srf.invite((req, res) => {
      called.srf
        .createUAS(req, res, { localSdp: SDP })
        .then((dialog) => event(dialog, 'destroy'))
        .then((why) => calledEnds.push(String(why)));
    });
    const uri = `sip:x@127.0.0.1:${relay.port}`;
    const ends = await Promise.all(Array.from({ length: CALLS }, () => callOnce(caller, uri)));
    await settled(caller, called);
    expect(relay.lost()).toBeGreaterThan(CALLS / 2);
    expect(count(ends, 'answered')).toBeGreaterThanOrEqual(CALLS - 1);
    expect(calledEnds.length).toBe(CALLS);
    expect(count(calledEnds, 'normal release')).toBeGreaterThanOrEqual(CALLS - 1);
  });

  it('SIPp loses one message in five itself', async () => {
    const caller = await bench();
    const sipp = await startSipp({
      scenario: scenario('uas-answers'),
      calls: 0,
      args: ['-lost', '20', '-max_retrans', '20'],
    });
    const uri = `sip:x@127.0.0.1:${sipp.port}`;
    const ends = await Promise.all(Array.from({ length: CALLS }, () => callOnce(caller, uri)));
    await settled(caller);
    await sipp.stop();
    expect(count(ends, 'answered')).toBeGreaterThan(CALLS / 2);
  });
});
