import { describe, expect, it } from 'vitest';
import {
  type CommandContext,
  commandWords,
  isCommandName,
  recipientsOf,
  restOfLine,
  runCommand,
  TEXT_COMMANDS,
} from '../../../src/room/index.ts';

const context: CommandContext = { choices: new Map() };
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
    [`sms +44 ${'x'.repeat(400)}\ny`, false, ['sms', '+44', 'x'.repeat(400), 'y']],
  ])('%j (with prefix: %s)', (text, prefixed, words) => {
    expect(commandWords(text, prefixed)).toEqual(words);
  });
});

describe('help', () => {
  it('lists every command', () => {
    for (const text of ['help', 'HELP', '?']) {
      expect(run(text).reply).toContain('notices missed off');
      expect(run(text).reply).toContain('name remove Bob');
    }
    expect(run('hello there').reply).toBe('I do not know “hello”. Write “help” to see what there is.');
  });

  it('of one command when it is used wrongly', () => {
    const { reply, set } = run('notices missed maybe');
    expect(reply).toContain('notices missed off');
    expect(reply).not.toContain('name remove');
    expect(set).toBeUndefined();
    expect(run('name remove').reply).toContain('name remove Bob');
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
    expect(run('notices all off').set).toHaveLength(6);
    expect(run('notices constructor off').set).toBeUndefined();
  });
});

describe('commands for texts and names', () => {
  const act = (text: string, over: Partial<CommandContext> = {}) =>
    runCommand(commandWords(text, false) ?? [], { ...context, said: restOfLine(text), ...over }, TEXT_COMMANDS).act;

  it.each([
    ['sms Bob hello', { kind: 'sms', said: 'Bob hello' }],
    ['SMS  +44 7700 Two\nlines', { kind: 'sms', said: '+44 7700 Two\nlines' }],
    ['name', { kind: 'names' }],
    ['name +44 7700 900123 Bob Smith', { kind: 'name', of: '+44 7700 900123', name: 'Bob Smith' }],
    ['name remove Bob  Smith', { kind: 'unname', of: 'Bob  Smith' }],
    ['name remove +441', { kind: 'unname', of: '+441' }],
    ['texts', { kind: 'texts' }],
    ['Texts Resend', { kind: 'resend' }],
    ['texts accept', { kind: 'accept' }],
    ['sms', undefined],
    ['sms hello', undefined],
    ['name Bob', undefined],
    ['name +441', undefined],
    ['name remove', undefined],
    ['texts now', undefined],
    ['group off', undefined],
  ])('%j', (text, expected) => {
    expect(act(text)).toEqual(expected);
  });

  it.each([
    ['!name Bob', { kind: 'name', name: 'Bob' }],
    ['!name remove', { kind: 'unname' }],
    ['!group off', { kind: 'group', relays: false }],
    ['!group on', { kind: 'group', relays: true }],
    ['!group', undefined],
  ])('%j in a chat', (text, expected) => {
    expect(act(text, { inChat: true })).toEqual(expected);
  });

  it.each([
    ['+447700900123 10 to 5?', '+447700900123', '10 to 5?'],
    ['+44 7700 900123 hi', '+44 7700 900123', 'hi'],
    ['07700 900123 hi', '07700 900123', 'hi'],
    ['62442 YES', '62442', 'YES'],
    ['Bob: hi: there', 'Bob', 'hi: there'],
  ])('%j goes to %j', (said, to, text) => {
    expect(recipientsOf(said)[0]).toEqual({ to, text });
  });

  it('finds names of several words, longest first, and guesses no number', () => {
    expect(recipientsOf('Bob Smith hi').map(({ to }) => to)).toEqual(['Bob Smith', 'Bob']);
    expect(recipientsOf('555 0100 123 hello')).toEqual([]);
    expect(recipientsOf('')).toEqual([]);
  });

  it('are known by their names', () => {
    expect(isCommandName('SMS', TEXT_COMMANDS)).toBe(true);
    expect(isCommandName('sms')).toBe(false);
    expect(isCommandName('help')).toBe(true);
    expect(isCommandName('!!')).toBe(false);
  });
});
