import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SEEN_WINDOW, SeenWindow } from '../../../../media/embedded/rtp/seen-window.ts';

test('it remembers what a set would, as far back as it goes', () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('advance' as const), by: fc.integer({ min: 1, max: 70 }) }),
    fc.record({ kind: fc.constant('mark' as const), age: fc.integer({ min: 0, max: SEEN_WINDOW - 1 }) }),
  );
  fc.assert(
    fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
      const window = new SeenWindow();
      const seen = new Set<number>();
      let newest = 0;
      for (const one of moves) {
        if (one.kind === 'advance') {
          newest += one.by;
          window.advance(one.by);
        } else {
          seen.add(newest - one.age);
          window.mark(one.age);
        }
      }
      for (let age = 0; age < SEEN_WINDOW; age++) expect(window.has(age)).toBe(seen.has(newest - age));
    }),
  );
});
