/** The configuration of texts in the words of `account` and `message`. */
import { describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../config/index.ts';
import {
  accountRules,
  accountsOf,
  inboundTextPolicy,
  matrixSettings,
  numberPools,
  outboundTextPolicy,
  sipTextTrunks,
  textParty,
  textRules,
} from '../../src/gateway-settings/index.ts';

function configOf(more = ''): Config {
  const text = `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
numbers: {region: DE}
trunks:
  - {name: calls, host: a.example.net}
  - {name: sms, host: b.example.net, weight: 3, texts: {enabled: true, per_second: 2.5, join_parts_s: 4, dup_window_s: 60}}
  - {name: pbx, host: c.example.net, number_format: {form: as-dialled}, texts: {enabled: true, format: cpim, receipts: true, knows_repeats: true, window: 3}}
${more.includes('permissions:') ? '' : "permissions: {call_out: ['@*:example.org']}"}
${more}
`;
  return loadConfig({ file: '/etc/trunkline.yaml', text });
}

function rulesOf(more = '') {
  const config = configOf(more);
  const accounts = accountsOf(config, (user, room) => user === '@carol:example.org' && room === '!staff:example.org');
  return { accounts, rules: textRules(config, accounts, accountRules(config, accounts, ['PCMA'])) };
}

describe('texts', () => {
  it('go by trunks that carry them', () => {
    expect(rulesOf().rules.trunks).toEqual([
      { name: 'sms', weight: 3, asDialled: false },
      { name: 'pbx', weight: 1, asDialled: true },
    ]);
    expect(sipTextTrunks(configOf())).toEqual([
      { name: 'sms', knowsRepeats: false, tellsReceipts: false, window: 10 },
      { name: 'pbx', knowsRepeats: true, tellsReceipts: true, window: 3 },
    ]);
  });

  it('are written by who may call, where nothing else is said', () => {
    expect(rulesOf().rules.mayText.has('@alice:example.org')).toBe(true);
    const { rules } = rulesOf("permissions: {call_out: ['@*:example.org'], text_out: ['!staff:example.org']}");
    expect(rules.mayText.has('@alice:example.org')).toBe(false);
    expect(rules.mayText.has('@carol:example.org')).toBe(true);
  });

  it('come from pools and shared senders', () => {
    const more = `texts:
  shared_senders: [{sender: EXAMPLE, users: ['@*:example.org']}]
  pools: [{name: lent, numbers: ['+4930901890'], users: ['!staff:example.org'], trunks: [sms], rest_h: 2}]`;
    const { rules } = rulesOf(more);
    expect(rules.sharedSenders).toMatchObject([{ sender: 'EXAMPLE', trunks: [] }]);
    expect(rules.pools).toMatchObject([{ name: 'lent', numbers: ['+4930901890'], trunks: ['sms'] }]);
    expect(rules.pools[0]?.users.has('@carol:example.org')).toBe(true);
    expect(numberPools(configOf(more))).toEqual([{ name: 'lent', numbers: ['+4930901890'], restMs: 7_200_000 }]);
    const registration = { id: 'x', asToken: 'a', hsToken: 'h', senderLocalpart: 's' };
    expect(matrixSettings(configOf(more), registration as never).watchedRooms).toEqual(['!staff:example.org']);
  });
});

describe('policies', () => {
  it('that nobody chose', () => {
    expect(outboundTextPolicy(configOf())).toMatchObject({
      longestWaitMs: 24 * 3_600_000,
      retry: { firstMs: 30_000, longestMs: 1_800_000 },
      unknownOutcome: 'at-least-once',
      edits: 'ignore',
      media: 'refuse',
      perSecond: new Map([['sms', 2.5]]),
    });
    expect(inboundTextPolicy(configOf())).toMatchObject({
      perMinute: 30,
      join: new Map([['sms', 4_000]]),
      duplicates: new Map([['sms', 60_000]]),
      optOut: { enabled: true, answers: true },
      relay: true,
    });
  });

  it('that the administrator chose', () => {
    const config = configOf(`texts:
  {repeat: at-most-once, retry_for_h: 2, first_retry_s: 3600, edits: send, notices: send, reactions: send, max_segments: 4,
   notice_above_segments: 2, per_minute: 5, inbound_per_minute: 6, group_relay: false, opt_out: false, help: Call us,
   media_links: {url: 'https://sip.example.org'}}`);
    expect(outboundTextPolicy(config)).toMatchObject({
      longestWaitMs: 7_200_000,
      // A first pause that is longer than the longest stays.
      retry: { firstMs: 3_600_000, longestMs: 3_600_000 },
      unknownOutcome: 'at-most-once',
      edits: 'send',
      notices: 'send',
      reactions: 'send',
      mostSegments: 4,
      costNoticeAbove: 2,
      media: 'link',
      perUser: { perMinute: 5, atOnce: 5 },
    });
    expect(inboundTextPolicy(config)).toMatchObject({
      perMinute: 6,
      optOut: { enabled: false, answers: false, help: 'Call us' },
      relay: false,
    });
  });
});

describe('a sender', () => {
  it.each([
    [{ sender: '+49301234567' }, { kind: 'known', dialled: '+49301234567' }],
    [
      { sender: 'EXAMPLE', senderName: 'Shop' },
      { kind: 'known', dialled: 'EXAMPLE', name: 'Shop' },
    ],
    [{ sender: '' }, { kind: 'withheld', trunk: 'sms' }],
    [
      { sender: '+49301234567', withheld: true },
      { kind: 'withheld', trunk: 'sms' },
    ],
  ])('%j', (sender, party) => {
    expect(textParty({ withheld: false, transport: 'sms', ...sender })).toEqual(party);
  });
});
