import type { TextContent } from '../../matrix/index.ts';
import { htmlToPlain } from './html.ts';
import { cleanName, cleanPlain, shortened } from './plain.ts';

/** What stands around a text. */
export interface PlainTextOptions {
  /** Who wrote it, put in front: for rooms in which several do. */
  readonly writer?: string;
  /** Who wrote it, for emotes ("* Alice waves"); `writer` when absent. */
  readonly name?: string;
  /** It takes the place of one that was sent before: "* new text". */
  readonly isEdit?: boolean;
  /** What it answers, quoted in a line in front. */
  readonly quote?: { readonly name?: string; readonly body: string };
  /** Where the telephone can fetch the media; absent: only words for it. */
  readonly mediaUrl?: string;
}

const MEDIA_WORDS = { image: 'Image', video: 'Video', audio: 'Audio', file: 'File', sticker: 'Sticker' } as const;
const LONGEST_QUOTE = 60;

/**
 * What a telephone is sent for a text of a room: plain text, never HTML.
 * @returns '' when there is nothing to say
 */
export function plainText(content: TextContent, options: PlainTextOptions = {}): string {
  const said = wordsOf(content, options);
  if (said === '') return '';
  const edit = options.isEdit === true ? '* ' : '';
  const writer = options.writer === undefined || content.kind === 'emote' ? '' : `${cleanName(options.writer)}: `;
  return `${quoteLine(options.quote)}${writer}${edit}${said}`;
}

function wordsOf(content: TextContent, options: PlainTextOptions): string {
  switch (content.kind) {
    case 'text':
    case 'notice':
      return bodyOf(content);
    case 'emote': {
      const said = bodyOf(content);
      const name = cleanName(options.name ?? options.writer ?? '');
      return said === '' ? '' : ['*', name, said].filter((word) => word !== '').join(' ');
    }
    case 'media':
      return mediaWords(content, options.mediaUrl);
    case 'location':
      return locationWords(content);
    case 'other':
      return `[${cleanName(content.what)}]`;
    default: {
      const never: never = content;
      throw new Error(`no words for ${JSON.stringify(never)}`);
    }
  }
}

function bodyOf({ body, html }: { readonly body: string; readonly html?: string }): string {
  const formatted = html === undefined ? '' : htmlToPlain(html);
  return formatted === '' ? cleanPlain(body) : formatted;
}

function mediaWords(content: Extract<TextContent, { kind: 'media' }>, url: string | undefined): string {
  const word = MEDIA_WORDS[content.media];
  const name = cleanName(content.name, 60);
  const caption = cleanPlain(content.caption ?? '').trim();
  const named = name === '' || name === caption ? word : `${word} ${name}`;
  const line = url === undefined ? `[${named}]` : `${named}: ${url}`;
  return caption === '' ? line : `${caption}\n${line}`;
}

/** RFC 5870: `geo:` latitude, longitude, and more that a map does not need. */
const GEO_URI = /^geo:(-?\d{1,3}(?:\.\d{1,12})?),(-?\d{1,3}(?:\.\d{1,12})?)(?:[,;]|$)/iu;

function locationWords({ body, geoUri }: Extract<TextContent, { kind: 'location' }>): string {
  const words = cleanPlain(body).trim();
  const [, latitude, longitude] = GEO_URI.exec(geoUri) ?? [];
  if (latitude === undefined || longitude === undefined) return words === '' ? '[Location]' : `Location: ${words}`;
  // Clients write the address into the body when there is no name for the place.
  const place = words === '' || words.includes('geo:') ? '' : `${words} `;
  return `Location: ${place}https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
}

function quoteLine(quote: PlainTextOptions['quote']): string {
  if (quote === undefined) return '';
  const body = shortened(cleanPlain(quote.body).replace(/\s+/gu, ' ').trim(), LONGEST_QUOTE);
  if (body === '') return '';
  const name = quote.name === undefined ? '' : `${cleanName(quote.name)}: `;
  return `> ${name}${body}\n`;
}
