/** What can be wrong with the store, in words for the administrator. */

export type StoreErrorCode =
  | 'cannot-open'
  /** The server is away, and was waited for long enough: nothing was begun. */
  | 'unreachable'
  /** While something was done: nobody knows whether it was. */
  | 'connection-lost'
  | 'newer-than-program'
  | 'backup-failed'
  | 'migration-failed'
  | 'not-durable'
  /** What is copied into has something in it. */
  | 'not-empty'
  /** Others change the same at the same time. */
  | 'busy';

/** `message` says what is wrong and what to do about it; `cause` is the database's own error. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
