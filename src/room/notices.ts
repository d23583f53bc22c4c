/** The kinds of notice that people get, and that they may do without. */

export const NOTICE_KINDS = {
  missed: 'calls that nobody took',
  failed: 'why a call failed',
  elsewhere: 'a call that rang here was answered by somebody else',
  forwarded: 'by whom a call was forwarded',
  voicemail: 'messages waiting in a voice mailbox',
  credit: 'your credit is low',
} as const;

export type NoticeKind = keyof typeof NOTICE_KINDS;

export function isNoticeKind(word: string): word is NoticeKind {
  return Object.hasOwn(NOTICE_KINDS, word);
}

/** The name under which the choice is stored. */
export function choiceOfNotice(kind: NoticeKind): string {
  return `notices.${kind}`;
}
