/** `line`: which number the people who are called see. */
import type { Command, CommandContext, CommandResult } from './command.ts';

export const line: Command = {
  name: 'line',
  help: [
    { usage: 'line', does: 'shows your numbers and the one that you call from' },
    { usage: 'line use +44…', does: 'calls from this number; “line use default” goes back' },
    { usage: 'line withhold on', does: 'hides your number from those you call; “off” shows it' },
  ],
  run([what, ...rest], context) {
    if (what === undefined) return { reply: overview(context) };
    if (what === 'use' && rest.length > 0) return use(rest.join(''), context);
    const [value] = rest;
    if (what === 'withhold' && (value === 'on' || value === 'off')) return withhold(value, context);
    return undefined;
  },
};

function overview({ lines, choices, here, showNumber }: CommandContext): string {
  const chosen = here?.get('line') ?? choices.get('line') ?? lines[0];
  const withheld = (here?.get('withhold') ?? choices.get('withhold')) === 'on';
  const list = lines.map((number) => `${number === chosen ? '→' : '·'} ${showNumber(number)}`);
  const numbers = lines.length === 0 ? ['You have no number of your own.'] : ['Your numbers:', ...list];
  return [...numbers, withheld ? 'Your number is withheld.' : 'Your number is shown to those you call.'].join('\n');
}

function use(typed: string, { lines, here, showNumber }: CommandContext): CommandResult {
  const where = here === undefined ? '' : ' in this room';
  const scope = here === undefined ? {} : { here: true };
  if (typed === 'default') {
    return { reply: `You call from your usual number${where}.`, set: [{ name: 'line', ...scope }] };
  }
  const found = lines.filter((number) => isMeant(typed, number));
  const [number] = found;
  if (number === undefined || found.length > 1) {
    const all = lines.map(showNumber).join(', ');
    const which = found.length > 1 ? 'More than one of your numbers ends like that' : 'That is none of your numbers';
    return { reply: lines.length === 0 ? 'You have no number of your own.' : `${which}: ${all}.` };
  }
  return {
    reply: `You call from ${showNumber(number)}${where} from now on.`,
    set: [{ name: 'line', value: number, ...scope }],
  };
}

/** Written in full, or the end of it, as with a national prefix in front. */
function isMeant(typed: string, number: string): boolean {
  const wanted = typed.replace(/\D/g, '').replace(/^0+/, '');
  const digits = number.replace(/\D/g, '');
  if (wanted === '') return typed === number;
  return typed.startsWith('+')
    ? wanted === digits
    : wanted === digits || (wanted.length >= 3 && digits.endsWith(wanted));
}

function withhold(value: 'on' | 'off', { here }: CommandContext): CommandResult {
  const where = here === undefined ? '' : ' in this room';
  return {
    reply:
      value === 'on' ? `Your number is withheld${where} from now on.` : `Your number is shown${where} from now on.`,
    set: [{ name: 'withhold', value, ...(here === undefined ? {} : { here: true }) }],
  };
}
