/** The log of a call at its most talkative, on a trunk that asks for a password and for SRTP. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { header, makeHeader } from '../../../sip/message/index.ts';
import { House } from './house.ts';
import { MediaCall } from './media-call.ts';

const PASSWORD = 'correct-horse-battery';

let house: House;
beforeAll(async () => {
  house = await House.open({
    trunk: { username: 'account', password: PASSWORD, srtp: 'optional', caller_id: '+441818119876' },
  });
});
afterAll(async () => {
  await house?.close();
});

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

it('has the story and no secret: password, digest, tokens, keys, numbers', async () => {
  const media = await MediaCall.begin(house);
  const { telephone, rtp, browser, call } = media;
  const challenge = 'Digest realm="trunk", nonce="abc", algorithm=SHA-256, qop="auth"';
  telephone.reply(401, { headers: [makeHeader('WWW-Authenticate', challenge)] });
  await telephone.request('ACK');
  const again = await telephone.request('INVITE');
  const authorization = header(again, 'authorization') ?? '';
  const [digest = ''] = all(authorization, /response="?([0-9a-f]+)/g);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  telephone.respond(again, 200, { sdp: rtp.sdp() });
  await telephone.request('ACK');
  await media.clientAnswered();
  await media.expectAudio();
  const answer = await media.negotiate(browser.connection.localDescription?.sdp ?? '');
  await media.hangUp();
  await media.close();
  await house.quiet();

  const { log } = house.gateway;
  expect(log).toContain('"level":20');
  expect(log).toContain('received 401');
  expect(log).toMatch(/Authorization: \[redacted\]/);
  // What is no secret can be followed from one log to another.
  expect(log).toContain(`Call-ID: ${telephone.callId}`);
  const { asToken, hsToken } = await house.gateway.tokens();
  const offer = browser.connection.localDescription?.sdp ?? '';
  const secrets = [
    PASSWORD,
    digest,
    asToken,
    hsToken,
    ...all(offer + answer, /^a=ice-pwd:(\S+)/gm),
    ...all(again.body.toString(), /inline:([^|\s]+)/g),
    // As dialled, without the trunk prefix in every form, and the caller's own.
    call.room.number.slice(1),
    '1818119876',
  ];
  expect(secrets.length).toBeGreaterThanOrEqual(8);
  for (const secret of secrets) {
    const line = log.split('\n').find((text) => text.includes(secret));
    expect(line, `${secret} is in the log`).toBeUndefined();
  }
});
