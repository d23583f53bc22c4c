import { describe, expect, test } from 'vitest';
import {
  agreeTelephone,
  answerBothLines,
  freeswitchForTelephone,
  readTelephone,
  resolveHost,
  type TelephoneRules,
  telephoneForFreeswitch,
} from '../../../../media/freeswitch/sdp/telephone.ts';
import { offerLines } from '../../../../media/sdp/index.ts';

const origin = { sessionId: '42', version: 1, address: '192.0.2.1' };
const rules: TelephoneRules = { codecs: ['G722', 'PCMA'], srtp: 'off', events: true };

const sdp = (lines: readonly string[], protocol = 'RTP/AVP'): string =>
  `${[
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.7',
    's=-',
    'c=IN IP4 192.0.2.7',
    't=0 0',
    `m=audio 4000 ${protocol} 9 8 0 101`,
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    ...lines,
  ].join('\r\n')}\r\n`;

const CRYPTO = `a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, 7).toString('base64')}`;

/** As a FreeSWITCH 1.11 offers with `rtp_secure_media=optional`: twice, on one port. */
const BOTH = `${[
  'v=0',
  'o=FreeSWITCH 1 2 IN IP4 192.0.2.1',
  's=FreeSWITCH',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 17362 RTP/SAVP 0 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=crypto:4 AEAD_AES_128_GCM inline:9x3NqrwXpOaDMULnzz3BTYfKBHesJ7BI4yPKmQ==',
  CRYPTO.replace(':3 ', ':7 '),
  'a=silenceSupp:off - - - -',
  'a=ptime:20',
  'm=audio 17362 RTP/AVP 0 101',
  'a=rtpmap:0 PCMU/8000',
].join('\r\n')}\r\n`;

const toServer = (text: string, changes: Partial<TelephoneRules> = {}): string => {
  const peer = readTelephone(text);
  const all = { ...rules, ...changes };
  const { key } = agreeTelephone(peer, all);
  return telephoneForFreeswitch(text, peer, all, {
    origin,
    direction: 'sendrecv',
    host: '192.0.2.7',
    ...(key && { key }),
  });
};

test('FreeSWITCH is offered what the trunk allows, in the order of the telephone', () => {
  expect(toServer(sdp([]))).toContain('m=audio 4000 RTP/AVP 9 8 101\r\n');
  expect(toServer(sdp([]), { events: false })).toContain('m=audio 4000 RTP/AVP 9 8\r\n');
  expect(toServer(sdp([]), { events: false })).not.toContain(':101 ');
});

describe('SRTP', () => {
  test.each<[string, Partial<TelephoneRules>, string, string | RegExp]>([
    ['off, plain', { srtp: 'off' }, sdp([]), /RTP\/AVP(?!.*crypto)/s],
    ['off, an option', { srtp: 'off' }, sdp([CRYPTO]), /RTP\/AVP(?!.*crypto)/s],
    ['optional, plain', { srtp: 'optional' }, sdp([]), /RTP\/AVP(?!.*crypto)/s],
    ['optional, an option', { srtp: 'optional' }, sdp([CRYPTO]), /RTP\/SAVP .*crypto:3/s],
    ['required', { srtp: 'required' }, sdp([CRYPTO], 'RTP/SAVP'), /RTP\/SAVP .*crypto:3/s],
  ])('%s', (_name, changes, text, expected) => {
    expect(toServer(text, changes)).toMatch(expected);
  });

  test.each<[string, Partial<TelephoneRules>, string, string]>([
    ['off, but the telephone insists', { srtp: 'off' }, sdp([CRYPTO], 'RTP/SAVP'), 'srtp-not-allowed'],
    ['required, but the telephone has none', { srtp: 'required' }, sdp([]), 'srtp-required'],
    ['no codec in common', { codecs: ['opus'] }, sdp([]), 'no-common-codec'],
  ])('%s is refused', (_name, changes, text, code) => {
    expect(() => toServer(text, changes)).toThrow(expect.objectContaining({ code }));
  });

  test('an option is offered on one line, with suites that everybody knows', () => {
    const offer = freeswitchForTelephone(BOTH, offerLines(false), 0, {
      origin,
      direction: 'sendrecv',
      protocol: 'RTP/AVP',
    });
    expect(offer.match(/^m=/gm)).toHaveLength(1);
    expect(offer).toContain('m=audio 17362 RTP/AVP 0 101\r\n');
    expect(offer.match(/^a=crypto:/gm)).toHaveLength(1);
    expect(offer).not.toContain('silenceSupp');
  });

  test('and its answer is given on both of the lines that FreeSWITCH offered', () => {
    const mLines = (text: string) => text.match(/^m=\S+ \d+ \S+/gm);
    expect(mLines(answerBothLines(toServer(sdp([CRYPTO]), { srtp: 'optional' }), true, '0'))).toEqual([
      'm=audio 4000 RTP/SAVP',
      'm=audio 0 RTP/AVP',
    ]);
    expect(mLines(answerBothLines(toServer(sdp([])), false, '0'))).toEqual([
      'm=audio 0 RTP/SAVP',
      'm=audio 4000 RTP/AVP',
    ]);
  });
});

test('an address that means hold stands for the one before', async () => {
  expect(await resolveHost('0.0.0.0', '192.0.2.7')).toBe('192.0.2.7');
  await expect(resolveHost('::1', undefined)).rejects.toMatchObject({ code: 'malformed-sdp' });
  await expect(resolveHost('nowhere.invalid', undefined)).rejects.toMatchObject({ code: 'malformed-sdp' });
});

test('other m-lines of a telephone are refused in their places', () => {
  const text = `${sdp([])}m=image 5000 udptl t38\r\n`;
  const peer = readTelephone(text);
  const answer = freeswitchForTelephone(BOTH, peer.lines, peer.audioIndex, {
    origin,
    direction: 'recvonly',
    protocol: 'RTP/AVP',
  });
  expect(answer).toContain('m=image 0 udptl t38\r\n');
  expect(answer).toContain('a=recvonly\r\n');
});
