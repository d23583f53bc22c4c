/** A call in that goes on to another number, as its transfer sees it: the telephone waits here until that one has answered. */
import type { InboundCall, Party } from '../../../sip/index.ts';
import type { Sentence } from '../sentences.ts';
import type { SipLine } from '../sip-line.ts';
import type { TelephoneSide } from '../telephone-side.ts';
import type { Onward, OnwardCall, OnwardEvent } from '../transfer/onward.ts';
import type { PairMember } from '../transfer/pair.ts';
import type { Answering } from './answering.ts';
import type { InboundHooks } from './inbound-parts.ts';
import type { InboundState } from './state.ts';

interface Parts {
  readonly call: InboundCall;
  readonly side: TelephoneSide;
  readonly answering: Answering;
  /** Who calls, as far as it is known. */
  readonly peer: () => Party;
  readonly state: () => InboundState;
  readonly onGivenAway: (line: SipLine) => void;
  readonly say: (sentence: Sentence) => void;
  readonly emit: (event: OnwardEvent) => void;
}

export class ForwardingRun implements OnwardCall {
  readonly onward: Onward;
  readonly #parts: Parts;
  #running: { cancel(): void } | undefined;

  constructor(onward: Onward, parts: Parts) {
    this.onward = onward;
    this.#parts = parts;
  }

  begin(forward: InboundHooks['forward']): void {
    this.#running = forward(this, this.onward);
  }

  cancel(): void {
    this.#running?.cancel();
  }

  get callRef(): string {
    return this.#parts.call.callRef;
  }

  get peer(): Party {
    return this.#parts.peer();
  }

  get maxForwards(): number {
    return this.#parts.call.maxForwards;
  }

  get media(): TelephoneSide['media'] {
    return this.#parts.side.media;
  }

  get longestMs(): number | undefined {
    const state = this.#parts.state();
    return state.phase === 'forwarding' ? state.plan.longestCallMs : undefined;
  }

  /** The number that was called, then whoever forwarded the call to it. */
  get divertedBy(): readonly Party[] {
    const { called, divertedBy } = this.#parts.call;
    return [{ number: called, withheld: false }, ...divertedBy];
  }

  async answer(): Promise<void> {
    const state = this.#parts.state();
    if (state.phase !== 'forwarding') throw new Error('the call is over');
    const { media, plan } = state;
    const ours = media?.telephone?.sdp ?? (await this.media.runOrThrow((session) => session.createRtpOffer(plan.rtp)));
    if (ours === undefined) throw new Error('the call is over');
    const sdp = await this.#parts.answering.answerNow(ours);
    if (media?.telephone) return;
    if (sdp === undefined) throw new Error('the ACK had no answer to our offer');
    await this.media.runOrThrow((session) => session.acceptRtpAnswer(sdp, { early: false, forkId: 'ack' }));
  }

  giveAway(): PairMember | undefined {
    const { side, onGivenAway } = this.#parts;
    const line = side.telephone.release();
    if (!line) return undefined;
    onGivenAway(line);
    return { line, media: side.media.handOver(), told: 'sendrecv', wish: 'sendrecv' };
  }

  say(sentence: Sentence): void {
    this.#parts.say(sentence);
  }

  dispatch(event: OnwardEvent): void {
    this.#parts.emit(event);
  }
}
