/**
 * Fallbacks of replies: clients used to put what is answered into the answer itself (client-server API, "Rich replies", up to
 * specification 1.12; MSC2781 took it out). A telephone must not get it twice.
 */

/** `> <@user:server> quoted`, more lines that begin with `>`, an empty line. */
const FIRST_LINE = /^> (?:\* )?<@[^>\n]+>/;

/** The body without the quoted lines in front; unchanged when there are none, or nothing but them. */
export function withoutFallback(body: string): string {
  if (!FIRST_LINE.test(body)) return body;
  const lines = body.split('\n');
  let at = 0;
  while (lines[at]?.startsWith('>')) at += 1;
  if (lines[at]?.trim() === '') at += 1;
  const rest = lines.slice(at).join('\n');
  return rest.trim() === '' ? body : rest;
}

const OPENS = '<mx-reply>';
const CLOSES = '</mx-reply>';

/** The HTML without `<mx-reply>…</mx-reply>` at its beginning. */
export function withoutHtmlFallback(html: string): string {
  const start = html.trimStart();
  if (start.slice(0, OPENS.length).toLowerCase() !== OPENS) return html;
  const end = start.toLowerCase().lastIndexOf(CLOSES);
  return end < 0 ? html : start.slice(end + CLOSES.length);
}
