/** Credit of calls, as the books of calls use it: what is set aside, while it runs and at its end. */
import type { CreditEvent, Tariff } from '../../call/index.ts';
import type { Currency, Micros } from '../../money.ts';
import type { Transfer } from './ports.ts';

/** A call that wants to begin. */
export interface CallToPay {
  readonly callRef: string;
  readonly user: string;
  /** Of its routes that cost something; none: it is not charged for. */
  readonly tariffs: readonly Tariff[];
}

/** What is posted together with the record of a call that begins. */
export type CallReserve =
  /** Nothing is charged: no tariff, or the user's calls are free. */
  | { readonly kind: 'free' }
  /**
   * The fee and the first increment of the dearest route. When posting them is `short`, the call must not be made
   * (`credit-too-low`).
   */
  | { readonly kind: 'reserve'; readonly transfers: readonly Transfer[]; readonly amount: Micros }
  /** It is known already that it is too much; posting would be `short`. */
  | { readonly kind: 'too-low'; readonly needed: Micros; readonly available: Micros };

/** A call that ended. Of one that was never answered: without `tariff`, or with `talkMs` undefined. */
export interface CallToSettle {
  readonly callRef: string;
  readonly user: string;
  /** Of the route that was answered, where it costs something. */
  readonly tariff?: Tariff;
  /** From the answer (2xx) to the end. 0 is a call that was answered. */
  readonly talkMs?: number;
}

export interface CallSettlement {
  /** Posted in one commit with the closed record. Empty when it is settled already, or nothing was set aside. */
  readonly transfers: readonly Transfer[];
  /** What the user pays: never more than was set aside. */
  readonly price: Micros;
}

/**
 * Money of calls. What it gives as `transfers` is posted by the caller, in one commit with the record of the call; extensions
 * while a call runs it posts itself. It works from the ledger: after a restart `settle` gives the same as before.
 */
export interface CreditService {
  readonly currency: Currency;
  /** Changes nothing. */
  reserve(call: CallToPay): Promise<CallReserve>;
  /**
   * The route with this tariff was answered at `at` (ms since 1970): from now on more is set aside in time, and the call is
   * told of its credit's end. Without a tariff, or for a free call: nothing is done.
   */
  answered(
    call: { readonly callRef: string; readonly user: string; readonly tariff?: Tariff; readonly at: number },
    onCredit: (event: CreditEvent) => void,
  ): void;
  /** No more is set aside from now on; settles when what is under way is posted. Changes nothing else; may be repeated. */
  settle(call: CallToSettle): Promise<CallSettlement>;
  /** The settlement was posted: what came back may let other calls of the user go on; low balances are told of. */
  settled(user: string, price: Micros): void;
  /** Something was paid in, or terms changed: calls that come to their end try again. */
  refresh(user?: string): void;
  /** Ends all timers: the gateway stops. */
  close(): void;
}
