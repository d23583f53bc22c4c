import { describe, expect, it } from 'vitest';
import { type ImportMode, planImport, type Rate } from '../../../../src/account/rating/index.ts';
import { callRate, DAY, NOW, textRate } from './samples.ts';

function plan(current: readonly Rate[], rates: readonly Rate[], mode: ImportMode = 'replace') {
  return planImport(current, { rates, mode, now: NOW });
}

const nothing = { fresh: 0, dearer: 0, cheaper: 0, otherwise: 0, gone: 0, same: 0, later: 0, rises: [] };

describe('what an import changes', () => {
  it('says what is new, dearer, cheaper, otherwise, gone and the same', () => {
    const before = ['1', '2', '3', '4', '5'].map((prefix) => callRate(prefix, '0.10'));
    const { changes, replaced } = plan(before, [
      callRate('1', '0.10'),
      callRate('2', '0.11', { name: 'Two' }),
      callRate('3', '0.09'),
      callRate('4', '0.10', { nextS: 1 }),
      callRate('6', '0.10'),
    ]);
    const rises = [{ prefix: '2', name: 'Two', service: 'call', before: 100_000, after: 110_000 }];
    expect(changes).toEqual({ ...nothing, same: 1, dearer: 1, cheaper: 1, otherwise: 1, fresh: 1, gone: 1, rises });
    expect(replaced.map(({ prefix, rates }) => [prefix, rates.length])).toEqual([
      ['2', 1],
      ['3', 1],
      ['4', 1],
      ['6', 1],
      ['5', 0],
    ]);
    expect(replaced.every(({ at }) => at === NOW)).toBe(true);
  });

  it('a higher fee is dearer, a lower one cheaper', () => {
    const before = [callRate('1', '0.1', { connectFee: '0.1' }), callRate('2', '0.1', { connectFee: '0.1' })];
    const after = [callRate('1', '0.1', { connectFee: '0.2' }), callRate('2', '0.1')];
    expect(plan(before, after).changes).toMatchObject({ dearer: 1, cheaper: 1 });
  });

  it('the same file again changes nothing', () => {
    const file = [callRate('1', '0.10'), callRate('1', '0.20', { from: NOW + DAY }), textRate('1', '0.05')];
    const first = plan([], file);
    expect(first.changes).toEqual({ ...nothing, fresh: 2 });
    const stored = first.replaced.flatMap(({ rates }) => rates);
    expect(planImport(stored, { rates: file, mode: 'replace', now: NOW + 1000 })).toEqual({
      replaced: [],
      changes: { ...nothing, same: 2 },
    });
  });

  it('a list for later leaves everything as it is until then', () => {
    const from = NOW + 10 * DAY;
    const before = [callRate('1', '0.10'), callRate('2', '0.10')];
    const { changes, replaced } = plan(before, [callRate('1', '0.20', { from })]);
    expect(changes).toMatchObject({ dearer: 1, gone: 1, later: 2 });
    expect(replaced.map(({ prefix, at }) => [prefix, at])).toEqual([
      ['1', from],
      ['2', from],
    ]);
  });

  it('what has changes only takes nothing away', () => {
    const before = [callRate('1', '0.10'), callRate('2', '0.10')];
    expect(plan(before, [callRate('2', '0.20')], 'amend').changes).toMatchObject({ dearer: 1, gone: 0 });
  });

  it('a list of texts says nothing of calls', () => {
    const before = [callRate('1', '0.10'), textRate('1', '0.05'), textRate('2', '0.05')];
    expect(plan(before, [textRate('1', '0.05')]).changes).toEqual({ ...nothing, same: 1, gone: 1 });
  });

  it('what the provider does not carry any more is gone, what it carries again is new', () => {
    const refused = { prefix: '1', from: NOW - DAY, terms: { service: 'call', refused: true } } as const;
    expect(plan([callRate('1', '0.1')], [refused]).changes).toMatchObject({ gone: 1, fresh: 0 });
    expect(plan([refused], [callRate('1', '0.1')]).changes).toMatchObject({ gone: 0, fresh: 1 });
  });

  it('names the ten greatest rises, the greatest first', () => {
    const prefixes = Array.from({ length: 300 }, (_, index) => String(1000 + index));
    const before = prefixes.map((prefix) => callRate(prefix, '0.10'));
    const after = prefixes.map((prefix, index) => callRate(prefix, (0.11 + index / 1000).toFixed(3)));
    const { rises } = plan(before, after).changes;
    expect(rises.map(({ prefix }) => Number(prefix))).toEqual([
      1299, 1298, 1297, 1296, 1295, 1294, 1293, 1292, 1291, 1290,
    ]);
  });
});
