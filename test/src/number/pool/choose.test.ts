import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseNumber, type Lease } from '../../../../src/number/pool/index.ts';

const pool = { numbers: ['+441632960901', '+441632960902', '+441632960903'], restMs: 100 };
const [first = '', second = '', third = ''] = pool.numbers;
const lease = (number: string, user: string, lastUsedAt: number): Lease => ({ number, user, lastUsedAt });

describe('which number of the pool is lent', () => {
  it('is the one that the user has, also when others have rested', () => {
    const leases = [lease(first, '@ben', 0), lease(second, '@ada', 5_000)];
    expect(chooseNumber(pool, leases, '@ada', 6_000)).toEqual({ kind: 'keep', number: second });
  });

  it('is the latest used when the user has two, as after the pool was changed', () => {
    const leases = [lease(first, '@ada', 10), lease(second, '@ada', 5)];
    expect(chooseNumber(pool, leases, '@ada', 20)).toEqual({ kind: 'keep', number: first });
  });

  it('is one that the telephone has never seen, before any that has rested', () => {
    const leases = [lease(first, '@ben', 0), lease(third, '@eve', 0)];
    expect(chooseNumber(pool, leases, '@ada', 1_000_000)).toEqual({ kind: 'lend', number: second });
  });

  it('is the least recently used once all were seen and it has rested', () => {
    const leases = [lease(first, '@ben', 30), lease(second, '@eve', 10), lease(third, '@bob', 20)];
    expect(chooseNumber(pool, leases, '@ada', 110)).toEqual({ kind: 'lend', number: second, from: leases[1] });
  });

  it('is none while all rest; it says when the first is free', () => {
    const leases = [lease(first, '@ben', 30), lease(second, '@eve', 10), lease(third, '@bob', 20)];
    expect(chooseNumber(pool, leases, '@ada', 109)).toEqual({ kind: 'exhausted', freeAt: 110 });
  });

  it('is never one that the pool no longer has', () => {
    const shrunk = { numbers: [first], restMs: 100 };
    expect(chooseNumber(shrunk, [lease(second, '@ada', 0)], '@ada', 1)).toEqual({ kind: 'lend', number: first });
    expect(chooseNumber({ numbers: [], restMs: 1 }, [], '@ada', 1)).toMatchObject({ kind: 'exhausted' });
  });

  it('is the same for all telephones of a user while it is free, and another for other users', () => {
    const many = {
      numbers: Array.from({ length: 50 }, (_, n) => `+4416329601${String(n).padStart(2, '0')}`),
      restMs: 1,
    };
    const chosen = (user: string) => {
      const choice = chooseNumber(many, [], user, 0);
      return choice.kind === 'lend' ? choice.number : undefined;
    };
    expect(chosen('@ada:hs')).toBe(chosen('@ada:hs'));
    expect(new Set(Array.from({ length: 100 }, (_, n) => chosen(`@user${n}:hs`))).size).toBeGreaterThan(25);
  });

  it('always belongs to the pool, and is nobody else’s unless it has rested', () => {
    const users = fc.constantFrom('@a', '@b', '@c', '@d');
    const leases = fc.uniqueArray(
      fc.record({ number: fc.constantFrom(...pool.numbers, '+1'), user: users, lastUsedAt: fc.nat(300) }),
      { selector: ({ number }) => number },
    );
    fc.assert(
      fc.property(leases, users, fc.nat(400), (held, user, now) => {
        const choice = chooseNumber(pool, held, user, now);
        const ofPool = held.filter(({ number }) => pool.numbers.includes(number));
        const own = ofPool.some((one) => one.user === user);
        if (choice.kind === 'exhausted') {
          expect(own).toBe(false);
          expect(ofPool).toHaveLength(pool.numbers.length);
          expect(choice.freeAt).toBeGreaterThan(now);
          return;
        }
        expect(pool.numbers).toContain(choice.number);
        expect(choice.kind === 'keep').toBe(own);
        const holder = ofPool.find(({ number }) => number === choice.number);
        if (choice.kind === 'keep') expect(holder?.user).toBe(user);
        else if (holder !== undefined) expect(holder.lastUsedAt + pool.restMs).toBeLessThanOrEqual(now);
      }),
    );
  });
});
