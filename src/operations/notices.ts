/** Which notices a user gets; in the chat users choose them by `notices`. */
import { z } from 'zod';
import { choiceOfNotice, NOTICE_KINDS, type NoticeKind } from '../room/index.ts';
import { ownOperation } from './operation.ts';
import type { OperationParts } from './parts.ts';

const KINDS = Object.keys(NOTICE_KINDS) as [NoticeKind, ...NoticeKind[]];

const notices = z.object({ notices: z.array(z.object({ kind: z.enum(KINDS), about: z.string(), on: z.boolean() })) });

async function noticesOf({ choices }: OperationParts, user: string): Promise<z.output<typeof notices>> {
  const all = KINDS.map(async (kind) => {
    const on = (await choices.get(user, choiceOfNotice(kind))) !== 'off';
    return { kind, about: NOTICE_KINDS[kind], on };
  });
  return { notices: await Promise.all(all) };
}

const words = ({ notices: all }: z.output<typeof notices>): string =>
  all.map(({ kind, about, on }) => `${kind}: ${on ? 'on' : 'off'} (${about})`).join('\n');

export const noticesShow = ownOperation({
  name: 'notices.show',
  summary: 'show which notices a user gets in their phone room',
  changes: false,
  input: {},
  output: notices,
  http: { method: 'GET', path: '/users/{user}/notices' },
  run: ({ parts, user }) => noticesOf(parts, user),
  words,
});

export const noticesSet = ownOperation({
  name: 'notices.set',
  summary: 'turn a kind of notice on or off for a user',
  changes: true,
  input: { kind: z.enum(KINDS), on: z.boolean() },
  output: notices,
  http: { method: 'PUT', path: '/users/{user}/notices/{kind}' },
  async run({ parts, user }, { kind, on }) {
    await parts.choices.set(user, choiceOfNotice(kind), on ? undefined : 'off');
    return noticesOf(parts, user);
  },
  words,
});
