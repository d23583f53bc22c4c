/** Whether a user wants a notice of a kind: their own choice, by default all. */
import { choiceOfNotice, type NoticeKind } from '../room/index.ts';
import type { Store } from '../store/index.ts';
import type { MatrixUserId } from './ids.ts';

export interface NoticeChoices {
  /** Asked before each notice that is of one of the kinds. Rejects when the store does. */
  mayNotify(user: MatrixUserId, kind: NoticeKind): Promise<boolean>;
}

export function noticeChoices(choices: Store['choices']): NoticeChoices {
  return {
    mayNotify: async (user, kind) => (await choices.get(user, choiceOfNotice(kind))) !== 'off',
  };
}
