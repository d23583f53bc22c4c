/** REFER of ours: the far side shall call somebody else in our place (RFC 3515, RFC 5589). */
import { type SipFailure, SipRequestError } from '../leg.ts';
import { header, type SipMessage } from '../message/index.ts';
import type { Clock } from './clock.ts';
import type { DialogClient } from './dialog-client.ts';
import type { IncomingRequest } from './stack.ts';

/** How long the far side may take until it says that the new call is answered, or not. */
const OUTCOME_MS = 120_000;

export interface ReferSenderParts {
  readonly clock: Clock;
  readonly contact: () => string | undefined;
}

export class ReferSender {
  readonly #parts: ReferSenderParts;
  /** The REFER that is under way; `accepted`: it has its 2xx. */
  #open: { accepted: boolean; settle(failure: SipFailure | undefined): void } | undefined;

  constructor(parts: ReferSenderParts) {
    this.#parts = parts;
  }

  /**
   * Sends the REFER.
   * @param referTo value of Refer-To
   * @returns when the far side said that the new call is answered
   * @throws SipRequestError when it refused, failed, or said nothing in time
   */
  refer(client: DialogClient, referTo: string, referredBy: string | undefined): Promise<void> {
    if (this.#open !== undefined)
      return Promise.reject(new SipRequestError({ ...base, status: 491, phrase: 'Another transfer is under way' }));
    const contact = this.#parts.contact();
    return new Promise((resolve, reject) => {
      const open = {
        accepted: false,
        settle: (failure: SipFailure | undefined) => {
          if (this.#open !== open) return;
          this.#open = undefined;
          stop();
          if (failure === undefined) resolve();
          else reject(new SipRequestError(failure));
        },
      };
      this.#open = open;
      const stop = this.#parts.clock.after(OUTCOME_MS, () =>
        open.settle({ ...base, status: 408, phrase: 'No word of the transfer', origin: 'timeout' }),
      );
      client
        .request({
          method: 'REFER',
          headers: {
            ...(contact === undefined ? {} : { Contact: contact }),
            'Refer-To': referTo,
            ...(referredBy === undefined ? {} : { 'Referred-By': referredBy }),
          },
        })
        .then(
          (answer) => {
            open.accepted = true;
            // RFC 4488 §4: no NOTIFY will follow.
            if (/^\s*false\b/i.test(header(answer, 'refer-sub') ?? '')) open.settle(undefined);
          },
          (error: unknown) =>
            open.settle(
              error instanceof SipRequestError ? error.failure : { ...base, status: 500, phrase: 'Not sent' },
            ),
        );
    });
  }

  /** A NOTIFY of the far side inside the call. */
  notified(request: IncomingRequest): void {
    const { message } = request;
    const event = /^\s*([^;\s]+)/.exec(header(message, 'event') ?? '')?.[1]?.toLowerCase();
    if (event !== 'refer') {
      // RFC 6665 §4.1.3: 481 for a subscription that is not there; a REFER's is gone with its outcome, and harmless.
      request.respond(event === undefined ? 489 : 481);
      return;
    }
    request.respond(200);
    const open = this.#open;
    if (open === undefined) return;
    open.accepted = true;
    const status = fragmentStatus(message);
    if (status !== undefined && status >= 200) {
      open.settle(
        status < 300
          ? undefined
          : { ...base, status: Math.min(status, 699), phrase: 'The transfer failed', origin: 'remote' },
      );
    } else if (isTerminated(message))
      open.settle({ ...base, status: 408, phrase: 'No word of how the transfer ended', origin: 'remote' });
  }

  /**
   * The call is over.
   * @param byFarSide a far side that has taken the transfer hangs up when it is done, some without a word before
   */
  close(byFarSide: boolean): void {
    const open = this.#open;
    if (open === undefined) return;
    const done = byFarSide && open.accepted;
    open.settle(done ? undefined : { ...base, status: 481, phrase: 'The call is over' });
  }
}

const base = { sawProvisional: false, origin: 'local' } as const;

function isTerminated(message: SipMessage): boolean {
  return /^\s*terminated\b/i.test(header(message, 'subscription-state') ?? '');
}

/** The status that a `message/sipfrag` body begins with (RFC 3420). */
export function fragmentStatus(message: SipMessage): number | undefined {
  const digits = /^\s*SIP\/2\.0[ \t]+([1-6]\d\d)\b/.exec(message.body.toString('utf8'))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
