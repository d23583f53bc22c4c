import pino from 'pino';
import { describe, expect, it } from 'vitest';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import { FINDABLE, RealUserLookup } from '../../../../src/matrix/lookups/real-users.ts';

const ALICE = '@alice:hs.test' as MatrixUserId;
const DANA = '@dana:elsewhere.test' as MatrixUserId;
const OWN = '+441818118181';
const FOREIGN = '+18005552067';

interface Case {
  readonly choices?: Readonly<Record<string, string>>;
  readonly identity?: (number: string) => Promise<MatrixUserId | undefined>;
  readonly limit?: number;
}

/** Time goes on by its tasks alone; what was waited for is kept. */
function world({ choices = {}, identity, limit = 100 }: Case) {
  const waits: number[] = [];
  const asked: string[] = [];
  const log: { readonly level: number; readonly msg: string }[] = [];
  let left = limit;
  const lookup = new RealUserLookup({
    of: {
      numberOf: (dialled) => (dialled.startsWith('+') ? dialled : undefined),
      ownerOf: (number) => (number === OWN ? ALICE : undefined),
    },
    choices: { get: async (user, name) => (name === FINDABLE ? choices[user] : undefined) },
    identity: identity && {
      userOf(number) {
        asked.push(number);
        return identity(number);
      },
    },
    limit: { take: () => left-- > 0 },
    clock: {
      now: () => 0,
      after(delayMs, task) {
        waits.push(delayMs);
        const timer = setImmediate(task);
        return () => clearImmediate(timer);
      },
    },
    logger: pino({ level: 'info' }, { write: (line: string) => log.push(JSON.parse(line)) }),
  });
  return { lookup, waits, asked, log };
}

const knows = (user: MatrixUserId | undefined) => async () => user;
const never = () => new Promise<undefined>(() => undefined);

describe('a number that is looked up', () => {
  it.each<[string, string, Case, MatrixUserId | undefined]>([
    ['is its owner', OWN, {}, ALICE],
    ['is a ghost where the owner does not want to be found', OWN, { choices: { [ALICE]: 'off' } }, undefined],
    ['is a ghost where it is nobody’s', FOREIGN, {}, undefined],
    ['is a ghost where it is no number', 'voicemail', {}, undefined],
    [
      'is whom the identity server knows, if they agreed',
      FOREIGN,
      { identity: knows(DANA), choices: { [DANA]: 'on' } },
      DANA,
    ],
    ['is a ghost where they did not', FOREIGN, { identity: knows(DANA) }, undefined],
    ['is a ghost where the identity server knows nobody', FOREIGN, { identity: knows(undefined) }, undefined],
    ['is a ghost where the identity server is slow', FOREIGN, { identity: never }, undefined],
    [
      'is a ghost where the identity server fails',
      FOREIGN,
      { identity: () => Promise.reject(new Error('away')) },
      undefined,
    ],
    [
      'is its owner before whom the identity server knows',
      OWN,
      { identity: knows(DANA), choices: { [DANA]: 'on' } },
      ALICE,
    ],
    ['is a ghost above the limit', OWN, { limit: 0 }, undefined],
  ])('%s', async (_title, dialled, of, expected) => {
    expect(await world(of).lookup.find(dialled)).toBe(expected);
  });

  it('takes as long whatever is known of it, where an identity server is asked', async () => {
    const cases: [string, Case][] = [
      [OWN, { identity: knows(undefined) }],
      [FOREIGN, { identity: knows(undefined) }],
      [FOREIGN, { identity: knows(DANA) }],
      [FOREIGN, { identity: knows(DANA), choices: { [DANA]: 'on' } }],
    ];
    for (const [number, of] of cases) {
      const { lookup, waits, asked } = world(of);
      await lookup.find(number);
      expect(Math.max(...waits)).toBe(500);
      expect(asked).toEqual([number]);
    }
  });

  it('does not reach the identity server above the limit', async () => {
    const { lookup, asked, log } = world({ identity: knows(DANA), limit: 1 });
    for (let n = 0; n < 5; n++) await lookup.find(FOREIGN);
    expect(asked).toHaveLength(1);
    expect(log.filter(({ level }) => level === 40)).toHaveLength(1);
    expect(JSON.stringify(log)).not.toContain('5552067');
  });
});
