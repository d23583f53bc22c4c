import { expect, it } from 'vitest';
import { MoneyCounters } from '../../../src/gateway-status/index.ts';
import { closedOut, missedIn } from '../account/records/samples.ts';

it('counts what calls were paid, what they cost and how they sounded', () => {
  const counters = new MoneyCounters();
  counters.count(closedOut('c-1'));
  counters.count(closedOut('c-2'));
  counters.count(missedIn('c-3'));
  const figures = Object.fromEntries(
    counters.metrics().map((one) => [one.name, 'samples' in one ? [...one.samples()] : []]),
  );
  expect(figures).toEqual({
    trunkline_call_price_total: [{ labels: { trunk: 'main', currency: 'EUR' }, value: 0.22 }],
    trunkline_call_cost_total: [{ labels: { trunk: 'main', currency: 'EUR' }, value: 0.08 }],
    trunkline_billed_seconds_total: [{ labels: { trunk: 'main' }, value: 180 }],
    trunkline_call_mos_sum: [{ labels: { trunk: 'main', direction: 'out' }, value: 8.76 }],
    trunkline_call_mos_count: [{ labels: { trunk: 'main', direction: 'out' }, value: 2 }],
  });
});
