/** What a transfer does with media and with whoever asked for it: different for a client and for a telephone. */
import type { Party } from '../../../sip/index.ts';
import type { CallAttempt } from '../attempts.ts';
import type { Plan, Route } from '../machine.ts';
import type { SipLine } from '../sip-line.ts';
import type { TransferFailure } from './machine.ts';

/** A leg that answered, ready to be somebody's telephone. */
export interface ThirdParty {
  readonly line: SipLine;
  readonly party: Party | undefined;
  readonly plan: Plan;
  readonly route: Route;
  readonly attempts: readonly CallAttempt[];
}

/** What is different between a transfer that the client asks for and one that the telephone asks for. */
export interface TransferHands {
  /** It may be done. */
  accept(): void;
  askTrunk(target: string): Promise<void>;
  offer(route: Route): Promise<string | undefined>;
  early(sdp: string, forkId: string): void;
  ringback(country: string | undefined): void;
  /** Settles when the third one's audio is where it belongs. */
  take(sdp: string, forkId: string): Promise<void>;
  report(status: number): void;
  /** `third` is undefined when the trunk did it. */
  succeed(third: ThirdParty | undefined): void;
  fail(failure: TransferFailure): void;
  /** Broken off, as the call is over. */
  abandon(): void;
}
