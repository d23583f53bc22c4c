/** How texts do, in words and figures. */
import { describe, expect, it } from 'vitest';
import { TextCounters, tellTexts, textsHealth, watchTexts } from '../../../src/gateway-status/index.ts';
import { metricsText } from '../../../src/http/metrics.ts';
import type {
  ArrivedText,
  MessageCounts,
  MessageTransport,
  PartToSend,
  Submitted,
  Taken,
  TransportListener,
} from '../../../src/message/index.ts';

const now = Date.parse('2025-06-02T10:00:00Z');
const idle: MessageCounts = {
  outbound: { waiting: 0, failed: 0 },
  inbound: { waiting: 0, held: 0 },
  sent: 5,
  failed: 1,
  received: 7,
};
const waiting = (minutes: number): MessageCounts => ({
  ...idle,
  outbound: { waiting: 3, failed: 2, oldestWaitingAt: now - minutes * 60_000 },
});
const up = [{ name: 'sms', state: 'up' }] as const;
const down = [{ name: 'sms', state: 'down' }] as const;

describe('health', () => {
  it.each([
    ['nothing waits', idle, up, 'ok', 'Out: 0 waiting, 0 failed. In: 0 waiting, 0 held for users who have not come.'],
    ['some wait', waiting(1), up, 'ok', /^Out: 3 waiting \(the oldest since 2025-06-02T09:59:00.000Z\), 2 failed\./],
    ['some wait long', waiting(15), up, 'degraded', /^Out: 3 waiting/],
    ['a trunk is down', idle, down, 'degraded', /sms is down\.$/],
  ] as const)('%s', (_name, counts, trunks, state, detail) => {
    expect(textsHealth(counts, trunks, now)).toEqual({
      state,
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    });
  });
});

function room() {
  const said: string[] = [];
  const administrators = {
    trouble: async (about: string, text: string) => void said.push(`! ${about}: ${text}`),
    over: async (about: string, text: string) => void said.push(`  ${about}: ${text}`),
  };
  return { said, administrators };
}

it('administrators are told that texts pile up, why, and that it is over', async () => {
  const { said, administrators } = room();
  await tellTexts(administrators, waiting(20), down, now);
  await tellTexts(administrators, idle, up, now);
  expect(said).toEqual([
    '! texts:waiting: Texts pile up: 3 wait to be sent (the oldest since 2025-06-02T09:40:00.000Z). Down: sms. ' +
      'They are tried again by themselves; trunkline texts lists them.',
    '  texts:waiting: Texts go out again; none waits for long.',
  ]);
});

describe('the watch', () => {
  it('looks again and again, also after the store failed once, until it is stopped', async () => {
    const { said, administrators } = room();
    const tasks: (() => void)[] = [];
    let isBroken = true;
    let looks = 0;
    const watch = watchTexts({
      counts: async () => {
        looks += 1;
        if (isBroken) throw new Error('disk full');
        return waiting(20);
      },
      trunks: () => up,
      administrators,
      clock: {
        now: () => now,
        after: (_ms, task) => {
          tasks.push(task);
          return () => void tasks.splice(tasks.indexOf(task), 1);
        },
      },
    });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await settled();
    expect([looks, said.length, tasks.length]).toEqual([1, 0, 1]);
    isBroken = false;
    tasks.shift()?.();
    await settled();
    expect([looks, said.length, tasks.length]).toEqual([2, 1, 1]);
    expect(metricsText(watch.metrics)).toMatch(/^trunkline_texts_oldest_waiting_seconds 1200$/m);
    expect(metricsText(watch.metrics)).toMatch(/^trunkline_texts_waiting 3$/m);
    watch.stop();
    expect(tasks).toEqual([]);
  });
});

function transport(submitted: Submitted) {
  let listener: TransportListener | undefined;
  const plain: MessageTransport = {
    name: 'sms',
    knowsRepeats: true,
    tellsReceipts: true,
    window: 3,
    state: () => ({ state: 'up' }),
    onUp: (run) => run(),
    cut: () => ({ kind: 'too-long', mostCharacters: 1 }),
    submit: async () => submitted,
    listen: (to) => {
      listener = to;
    },
    notify: async () => undefined,
    close: async () => undefined,
  };
  return { plain, comes: (text: ArrivedText) => listener?.arrived(text) };
}

const failure = { isTemporary: true, isTrunkFault: true, said: '503', mayHaveArrived: false } as const;

it('a transport is the same when it is counted', async () => {
  const counters = new TextCounters();
  const accepted: Submitted = { kind: 'accepted', messageId: 'm' };
  const sends = counters.counting(transport(accepted).plain);
  expect(sends).toMatchObject({ name: 'sms', knowsRepeats: true, tellsReceipts: true, window: 3 });
  expect(sends.state()).toEqual({ state: 'up' });
  expect(sends.cut('')).toEqual({ kind: 'too-long', mostCharacters: 1 });
  expect(await sends.submit({} as PartToSend)).toBe(accepted);
  await counters
    .counting(transport({ kind: 'failed', failure: { ...failure, kind: 'network' } }).plain)
    .submit({} as PartToSend);
  const takes = transport(accepted);
  const answers: Taken[] = [{ kind: 'taken' }, { kind: 'refused', why: 'no-such-number' }];
  counters.counting(takes.plain).listen({
    arrived: async () => answers.shift() ?? { kind: 'taken' },
    receipt: async () => undefined,
  });
  expect(await takes.comes({} as ArrivedText)).toEqual({ kind: 'taken' });
  expect(await takes.comes({} as ArrivedText)).toEqual({ kind: 'refused', why: 'no-such-number' });
  const figures = metricsText(counters.metrics())
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  expect(figures).toEqual([
    'trunkline_text_parts_sent_total{trunk="sms"} 1',
    'trunkline_text_parts_failed_total{trunk="sms",why="network"} 1',
    'trunkline_text_parts_received_total{trunk="sms"} 1',
    'trunkline_text_parts_refused_total{trunk="sms",why="no-such-number"} 1',
  ]);
});
