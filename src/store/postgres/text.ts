/**
 * Text as PostgreSQL can hold it: of all characters only U+0000 cannot be stored there
 * (https://www.postgresql.org/docs/current/datatype-character.html), and texts from telephones and clients may have it.
 */

/** A noncharacter, of which no text has use. */
const ESCAPE = '\u{10FFFE}';
const ESCAPED = /\u{10FFFE}([01])/gu;

/** What is sent to the database; other values than strings stay as they are. */
export function toStored(value: unknown): unknown {
  if (typeof value !== 'string' || !(value.includes('\u0000') || value.includes(ESCAPE))) return value;
  return value.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\u0000', `${ESCAPE}0`);
}

/** What `toStored` was given. */
export function fromStored(value: string): string {
  if (!value.includes(ESCAPE)) return value;
  return value.replace(ESCAPED, (_, which: string) => (which === '1' ? ESCAPE : '\u0000'));
}
