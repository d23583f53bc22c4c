import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlToPlain } from '../../../../src/message/content/index.ts';

describe('Matrix HTML as plain text', () => {
  it.each([
    ['paragraphs', '<p>one</p>\n<p>two</p>', 'one\n\ntwo'],
    ['line breaks', 'one<br>two<br/>three', 'one\ntwo\nthree'],
    ['blanks', 'one\n  two&nbsp;three', 'one two three'],
    ['entities', '1 &lt; 2 &amp;&amp; &quot;x&quot; &#128512;', '1 < 2 && "x" 😀'],
    ['tags that somebody wrote', '&lt;b&gt;not bold&lt;/b&gt;', '<b>not bold</b>'],
    ['emphasis', '<strong>very</strong> <em>much</em> <u>so</u>', 'very much so'],
    ['what is struck out', '<del>Monday</del> Tuesday', '~Monday~ Tuesday'],
    ['powers', 'x<sup>2</sup> + H<sub>2</sub>O', 'x^2 + H2O'],
    ['a link', 'see <a href="https://example.org/page">the page</a>.', 'see the page (https://example.org/page).'],
    ['a link that is its text', '<a href="https://example.org/">https://example.org</a>', 'https://example.org/'],
    ['a link without its scheme', '<a href="https://example.org">example.org</a>', 'https://example.org'],
    ['a link without text', '<a href="https://example.org"></a>', 'https://example.org'],
    ['a link with markup', '<a href="https://e.org/x"><b>bold</b> text</a>', 'bold text (https://e.org/x)'],
    ['a link nobody can follow', '<a href="javascript:alert(1)">x</a> <a href="#here">y</a> <a>z</a>', 'x y z'],
    [
      'mail and telephones',
      '<a href="mailto:a@b.org?subject=x">write</a> <a href="tel:+4930">+4930</a>',
      'write (a@b.org) +4930',
    ],
    ['a mention', '<a href="https://matrix.to/#/@alice:example.org">Alice</a>: hello', 'Alice: hello'],
    ['a mention by the scheme', '<a href="matrix:u/alice:example.org">Alice</a>: hello', 'Alice: hello'],
    ['a room', 'in <a href="https://matrix.to/#/%23room:example.org">#room:example.org</a>', 'in #room:example.org'],
    [
      'a link to an event',
      '<a href="https://matrix.to/#/!r:e.org/$x">https://matrix.to/#/!r:e.org/$x</a>',
      'https://matrix.to/#/!r:e.org/$x',
    ],
    ['a list', '<p>To do:</p><ul><li>one</li><li>two</li></ul><p>done</p>', 'To do:\n\n- one\n- two\n\ndone'],
    ['numbers', '<ol start="9"><li>nine</li><li>ten</li></ol>', '9. nine\n10. ten'],
    ['lists in lists', '<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>', '- a\n  1. b\n- c'],
    ['a quote', '<blockquote><p>they said</p></blockquote><p>I say</p>', '> they said\n\nI say'],
    ['quotes in quotes', '<blockquote>a<blockquote>b</blockquote></blockquote>c', '> a\n> > b\nc'],
    ['what is answered', '<mx-reply><blockquote>old</blockquote></mx-reply>new', 'new'],
    ['code', 'run <code>rm -rf x</code> now', 'run rm -rf x now'],
    ['a block of code', '<pre><code class="language-js">if (x) {\n  y();\n}\n</code></pre>', 'if (x) {\n  y();\n}'],
    ['headings', '<h1>Title</h1><p>text</p><h2>More</h2>text', 'Title\n\ntext\n\nMore\ntext'],
    ['a rule', 'a<hr>b', 'a\n---\nb'],
    [
      'a table',
      '<table><caption>Prices</caption><thead><tr><th>What</th><th>How much</th></tr></thead><tbody><tr><td>Tea</td><td>2 <b>€</b></td></tr></tbody></table>',
      'Prices\nWhat | How much\nTea | 2 €',
    ],
    ['a spoiler', 'He <span data-mx-spoiler>dies</span>.', 'He [spoiler: dies].'],
    ['a spoiler with a reason', '<span data-mx-spoiler="film">He dies</span>', '[spoiler (film): He dies]'],
    ['a custom emoji', 'hi <img data-mx-emoticon src="mxc://e.org/x" alt=":wave:" title="wave">', 'hi :wave:'],
    ['a formula', '<span data-mx-maths="\\frac{1}{2}"><code>x</code></span>', '\\frac{1}{2}'],
    ['details', '<details><summary>More</summary>hidden</details>', 'More\nhidden'],
    ['colours', '<font color="#ff0000" data-mx-color="#ff0000">red</font>', 'red'],
    ['scripts and styles', 'a<script>alert(1)</script><style>b{}</style><!-- c -->d', 'ad'],
    ['tags that nobody knows', '<blink>a</blink><unknown-tag x=y>b</unknown-tag>', 'ab'],
    ['tags that are not closed', '<b>a<i>b<p>c', 'ab\n\nc'],
    ['control characters', 'a\u0000b\u001bc&#27;d\u0085', 'abcd'],
    ['nothing', '<p></p><br>', ''],
  ])('has %s', (_, html, expected) => {
    expect(htmlToPlain(html)).toBe(expected);
  });

  it.each([
    ['depth', '<b>'.repeat(23_000)],
    ['quotes in quotes', `${'<blockquote>'.repeat(5_800)}x`],
    ['lists in lists', '<ul><li>'.repeat(8_000)],
    ['tables in tables', '<table><tr><td>'.repeat(4_600)],
    ['bodies in bodies', `<table>${'<tbody>'.repeat(9_000)}`],
    ['links in links', '<a href="https://e.org">'.repeat(2_900)],
    ['wide cells', `<table><tr>${'<td colspan=99999 rowspan=99999>x</td>'.repeat(1_800)}`],
    ['blanks', `<pre>${' '.repeat(60_000)}x${'\n'.repeat(5_000)}y</pre>`],
    ['ends without beginnings', `${'<b>'.repeat(10_000)}${'</i>'.repeat(10_000)}`],
    ['entities', '&amp;'.repeat(14_000)],
    ['far numbers', `<ol start="99999999999999999999">${'<li>x'.repeat(10_000)}</ol>`],
  ])('is not much longer than the HTML for %s', (_, html) => {
    expect(htmlToPlain(html).length).toBeLessThan(html.length * 8);
  });

  it('cuts what is longer than an event can be', () => {
    expect(htmlToPlain('x'.repeat(200_000)).length).toBeLessThanOrEqual(70_000);
  });

  it('is plain text of whatever comes', () => {
    const pieces = fc.constantFrom(
      '<b>',
      '</b>',
      '<a href="',
      '">',
      '<ul>',
      '<li>',
      '<table>',
      '<tr>',
      '<td>',
      '</td>',
      '<pre>',
      '&lt;',
      '&#',
      '\u0000',
      '\ud83d',
      'x',
      '\n',
      '<!--',
      '<![CDATA[',
      '<mx-reply>',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60, size: 'max' }), (html) => {
        const text = htmlToPlain(html.join(''));
        expect(text.isWellFormed()).toBe(true);
        expect(text).not.toMatch(/(?![\n\t])\p{Cc}/u);
      }),
      { numRuns: 500 },
    );
  });
});
