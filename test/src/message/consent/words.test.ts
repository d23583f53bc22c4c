import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConsentLanguage, consentAnswer, consentWord } from '../../../../src/message/consent/words.ts';
import { countSegments } from '../../../../src/message/segments/index.ts';

const languages: ConsentLanguage[] = [
  'en',
  'fr',
  'de',
  'es',
  'pt',
  'it',
  'nl',
  'pl',
  'sv',
  'da',
  'nb',
  'fi',
  'ru',
  'tr',
];

describe('keywords', () => {
  it.each([
    ['STOP', 'stop', 'en'],
    ['stop', 'stop', 'en'],
    [' Stop. ', 'stop', 'en'],
    ['"STOP"!!', 'stop', 'en'],
    ['“stop”', 'stop', 'en'],
    ['Stop 🛑', 'stop', 'en'],
    ['stop\r\n', 'stop', 'en'],
    ['STOPALL', 'stop', 'en'],
    ['stop  all', 'stop', 'en'],
    ['Unsubscribe', 'stop', 'en'],
    ['cancel', 'stop', 'en'],
    ['END', 'stop', 'en'],
    ['QUİT', 'stop', 'en'],
    ['ARRET', 'stop', 'fr'],
    ['arrêt', 'stop', 'fr'],
    ['arre\u0302t', 'stop', 'fr'],
    ['STOPP', 'stop', 'de'],
    ['Baja', 'stop', 'es'],
    ['ALTO', 'stop', 'es'],
    ['parar', 'stop', 'es'],
    ['START', 'start', 'en'],
    ['unstop', 'start', 'en'],
    ['Help?', 'help', 'en'],
    ['info', 'help', 'en'],
    ['Aide', 'help', 'fr'],
    ['Hilfe!', 'help', 'de'],
    ['AYUDA', 'help', 'es'],
    ['стоп', 'stop', 'ru'],
    ['İptal', 'stop', 'tr'],
    ['yardım', 'help', 'tr'],
  ])('%j is %s (%s)', (text, meaning, language) => {
    expect(consentWord(text)).toMatchObject({ meaning, language });
  });

  it.each([
    'Stop texting me',
    'Please stop',
    'stop it',
    'non-stop',
    'the end',
    'end of the road',
    'I need help',
    'no',
    'yes',
    'S T O P',
    'ST.OP',
    'STOP STOP',
    'seis',
    '',
    ' ',
    '...',
    `stop${' '.repeat(10_000)}`,
  ])('%j is none', (text) => {
    expect(consentWord(text)).toBeUndefined();
  });

  it('are found with anything but letters and digits around them', () => {
    const around = fc.string({ unit: fc.constantFrom(...' .!?"\'()-*\n\u00a0🛑'), maxLength: 12 });
    fc.assert(
      fc.property(around, around, (before, after) => {
        expect(consentWord(`${before}sToP${after}`)?.word).toBe('STOP');
      }),
    );
  });

  it('are not found within words', () => {
    const letters = fc.string({ unit: fc.constantFrom(...'abcxyz019'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(letters, (more) => {
        expect(consentWord(`stop ${more}`)).toBeUndefined();
        expect(consentWord(`${more} stop`)).toBeUndefined();
      }),
    );
  });
});

describe('answers', () => {
  it.each(languages)('are one SMS each and name the word that undoes them: %s', (language) => {
    const of = { sender: '+4930901820', contact: 'help@example.org' };
    for (const options of [{}, of]) {
      const stop = consentAnswer('stop', language, options);
      const start = consentAnswer('start', language, options);
      const help = consentAnswer('help', language, options);
      for (const answer of [stop, start, help])
        expect(countSegments(answer).segments).toBeLessThanOrEqual(['pl', 'ru', 'tr'].includes(language) ? 2 : 1);
      expect(stop).toContain('START');
      expect(start).toContain('STOP');
      expect(help).toContain('STOP');
      expect(consentWord(stop) ?? consentWord(start) ?? consentWord(help)).toBeUndefined();
    }
    expect(consentAnswer('stop', language, of)).toContain('+4930901820');
    expect(consentAnswer('help', language, of)).toContain('help@example.org');
  });
});
