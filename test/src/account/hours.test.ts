import { describe, expect, it } from 'vitest';
import { type Hours, isWithin } from '../../../src/account/hours.ts';

const at = (text: string) => Date.parse(text);
const office: Hours = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:30' };
const night: Hours = { days: ['fri'], from: '22:00', to: '06:00' };

// 2026-11-20 is a Friday; Berlin is one hour ahead of UTC in winter, two in summer.
describe('hours', () => {
  it.each<[string, Hours[], string, boolean]>([
    ['the first minute counts', [office], '2026-11-20T08:00:00Z', true],
    ['a minute before', [office], '2026-11-20T07:59:59Z', false],
    ['the last minute', [office], '2026-11-20T16:29:59Z', true],
    ['the end does not count', [office], '2026-11-20T16:30:00Z', false],
    ['the same hour in summer', [office], '2026-06-19T07:00:00Z', true],
    ['a day that is not meant', [office], '2026-11-21T10:00:00Z', false],
    ['over midnight: the evening', [night], '2026-11-20T21:00:00Z', true],
    ['over midnight: the morning after', [night], '2026-11-21T04:59:00Z', true],
    ['over midnight: the evening after', [night], '2026-11-21T21:00:00Z', false],
    ['over midnight: the morning before', [night], '2026-11-20T04:00:00Z', false],
    ['all day', [{ days: ['sat'], from: '00:00', to: '24:00' }], '2026-11-21T22:59:00Z', true],
    ['every day', [{ days: [], from: '00:00', to: '24:00' }], '2026-11-22T12:00:00Z', true],
    ['any of several', [office, night], '2026-11-20T22:00:00Z', true],
    ['none', [], '2026-11-20T12:00:00Z', false],
  ])('%s', (_name, hours, time, expected) => {
    expect(isWithin(hours, at(time), 'Europe/Berlin')).toBe(expected);
  });
});
