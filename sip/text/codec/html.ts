import { compile } from 'html-to-text';

/** A MESSAGE with more than this is cut: no sender writes a text so long. */
const LONGEST_HTML = 100_000;

const convert = compile({
  wordwrap: false,
  baseElements: { selectors: ['body'] },
  limits: { maxDepth: 100, maxInputLength: LONGEST_HTML },
  selectors: [
    ...['script', 'style', 'head', 'title', 'noscript', 'template', 'img'].map((selector) => ({
      selector,
      format: 'skip',
    })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'] } },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    { selector: 'table', format: 'block' },
    { selector: 'tr', format: 'block' },
    { selector: 'td', format: 'inlineSurround', options: { suffix: ' ' } },
  ],
});

/**
 * What HTML that comes by telephone says, as plain text. Senders of it (softphones, Microsoft's among them) write little more than
 * fonts and line breaks.
 */
export function htmlText(html: string): string {
  return convert(html.slice(0, LONGEST_HTML)).trim();
}
