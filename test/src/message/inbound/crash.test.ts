/** Any stream of texts, with repeats and parts in any order, over any number of deaths: each once, in order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArrivedText } from '../../../../src/message/index.ts';
import { openStore } from '../../../../src/store/index.ts';
import { ALICE, BOB, CAROL, chatOf, InboundHouse } from './house.ts';

interface Message {
  readonly sender: string;
  /** The order of its parts; one is a text without parts. */
  readonly parts: readonly number[];
  /** How often the network sends each again that was taken. */
  readonly repeats: number;
}

const message: fc.Arbitrary<Message> = fc.record({
  sender: fc.constantFrom(BOB, CAROL),
  parts: fc.oneof(
    fc.constant([1]),
    fc.shuffledSubarray([1, 2], { minLength: 2 }),
    fc.shuffledSubarray([1, 2, 3], { minLength: 3 }),
  ),
  repeats: fc.integer({ min: 0, max: 2 }),
});

const deaths = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 8 });

function arrivalsOf({ sender, parts }: Message, number: number): Partial<ArrivedText>[] {
  const total = parts.length;
  return parts.map((index) => ({
    textRef: `in-${number}-${index}`,
    key: `key-${number}-${index}`,
    sender,
    text: `${number}.${index};`,
    ...(total === 1 ? {} : { part: { index, total, reference: number % 256 } }),
  }));
}

/** As a network does: the next one when this one was taken. */
async function send(house: InboundHouse, text: Partial<ArrivedText>): Promise<void> {
  for (;;) {
    if (!house.isAlive) await house.restart();
    const answer = await house.arrive(text);
    if (answer?.kind === 'taken') return;
  }
}

async function check(house: InboundHouse, messages: readonly Message[], deathsAfter: readonly number[]): Promise<void> {
  const left = [...deathsAfter];
  for (const [number, each] of messages.entries()) {
    for (const text of arrivalsOf(each, number)) {
      const death = left.shift();
      if (death !== undefined) house.dieAfter(death);
      for (let times = 0; times <= each.repeats; times += 1) await send(house, text);
    }
  }
  // Only those that are whole, whatever the deaths: nothing waits for a time-out.
  for (let rounds = 0; rounds < 3; rounds += 1) {
    await house.pass(10_000);
    if (!house.isAlive) await house.restart();
  }
  await house.pass(10_000);
  for (const sender of [BOB, CAROL]) {
    const expected = messages.flatMap((each, number) =>
      each.sender === sender
        ? [
            [...each.parts]
              .sort()
              .map((index) => `${number}.${index};`)
              .join(''),
          ]
        : [],
    );
    expect(house.bodies(chatOf(ALICE, sender))).toEqual(expected);
  }
  expect(await house.store.arrivals.counts()).toEqual({ waiting: 0, held: 0 });
}

describe('texts in, over deaths of the process', () => {
  const folder = { path: '' };
  beforeAll(() => {
    folder.path = mkdtempSync(path.join(tmpdir(), 'trunkline-inbound-'));
  });
  afterAll(() => rmSync(folder.path, { recursive: true }));

  it('each once and in order, on a store in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 12 }), deaths, async (messages, deathsAfter) => {
        const house = await InboundHouse.open({ policy: { perMinute: 1_000 } });
        await check(house, messages, deathsAfter);
        await house.store.close();
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('each once and in order, on a store on the disk', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 8 }), deaths, async (messages, deathsAfter) => {
        run += 1;
        const store = await openStore({ path: path.join(folder.path, `${run}.sqlite`) });
        const house = await InboundHouse.open({ store, policy: { perMinute: 1_000 } });
        await check(house, messages, deathsAfter);
        await store.close();
      }),
      { numRuns: 10 },
    );
  }, 60_000);
});
