/** What the telephones are sent for an event of a room, or why they are sent nothing. */
import type { IncomingText, MatrixUserId, TextContent, TextRoom } from '../../matrix/index.ts';
import { type PlainTextOptions, plainText } from '../content/index.ts';
import { type Sentence, say } from '../sentences.ts';
import type { OutboundParts } from './parts.ts';

export type Worded =
  | { readonly kind: 'send'; readonly text: string }
  /** By choice of the administrator, and not worth a word. */
  | { readonly kind: 'ignore' }
  /** Nothing goes; `onceInRoom`: said for the first such event of a room only. */
  | { readonly kind: 'refuse'; readonly words: string; readonly onceInRoom?: string };

const refuse = (sentence: Sentence): Worded => ({ kind: 'refuse', words: say(sentence) });

/** @param isReplacement the text that it edits was not sent yet, and is not sent any more */
export async function wordingOf(
  text: IncomingText,
  room: TextRoom,
  parts: Pick<OutboundParts, 'signalling' | 'policy' | 'media' | 'logger'>,
  isReplacement: boolean,
): Promise<Worded> {
  const { policy } = parts;
  const { content } = text;
  if (content.kind === 'notice' && policy.notices === 'ignore') return { kind: 'ignore' };
  if (content.kind === 'other') return refuse({ key: 'kind-not-sent' });
  const isEdit = text.edits !== undefined && !isReplacement;
  if (isEdit && policy.edits === 'ignore') {
    return { kind: 'refuse', words: say({ key: 'edits-not-sent' }), onceInRoom: 'edits' };
  }
  let mediaUrl: string | undefined;
  if (content.kind === 'media') {
    const link = await linkFor(content, text, parts);
    if ('refused' in link) return link.refused;
    mediaUrl = link.url;
  }
  const options: PlainTextOptions = {
    ...(await namesFor(text, room, parts)),
    ...(isEdit ? { isEdit } : {}),
    ...(mediaUrl === undefined ? {} : { mediaUrl }),
    ...(await quoteFor(text, parts)),
  };
  const said = plainText(content, options);
  if (said.trim() === '') return refuse({ key: 'nothing-in-it' });
  return { kind: 'send', text: said };
}

/** The writer stands in front when the telephones cannot know who of several it is. */
export async function namesFor(
  { roomId, sender, content }: { readonly sender: MatrixUserId } & Pick<IncomingText, 'roomId' | 'content'>,
  { users, isOneParty }: Pick<TextRoom, 'users' | 'isOneParty'>,
  { signalling }: Pick<OutboundParts, 'signalling'>,
): Promise<Pick<PlainTextOptions, 'writer' | 'name'>> {
  const isOneOfSeveral = users.length > 1 && isOneParty !== true;
  if (!isOneOfSeveral && content.kind !== 'emote') return {};
  const name = await signalling.nameOf(roomId, sender);
  return isOneOfSeveral ? { writer: name } : { name };
}

async function linkFor(
  content: Extract<TextContent, { kind: 'media' }>,
  { roomId, eventId, sender: user }: IncomingText,
  { policy, media, logger }: Pick<OutboundParts, 'policy' | 'media' | 'logger'>,
): Promise<{ readonly url: string } | { readonly refused: Worded }> {
  if (policy.media === 'refuse' || media === undefined) return { refused: refuse({ key: 'media-not-sent' }) };
  try {
    const link = await media.linkFor(content, { roomId, eventId, user });
    return link.kind === 'link' ? link : { refused: { kind: 'refuse', words: link.words } };
  } catch (error) {
    logger.error({ err: error, eventId }, 'The link for a file could not be made');
    return { refused: refuse({ key: 'media-failed' }) };
  }
}

async function quoteFor(
  { roomId, repliesTo }: IncomingText,
  { signalling, policy, logger }: Pick<OutboundParts, 'signalling' | 'policy' | 'logger'>,
): Promise<Pick<PlainTextOptions, 'quote'>> {
  if (repliesTo === undefined || !policy.quoteReplies) return {};
  try {
    const quoted = await signalling.quoted(roomId, repliesTo);
    return quoted ? { quote: { body: quoted.body } } : {};
  } catch (error) {
    logger.warn({ err: error }, 'What a text answers could not be read; it goes without a quote');
    return {};
  }
}
