/**
 * A SIP message as it may stand in a log: credentials gone, telephone numbers shortened to their last two digits, key material
 * of SDES (RFC 4568) and passwords of ICE gone, bodies other than SDP left out. Pure, and never throws.
 */
export function redactSip(message: string): string {
  const end = message.search(/\r?\n\r?\n/);
  const head = end < 0 ? message : message.slice(0, end);
  const body = end < 0 ? '' : message.slice(end).replace(/^(?:\r?\n){2}/, '');
  const lines = head
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)
    .map(redactLine);
  const type = /^(?:content-type|c)[ \t]*:[ \t]*([^;\s]+)/im.exec(head)?.[1]?.toLowerCase();
  return body === '' ? lines.join('\n') : `${lines.join('\n')}\n\n${redactBody(body, type)}`;
}

/** Shortens every run of five or more digits to its last two: `+441818118181` becomes `+…81`. */
export function redactNumbers(text: string): string {
  // Visual separators do not end a number; a dot does not join (addresses).
  return text.replace(/\d(?:[-() ]?\d){4,}/g, (number) => `…${number.replace(/\D/g, '').slice(-2)}`);
}

const SECRET = /^(authorization|proxy-authorization|www-authenticate|proxy-authenticate|authentication-info)$/i;
/** Headers whose digits are no telephone numbers, and are needed to follow a call through two logs. */
const PLAIN =
  /^(call-id|i|cseq|via|v|content-length|l|max-forwards|expires|session-expires|x|min-se|rseq|rack|retry-after|timestamp|date|allow|supported|k|require|user-agent|server)$/i;

function redactLine(line: string, index: number): string {
  if (index === 0) return redactUri(line);
  const colon = line.indexOf(':');
  if (colon < 0) return redactNumbers(line);
  const name = line.slice(0, colon).trim();
  if (SECRET.test(name))
    return `${name}: ${
      line
        .slice(colon + 1)
        .trim()
        .split(/\s/, 1)[0] ?? ''
    } [redacted]`;
  if (PLAIN.test(name)) return line;
  return `${line.slice(0, colon)}:${redactAddress(line.slice(colon + 1))}`;
}

/** Numbers in names and user parts; tags and ports stay. */
function redactAddress(value: string): string {
  return value
    .split(/(;\s*tag=[^;,\s>]+)/i)
    .map((part, index) => (index % 2 === 1 ? part : redactUri(part)))
    .join('');
}

/** A port follows a colon after the host: five digits there are no telephone number. */
function redactUri(text: string): string {
  return text
    .split(/(:\d{1,5}(?=[;>?\s,]|$))/)
    .map((part, index) => (index % 2 === 1 ? part : redactNumbers(part)))
    .join('');
}

function redactBody(body: string, type: string | undefined): string {
  if (type !== 'application/sdp') return `[body of ${body.length} characters]`;
  return body
    .split(/\r?\n/)
    .map((line) => {
      if (/^a=crypto:/i.test(line)) return line.replace(/inline:[^\s|;]+/gi, 'inline:[redacted]');
      if (/^a=ice-pwd:/i.test(line)) return 'a=ice-pwd:[redacted]';
      if (/^k=/i.test(line)) return 'k=[redacted]';
      return /^[sieup]=/i.test(line) ? redactNumbers(line) : line;
    })
    .join('\n');
}
