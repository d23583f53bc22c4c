/** The call to the third one of a transfer: in whose name it is made, and to whom. */
import type { Party } from '../../../sip/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import { newCallRef } from '../call-ref.ts';
import { insideTrunk } from '../inside.ts';
import type { Decided } from '../machine.ts';
import type { CallRequest, LiveCounts } from '../ports.ts';
import type { OutboundRecord } from '../record.ts';
import type { Onward, OnwardCall } from './onward.ts';
import type { TransferableCall } from './transferable.ts';

/** Somebody is called in a transfer as long as a client would ring. */
const ringMs = 60_000;

/** What the INVITE to the third one says beyond its route. */
export interface ThirdCall {
  readonly request: CallRequest;
  /** The call that is transferred, for the record. */
  readonly of: Pick<OutboundRecord, 'roomId' | 'callId' | 'ghost'> & { readonly callRef: string };
  /** Who forwarded the call to the third one, last first. */
  readonly divertedBy?: readonly Party[];
  /** Nobody has dialled it: it must not reach an emergency number. */
  readonly isForwarded?: true;
  /** Decided already: a call to a Matrix user. */
  readonly decided?: Decided;
  readonly replaces?: string;
  readonly referredBy?: string;
}

/** A number, decided as if the call's user had dialled it. */
export function callTo(call: TransferableCall, dialled: string): ThirdCall {
  return { request: requestFor(call, dialled), of: recordFacts(call) };
}

/** Where a call that nobody took goes on to: decided as if whoever wants it so had dialled it, and counted as a call of theirs. */
export function callOnward(call: OnwardCall, { to, by }: Onward, live: LiveCounts): ThirdCall {
  const { callRef, maxForwards, divertedBy } = call;
  return {
    request: { callRef: newCallRef(), caller: by, dialled: to, live, maxForwards: maxForwards - 1 },
    of: { callRef },
    divertedBy,
    isForwarded: true,
  };
}

/** A Matrix user is rung as if somebody had called from the telephone: as the one who is put through. */
export function callToUser(call: TransferableCall, user: MatrixUserId | undefined): ThirdCall | undefined {
  if (user === undefined) return undefined;
  const decided: Decided = {
    kind: 'inside',
    called: user,
    caller: call.peer,
    plan: {
      routes: [
        {
          trunk: insideTrunk,
          target: user,
          rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
          earlyMedia: 'ringback',
          ringTimeoutMs: ringMs,
        },
      ],
    },
  };
  return { request: requestFor(call, user), of: recordFacts(call), decided };
}

function recordFacts({ identity: { callRef, roomId, callId }, ghost }: TransferableCall): ThirdCall['of'] {
  return { callRef, roomId, callId, ghost };
}

function requestFor(call: TransferableCall, dialled: string): CallRequest {
  const { identity, user, maxForwards } = call;
  return {
    callRef: newCallRef(),
    caller: user,
    roomId: identity.roomId,
    dialled,
    live: { total: 0, ofCaller: 0, inRoom: 0 },
    isTransfer: true,
    ...(maxForwards === undefined ? {} : { maxForwards: maxForwards - 1 }),
  };
}
