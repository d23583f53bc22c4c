/** Random networks and random deaths of the process: what arrives at the far side, how often, and in which order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import { type Answer, accepted, BOB, CAROL, eventId, FakeTransport, failure, TextHouse } from './house.ts';

/** What one try of a part meets. */
type Fate = 'ok' | 'answer-lost' | 'trunk-fault' | 'telephone-off' | 'throttled' | 'dies-before' | 'dies-after';

const TO = [BOB, CAROL, { ghost: '@_sip_dan:hs.test' as MatrixUserId, dialled: '+4915333333333' }];
const fates = fc.array(
  fc.constantFrom<Fate>(
    'ok',
    'ok',
    'answer-lost',
    'trunk-fault',
    'telephone-off',
    'throttled',
    'dies-before',
    'dies-after',
  ),
  { maxLength: 40 },
);
const texts = fc.array(fc.record({ to: fc.nat({ max: TO.length - 1 }), parts: fc.integer({ min: 1, max: 3 }) }), {
  minLength: 1,
  maxLength: 12,
});

interface Given {
  readonly fates: readonly Fate[];
  readonly texts: readonly { readonly to: number; readonly parts: number }[];
  readonly knowsRepeats: boolean;
  readonly unknownOutcome: 'at-least-once' | 'at-most-once';
  readonly trunks?: 1 | 2;
}

/** Runs until nothing waits any more; the process is started again whenever it died. */
async function play({ fates: given, texts: wanted, knowsRepeats, unknownOutcome, trunks = 1 }: Given) {
  const transports = ['a', 'b'].slice(0, trunks).map((name) => new FakeTransport(name, 2));
  for (const each of transports) {
    each.knowsRepeats = knowsRepeats;
    each.longest = 10;
  }
  const [transport] = transports;
  if (transport === undefined) throw new Error('no transport');
  const house = await TextHouse.open({
    transports,
    policy: { unknownOutcome, perUser: { perMinute: 1e6, atOnce: 1e6 } },
  });
  let isDead = false;
  const die = () => {
    house.kill();
    isDead = true;
    return new Promise<never>(() => undefined);
  };
  const answers: Record<Fate, Answer> = {
    ok: () => accepted,
    'answer-lost': (part, far) => {
      far.takeIn(part);
      return failure({ mayHaveArrived: true });
    },
    'trunk-fault': () => failure(),
    'telephone-off': () => failure({ kind: 'unavailable', isTrunkFault: false }),
    throttled: () => failure({ kind: 'throttled', isTrunkFault: false, retryAfterMs: 3_000 }),
    'dies-before': die,
    'dies-after': (part, far) => {
      far.takeIn(part);
      return die();
    },
  };
  // What happens, happens in the order of the tries, by whichever trunk.
  const fatesLeft = [...given];
  for (const each of transports) {
    each.always = (part, far) => answers[fatesLeft.shift() ?? 'ok'](part, far);
  }
  const restart = () => {
    if (!isDead) return;
    isDead = false;
    house.restart();
  };
  for (const [index, { to, parts }] of wanted.entries()) {
    const target = TO[to] ?? BOB;
    const body = `${String(index).padStart(2, '0')}${'abcdefghijklmnopqrstuvwxyz'.slice(0, parts * 10 - 5)}`;
    // The Matrix side hands an event over again when nobody took it.
    for (let isTaken = false; !isTaken; ) {
      restart();
      const taken = house.write(body, { eventId: eventId(`${index}`), to: [target], recovered: true }).then(() => true);
      isTaken = await Promise.race([taken, house.settle().then(() => !isDead && taken)]);
    }
  }
  for (let turns = 0; turns < 200; turns += 1) {
    restart();
    await house.settle();
    const { waiting } = await house.store.deliveries.counts();
    if (waiting === 0 && !isDead) break;
    house.clock.advance(60_000);
  }
  await house.settle();
  const { waiting } = await house.store.deliveries.counts();
  await house.store.close();
  return { house, transport, transports, waiting };
}

/** Each text of each telephone by its parts, in the order in which they first arrived. */
function arrivals(transport: FakeTransport): Map<string, string[]> {
  const seen = new Set<string>();
  const byTelephone = new Map<string, string[]>();
  for (const { key, target, text } of transport.arrived) {
    if (seen.has(key)) continue;
    seen.add(key);
    byTelephone.set(target, [...(byTelephone.get(target) ?? []), text]);
  }
  return byTelephone;
}

function expectedOf(wanted: Given['texts']): Map<string, string[]> {
  const byTelephone = new Map<string, string[]>();
  for (const [index, { to, parts }] of wanted.entries()) {
    const body = `${String(index).padStart(2, '0')}${'abcdefghijklmnopqrstuvwxyz'.slice(0, parts * 10 - 5)}`;
    const { dialled } = TO[to] ?? BOB;
    byTelephone.set(dialled, [...(byTelephone.get(dialled) ?? []), ...(body.match(/.{1,10}/g) ?? [])]);
  }
  return byTelephone;
}

const sorted = (map: Map<string, string[]>) => [...map].sort(([a], [b]) => a.localeCompare(b));

describe('any network, any death of the process', () => {
  it('where the far side knows repeats: each part exactly once, in order', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fates,
        texts,
        fc.constantFrom('at-least-once' as const, 'at-most-once' as const),
        async (given, wanted, unknownOutcome) => {
          const { transport, waiting } = await play({
            fates: given,
            texts: wanted,
            knowsRepeats: true,
            unknownOutcome,
          });
          expect(waiting).toBe(0);
          expect(sorted(arrivals(transport))).toEqual(sorted(expectedOf(wanted)));
          expect(transport.arrived.length).toBe(new Set(transport.arrived.map(({ key }) => key)).size);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('at least once: nothing is lost, and what first arrives is in order', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fates, texts, async (given, wanted) => {
        const unknownOutcome = 'at-least-once';
        const { transport, waiting } = await play({ fates: given, texts: wanted, knowsRepeats: false, unknownOutcome });
        expect(waiting).toBe(0);
        expect(sorted(arrivals(transport))).toEqual(sorted(expectedOf(wanted)));
      }),
      { numRuns: 40 },
    );
  });

  it('by two trunks, at most once: nothing arrives by both, nor twice by one', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fates, texts, fc.boolean(), async (given, wanted, knowsRepeats) => {
        const unknownOutcome = 'at-most-once';
        const { house, transports, waiting } = await play({
          fates: given,
          texts: wanted,
          knowsRepeats,
          unknownOutcome,
          trunks: 2,
        });
        expect(waiting).toBe(0);
        const all = transports.flatMap(({ arrived }) => arrived);
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
        for (const [index, { parts }] of wanted.entries()) {
          const { textRef } = all.find(({ text }) => text.startsWith(String(index).padStart(2, '0'))) ?? {};
          const isWhole = textRef !== undefined && all.filter((part) => part.textRef === textRef).length === parts;
          if (knowsRepeats) expect(isWhole).toBe(true);
          if (!isWhole) expect(house.signalling.of(`$${index}`).at(-1)).toContain('It is not known whether');
        }
      }),
      { numRuns: 40 },
    );
  });

  it('by two trunks, at least once: nothing is lost', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fates, texts, fc.boolean(), async (given, wanted, knowsRepeats) => {
        const unknownOutcome = 'at-least-once';
        const { transports, waiting } = await play({
          fates: given,
          texts: wanted,
          knowsRepeats,
          unknownOutcome,
          trunks: 2,
        });
        expect(waiting).toBe(0);
        const seen = new Set(
          transports.flatMap(({ arrived }) => arrived.map(({ target, text }) => `${target} ${text}`)),
        );
        const expected = [...expectedOf(wanted)].flatMap(([target, bodies]) =>
          bodies.map((body) => `${target} ${body}`),
        );
        expect(seen).toEqual(new Set(expected));
      }),
      { numRuns: 40 },
    );
  });

  it('at most once: nothing arrives twice, and what may not have arrived is told', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fates, texts, async (given, wanted) => {
        const unknownOutcome = 'at-most-once';
        const { house, transport, waiting } = await play({
          fates: given,
          texts: wanted,
          knowsRepeats: false,
          unknownOutcome,
        });
        expect(waiting).toBe(0);
        const keys = transport.arrived.map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        for (const [index, { parts }] of wanted.entries()) {
          const ofText = transport.arrived.filter(({ text }) => text.startsWith(String(index).padStart(2, '0')));
          const total = parts;
          const isWhole =
            ofText.length > 0 && ofText[0]?.total === total && countOf(transport, ofText[0].textRef) === total;
          if (!isWhole)
            expect(house.signalling.of(`$${index}`).at(-1)).toContain('It is not known whether this text arrived');
        }
      }),
      { numRuns: 40 },
    );
  });
});

function countOf(transport: FakeTransport, textRef: string): number {
  return transport.arrived.filter((part) => part.textRef === textRef).length;
}
