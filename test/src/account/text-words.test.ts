import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { textWords } from '../../../src/account/index.ts';

const sentences = Object.values(textWords).map((words) => (typeof words === 'string' ? words : words('…')));

it('the guide for users has every sentence', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/users/texts.md'), 'utf8');
  expect(sentences.filter((sentence) => !guide.includes(sentence))).toEqual([]);
});

it.each(sentences)('%s', (sentence) => {
  expect(sentence).toMatch(/^[A-Z].*\.$/);
});
