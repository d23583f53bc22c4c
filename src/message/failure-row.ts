/** One row of a table that says what a transport's code means for a text. */
import type { TextFailure, TextFailureKind } from './transport.ts';

/** What a failure of some kind asks for. */
export type FailureRow = Pick<TextFailure, 'kind' | 'isTemporary' | 'isTrunkFault'>;

/** @param traits `again`: trying again can help; `other trunk`: another one may carry it */
export function failureRow(kind: TextFailureKind, ...traits: readonly ('again' | 'other trunk')[]): FailureRow {
  return { kind, isTemporary: traits.includes('again'), isTrunkFault: traits.includes('other trunk') };
}
