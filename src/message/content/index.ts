/** What a text of a room is on a telephone: plain words, never HTML. Pure. */
export { htmlToPlain } from './html.ts';
export { cleanName, cleanPlain, shortened } from './plain.ts';
export { type PlainTextOptions, plainText } from './text.ts';
