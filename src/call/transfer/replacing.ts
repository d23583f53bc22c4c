/** A telephone that takes the place of another in a call that talks: by INVITE with Replaces, or as the other end of our own. */
import type { RtpOfferOptions } from '../../../media/index.ts';
import type { InboundCall } from '../../../sip/index.ts';
import { connectedPair } from '../inside.ts';
import { SipLine } from '../sip-line.ts';
import type { TransferableCall } from './transferable.ts';

const transferred = { q850: 16, text: 'Call transferred' };
const anyCodec: RtpOfferOptions = { codecs: ['PCMA', 'PCMU'], srtp: 'optional' };

/**
 * Answers the call that comes in with what the client talks to already (RFC 3891 §3). Rejects when the media or the new
 * telephone refuse; the old one is still there then.
 * @returns the new telephone, which is hung up already when the call has ended meanwhile
 */
export async function takePlace(call: TransferableCall, replacement: InboundCall): Promise<SipLine> {
  const line = SipLine.of(replacement);
  const { sdp, leg, caller } = replacement;
  if (sdp === undefined) {
    const offer = await call.media.runOrThrow((session) => session.createRtpOffer(anyCodec));
    if (offer === undefined) throw new Error('the call is over');
    const answer = await leg.answer(offer);
    if (answer === undefined) throw new Error('the new telephone gave no answer');
    await call.media.runOrThrow((session) => session.acceptRtpAnswer(answer, { early: false, forkId: leg.sipCallId }));
  } else {
    const answer = await call.media.runOrThrow((session) => session.acceptRtpOffer(sdp, anyCodec));
    if (answer === undefined) throw new Error('the call is over');
    await leg.answer(answer.sdp);
  }
  if (!call.media.isOpen) {
    line.hangup(transferred);
    return line;
  }
  call.telephone.take(line)?.hangup(transferred);
  call.dispatch({ type: 'telephone-replaced', party: caller });
  return line;
}

/** Two clients whose telephones have joined them hear each other: a call inside, between two calls that are there already. */
export async function joinClients(a: TransferableCall, b: TransferableCall, callRef: string): Promise<void> {
  const offer = await a.media.runOrThrow((session) => session.createRtpOffer({ ...anyCodec, srtp: 'off' }));
  if (offer === undefined) throw new Error('the call is over');
  const answer = await b.media.runOrThrow((session) => session.acceptRtpOffer(offer, { ...anyCodec, srtp: 'off' }));
  if (answer === undefined) throw new Error('the other call is over');
  await a.media.runOrThrow((session) => session.acceptRtpAnswer(answer.sdp, { early: false, forkId: callRef }));
  if (!a.media.isOpen || !b.media.isOpen) throw new Error('one of the calls is over');
  const { caller, callee } = connectedPair(callRef);
  const peers = { a: a.peer, b: b.peer };
  a.telephone.take(lineOf(caller))?.hangup(transferred);
  b.telephone.take(lineOf(callee))?.hangup(transferred);
  a.dispatch({ type: 'telephone-replaced', party: peers.b });
  b.dispatch({ type: 'telephone-replaced', party: peers.a });
}

type InsideEnd = ReturnType<typeof connectedPair>['caller'];

function lineOf(leg: InsideEnd): SipLine {
  return new SipLine((listener) => {
    leg.listener = listener;
    return leg;
  });
}
