/** BYE, ours and theirs, as the machines of both kinds of legs know it. */
import type { Logger } from 'pino';
import { SipRequestError } from '../leg.ts';
import type { DialogClient } from './dialog-client.ts';
import { reasonFacts, reasonHeader } from './failure.ts';
import type { DialogInput, HangupCause } from './leg-states.ts';
import type { IncomingRequest } from './stack.ts';

/**
 * Sends BYE, as soon as the far side has heard what it waits for.
 * @param wait undefined: at once
 * @param stillWanted asked after waiting: the call may have ended meanwhile
 */
export function sendByeAfter(wait: Promise<void> | undefined, stillWanted: () => boolean, send: () => void): void {
  if (wait === undefined) send();
  else
    void wait.then(() => {
      if (stillWanted()) send();
    });
}

/** Sends BYE; `done` is called when it is answered in whatever way, or never will be. */
export function sendBye(
  client: DialogClient | undefined,
  cause: HangupCause | undefined,
  logger: Logger,
  done: () => void,
): void {
  if (client === undefined) {
    done();
    return;
  }
  const headers: Record<string, string> = cause === undefined ? {} : { Reason: reasonHeader(cause) };
  client.request({ method: 'BYE', headers }).then(done, (error: unknown) => {
    // 481 and the like: the call is over either way.
    const status = error instanceof SipRequestError ? error.failure.status : undefined;
    logger.debug({ status }, 'the BYE was not accepted');
    done();
  });
}

/** What a BYE means that came: the far side's end, or the server's own (RFC 4028 §10, RFC 3261 §13.3.1.4). */
export function endBy(request: IncomingRequest): Extract<DialogInput, { type: 'bye' | 'dialog-lost' }> {
  const { q850, text } = reasonFacts(request.message);
  const said = text === undefined ? {} : { text };
  if (!request.fromServer) return { type: 'bye', ...(q850 === undefined ? {} : { q850 }), ...said };
  // drachtio says so in the Reason of the BYE that it sent in our name.
  const by = /session timer/i.test(text ?? '') ? 'session-timer' : 'dialog-lost';
  return { type: 'dialog-lost', serverSide: true, by, ...said };
}
