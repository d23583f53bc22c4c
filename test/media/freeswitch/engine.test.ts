import { pino } from 'pino';
import { describe, test } from 'vitest';
import { describeMediaEngine } from '../contract.ts';
import { FREESWITCH, openBrowser, SKIPPED, startRealEngine } from './real.ts';

const server = FREESWITCH;
if (server) {
  describeMediaEngine(
    'the FreeSWITCH media engine',
    () => startRealEngine(server, pino({ level: process.env.TEST_LOG ?? 'silent' })),
    { relaysPackets: false },
    openBrowser,
  );
} else {
  describe('the FreeSWITCH media engine', () => test.skip(SKIPPED, () => {}));
}
