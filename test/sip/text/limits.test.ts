import { expect, test } from 'vitest';
import { limitsOf } from '../../../sip/text/limits.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';

const of = (more: Partial<TrunkInput>) => limitsOf(trunkSettings({ name: 'a', host: 'a.example', ...more }));

test('by UDP a text is cut to what fits into a packet with its head, and less where credentials take room', () => {
  expect(of({})).toEqual({ maxBytes: 750, isSms: false });
  expect(of({ credentials: { username: 'u', password: 'p' } })).toEqual({ maxBytes: 500, isSms: false });
  expect(of({ extraHeaders: { 'X-Much': 'x'.repeat(2000) } })).toEqual({ maxBytes: 160, isSms: false });
});

test.each([{ transport: 'tcp' } as const, { transport: 'tls' } as const, { texts: { long: 'tcp' } } as const])(
  'there is room for pages with %j',
  (more) => {
    expect(of(more)).toEqual({ maxBytes: 10_000, isSms: false });
  },
);

test('a trunk that knows UDP alone gets nothing by TCP', () => {
  expect(of({ udpOnly: true, texts: { long: 'tcp' } })).toEqual({ maxBytes: 750, isSms: false });
});

test('what the configuration says counts, by UDP up to a packet', () => {
  expect(of({ texts: { maxCharacters: 160, maxBytes: 300 } })).toEqual({
    maxCharacters: 160,
    maxBytes: 300,
    isSms: false,
  });
  expect(of({ texts: { maxBytes: 1000 } })).toMatchObject({ maxBytes: 750 });
  expect(of({ transport: 'tcp', texts: { maxBytes: 1000 } })).toMatchObject({ maxBytes: 1000 });
});
