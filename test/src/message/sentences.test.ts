import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { englishTexts, type SentenceKey, say } from '../../../src/message/sentences.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('sentences about texts', () => {
  it('the guide for users has every one', () => {
    const guide = readFileSync(join(ROOT, 'docs/users/texts.md'), 'utf8');
    const missing = Object.values(englishTexts).filter(
      (sentence) => !guide.includes(sentence.replace(/\{\w+\}/g, '…').replace(/…\.$/, '…')),
    );
    expect(missing).toEqual([]);
  });

  it.each(Object.entries(englishTexts))('%s begins and ends as a sentence does', (_, sentence) => {
    expect(sentence).toMatch(/^[A-Z{[]/);
    expect(sentence).toMatch(/[.”}\]]$/);
  });

  it('a parameter that is missing can be seen', () => {
    expect(say({ key: 'pool-exhausted', params: { who: '+49' } })).toBe(
      'All of our numbers that could write to +49 are in use. One will be free {when}.',
    );
  });

  it('another language can stand in', () => {
    const german = { ...englishTexts, 'not-in-time': 'Diese Nachricht wurde nicht rechtzeitig gesendet.' };
    const key: SentenceKey = 'not-in-time';
    expect(say({ key }, {}, german)).toBe('Diese Nachricht wurde nicht rechtzeitig gesendet.');
  });
});
