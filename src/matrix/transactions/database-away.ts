/**
 * Whether it failed because a database server cannot be reached, or went away in the middle (the codes of `StoreError`): then it is
 * done again when the server is back.
 */
export function isDatabaseAway(error: unknown): boolean {
  const { name, code, cause } = (error ?? {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly cause?: unknown;
  };
  if (name === 'StoreError' && (code === 'unreachable' || code === 'connection-lost')) return true;
  return cause !== undefined && isDatabaseAway(cause);
}
