/** What a command_status says of a text (SMPP 3.4 §5.1.3). */
import { type FailureRow, failureRow } from '../../message/index.ts';

const noSuchNumber = failureRow('no-such-number');
const unavailable = failureRow('unavailable', 'again');
const network = failureRow('network', 'again', 'other trunk');
const throttled = failureRow('throttled', 'again');
const notAllowed = failureRow('not-allowed', 'other trunk');
const unacceptable = failureRow('unacceptable', 'other trunk');
const refused = failureRow('refused');
/** This service centre does not take it in this form. */
const notHere = failureRow('refused', 'other trunk');

const ROWS: Readonly<Record<number, FailureRow>> = {
  1: unacceptable,
  2: notHere,
  3: notHere,
  4: network,
  5: network,
  6: notHere,
  7: notHere,
  8: network,
  10: notAllowed,
  11: noSuchNumber,
  13: network,
  14: network,
  15: network,
  20: throttled,
  21: notAllowed,
  // esm_class, submission.
  67: unacceptable,
  69: network,
  // Types of the source's and of the destination's number.
  72: notAllowed,
  73: notAllowed,
  80: notHere,
  81: notHere,
  83: notAllowed,
  88: throttled,
  97: notHere,
  98: notHere,
  // What the far side's application says: for now, for good, no.
  100: network,
  101: refused,
  102: refused,
  192: notHere,
  193: notHere,
  194: notHere,
  195: notHere,
  196: notHere,
  254: unavailable,
  255: network,
  // SMPP 5.0 §4.7.6, which servers of 3.4 use as well.
  256: notAllowed,
  257: notAllowed,
  258: network,
  259: notAllowed,
  260: unacceptable,
};

/** Of a status that is not 0; those that a vendor made up (from 0x400) are a refusal by this trunk. */
export function statusRow(status: number): FailureRow {
  return ROWS[status] ?? notHere;
}
