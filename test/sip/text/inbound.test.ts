/** MESSAGEs that come in, with time in the test's hands. */
import { describe, expect, test } from 'vitest';
import { DigestGate, DropLog, type InboundDirectory } from '../../../sip/inbound/index.ts';
import type { InboundText, TextReply } from '../../../sip/index.ts';
import { InboundTexts } from '../../../sip/text/inbound.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { FakeClock, incoming, settled, silent, type TestRequest } from '../call/fakes.ts';

const office = trunkSettings({ name: 'office', host: '192.0.2.1', texts: { enabled: true } });
const roaming = trunkSettings({
  name: 'roaming',
  host: 'roaming.example',
  inbound: { credentials: { username: 'pbx', password: 'open sesame' } },
  texts: { enabled: true },
});

function world(from: readonly string[] = ['192.0.2.1'], now = 0) {
  const clock = new FakeClock();
  const directory: InboundDirectory = {
    trunks: [office, roaming],
    isFrom: (trunk, address) => trunk === office && from.includes(address),
    registrationOf: () => undefined,
  };
  const texts = new InboundTexts({
    clock,
    directory,
    gate: new DigestGate(() => clock.now()),
    drops: new DropLog(silent, () => clock.now()),
    logger: silent,
    epochMs: () => now,
    acknowledge: () => undefined,
    messageIdOf: () => undefined,
  });
  return { clock, texts };
}

const hello = (headers: Record<string, string> = {}, cseq = 1): TestRequest =>
  incoming('MESSAGE', {
    cseq,
    body: 'Hello',
    headers: { 'Call-ID': 'c', 'Content-Type': 'text/plain', ...headers },
  });

const statuses = ({ replies }: TestRequest): number[] => replies.map(({ status }) => status);

describe('the answer waits for the taker', () => {
  test('and is 503 when it takes too long: the sender would give up and not know', async () => {
    const { clock, texts } = world();
    let settle = (_reply: TextReply): void => undefined;
    texts.onText(
      () =>
        new Promise((resolve) => {
          settle = resolve;
        }),
    );
    const request = hello();
    texts.message(request);
    await clock.pass(14_999);
    expect(statuses(request)).toEqual([]);
    await clock.pass(1);
    expect(request.replies).toEqual([{ status: 503, reply: { headers: { 'Retry-After': '10' } } }]);
    // What it says later is not sent any more: the text comes again, and is known by its key.
    settle({ kind: 'taken' });
    await settled();
    expect(statuses(request)).toEqual([503]);
  });

  test('who throws is as one who rejects', async () => {
    const { clock, texts } = world();
    texts.onText(() => {
      throw new Error('the disk is full');
    });
    const request = hello();
    texts.message(request);
    await settled();
    expect(statuses(request)).toEqual([503]);
    expect(clock.pending).toBe(0);
  });

  test('without a taker it is 503', async () => {
    const { texts } = world();
    const request = hello();
    texts.message(request);
    await settled();
    expect(statuses(request)).toEqual([503]);
  });
});

describe('whose it is', () => {
  test('nobody’s gets no answer while anybody waits for one', async () => {
    const { clock, texts } = world([]);
    const request = hello();
    texts.message(request);
    await clock.pass(32_000);
    expect(statuses(request)).toEqual([]);
    await clock.pass(3_000);
    expect(statuses(request)).toEqual([403]);
  });

  test('who calls with credentials is asked for them', async () => {
    const { texts } = world([]);
    const request = hello({ From: '<sip:pbx@roaming.example>;tag=f' });
    texts.message(request);
    expect(statuses(request)).toEqual([401]);
    expect(request.replies[0]?.reply?.headers?.['WWW-Authenticate']).toContain('Digest');
  });
});

describe('by what a repeat is known', () => {
  const keysOf = async (...requests: TestRequest[]): Promise<number> => {
    const { texts } = world();
    const taken: InboundText[] = [];
    texts.onText((text) => {
      taken.push(text);
      return Promise.resolve({ kind: 'taken' });
    });
    for (const request of requests) texts.message(request);
    await settled();
    return new Set(taken.map(({ key }) => key)).size;
  };

  test('the same From-tag, Call-ID and CSeq', async () => {
    expect(await keysOf(hello(), hello({ Via: 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother' }))).toBe(1);
  });

  test('what another Trunkline calls its text, under whatever number it tries', async () => {
    const id = { 'X-Trunkline-Text': 'a'.repeat(32) };
    expect(await keysOf(hello(id), hello({ ...id, From: '<sip:far@192.0.2.1>;tag=other' }, 2))).toBe(1);
    expect(await keysOf(hello(id), hello({ ...id, From: '<sip:other@192.0.2.1>;tag=far' }))).toBe(2);
    expect(await keysOf(hello({ 'X-Trunkline-Text': 'x' }), hello({ 'X-Trunkline-Text': 'x' }, 2))).toBe(2);
  });

  test.each([
    ['CSeq', hello({}, 2)],
    ['Call-ID', hello({ 'Call-ID': 'd' })],
    ['From-tag', hello({ From: '<sip:far@192.0.2.1>;tag=other' })],
    ['From, where it has no tag', hello({ From: '<sip:other@192.0.2.1>' })],
  ])('another %s is another text', async (_, other) => {
    expect(await keysOf(hello(), other)).toBe(2);
  });
});

describe('when it was written', () => {
  const DAY = 86_400_000;
  const NOW = Date.parse('2026-11-21T12:00:00Z');

  test.each<[string, number | undefined, number | undefined]>([
    ['not said', undefined, undefined],
    ['an hour ago: a server kept it', NOW - 3_600_000, NOW - 3_600_000],
    ['a minute ago is now', NOW - 60_000, undefined],
    ['a clock that is ahead', NOW + DAY, undefined],
    ['a clock that is years behind', NOW - 1000 * DAY, undefined],
  ])('%s', async (_, date, sentAt) => {
    const { texts } = world(undefined, NOW);
    const taken: InboundText[] = [];
    texts.onText((text) => {
      taken.push(text);
      return Promise.resolve({ kind: 'taken' });
    });
    texts.message(hello(date === undefined ? {} : { Date: new Date(date).toUTCString() }));
    await settled();
    expect(taken[0]?.sentAt).toBe(sentAt);
  });
});

test('a MESSAGE whose From cannot be read is refused', async () => {
  const { texts } = world();
  const request = hello({ From: '<<' });
  texts.message(request);
  expect(statuses(request)).toEqual([400]);
});
