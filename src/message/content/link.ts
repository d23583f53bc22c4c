/** Links of Matrix HTML. */
import type { DomNode, FormatCallback } from 'html-to-text';

/** "text (url)", the address alone where the text is the address, the text alone where a telephone could not follow it. */
export const linkFormatter: FormatCallback = (element, walk, builder) => {
  const href: unknown = element.attribs?.href;
  const address = typeof href === 'string' ? addressOf(href.trim()) : undefined;
  const text = textIn(element).trim();
  if (address === undefined) {
    walk(element.children, builder);
    return;
  }
  if (text === '' || isSame(text, address)) {
    builder.addInline(address, { noWordTransform: true });
    return;
  }
  walk(element.children, builder);
  builder.addInline(` (${address})`, { noWordTransform: true });
};

/** A mention (a "pill"), of a user, a room or an event: its text, which is the name. */
export const formatMatrixUserLink: FormatCallback = (element, walk, builder, options) => {
  const text = textIn(element).trim();
  // An event has no name: the link says where it is.
  if (text === '' || text.startsWith('https://')) linkFormatter(element, walk, builder, options);
  else walk(element.children, builder);
};

/** What a telephone can do something with. */
function addressOf(href: string): string | undefined {
  if (/^(?:https?|ftp|magnet|xmpp|sips?|geo):/iu.test(href)) return href;
  const bare = /^(?:mailto|tel|sms):([^?]+)/iu.exec(href)?.[1];
  return bare === undefined ? undefined : decoded(bare);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isSame(text: string, address: string): boolean {
  return plainAddress(text) === plainAddress(address);
}

function plainAddress(address: string): string {
  return decoded(address)
    .replace(/^https?:\/\//iu, '')
    .replace(/\/$/u, '')
    .toLowerCase();
}

/** The text within an element; loops instead of calling itself, since HTML may be nested as deep as its author wants. */
function textIn(element: DomNode): string {
  let text = '';
  const waiting: DomNode[] = [element];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === 'text') text += node.data ?? '';
    for (const child of (node.children ?? []).toReversed()) waiting.push(child);
  }
  return text;
}
