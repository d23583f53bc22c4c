/** Senders of texts: each number has one use. */
import type { Config } from '../schema/index.ts';
import { knownTrunk } from './accounts.ts';
import type { Conflict } from './conflict.ts';

export function* checkTexts({ texts, lines, trunks, sip }: Config): Generator<Conflict> {
  yield* checkBinary({ trunks, sip });
  for (const [index, { trunks: named }] of texts.shared_senders.entries()) {
    for (const [at, name] of named.entries())
      yield* knownTrunk(name, ['texts', 'shared_senders', index, 'trunks', at], trunks);
  }
  const seen = new Map<string, { readonly pool: number; readonly name: string }>();
  for (const [index, { name, numbers, trunks: named }] of texts.pools.entries()) {
    for (const [at, trunk] of named.entries())
      yield* knownTrunk(trunk, ['texts', 'pools', index, 'trunks', at], trunks);
    const sameName = texts.pools.findIndex((other) => other.name === name);
    if (sameName < index) {
      yield {
        path: ['texts', 'pools', index, 'name'],
        about: [['texts', 'pools', sameName, 'name']],
        problem: `texts.pools[${sameName}] has the same name`,
        found: name,
        expected: 'another name: what was lent is remembered under it',
        example: 'name: mobiles-2',
      };
    }
    for (const [at, number] of numbers.entries()) {
      const path = ['texts', 'pools', index, 'numbers', at];
      const line = lines.findIndex((one) => one.number === number);
      if (line >= 0) {
        yield {
          path,
          about: [['lines', line, 'number']],
          problem: `lines[${line}] is this number: answers would reach its users and not the one to whom it was lent`,
          found: number,
          expected: 'a number that is nobody’s',
          example: "numbers: ['+447700900001']",
        };
      }
      const earlier = seen.get(number);
      if (earlier !== undefined) {
        yield {
          path,
          about: [['texts', 'pools', earlier.pool, 'name']],
          problem: `the number is in pool ${earlier.name} already`,
          found: number,
          expected: 'each number once',
          example: "numbers: ['+447700900001']",
        };
      }
      seen.set(number, { pool: index, name });
    }
  }
}

/** The protocol of a drachtio server carries text alone, and an SMS is none. */
function* checkBinary({ trunks, sip }: Pick<Config, 'trunks' | 'sip'>): Generator<Conflict> {
  if (sip.server === 'embedded') return;
  for (const [index, { texts }] of trunks.entries()) {
    if (!texts.enabled || texts.format !== '3gpp') continue;
    yield {
      path: ['trunks', index, 'texts', 'format'],
      about: [['sip', 'server']],
      problem: 'a drachtio server carries no binary bodies',
      found: '3gpp',
      expected: 'plain or cpim, or sip.server: embedded',
      example: 'texts: { enabled: true, format: plain }',
    };
  }
}
