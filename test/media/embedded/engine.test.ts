import { pino } from 'pino';
import { createEmbeddedMediaEngine } from '../../../media/index.ts';
import { describeMediaEngine } from '../contract.ts';

describeMediaEngine('the embedded media engine', () =>
  createEmbeddedMediaEngine(
    { workers: 1, rtp: { bindAddress: '127.0.0.1' }, webrtc: { bindAddresses: ['127.0.0.1'] } },
    pino({ level: process.env.TEST_LOG ?? 'silent' }),
  ),
);
