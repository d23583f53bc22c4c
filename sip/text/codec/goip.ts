/** Texts of GoIP GSM gateways: the mobile's number is not in the SIP headers, but in the body. */

export interface GoipText {
  readonly sender: string;
  /** The SIM's number, where it is said. */
  readonly called?: string;
  /** ms since 1970. */
  readonly sentAt?: number;
  readonly text: string;
}

/** A number, a short code, or a name: one word of up to 32 characters. */
const SENDER = /^\+?[\p{L}\p{N}*#._-]{1,32}$/u;

/**
 * The sender in the first line, the text behind it.
 * @returns undefined when the first line is no sender
 */
export function parseGoipBody(body: string): GoipText | undefined {
  const end = body.indexOf('\n');
  if (end < 0) return undefined;
  const sender = body.slice(0, end).trim();
  return SENDER.test(sender) ? { sender, text: body.slice(end + 1) } : undefined;
}

/**
 * Lines "Sender:", "Receiver:", "SMSC:", "SCTS:", an empty line, and the text.
 * @returns undefined when there is no sender, or no empty line behind the headers
 */
export function parseGoipHeadersBody(body: string): GoipText | undefined {
  const headers = new Map<string, string>();
  let at = 0;
  for (;;) {
    const end = body.indexOf('\n', at);
    if (end < 0 || headers.size > 16) return undefined;
    const line = body.slice(at, end).trim();
    at = end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon <= 0) return undefined;
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const sender = headers.get('sender');
  if (sender === undefined || sender === '') return undefined;
  const called = headers.get('receiver');
  const sentAt = timeOf(headers.get('scts') ?? '');
  return {
    sender,
    ...(called === undefined || called === '' ? {} : { called }),
    ...(sentAt === undefined ? {} : { sentAt }),
    text: body.slice(at),
  };
}

/** "26/11/21,14:05:36+04" or "20261121140536", the distance from UTC in quarters of an hour (3GPP TS 27.005). */
const TIME = /^(?:20)?(\d{2})[/-]?(\d{2})[/-]?(\d{2})[, ]?(\d{2}):?(\d{2}):?(\d{2})(?:([+-])(\d{2}))?$/u;

function timeOf(value: string): number | undefined {
  const match = TIME.exec(value);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  const quarters = Number(match[8] ?? 0) * (match[7] === '-' ? -1 : 1);
  return Date.UTC(2000 + year, month - 1, day, hour, minute, second) - quarters * 900_000;
}
