import { expect, test } from 'vitest';
import type { OutsideOutcome } from '../../../sip/call/outside-client.ts';
import { makeHeader } from '../../../sip/message/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { textsFinding } from '../../../sip/trunk-test/texts.ts';

function answered(status: number, allow?: string): OutsideOutcome {
  const headers = allow === undefined ? [] : [makeHeader('Allow', allow)];
  const message = { kind: 'response', status, phrase: '', headers, body: Buffer.alloc(0) } as const;
  const source = { address: '192.0.2.1', port: 5060, protocol: 'udp' };
  return {
    kind: 'answered',
    sent: undefined,
    response: { message, source, dialogId: undefined, ack: () => undefined },
  };
}

const trunk = (enabled: boolean) => trunkSettings({ name: 'a', host: 'a.example', texts: { enabled } });

test.each<[string, OutsideOutcome, boolean, string | undefined]>([
  ['it lists MESSAGE', answered(200, 'INVITE, MESSAGE'), true, 'ok'],
  ['it lists others', answered(200, 'INVITE, ACK'), true, 'note'],
  ['it lists nothing', answered(200), true, undefined],
  ['it knows no OPTIONS', answered(405, 'INVITE'), true, undefined],
  ['it carries no texts', answered(200, 'INVITE'), false, undefined],
  [
    'it does not answer',
    { kind: 'unanswered', failure: { status: 408, phrase: '', sawProvisional: false, origin: 'timeout' } },
    true,
    undefined,
  ],
])('%s', (_, outcome, enabled, verdict) => {
  expect(textsFinding(outcome, trunk(enabled))?.verdict).toBe(verdict);
});
