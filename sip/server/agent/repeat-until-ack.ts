import type { Dialog } from '../dialog/dialog.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { transactionTimeoutMs } from '../transaction/timers.ts';
import type { AgentContext } from './context.ts';
import { endDialog } from './in-dialog.ts';

/**
 * Repeats a 2xx until its ACK comes, on every transport; without one the call is ended (RFC 3261 §13.3.1.4).
 * @param cseq the number of the INVITE, which its ACK has too
 */
export function repeatUntilAck(
  context: AgentContext,
  dialog: Dialog,
  transaction: ServerTransaction,
  response: { readonly status: number; readonly bytes: Buffer },
  cseq: number,
): void {
  const { timers } = context.settings;
  let intervalMs = timers.t1Ms;
  let repeat: NodeJS.Timeout;
  const again = (): void => {
    transaction.respondBytes(response.status, response.bytes);
    intervalMs = Math.min(intervalMs * 2, timers.t2Ms);
    repeat = setTimeout(again, intervalMs);
  };
  repeat = setTimeout(again, intervalMs);
  const limit = setTimeout(() => {
    stop();
    endDialog(context, dialog, 'ACK timeout');
  }, transactionTimeoutMs(timers));
  const stop = (): void => {
    clearTimeout(repeat);
    clearTimeout(limit);
    dialog.ackReceived = undefined;
    dialog.onEnd = undefined;
  };
  dialog.ackReceived = (number) => {
    if (number !== cseq) return false;
    stop();
    return true;
  };
  dialog.onEnd = stop;
}
