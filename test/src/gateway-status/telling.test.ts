import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import type { TrunkStatus } from '../../../sip/index.ts';
import type { CallRecord } from '../../../src/call/index.ts';
import { createProviderErrorTeller, createVoicemailTeller, tellTrunk } from '../../../src/gateway-status/index.ts';

function room() {
  const said: string[] = [];
  return {
    said,
    administrators: {
      trouble: async (about: string, text: string) => void said.push(`! ${about}: ${text}`),
      over: async (about: string, text: string) => void said.push(`  ${about}: ${text}`),
    },
  };
}

const office: TrunkStatus = { name: 'office', state: 'up', since: 0, calls: 0, registrations: [] };

describe('administrators are told of trunks', () => {
  it.each<[string, Partial<TrunkStatus>, string[]]>([
    [
      'down',
      { state: 'down', detail: 'it does not answer.' },
      ['! trunk:office: The trunk office is down: it does not answer. Calls go by other trunks, if there are.'],
    ],
    ['up', {}, ['  trunk:office: The trunk office is up again.']],
    ['not tried yet', { state: 'unknown' }, []],
    [
      'refused',
      { state: 'unknown', registrations: [{ account: '200', state: 'refused', detail: 'wrong password' }] },
      ['! trunk:office:registration:200: 200 is not registered at the trunk office: wrong password.'],
    ],
    [
      'registered',
      {
        state: 'unknown',
        registrations: [
          { account: '200', state: 'registered' },
          { account: '201', state: 'registering' },
        ],
      },
      ['  trunk:office:registration:200: 200 is registered at the trunk office again.'],
    ],
  ])('%s', async (_name, more, expected) => {
    const { said, administrators } = room();
    await tellTrunk(administrators, { ...office, ...more });
    expect(said).toEqual(expected);
  });
});

describe('users are told of voicemail', () => {
  function teller() {
    const told: string[] = [];
    let now = 0;
    const tell = createVoicemailTeller({
      extension: (trunk, extension) =>
        extension === '200' ? { user: '@erin:example.org', trunk, extension, voicemail: '*97' } : undefined,
      tellUser: async (user, kind, text, key) => void told.push(`${user} ${kind} ${key}: ${text}`),
      now: () => ++now,
    });
    const news = (count: number | undefined, account = '200') =>
      tell({ trunk: 'pbx', account, waiting: count !== 0, ...(count === undefined ? {} : { newMessages: count }) });
    return { told, news };
  }

  it('when there is some, with what to dial', async () => {
    const { told, news } = teller();
    await news(1);
    expect(told).toEqual([
      '@erin:example.org voicemail voicemail:pbx:200:1: There is 1 new voicemail message. Call *97 to hear it.',
    ]);
  });

  it('once, though the PBX says it again', async () => {
    const { told, news } = teller();
    await news(2);
    await news(2);
    await news(1);
    expect(told).toHaveLength(1);
  });

  it('again when there is more, and when there is some after there was none', async () => {
    const { told, news } = teller();
    for (const count of [1, 2, 0, 1]) await news(count);
    expect(told.map((each) => each.split(': ')[0])).toEqual([
      '@erin:example.org voicemail voicemail:pbx:200:1',
      '@erin:example.org voicemail voicemail:pbx:200:2:1',
      '@erin:example.org voicemail voicemail:pbx:200:1:2',
    ]);
  });

  it('by the same key as before a restart, so that it is not told twice', async () => {
    const [first, second] = [teller(), teller()];
    await first.news(3);
    await second.news(3);
    expect(first.told).toEqual(second.told);
  });

  it('not of none, and not of an account that is nobody’s', async () => {
    const { told, news } = teller();
    await news(0);
    await news(1, '201');
    expect(told).toEqual([]);
  });

  it('also by a PBX that does not say how many', async () => {
    const { told, news } = teller();
    await news(undefined);
    expect(told[0]).toContain('There is new voicemail.');
  });
});

describe('what a provider says in codes', () => {
  const failure = {
    at: 1,
    cause: 'not-allowed',
    sipStatus: 403,
    admin: '403 Caller Origination Number is Invalid D35',
  };
  const record = (attempts: object[], direction = 'out') =>
    ({ direction, callRef: 'c-1', attempts }) as unknown as CallRecord;

  function teller() {
    const { said, administrators } = room();
    const logged: object[] = [];
    const logger = { warn: (facts: object, text: string) => void logged.push({ ...facts, text }) } as unknown as Logger;
    const errorsOf = (trunk: string) =>
      trunk === 'telnyx' ? [{ match: /\bD35\b/u, meaning: 'the caller ID is not valid' }] : [];
    const now = () => Date.parse('2026-11-21T10:00:00Z');
    return { said, logged, tell: createProviderErrorTeller({ errorsOf, administrators, logger, now }) };
  }

  it('is told in words, by the call and by the day', () => {
    const { said, logged, tell } = teller();
    tell(record([{ trunk: 'telnyx', failure }]));
    expect(logged).toEqual([
      { callRef: 'c-1', trunk: 'telnyx', status: 403, text: 'The provider refused a call: the caller ID is not valid' },
    ]);
    expect(said).toEqual([
      '! trunk:telnyx:error:the caller ID is not valid:2026-11-21: The trunk telnyx refused a call: the caller ID is not valid. (c-1)',
    ]);
  });

  it.each([
    ['of another trunk', [{ trunk: 'office', failure }], 'out'],
    ['another failure', [{ trunk: 'telnyx', failure: { ...failure, admin: '486 Busy Here' } }], 'out'],
    ['no failure', [{ trunk: 'telnyx' }], 'out'],
    ['a call in', [{ trunk: 'telnyx', failure }], 'in'],
  ])('%s says nothing', (_name, attempts, direction) => {
    const { said, logged, tell } = teller();
    tell(record(attempts, direction));
    expect([...said, ...logged]).toEqual([]);
  });
});
