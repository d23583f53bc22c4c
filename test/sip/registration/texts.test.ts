/** What a registration says about texts. */
import { expect, test } from 'vitest';
import { buildRegister } from '../../../sip/registration/register.ts';
import { type TextSettings, trunkSettings } from '../../../sip/trunk/index.ts';

function headersOf(texts: Partial<TextSettings>) {
  const credentials = { username: 'u', password: 'p' };
  const trunk = trunkSettings({ name: 'a', host: 'a.example', credentials, registration: { expiresS: 60 }, texts });
  const ids = { callId: 'c', fromTag: 'f', contactUser: 'token' };
  return buildRegister(trunk, 'sip:a.example', ids, 60).headers;
}

test('MESSAGE is allowed where the trunk carries texts', () => {
  expect(headersOf({ enabled: true }).Allow).toMatch(/\bMESSAGE\b/);
  expect(headersOf({}).Allow).not.toMatch(/\bMESSAGE\b/);
});

test('a mobile network is told that the Contact takes SMS (3GPP TS 24.341 §5.3.2.2)', () => {
  expect(headersOf({ enabled: true, format: '3gpp' }).Contact).toBe('<sip:token@localhost>;+g.3gpp.smsip');
  expect(headersOf({ enabled: true }).Contact).toBe('<sip:token@localhost>');
  expect(headersOf({ format: '3gpp' }).Contact).toBe('<sip:token@localhost>');
});
