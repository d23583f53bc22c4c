/** Why an operation was not done. */

export type OperationErrorCode =
  /** What was asked makes no sense as it is written. */
  | 'invalid'
  /** The caller may not. */
  | 'forbidden'
  /** There is no such user, line, call … */
  | 'not-found'
  /** It stands against what is there: a number that somebody else has, credit that would sink too low. */
  | 'conflict'
  /** Not now, or not here: what it needs is not there. */
  | 'unavailable';

export class OperationError extends Error {
  readonly code: OperationErrorCode;
  /** Of the input, field by field. */
  readonly faults: readonly { readonly field: string; readonly words: string }[];

  /** @param words whole sentences, for whoever asked */
  constructor(
    code: OperationErrorCode,
    words: string,
    options: ErrorOptions & { readonly faults?: OperationError['faults'] } = {},
  ) {
    super(words, options);
    this.name = 'OperationError';
    this.code = code;
    this.faults = options.faults ?? [];
  }
}
