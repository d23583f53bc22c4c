/** What every leg of a trunk needs, whoever called, and the session of its answered call. */
import type { Logger } from 'pino';
import type { DigestSession } from '../digest/index.ts';
import type { Party } from '../leg.ts';
import type { SipMessage } from '../message/index.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import type { Clock } from './clock.ts';
import type { DialogInput } from './leg-states.ts';
import type { ReferFacts } from './refer-in.ts';
import { Session, type SessionParts } from './session.ts';
import type { SipStack } from './stack.ts';

/** What a call leaves on the server when the connection to it is lost. */
export type LeftBehind =
  | { readonly what: 'invite'; readonly uri: string; readonly transactionId: string }
  | { readonly what: 'dialog'; readonly dialogId: string };

export interface LegWorld {
  readonly trunk: TrunkSettings;
  readonly stack: SipStack;
  readonly digest: DigestSession | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Who a message says that its sender is, where the trunk's messages say it. */
  readonly readParty: (message: SipMessage) => Party | undefined;
  readonly refers: ReferFacts;
  readonly onLeftBehind: (left: LeftBehind) => void;
  /** The listener has heard `failed` or `ended`. */
  readonly onOver: () => void;
  /** Nothing of the call is left on the wire. */
  readonly onReleased: () => void;
}

interface OwnParts extends Pick<SessionParts, 'contact' | 'ours' | 'localSdp' | 'emit' | 'identify'> {
  /** A request inside the call found no dialog on the far side. */
  readonly onLost: (lost: Extract<DialogInput, { type: 'dialog-lost' }>) => void;
}

export function sessionIn(world: LegWorld, own: OwnParts): Session {
  const { clock, digest, logger, random, refers, stack, trunk } = world;
  return new Session({
    clock,
    logger,
    random,
    refers,
    minSeS: trunk.sessionTimers.minSeS,
    refreshes: digest !== undefined,
    updateKeepsTimer: stack.updateKeepsTimer,
    ...own,
    onLost: (status) =>
      own.onLost({
        type: 'dialog-lost',
        serverSide: false,
        by: 'dialog-lost',
        text: `${status} to a request inside the call`,
      }),
  });
}
