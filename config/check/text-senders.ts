/** Whose number a text comes from: each number has one use, and the trunks that know it carry texts. */
import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import { knownTrunk } from './accounts.ts';
import type { Conflict } from './conflict.ts';

export function* checkTextSenders(config: Config): Generator<Conflict> {
  const { texts } = config;
  for (const kind of ['shared_senders', 'pools'] as const) {
    if (texts[kind].length > 0) yield* anyCarrier(config, kind);
    for (const [index, { trunks: named }] of texts[kind].entries()) {
      for (const [at, name] of named.entries()) yield* knownCarrier(config, name, ['texts', kind, index, 'trunks', at]);
    }
  }
  yield* ownNames(texts.pools);
  yield* oneUse(config);
}

/** Senders are of no use where nothing carries texts. */
function* anyCarrier({ trunks, smpp }: Config, kind: 'shared_senders' | 'pools'): Generator<Conflict> {
  if (smpp.length > 0 || trunks.some((trunk) => trunk.texts.enabled)) return;
  yield {
    path: ['texts', kind],
    about: trunks.map((_, index): Path => ['trunks', index, 'texts']),
    problem: 'no trunk carries texts',
    expected: 'a trunk with texts: { enabled: true }',
    example: 'texts: { enabled: true }',
  };
}

function* knownCarrier({ trunks, smpp }: Config, name: string, path: Path): Generator<Conflict> {
  yield* knownTrunk(name, path, trunks, smpp);
  const index = trunks.findIndex((trunk) => trunk.name === name);
  if (index < 0 || trunks[index]?.texts.enabled === true) return;
  yield {
    path,
    about: [['trunks', index, 'texts', 'enabled']],
    problem: 'this trunk carries no texts',
    found: name,
    expected: 'a trunk with texts: { enabled: true }',
    example: 'texts: { enabled: true }',
  };
}

function* ownNames(pools: Config['texts']['pools']): Generator<Conflict> {
  for (const [index, { name }] of pools.entries()) {
    const earlier = pools.findIndex((other) => other.name === name);
    if (earlier === index) continue;
    yield {
      path: ['texts', 'pools', index, 'name'],
      about: [['texts', 'pools', earlier, 'name']],
      problem: `texts.pools[${earlier}] has the same name`,
      found: name,
      expected: 'another name: what was lent is remembered under it',
      example: 'name: mobiles-2',
    };
  }
}

interface Use {
  readonly path: Path;
  readonly problem: string;
}

/** A number of a pool that had another use would bring answers to somebody else. */
function* oneUse({ texts, lines }: Config): Generator<Conflict> {
  const uses = new Map<string, Use>();
  for (const [index, { number }] of lines.entries()) {
    const problem = `lines[${index}] is this number: answers would reach its users and not the one to whom it was lent`;
    uses.set(number, { path: ['lines', index, 'number'], problem });
  }
  for (const [index, { sender }] of texts.shared_senders.entries()) {
    const problem = `texts.shared_senders[${index}] is this number: many write from it`;
    uses.set(sender, { path: ['texts', 'shared_senders', index, 'sender'], problem });
  }
  for (const [index, { name, numbers }] of texts.pools.entries()) {
    for (const [at, number] of numbers.entries()) {
      const path: Path = ['texts', 'pools', index, 'numbers', at];
      const earlier = uses.get(number);
      if (earlier !== undefined) {
        yield {
          path,
          about: [earlier.path],
          problem: earlier.problem,
          found: number,
          expected: 'a number that has no other use',
          example: "numbers: ['+447700900001']",
        };
      }
      uses.set(number, { path, problem: `the pool ${name} has this number already` });
    }
  }
}
