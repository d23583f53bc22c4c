/**
 * Ghost user IDs: which Matrix user stands for which dialled text. Decided in docs/decisions/ghost-ids.md.
 *
 * `@<prefix><text>=40<gateway host>:<server>` is MSC2845's `@_sip_01818118181%40sip.example.org:example.org` in the
 * escaping that the specification gives for bridges (appendices, "Mapping from other character sets"): bytes of UTF-8
 * outside the allowed set, and `=` itself, become `=xx`. Capital letters become `=xx` too instead of being lowered, so that
 * every text comes back as it was. `@.tel.<e164>:<server>` (the PSTN gatewaying draft) reaches the same person.
 */
import type { MatrixUserId } from '../matrix/ids.ts';

/** How the IDs of one gateway look. */
export interface GhostIdFormat {
  /** What the localpart starts with: `_sip_`. */
  readonly prefix: string;
  readonly gatewayHost: string;
  readonly serverName: string;
  /** Which escape is written; both are read. Default `=`. */
  readonly escape?: '=' | '%';
}

/** What a ghost ID says. */
export interface GhostAddress {
  /** The text as it was dialled; for a `.tel` ID the number with a leading `+`. */
  readonly dialled: string;
  readonly namespace: 'gateway' | 'tel';
}

/** User IDs may be this long, in bytes, with `@` and server name (specification, appendices "User identifiers"). */
export const MAX_USER_ID_BYTES = 255;

export const TEL_PREFIX = '.tel.';

// `+` is allowed since specification 1.8 (MSC4009); `_` and `.` need no escape. `/` is allowed but breaks badly written
// URLs, and no number has it: it is escaped.
const LITERAL = /^[a-z0-9._+-]$/;
const ESCAPED = /[=%]([0-9a-f]{2})/giy;
const E164_DIGITS = /^\+?([1-9]\d{1,14})$/;

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The user ID of the ghost for a dialled text.
 * @returns undefined when it cannot be one: empty, longer than 255 bytes as an ID, or not well-formed Unicode.
 */
export function encodeGhostId(dialled: string, format: GhostIdFormat): MatrixUserId | undefined {
  if (dialled === '' || !dialled.isWellFormed()) return undefined;
  // Escaping never shortens: what is too long now need not be escaped.
  if (dialled.length > MAX_USER_ID_BYTES) return undefined;
  const localpart = format.prefix + escapeText(`${dialled}@${format.gatewayHost.toLowerCase()}`, format.escape ?? '=');
  const userId = `@${localpart}:${format.serverName}`;
  return utf8.encode(userId).length <= MAX_USER_ID_BYTES ? (userId as MatrixUserId) : undefined;
}

/**
 * What the user ID of a ghost says.
 * @returns undefined when it is not a ghost of this gateway: another server, prefix or gateway host, or broken escapes.
 */
export function decodeGhostId(userId: string, format: GhostIdFormat): GhostAddress | undefined {
  if (!userId.startsWith('@') || utf8.encode(userId).length > MAX_USER_ID_BYTES) return undefined;
  const end = userId.length - format.serverName.length - 1;
  if (end < 1 || userId.slice(end) !== `:${format.serverName}`) return undefined;
  const localpart = userId.slice(1, end);
  if (localpart.startsWith(TEL_PREFIX)) return decodeTel(localpart.slice(TEL_PREFIX.length));
  if (!localpart.startsWith(format.prefix)) return undefined;
  const text = unescapeText(localpart.slice(format.prefix.length));
  // The host has no `@`, the dialled text may (a SIP URI): the last one divides them.
  const at = text?.lastIndexOf('@') ?? -1;
  if (text === undefined || at < 1) return undefined;
  if (text.slice(at + 1).toLowerCase() !== format.gatewayHost.toLowerCase()) return undefined;
  return { dialled: text.slice(0, at), namespace: 'gateway' };
}

/** The draft's ID for a number in E.164; undefined when it is none. */
export function encodeTelId(e164: string, serverName: string): MatrixUserId | undefined {
  const digits = E164_DIGITS.exec(e164)?.[1];
  return digits === undefined ? undefined : (`@${TEL_PREFIX}${digits}:${serverName}` as MatrixUserId);
}

function decodeTel(rest: string): GhostAddress | undefined {
  const digits = E164_DIGITS.exec(unescapeText(rest) ?? '')?.[1];
  return digits === undefined ? undefined : { dialled: `+${digits}`, namespace: 'tel' };
}

function escapeText(text: string, sign: '=' | '%'): string {
  let out = '';
  for (const byte of utf8.encode(text)) {
    const char = byte < 0x80 ? String.fromCharCode(byte) : '';
    out += LITERAL.test(char) ? char : sign + hex(byte, sign);
  }
  return out;
}

// RFC 3986 §2.1 asks for capitals in percent-encoding, the Matrix specification for small letters after `=`.
function hex(byte: number, sign: '=' | '%'): string {
  const digits = byte.toString(16).padStart(2, '0');
  return sign === '%' ? digits.toUpperCase() : digits;
}

/** Undoes either escape in one pass, so that `=253d` is `%3d` and nothing more. */
function unescapeText(text: string): string | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? '';
    if (char === '=' || char === '%') {
      ESCAPED.lastIndex = at;
      const match = ESCAPED.exec(text);
      if (match?.[1] === undefined) return undefined;
      bytes.push(Number.parseInt(match[1], 16));
      at += 3;
    } else {
      const code = text.codePointAt(at) ?? 0;
      const length = code > 0xffff ? 2 : 1;
      // Every event's sender comes through here, and nearly all of it is ASCII.
      if (code < 0x80) bytes.push(code);
      else bytes.push(...utf8.encode(text.slice(at, at + length)));
      at += length;
    }
  }
  try {
    return strictUtf8.decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}
