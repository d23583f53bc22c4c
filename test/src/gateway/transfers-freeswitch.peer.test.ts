/** Transfers with a real FreeSWITCH for their media, if the environment names one. */
import { describe } from 'vitest';
import { ONE_ADDRESS } from '../../media/browser-peer.ts';
import { FREESWITCH, SKIPPED } from '../../media/freeswitch/real.ts';
import { freePort } from '../../world/ports.ts';
import { describeTransfers } from './transfer-scenarios.ts';

if (!FREESWITCH) console.log(SKIPPED);

describe.skipIf(!FREESWITCH)('with FreeSWITCH', () => {
  describeTransfers('a transfer', async () => ({
    browsers: ONE_ADDRESS,
    config: {
      media: {
        engine: 'freeswitch',
        freeswitch: { servers: FREESWITCH ? [{ name: 'one', ...FREESWITCH }] : [], sip: { port: await freePort() } },
      },
    },
  }));
});
