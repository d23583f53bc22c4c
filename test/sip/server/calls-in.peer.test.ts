/** SIPp calls drachtio-srf through the embedded server. */
import { fileURLToPath } from 'node:url';
import type Srf from 'drachtio-srf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sipp, startSipp } from '../../world/peers/sipp.ts';
import { type Bench, event, QUICK, respond, SDP, startBench } from './harness.ts';

async function passed(sipp: Sipp): Promise<string[]> {
  const result = await sipp.finished;
  expect(result.passed, `${result.errors}\n${result.messages.map((m) => `${m.direction} ${m.text}`).join('\n')}`).toBe(
    true,
  );
  return result.messages.filter((m) => m.direction === 'received').map((m) => m.text);
}

describe('calls in through the embedded server', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench({ timers: QUICK });
  });
  afterEach(() => bench.close());

  const startCaller = (name: string) =>
    startSipp({
      scenario: fileURLToPath(new URL(`./data/scenarios/${name}.xml`, import.meta.url)),
      target: bench.address,
      timeoutS: 20,
    });
  const nothingLeft = () => expect(bench.server.counts().dialogs).toBe(0);

  it('is answered, and ended by the caller', async () => {
    const ended = new Promise((resolve, reject) => {
      bench.srf.invite((req, res) => {
        bench.srf
          .createUAS(req, res, { localSdp: SDP })
          .then((dialog) => event(dialog, 'destroy'))
          .then(resolve, reject);
      });
    });
    const sipp = await startSipp({ scenario: 'uac', target: bench.address });
    await ended;
    await passed(sipp);
    nothingLeft();
  });

  it('CANCEL while it rings: the application hears of it, the caller gets 487', async () => {
    const cancelled = new Promise<void>((resolve) => {
      bench.srf.invite((req, res) => {
        req.on('cancel', () => resolve());
        res.send(180);
      });
    });
    const sipp = await startCaller('uac-cancels');
    await cancelled;
    await passed(sipp);
    nothingLeft();
  });

  it('sends provisional responses reliably, one after the other, and the 200 after them', async () => {
    const pracks: string[] = [];
    bench.srf.invite((req, res) => {
      const reliably = (status: number, more: object): Promise<void> =>
        new Promise((resolve) => {
          const send = res.send.bind(res) as (...args: unknown[]) => void;
          send(status, { headers: { Require: '100rel' }, ...more }, undefined, (prack: Srf.SrfRequest) => {
            pracks.push(prack.get('RAck') as string);
            resolve();
          });
        });
      reliably(183, { body: SDP })
        .then(() => reliably(180, {}))
        .then(() => bench.srf.createUAS(req, res, { localSdp: SDP }))
        .catch((error: unknown) => {
          throw error;
        });
    });
    const sipp = await startCaller('uac-prack');
    await passed(sipp);
    expect(pracks.length).toBe(2);
    const [first = 0, second = 0] = pracks.map((value) => Number.parseInt(value, 10));
    expect(second).toBe(first + 1);
    nothingLeft();
  });

  it('repeats the 200 that is never acknowledged, then hangs up', async () => {
    const ended = new Promise((resolve) => {
      bench.srf.invite((req, res) => {
        bench.srf
          .createUAS(req, res, { localSdp: SDP })
          .then((dialog) => event(dialog, 'destroy'))
          .then(resolve, resolve);
      });
    });
    const sipp = await startCaller('uac-never-acks');
    expect(await ended).toContain('ACK timeout');
    const received = await passed(sipp);
    expect(received.filter((text) => text.startsWith('SIP/2.0 200')).length).toBeGreaterThanOrEqual(4);
    nothingLeft();
  });

  it('re-INVITEs both ways', async () => {
    const done = new Promise<void>((resolve, reject) => {
      bench.srf.invite((req, res) => {
        bench.srf
          .createUAS(req, res, { localSdp: SDP })
          .then(async (dialog) => {
            const ended = event(dialog, 'destroy');
            await respond(dialog, 'modify', 200, { body: SDP });
            await event(dialog, 'ack');
            expect(await dialog.modify(SDP)).toContain('m=audio');
            await ended;
          })
          .then(resolve, reject);
      });
    });
    const sipp = await startCaller('uac-reinvites');
    await done;
    await passed(sipp);
    nothingLeft();
  });
});
