/** What never reaches a log: secrets always, telephone numbers and texts unless the administrator asks for them. */

/** Keys whose values are secrets or what people said. Compared in lower case, without `_` and `-`. */
const SECRET_KEYS = new Set([
  'password',
  'secret',
  'token',
  'astoken',
  'hstoken',
  'accesstoken',
  'authorization',
  'proxyauthorization',
  'credential',
  'body',
  'formattedbody',
]);

/** Identifiers that must stay whole to be of use; they hold no telephone number. */
const IDENTIFIER_KEYS = new Set(['callref', 'callid', 'sipcallid', 'eventid', 'txnid', 'time', 'pid', 'version']);

/** SIP messages: the SIP part has shortened their numbers, and knows which digits are none (Call-ID, branch, tags). */
const WITHOUT_NUMBERS_KEYS = new Set(['sip']);

const SECRETS_IN_TEXT: readonly [RegExp, string][] = [
  [/^((?:proxy-)?authorization[ \t]*:).*$/gim, '$1 [redacted]'],
  [/\b(Bearer\s+)[^\s"]+/gi, '$1[redacted]'],
  [/\b((?:access_token|as_token|hs_token|password|secret)["']?\s*[=:]\s*["']?)[^\s&"',}]+/gi, '$1[redacted]'],
  [/^(a=crypto:\S+ \S+ inline:)\S+/gim, '$1[redacted]'],
  [/^(a=ice-pwd:)\S+/gim, '$1[redacted]'],
];

/** Six digits or more, with the spaces that people put between: a telephone number, wherever it stands. */
const NUMBER = /\+?\d(?:[ ()]?\d){5,}/g;

/** A number by its last two digits: enough to tell two calls apart. */
function shortened(number: string): string {
  return `…${number.slice(-2)}`;
}

/** What strangers could change a reader's terminal with, or the order of what is read: controls but for tabs and line ends. */
const UNSEEN = /(?![\t\r\n])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** `<U+202E>`: harmless, and still to be recognised. */
function named(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}

export interface RedactOptions {
  /** Shorten telephone numbers too. */
  readonly numbers: boolean;
}

export function redactText(text: string, { numbers }: RedactOptions): string {
  const plain = text.replace(UNSEEN, named);
  const withoutSecrets = SECRETS_IN_TEXT.reduce((result, [pattern, by]) => result.replace(pattern, by), plain);
  return numbers ? withoutSecrets.replace(NUMBER, shortened) : withoutSecrets;
}

const MAX_DEPTH = 6;

/** A copy of what is to be logged, with secrets and numbers replaced at any depth. */
export function redactValue(value: unknown, options: RedactOptions, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value, options);
  if (value instanceof Error) return redactError(value, options, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) return value.map((item) => redactValue(item, options, depth + 1));
  if (Buffer.isBuffer(value)) return `[${value.length} bytes]`;
  const entries = Object.entries(value).map(([key, held]): [string, unknown] => {
    const plain = key.toLowerCase().replace(/[_-]/g, '');
    if (SECRET_KEYS.has(plain)) return [key, '[redacted]'];
    if (IDENTIFIER_KEYS.has(plain)) return [key, held];
    if (WITHOUT_NUMBERS_KEYS.has(plain)) return [key, redactValue(held, { ...options, numbers: false }, depth + 1)];
    return [key, redactValue(held, options, depth + 1)];
  });
  return Object.fromEntries(entries);
}

function redactError(error: Error, options: RedactOptions, depth: number): unknown {
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? { code: error.code } : {};
  return {
    type: name,
    ...code,
    message: redactText(message, options),
    ...(stack === undefined ? {} : { stack: redactText(stack, options) }),
    ...(cause === undefined || depth >= MAX_DEPTH ? {} : { cause: redactValue(cause, options, depth + 1) }),
  };
}
