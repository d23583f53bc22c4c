/** Texts: what their trunks can do, and whose number they come from. */
import type { Config } from '../schema/index.ts';
import type { Conflict } from './conflict.ts';
import { checkTextSenders } from './text-senders.ts';

export function* checkTexts(config: Config): Generator<Conflict> {
  yield* checkTrunkTexts(config);
  yield* checkTextSenders(config);
}

/** What a trunk cannot do with its texts. */
function* checkTrunkTexts({ trunks, sip }: Pick<Config, 'trunks' | 'sip'>): Generator<Conflict> {
  for (const [index, { texts, transport, udp_only }] of trunks.entries()) {
    if (!texts.enabled) continue;
    if (texts.format === '3gpp' && sip.server !== 'embedded') {
      yield {
        path: ['trunks', index, 'texts', 'format'],
        about: [['sip', 'server']],
        problem: 'a drachtio server carries no binary bodies, as SMS of mobile networks are',
        found: '3gpp',
        expected: 'plain or cpim, or sip.server: embedded',
        example: 'texts: { enabled: true, format: plain }',
      };
    }
    if (texts.receipts && texts.format === 'plain') {
      yield {
        path: ['trunks', index, 'texts', 'receipts'],
        about: [['trunks', index, 'texts', 'format']],
        problem: 'a plain text cannot ask for receipts',
        found: 'true',
        expected: 'format cpim or 3gpp, or no receipts',
        example: 'texts: { enabled: true, format: cpim, receipts: true }',
      };
    }
    if (texts.long !== 'tcp' || transport !== 'udp') continue;
    const hasTcp = sip.server !== 'embedded' || sip.embedded.listen.some((one) => one.transport === 'tcp');
    if (udp_only || !hasTcp) {
      yield {
        path: ['trunks', index, 'texts', 'long'],
        about: udp_only ? [['trunks', index, 'udp_only']] : [['sip', 'embedded', 'listen']],
        problem: udp_only
          ? 'udp_only sends nothing by TCP'
          : 'the embedded SIP server has no TCP listener, so that nothing can be sent by TCP',
        found: 'tcp',
        expected: udp_only ? 'parts' : 'parts, or a listener with transport tcp',
        example: 'texts: { enabled: true, long: parts }',
      };
    }
  }
}
