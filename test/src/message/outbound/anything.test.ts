/** Whatever users, telephones and networks do in whatever order: every text comes to an end, and its end is true. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredDelivery } from '../../../../src/message/index.ts';
import { ALICE, type Answer, accepted, BOB, CAROL, eventId, FakeTransport, failure, ROOM, TextHouse } from './house.ts';

const ANSWERS = {
  accepted: () => accepted,
  lost: () => failure({ mayHaveArrived: true }),
  'trunk-fault': () => failure(),
  off: () => failure({ kind: 'unavailable', isTrunkFault: false }),
  'for-good': () => failure({ kind: 'no-such-number', isTemporary: false, isTrunkFault: false }),
  pause: () => failure({ kind: 'throttled', isTrunkFault: false, retryAfterMs: 2_000 }),
} satisfies Record<string, Answer>;

type Step =
  | { readonly what: 'write'; readonly parts: number; readonly group: boolean; readonly settle: boolean }
  | { readonly what: 'edit' | 'redact' | 'again'; readonly nth: number }
  | { readonly what: 'receipt'; readonly nth: number; readonly state: 'delivered' | 'displayed' | 'failed' }
  | { readonly what: 'answer'; readonly trunk: 0 | 1; readonly how: keyof typeof ANSWERS }
  | { readonly what: 'down' | 'up'; readonly trunk: 0 | 1 }
  | { readonly what: 'stop' | 'start' | 'restart' | 'left' | 'settle' }
  | { readonly what: 'time'; readonly s: number };

const nth = fc.nat({ max: 9 });
const trunk = fc.constantFrom(0 as const, 1 as const);
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      what: fc.constant('write' as const),
      parts: fc.integer({ min: 1, max: 3 }),
      group: fc.boolean(),
      settle: fc.boolean(),
    }),
    fc.record({ what: fc.constantFrom('edit' as const, 'redact' as const, 'again' as const), nth }),
    fc.record({
      what: fc.constant('receipt' as const),
      nth,
      state: fc.constantFrom('delivered' as const, 'displayed' as const, 'failed' as const),
    }),
    fc.record({
      what: fc.constant('answer' as const),
      trunk,
      how: fc.constantFrom(...(Object.keys(ANSWERS) as (keyof typeof ANSWERS)[])),
    }),
    fc.record({ what: fc.constantFrom('down' as const, 'up' as const), trunk }),
    fc.record({
      what: fc.constantFrom('stop' as const, 'start' as const, 'restart' as const, 'left' as const, 'settle' as const),
    }),
    fc.record({ what: fc.constant('time' as const), s: fc.integer({ min: 1, max: 120 }) }),
  ),
  { minLength: 5, maxLength: 40 },
);

const PAIR = { number: '+4930123456', telephone: BOB.dialled };

/** Does a step; those on texts that are not there do nothing. */
async function take(step: Step, house: TextHouse, written: string[]): Promise<void> {
  const consent = (yes: boolean) => house.store.consents.set(PAIR, yes, { source: 'text' }, house.clock.now());
  switch (step.what) {
    case 'write': {
      const name = `text ${written.length}`;
      written.push(name);
      const body = 'abcdefghijklmnopqrstuvwxyz0123456789'.slice(0, step.parts * 10 - 2);
      const taken = house.write(body, { eventId: eventId(name), to: step.group ? [BOB, CAROL] : [BOB] });
      if (step.settle) await taken;
      return;
    }
    case 'edit': {
      const target = written[step.nth];
      if (target === undefined) return;
      const name = `text ${written.length}`;
      written.push(name);
      return house.write('edited', { eventId: eventId(name), edits: eventId(target) });
    }
    case 'redact':
      return written[step.nth] === undefined ? undefined : house.redact(`$${written[step.nth]}`);
    case 'again':
      return written[step.nth] === undefined ? undefined : house.react('🔁', `$${written[step.nth]}`);
    case 'receipt': {
      const part = house.transports.flatMap(({ arrived }) => arrived)[step.nth];
      if (part === undefined) return;
      for (const { name } of house.transports) {
        await house.out.receipt({ transport: name, messageId: `id of ${part.key}`, state: step.state });
      }
      return;
    }
    case 'answer':
      house.transports[step.trunk]?.answers.push(ANSWERS[step.how]);
      return;
    case 'down':
    case 'up': {
      const which = house.transports[step.trunk];
      if (which === undefined) return;
      if (step.what === 'up') which.up();
      else which.now = 'down';
      return;
    }
    case 'stop':
    case 'start':
      await consent(step.what === 'start');
      return;
    case 'restart':
      // What was not taken yet is the Matrix side's to hand over again.
      await house.settle();
      return house.restart();
    case 'left':
      return house.out.left(ROOM, CAROL.ghost);
    case 'settle':
      return house.settle();
    case 'time':
      return house.pass(step.s * 1_000);
    default:
      return step satisfies never;
  }
}

async function storedOf(house: TextHouse, written: readonly string[]): Promise<StoredDelivery[]> {
  const found = await Promise.all(written.map((name) => house.store.deliveries.ofEvent(eventId(name))));
  return found.flat();
}

describe('anything, in any order', () => {
  it('comes to an end, and what is told of it is so', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (given, knowsRepeats) => {
        const transports = [new FakeTransport('a', 2), new FakeTransport('b', 1)];
        for (const each of transports) {
          each.knowsRepeats = knowsRepeats;
          each.longest = 10;
          each.always = ({ key }) => ({ kind: 'accepted', messageId: `id of ${key}` });
        }
        const house = await TextHouse.open({
          transports,
          policy: { unknownOutcome: 'at-most-once', edits: 'send', perUser: { perMinute: 1e6, atOnce: 1e6 } },
        });
        house.signalling.texts.set(eventId('text 0'), { sender: ALICE, body: 'kept in the room' });
        const written: string[] = [];
        for (const step of given) await take(step, house, written);
        for (const each of transports) {
          each.answers = [];
          each.up();
        }
        for (let hour = 0; hour < 3; hour += 1) await house.pass(3_600_000);

        await expect(house.store.deliveries.counts()).resolves.toMatchObject({ waiting: 0 });
        expect(house.out.stats.lanes).toBe(0);
        const all = transports.flatMap(({ arrived }) => arrived);
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
        for (const { textRef, state, eventId: id, progress } of await storedOf(house, written)) {
          const arrived = all.filter((part) => part.textRef === textRef).length;
          if (state === 'withdrawn') expect(arrived).toBe(progress.partsAccepted);
          if (state === 'accepted' || state === 'delivered' || state === 'displayed') {
            expect(arrived).toBe(progress.partsTotal);
            expect(house.signalling.of(id)).toContain('sent');
          }
          if (state === 'failed') expect(house.signalling.of(id).join('\n')).toContain('failed: ');
        }
        await house.store.close();
      }),
      { numRuns: 100 },
    );
  });
});
