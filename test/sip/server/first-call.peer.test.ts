import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSipp } from '../../world/peers/sipp.ts';
import { type Bench, SDP, startBench } from './harness.ts';

describe('a call over the embedded server', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await startBench();
  });
  afterEach(() => bench.close());

  it('is answered and ended by us', async () => {
    const sipp = await startSipp({ scenario: 'uas' });
    const dialog = await bench.srf.createUAC(`sip:service@127.0.0.1:${sipp.port}`, { localSdp: SDP });
    expect(dialog.remote.sdp).toContain('m=audio');
    await dialog.destroy();
    const result = await sipp.finished;
    expect(result.passed, result.errors).toBe(true);
    expect(result.messages.map((m) => m.startLine.split(' ').slice(0, 2).join(' '))).toEqual([
      `INVITE sip:service@127.0.0.1:${sipp.port}`,
      'SIP/2.0 180',
      'SIP/2.0 200',
      `ACK sip:127.0.0.1:${sipp.port};transport=UDP`,
      `BYE sip:127.0.0.1:${sipp.port};transport=UDP`,
      'SIP/2.0 200',
    ]);
    expect(bench.server.counts().dialogs).toBe(0);
  });

  it('comes in, is answered and ended by the caller', async () => {
    const destroyed = new Promise((resolve, reject) => {
      bench.srf.invite((req, res) => {
        bench.srf.createUAS(req, res, { localSdp: SDP }).then((dialog) => dialog.on('destroy', resolve), reject);
      });
    });
    const sipp = await startSipp({ scenario: 'uac', target: bench.address });
    await destroyed;
    const result = await sipp.finished;
    expect(result.passed, result.errors).toBe(true);
    expect(bench.server.counts().dialogs).toBe(0);
  });
});
