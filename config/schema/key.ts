/** How a configuration key is defined: its check, and beside it the words from which faults, sample and docs are made. */
import { z } from 'zod';

/** What people are told about one key. */
export interface KeyDoc {
  /** One or two sentences: what it does, with its unit, and when to change it. */
  readonly about: string;
  /** A value that is right, as it would stand in the file. */
  readonly example?: unknown;
  /** Its value is never shown, and `<key>_file` may name a file that holds it. */
  readonly secret?: boolean;
  /** The sample shows it uncommented though it has a default. */
  readonly inSample?: boolean;
  /** A preset may give it: the JSON Schema does not demand it of what people write. */
  readonly byPreset?: boolean;
}

/** The words for each key; read by `walk.ts` and by the JSON Schema generator. */
export const keyDocs = z.registry<KeyDoc>();

/** What a fault says was expected ("a port, 1 to 65535"), for each kind of value. */
export const expectations = z.registry<{ readonly expects: string; readonly isFile?: boolean }>();

/** Attaches the words to a key. Must be the outermost call, after `.default()` and `.optional()`. */
export function key<S extends z.ZodType>(schema: S, doc: KeyDoc): S {
  keyDocs.add(schema, doc);
  return schema;
}

/** Names a kind of value, for the "expected" of a fault. */
export function kind<S extends z.ZodType>(schema: S, expects: string, isFile = false): S {
  expectations.add(schema, { expects, isFile });
  return schema;
}

/** A section: unknown keys are faults, and it may be left out when all its keys have defaults. */
export function section<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape);
}

/**
 * A secret and its file: `...secret('password', …)` defines `password` and `password_file`. The loader reads the file and
 * puts its content into the first, so that users of the configuration only ever see that one.
 */
export function secret<const K extends string>(name: K, about: string, example: string) {
  return {
    [name]: key(text().optional(), { about, example, secret: true }),
    [`${name}_file`]: key(filePath().optional(), {
      about: `File that holds \`${name}\`, relative to this one; a line end at its end is cut off.`,
      example: `/run/secrets/${name}`,
    }),
  } as Record<K, z.ZodOptional<z.ZodString>> & Record<`${K}_file`, z.ZodOptional<z.ZodString>>;
}

export function text() {
  return kind(z.string().min(1), 'text, in quotes when it looks like a number');
}

export function filePath() {
  return kind(z.string().min(1), 'a file name, relative to this file or absolute', true);
}

export function flag() {
  return kind(z.boolean(), 'true or false');
}

/** A whole number in a range, in `unit`s. */
export function count(min: number, max: number, unit = 'whole number') {
  const expects = `a ${unit}, ${min} to ${max}`;
  return kind(z.int().min(min).max(max), expects);
}

export function seconds(min: number, max: number) {
  return kind(z.number().min(min).max(max), `a number of seconds, ${min} to ${max}`);
}

export function port() {
  return count(1, 65535, 'port');
}

/** A port to listen on, where 0 lets the system choose. */
export function listenPort() {
  return count(0, 65535, 'port');
}

export function oneOf<const V extends readonly [string, ...string[]]>(values: V) {
  return kind(z.enum(values), values.length === 1 ? values[0] : `one of ${values.join(', ')}`);
}

const HOST_NAME =
  /^(?=.{1,253}$)(?!\d+(?:\.\d+)*$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$/;

export function ipAddress() {
  return kind(z.union([z.ipv4(), z.ipv6()]), 'an IPv4 or IPv6 address');
}

/** A host name or an IP address, without port or scheme. */
export function host() {
  return kind(
    z.union([z.ipv4(), z.ipv6(), z.string().regex(HOST_NAME)]),
    'a host name or IP address, without scheme and port',
  );
}

export function httpUrl() {
  return kind(
    z.string().refine((value) => isHttpUrl(value)),
    'a URL that starts with http:// or https://, without a slash at its end',
  );
}

function isHttpUrl(value: string): boolean {
  if (value.endsWith('/') || !URL.canParse(value)) return false;
  const { protocol, search, hash } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && search === '' && hash === '';
}

/** What can be dialled: digits, `*`, `#`, `+`. */
export function dialString(expects = 'digits, *, # and +') {
  return kind(z.string().regex(/^[0-9*#+]{1,32}$/), expects);
}

/** A number of the public network. */
export function e164() {
  return kind(z.string().regex(/^\+[1-9]\d{6,14}$/), 'an international number in quotes, such as "+441818118181"');
}

/** The name of a trunk, as others refer to it. */
export function trunkName() {
  return kind(z.string().regex(/^[A-Za-z0-9_.-]{1,32}$/), 'a short name of letters, digits and _.-');
}

/** A Matrix user. */
export function userId() {
  return kind(z.string().regex(/^@[^:*]+:.+$/), 'a user ID such as "@alice:example.org"');
}

/** A Matrix room: its ID or its alias. */
export function room() {
  return kind(z.string().regex(/^[!#][^*]+$/), 'a room ID or alias such as "#phones:example.org"');
}

/** A Matrix room by its ID, which stays the same. */
export function roomId() {
  return kind(z.string().regex(/^![^*\s]+$/), 'the ID of a room such as "!sales:example.org"');
}

/** Matrix users by pattern, or everybody in a room. */
export function people() {
  return kind(
    z.string().regex(/^@[^:]*:.+$|^\*$|^[!#][^*]+$/),
    'a user ID, where * stands for anything, such as "@*:example.org", or a room ID or alias, for its members',
  );
}

/** A pattern of Matrix user IDs. */
export function userPattern() {
  return kind(z.string().regex(/^@[^:]*:.+$|^\*$/), 'a user ID, where * stands for anything, such as "@*:example.org"');
}

/** A country, by its code. Whether there is such a one is checked with the other keys. */
export function country() {
  return kind(z.string().regex(/^[A-Z]{2}$/), 'a country of ISO 3166-1 in capitals, such as GB');
}

/** A regular expression, checked to compile. */
export function pattern() {
  return kind(
    z
      .string()
      .min(1)
      .refine((value) => compiles(value)),
    'a regular expression (JavaScript)',
  );
}

function compiles(value: string): boolean {
  try {
    new RegExp(value, 'u');
    return true;
  } catch {
    return false;
  }
}
