/** `notices`: which notices the user gets. */
import { choiceOfNotice, isNoticeKind, NOTICE_KINDS, type NoticeKind } from '../notices.ts';
import type { Command } from './command.ts';

export const notices: Command = {
  name: 'notices',
  help: [
    { usage: 'notices', does: 'shows which notices you get' },
    { usage: 'notices missed off', does: 'turns one kind off, or “on” again; “all” means every kind' },
  ],
  run([kind, value], { choices }) {
    if (kind === undefined) {
      const lines = kindsOf('all').map((one) => {
        const isOn = choices.get(choiceOfNotice(one)) !== 'off';
        return `${one}: ${isOn ? 'on' : 'off'} (${NOTICE_KINDS[one]})`;
      });
      return { reply: lines.join('\n') };
    }
    const kinds = kindsOf(kind);
    if (kinds.length === 0 || (value !== 'on' && value !== 'off')) return undefined;
    return {
      reply: `Notices of ${kind === 'all' ? 'every kind' : `the kind “${kind}”`} are ${value} now.`,
      set: kinds.map((one) => ({ name: choiceOfNotice(one), ...(value === 'off' ? { value } : {}) })),
    };
  },
};

function kindsOf(word: string): readonly NoticeKind[] {
  if (word === 'all') return Object.keys(NOTICE_KINDS) as NoticeKind[];
  return isNoticeKind(word) ? [word] : [];
}
