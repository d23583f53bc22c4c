/** A call in that nobody took goes on to a number, in the name of whoever wants it so; then both telephones are a pair. */
import type { MediaEngine } from '../../../media/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { LiveCounts } from '../ports.ts';
import type { ThirdParty } from './hands.ts';
import { type Onward, type OnwardCall, OnwardHands } from './onward.ts';
import { hangUp, type PairOwner, type Pairs, quiet } from './pairs.ts';
import { callOnward } from './third-call.ts';
import { ThirdMedia } from './third-media.ts';
import { shortest } from './time-left.ts';
import { Transfer, type TransferParts } from './transfer.ts';

interface Parts extends TransferParts {
  readonly media: MediaEngine;
  /** The live calls beside the one that a user is about to make. */
  readonly liveOf: (user: MatrixUserId) => LiveCounts;
}

export function forward(call: OnwardCall, onward: Onward, pairs: Pairs, parts: Parts): { cancel(): void } {
  const { callRef } = call;
  const logger = parts.logger.child({ callRef });
  logger.info({ by: onward.by }, 'the call is forwarded');
  const media = new ThirdMedia(callRef, parts);
  const onDone = ({ line, plan }: ThirdParty): void => {
    const longestMs = shortest(plan.longestCallMs, call.longestMs);
    const member = call.giveAway();
    const third = { line, media: media.leg, ...quiet };
    if (member) pairs.put(ownerOf(call, onward), member, third, longestMs);
    else hangUp(third);
    call.dispatch({ type: 'forward-done' });
  };
  const hands = new OnwardHands({ call, media, onDone });
  return new Transfer({ ...parts, logger }, callOnward(call, onward, parts.liveOf(onward.by)), hands, undefined);
}

const ownerOf = (call: OnwardCall, { by }: Onward): PairOwner => ({
  callRef: call.callRef,
  user: by,
  peer: call.peer,
  say: (sentence) => call.say(sentence),
});
