/** What PostgreSQL says, in words for the administrator. */
import { StoreError } from '../errors.ts';

/** A database as it may be told in a log: without password and options. */
export function databaseName(url: string): string {
  const bare = url.replace(/[?#].*$/s, '');
  const at = bare.lastIndexOf('@');
  const scheme = bare.indexOf('://') + 3;
  if (at < scheme) return bare;
  const user = bare.slice(scheme, at).split(':')[0] ?? '';
  return `${bare.slice(0, scheme)}${user}${bare.slice(at)}`;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, and those of sockets. */
function codeOf(cause: unknown): string {
  const { code, errors } = (cause ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  // Of a name with several addresses each has its own error.
  if (code === undefined && errors?.[0] !== undefined) return codeOf(errors[0]);
  return typeof code === 'string' ? code : '';
}

/** Cannot be reached now, but perhaps soon: it starts, restarts, or the network between is down. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // admin_shutdown, crash_shutdown, cannot_connect_now; too_many_connections.
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** pg has no codes for these. */
const LOST_WORDS =
  /connection terminated|connection ended|timeout exceeded when trying to connect|not queryable|was closed/i;
const NOT_SENT_WORDS = /not queryable|was closed/i;

/** Whether the connection failed, and not what was asked of it. */
export function isUnreachable(cause: unknown): boolean {
  const code = codeOf(cause);
  if (UNREACHABLE.has(code) || code.startsWith('08')) return true;
  return code === '' && cause instanceof Error && LOST_WORDS.test(cause.message);
}

/** Whether the server cannot have got what was asked: its end of the connection was closed before. */
export function wasNotSent(cause: unknown): boolean {
  return codeOf(cause) === 'EPIPE' || (cause instanceof Error && NOT_SENT_WORDS.test(cause.message));
}

/** deadlock_detected, serialization_failure: nothing was done, and a second try will do. */
export function isConflict(cause: unknown): boolean {
  const code = codeOf(cause);
  return code === '40P01' || code === '40001';
}

/** What to do about an error while a connection is made, by its code. */
function advice(code: string, database: string): string {
  switch (code) {
    case '28P01':
    case '28000':
      return `The PostgreSQL server refuses the user or the password for ${database}. Check store.url, and pg_hba.conf of the server.`;
    case '3D000':
      return `The PostgreSQL server has no such database: ${database}. Make it with createdb, owned by the user in store.url.`;
    case '42501':
      return `The user of ${database} may not make tables there. Make that user the database's owner.`;
    case '25006':
      return `The database ${database} takes no changes: it is a standby, or read-only. Give the address of the primary server.`;
    default:
      return '';
  }
}

/** @param database as `databaseName` has it */
export function unreachable(database: string, cause: unknown): StoreError {
  return new StoreError(
    'unreachable',
    `The PostgreSQL server of ${database} cannot be reached (${codeOf(cause) || firstWords(cause)}). Check that it runs, that ` +
      'store.url has its address, and that nothing between blocks the connection.',
    { cause },
  );
}

/** @param database as `databaseName` has it */
export function connectionLost(database: string, cause: unknown): StoreError {
  return new StoreError(
    'connection-lost',
    `The connection to the PostgreSQL server of ${database} was lost (${codeOf(cause) || firstWords(cause)}) while something was ` +
      'written: it is done again, or asked for again. If this happens often, look at the log of the server and at the network.',
    { cause },
  );
}

/** What went wrong while a database was opened; undefined when it is nothing that words are known for. */
export function openingError(database: string, cause: unknown): StoreError | undefined {
  if (cause instanceof StoreError) return cause;
  if (isUnreachable(cause)) return unreachable(database, cause);
  const words = advice(codeOf(cause), database);
  return words === '' ? undefined : new StoreError('cannot-open', words, { cause });
}

function firstWords(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n', 1)[0]?.slice(0, 80) ?? '') : 'unknown error';
}

/** PostgreSQL tells the whole row in some errors: texts and numbers must not reach a log by them. */
export function withoutRows<T>(error: T): T {
  if (error instanceof Error) {
    for (const field of ['detail', 'where', 'internalQuery']) Reflect.deleteProperty(error, field);
  }
  return error;
}
