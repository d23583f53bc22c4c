/** Whatever is paused, put back, held and released: each lane in order, nothing twice, nothing forgotten. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog } from '../../../../src/message/inbound/backlog.ts';
import type { WaitingArrival } from '../../../../src/message/index.ts';
import { FakeClock } from '../../call/fakes.ts';
import { ALICE, user } from './house.ts';

type Step =
  | { readonly do: 'add'; readonly lane: number; readonly count: number }
  | { readonly do: 'done' | 'wait' | 'put-back' | 'hold'; readonly ms: number }
  | { readonly do: 'release' }
  | { readonly do: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), lane: fc.nat(4), count: fc.integer({ min: 1, max: 150 }) }),
  fc.record({
    do: fc.constantFrom('done' as const, 'done' as const, 'wait' as const, 'put-back' as const, 'hold' as const),
    ms: fc.constantFrom(0, 10, 1_000, 60_000),
  }),
  fc.record({ do: fc.constant('release' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 1_000, 60_000) }),
);

/** A book in memory, read as slowly as a disk is. */
class Book {
  readonly rows = new Map<number, { readonly arrival: WaitingArrival; state: 'waiting' | 'held' }>();
  most = 0;
  #seq = 0;

  add(lane: number): void {
    this.#seq += 1;
    const arrival: WaitingArrival = {
      textRef: `in-${this.#seq}`,
      transport: 'a',
      key: `${this.#seq}`,
      called: '+49',
      sender: `+49${lane}`,
      withheld: false,
      text: '',
      receivedAt: 0,
      wantsDisplayed: false,
      targets: [user(ALICE)],
      target: user(ALICE),
      seq: this.#seq,
    };
    this.rows.set(this.#seq, { arrival, state: 'waiting' });
  }

  async waiting(atMost: number, afterSeq = 0): Promise<readonly WaitingArrival[]> {
    const page = [...this.rows.values()]
      .filter(({ arrival, state }) => state === 'waiting' && arrival.seq > afterSeq)
      .sort((a, b) => a.arrival.seq - b.arrival.seq)
      .slice(0, atMost)
      .map(({ arrival }) => arrival);
    await nextTurn();
    return page;
  }
}

describe('the backlog', () => {
  it('gives each lane in order, nothing twice, nothing forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new FakeClock();
        const book = new Book();
        const taken: WaitingArrival[] = [];
        const posted: number[] = [];
        let held: number[] = [];
        const fault = (error: unknown) => {
          throw error;
        };
        const backlog = new Backlog({ book, clock, onReady: () => undefined, onFault: fault });
        const settle = async () => {
          for (let turns = 0; turns < 30; turns += 1) await nextTurn();
        };
        const finish = (how: Exclude<Step, { do: 'add' | 'release' | 'pass' }>) => {
          const arrival = taken.shift() ?? backlog.next();
          if (arrival === undefined) return;
          switch (how.do) {
            case 'done':
              // What is held of its lane is released before it, as long as it waits.
              posted.push(arrival.seq);
              book.rows.delete(arrival.seq);
              backlog.done(arrival);
              break;
            case 'hold':
              held.push(arrival.seq);
              book.rows.set(arrival.seq, { arrival, state: 'held' });
              backlog.done(arrival);
              break;
            case 'wait':
              backlog.wait(arrival, clock.now() + how.ms);
              break;
            case 'put-back':
              backlog.putBack(arrival);
              break;
            default:
              how.do satisfies never;
          }
        };
        for (const each of steps) {
          switch (each.do) {
            case 'add':
              for (let count = 0; count < each.count; count += 1) book.add(each.lane);
              backlog.added();
              break;
            case 'release':
              for (const seq of held) {
                const row = book.rows.get(seq);
                if (row !== undefined) row.state = 'waiting';
              }
              held = [];
              backlog.again();
              break;
            case 'pass':
              await settle();
              clock.advance(each.ms);
              await settle();
              break;
            default: {
              if (each.ms === 10) await nextTurn();
              const next = backlog.next();
              if (next !== undefined) {
                expect(taken.map(({ sender }) => sender)).not.toContain(next.sender);
                expect(posted).not.toContain(next.seq);
                taken.push(next);
              }
              if (taken.length > 1 || each.ms === 0) finish(each);
            }
          }
        }
        const isHeld = new Set(held);
        for (let rounds = 0; rounds < 100 && book.rows.size > isHeld.size; rounds += 1) {
          await settle();
          for (let more = true; more; ) {
            const before = posted.length;
            finish({ do: 'done', ms: 0 });
            more = posted.length > before;
          }
          clock.advance(60_000);
        }
        expect([...book.rows.keys()].sort()).toEqual([...isHeld].sort());
        expect(new Set(posted).size).toBe(posted.length);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('keeps the order of each lane, whatever waits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), fc.constantFrom('done', 'wait', 'put-back')), { minLength: 1, maxLength: 80 }),
        async (all) => {
          const clock = new FakeClock();
          const book = new Book();
          const backlog = new Backlog({ book, clock, onReady: () => undefined, onFault: () => undefined });
          for (const [lane] of all) book.add(lane);
          backlog.added();
          const posted: WaitingArrival[] = [];
          for (let rounds = 0; rounds < 400 && book.rows.size > 0; rounds += 1) {
            for (let turns = 0; turns < 4; turns += 1) await nextTurn();
            const arrival = backlog.next();
            if (arrival === undefined) {
              clock.advance(60_000);
              continue;
            }
            const how = all[rounds]?.[1] ?? 'done';
            if (how === 'wait') backlog.wait(arrival, clock.now() + 1_000);
            else if (how === 'put-back') backlog.putBack(arrival);
            else {
              posted.push(arrival);
              book.rows.delete(arrival.seq);
              backlog.done(arrival);
            }
          }
          expect(book.rows.size).toBe(0);
          for (const lane of [0, 1, 2, 3]) {
            const seqs = posted.filter(({ sender }) => sender === `+49${lane}`).map(({ seq }) => seq);
            expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
