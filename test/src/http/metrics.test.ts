import { describe, expect, it } from 'vitest';
import { metricsText, type Sample } from '../../../src/http/metrics.ts';

describe('the text for Prometheus', () => {
  it('has one line for a figure, and one for each combination of labels', () => {
    const text = metricsText([
      { name: 'a', help: 'A.', type: 'gauge', value: () => 1.5 },
      {
        name: 'b_total',
        help: 'B.',
        type: 'counter',
        samples: (): Sample[] => [
          { labels: { trunk: 'x', state: 'up' }, value: 1 },
          { labels: {}, value: 2 },
        ],
      },
    ]);
    expect(text).toBe(
      '# HELP a A.\n# TYPE a gauge\na 1.5\n# HELP b_total B.\n# TYPE b_total counter\nb_total{trunk="x",state="up"} 1\nb_total 2\n',
    );
  });

  it('says of a figure without samples what it would be', () => {
    expect(metricsText([{ name: 'a', help: 'A.', type: 'gauge', samples: () => [] }])).toBe(
      '# HELP a A.\n# TYPE a gauge\n',
    );
  });

  it('escapes what a label may hold', () => {
    const samples = () => [{ labels: { a: 'x"\\\ny' }, value: 1 }];
    expect(metricsText([{ name: 'a', help: 'A.', type: 'gauge', samples }])).toContain('a{a="x\\"\\\\\\ny"} 1\n');
  });
});
