import { describe, expect, it } from 'vitest';
import { homeserverUrl } from '../../../../src/http/dialer/app/homeserver.ts';
import { clock, logInProblem, spokenLength } from '../../../../src/http/dialer/app/words.ts';

describe('lengths of calls', () => {
  it.each([
    [0, '0:00', '0 seconds'],
    [9, '0:09', '9 seconds'],
    [61, '1:01', '1 minute 1 second'],
    [120, '2:00', '2 minutes'],
    [3_675, '1:01:15', '61 minutes 15 seconds'],
  ])('%i s', (seconds, shown, spoken) => {
    expect(clock(seconds)).toBe(shown);
    expect(spokenLength(seconds)).toBe(spoken);
  });

  it('a clock that was set back shows no negative length', () => {
    expect(clock(-3)).toBe('0:00');
  });
});

describe('problems at log-in', () => {
  it.each([
    [{ errcode: 'M_FORBIDDEN' }, 'The user name or the password is wrong.'],
    [{ errcode: 'M_LIMIT_EXCEEDED' }, 'Too many attempts. Wait a minute, then try again.'],
    [{ name: 'ConnectionError' }, 'The homeserver cannot be reached. Is its address right?'],
    [new TypeError('Failed to fetch'), 'The homeserver cannot be reached. Is its address right?'],
    [new Error('M_SOMETHING'), 'The homeserver refused the log-in: M_SOMETHING'],
    [undefined, 'The homeserver refused the log-in: no reason given'],
  ])('%o', (error, sentence) => {
    expect(logInProblem(error)).toBe(sentence);
  });
});

describe('the address of a homeserver', () => {
  it.each([
    ['example.org', 'https://example.org'],
    [' https://matrix.example.org/ ', 'https://matrix.example.org'],
    ['http://127.0.0.1:8008', 'http://127.0.0.1:8008'],
    ['https://example.org/matrix/', 'https://example.org/matrix'],
    ['HTTPS://Example.org', 'https://example.org'],
  ])('%s', (typed, url) => {
    expect(homeserverUrl(typed)).toBe(url);
  });

  it.each(['', '   ', 'ftp://example.org', 'https://', 'not an address'])('"%s" is none', (typed) => {
    expect(homeserverUrl(typed)).toBeUndefined();
  });
});
