import { describe, expect, it } from 'vitest';
import { type CommandContext, commandWords, runCommand } from '../../../src/room/index.ts';

const context: CommandContext = {
  choices: new Map(),
  lines: ['+441818118181', '+441632960000'],
  showNumber: (number) => number.replace('+44', '0'),
};
const run = (text: string, over: Partial<CommandContext> = {}) =>
  runCommand(commandWords(text, false) ?? [], { ...context, ...over });

describe('a message read as a command', () => {
  it.each([
    ['help', false, ['help']],
    ['  Line   use  +44 181 ', false, ['Line', 'use', '+44', '181']],
    ['!line', false, ['line']],
    ['! line', true, ['line']],
    ['hello', true, undefined],
    ['two\nlines', false, undefined],
    ['x'.repeat(301), false, undefined],
    ['!', true, undefined],
    ['', false, undefined],
  ])('%j (with prefix: %s)', (text, prefixed, words) => {
    expect(commandWords(text, prefixed)).toEqual(words);
  });
});

describe('help', () => {
  it('lists every command', () => {
    for (const text of ['help', 'HELP', '?', 'hello there']) {
      expect(run(text).reply).toContain('notices missed off');
      expect(run(text).reply).toContain('line withhold on');
    }
    expect(run('hello').reply).toContain('I do not know “hello”');
  });

  it('of one command when it is used wrongly', () => {
    const { reply, set } = run('notices missed maybe');
    expect(reply).toContain('notices missed off');
    expect(reply).not.toContain('line use');
    expect(set).toBeUndefined();
    expect(run('line use').reply).toContain('line use +44');
  });
});

describe('notices', () => {
  it('shows what is on and off', () => {
    const { reply } = run('notices', { choices: new Map([['notices.missed', 'off']]) });
    expect(reply).toContain('missed: off');
    expect(reply).toContain('voicemail: on');
  });

  it('turns a kind off and on, or all', () => {
    expect(run('Notices Missed OFF').set).toEqual([{ name: 'notices.missed', value: 'off' }]);
    expect(run('notices missed on').set).toEqual([{ name: 'notices.missed' }]);
    expect(run('notices all off').set).toHaveLength(5);
    expect(run('notices constructor off').set).toBeUndefined();
  });
});

describe('line', () => {
  it('shows the numbers, which is used, and whether it is seen', () => {
    expect(run('line').reply).toBe(
      'Your numbers:\n→ 01818118181\n· 01632960000\nYour number is shown to those you call.',
    );
    const choices = new Map([
      ['line', '+441632960000'],
      ['withhold', 'on'],
    ]);
    expect(run('line', { choices }).reply).toBe(
      'Your numbers:\n· 01818118181\n→ 01632960000\nYour number is withheld.',
    );
    expect(run('line', { choices, here: new Map([['withhold', 'off']]) }).reply).toContain('is shown');
    expect(run('line', { lines: [] }).reply).toContain('no number');
  });

  it.each([
    ['+441632960000', '+441632960000'],
    ['+44 1632 960000', '+441632960000'],
    ['01632 960000', '+441632960000'],
    ['8181', '+441818118181'],
    ['default', undefined],
  ])('uses %s', (typed, value) => {
    expect(run(`line use ${typed}`).set).toEqual([{ name: 'line', ...(value === undefined ? {} : { value }) }]);
  });

  it.each(['+441818', '+15550100', '99', 'x'])('refuses %s, which is none of them', (typed) => {
    const { reply, set } = run(`line use ${typed}`);
    expect(set).toBeUndefined();
    expect(reply).toContain('none of your numbers: 01818118181, 01632960000.');
  });

  it('wants to know which one when several end so', () => {
    const { reply, set } = run('line use 123', { lines: ['+441123', '+442123'] });
    expect(set).toBeUndefined();
    expect(reply).toContain('More than one');
  });

  it('of one room in its chat', () => {
    const here = new Map<string, string>();
    expect(run('line use 8181', { here }).set).toEqual([{ name: 'line', value: '+441818118181', here: true }]);
    expect(run('line withhold on', { here })).toEqual({
      reply: 'Your number is withheld in this room from now on.',
      set: [{ name: 'withhold', value: 'on', here: true }],
    });
    expect(run('line use default', { here }).set).toEqual([{ name: 'line', here: true }]);
  });
});
