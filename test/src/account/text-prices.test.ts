import { describe, expect, it } from 'vitest';
import { matchPeople, textWords } from '../../../src/account/index.ts';
import type { TextPrice } from '../../../src/account/rating/index.ts';
import { decideText, type TextMoment, type TextRules } from '../../../src/account/texting.ts';
import { currency, parseAmount } from '../../../src/money.ts';
import { meaningOf, parseDialString } from '../../../src/number/index.ts';
import { alice, lines } from './samples.ts';

const rules: TextRules = {
  serverName: 'example.org',
  mayText: matchPeople(['@*:example.org']),
  mayBeTexted: matchPeople(['@*:example.org']),
  destinations: [],
  numbersOf: () => ({ region: 'DE', dialPlan: [] }),
  trunks: [
    { name: 'office', weight: 1, asDialled: true },
    { name: 'backup', weight: 1 },
  ],
  routes: [],
  lines,
  inbound: [],
  timeZone: 'Europe/Berlin',
  sharedSenders: [],
  pools: [],
  blockedSenders: [],
};

function decide(more: Partial<TextMoment>) {
  const read = parseDialString('0170 1234567');
  if (!read.ok) throw new Error('no number');
  const meaning = meaningOf(read.dialled, rules.numbersOf(alice));
  const moment = { availability: () => undefined, random: () => 0, now: 5, ...more };
  return decideText({ user: alice, number: { dialled: read.dialled, meaning } }, rules, moment);
}

const price: TextPrice = { kind: 'price', price: parseAmount('0.07'), currency: currency('EUR'), rate: 'sms/49' };
const unknown: TextPrice = { kind: 'no-rate', admin: 'no rate' };
const prices = (by: Record<string, TextPrice>) => ({
  text: (transport: string, target: string, now: number) =>
    target === '+491701234567' && now === 5 ? (by[transport] ?? unknown) : unknown,
});

describe('a text at a price', () => {
  it('goes by the trunks that have one, or that charge nothing', () => {
    const routes = (by: Record<string, TextPrice>) => {
      const decided = decide({ prices: prices(by) });
      return decided.kind === 'allow' ? decided.plan.routes.map(({ transport }) => transport) : decided.words;
    };
    expect(routes({ office: price, backup: price })).toEqual(['office', 'backup']);
    expect(routes({ office: unknown, backup: price })).toEqual(['backup']);
    expect(routes({ office: { kind: 'none' }, backup: unknown })).toEqual(['office']);
    expect(routes({})).toBe(textWords.noRate);
  });

  it('does not go where fraud is likely', () => {
    const guard = {
      of: () => ({ closed: [] }),
      closed: () => ({ cause: 'destination-closed', admin: 'fraud.closed: satellite' }) as const,
    };
    expect(decide({ guard })).toEqual({
      kind: 'refuse',
      words: textWords.destination,
      admin: 'fraud.closed: satellite',
    });
  });
});
