import { compile, type FormatCallback, type HtmlToTextOptions } from 'html-to-text';
import { formatMatrixUserLink, linkFormatter } from './link.ts';
import { cleanPlain } from './plain.ts';
import { tableFormatter } from './table.ts';

/** Longer HTML is cut: an event has at most 65,536 bytes (Matrix client-server API, "Size limits"). */
const LONGEST_HTML = 70_000;
/** Matrix client-server API, m.room.message: clients should not show what is nested deeper. */
const MOST_DEPTH = 100;

/** What is put around the text of an element. */
function surround(before: string, after: string): FormatCallback {
  return (element, walk, builder) => {
    builder.addInline(before, { noWordTransform: true });
    builder.startNoWrap();
    walk(element.children, builder);
    builder.stopNoWrap();
    builder.addLiteral(after);
  };
}

/** A spoiler says that it is one, with its reason where there is one. */
const spoilerFormatter: FormatCallback = (element, walk, builder) => {
  const reason: unknown = element.attribs?.['data-mx-spoiler'];
  const before = typeof reason === 'string' && reason !== '' ? `[spoiler (${reason}): ` : '[spoiler: ';
  builder.addInline(before, { noWordTransform: true });
  walk(element.children, builder);
  builder.addLiteral(']');
};

/** A custom emoji or an inline image: what it is called. */
const imageFormatter: FormatCallback = (element, _walk, builder) => {
  const named: unknown = element.attribs?.alt || element.attribs?.title;
  if (typeof named === 'string') builder.addInline(named);
};

/** A formula is its LaTeX (MSC2191). */
const mathsFormatter: FormatCallback = (element, _walk, builder) => {
  const latex: unknown = element.attribs?.['data-mx-maths'];
  if (typeof latex === 'string') builder.addInline(latex);
};

const quoteFormatter: FormatCallback = (element, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 });
  walk(element.children, builder);
  builder.closeBlock({
    trailingLineBreaks: 1,
    blockTransform: (text) =>
      text
        .trim()
        .split('\n')
        .map((line) => (line === '' ? '>' : `> ${line}`))
        .join('\n'),
  });
};

/** Numbers of a list that begins further up are not worth their length. */
const HIGHEST_NUMBER = 99_999;

/** Lists in lists are moved in by as much as the sign in front takes. */
function listFormatter(signOf: (position: number) => string): FormatCallback {
  return (element, walk, builder) => {
    const written = Number.parseInt(String(element.attribs?.start ?? '1'), 10);
    const start = Number.isNaN(written) ? 1 : Math.min(Math.max(written, 0), HIGHEST_NUMBER);
    const items = element.children.filter((child) => child.type === 'tag');
    builder.openList({ interRowLineBreaks: 1, leadingLineBreaks: 1 });
    items.forEach((item, i) => {
      builder.openListItem({ prefix: item.name === 'li' ? signOf(start + i) : '' });
      walk(item.name === 'li' ? item.children : [item], builder);
      builder.closeListItem();
    });
    builder.closeList({ trailingLineBreaks: 1 });
  };
}

const lines = (leadingLineBreaks: number, trailingLineBreaks: number) => ({ leadingLineBreaks, trailingLineBreaks });
const skipped = ['mx-reply', 'script', 'style', 'head', 'title', 'noscript', 'template', 'iframe', 'object', 'svg'];
const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

// Signs are of the GSM alphabet: a back-tick or a bullet would make a text twice as long as SMS, since all of it were UCS-2.
const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  baseElements: { selectors: [] },
  limits: { maxDepth: MOST_DEPTH, ellipsis: '...' },
  formatters: {
    matrixLink: linkFormatter,
    matrixUser: formatMatrixUserLink,
    matrixTable: tableFormatter,
    spoiler: spoilerFormatter,
    named: imageFormatter,
    maths: mathsFormatter,
    quote: quoteFormatter,
    bullets: listFormatter(() => '- '),
    numbers: listFormatter((position) => `${position}. `),
    struck: surround('~', '~'),
    raised: surround('^', ''),
  },
  selectors: [
    ...skipped.map((selector) => ({ selector, format: 'skip' })),
    ...headings.map((selector) => ({ selector, format: 'block', options: lines(2, 1) })),
    ...['del', 's', 'strike'].map((selector) => ({ selector, format: 'struck' })),
    { selector: 'sup', format: 'raised' },
    { selector: 'a', format: 'matrixLink' },
    { selector: 'a[href^="https://matrix.to/"]', format: 'matrixUser' },
    { selector: 'a[href^="matrix:"]', format: 'matrixUser' },
    { selector: 'span[data-mx-spoiler]', format: 'spoiler' },
    { selector: 'span[data-mx-maths]', format: 'maths' },
    { selector: 'div[data-mx-maths]', format: 'maths' },
    { selector: 'img', format: 'named' },
    { selector: 'blockquote', format: 'quote' },
    { selector: 'hr', format: 'blockString', options: { string: '---', ...lines(1, 1) } },
    { selector: 'ul', format: 'bullets' },
    { selector: 'ol', format: 'numbers' },
    { selector: 'p', options: lines(2, 2) },
    { selector: 'pre', options: lines(1, 1) },
    { selector: 'table', format: 'matrixTable' },
    { selector: 'details', format: 'block', options: lines(1, 1) },
    { selector: 'summary', format: 'block', options: lines(1, 1) },
    { selector: 'caption', format: 'block', options: lines(1, 1) },
  ],
};

const convert = compile(OPTIONS);

/**
 * What HTML of a Matrix event says, as a telephone can show it: links as "text (url)", lists with their signs, quotes with ">",
 * code as it stands, tables line by line, mentions as names, spoilers marked; the copy of a text that is answered (`mx-reply`) is
 * left out. Never longer than a few times the HTML, whatever that is.
 * @param html untrusted; of more than 70,000 characters the first ones
 * @returns '' when there is nothing to read in it
 */
export function htmlToPlain(html: string): string {
  // A space that does not break looks like any other, and is not in the GSM alphabet.
  const text = convert(html.slice(0, LONGEST_HTML)).replace(/[\u00a0\u202f]/gu, ' ');
  return cleanPlain(text)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/gu, '\n\n')
    .trim();
}
