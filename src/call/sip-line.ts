/** A SIP leg whose listener may change: it passes from one hand to another when a call is transferred, and nothing it says is lost. */
import type { InboundCall, InboundLeg, SipLeg, SipLegEvent, SipLegListener } from '../../sip/index.ts';

export class SipLine<L extends SipLeg = SipLeg> {
  readonly leg: L;
  #listener: SipLegListener | undefined;
  #unheard: SipLegEvent[] = [];
  #isOver = false;
  #onOver: (by: 'us' | 'far') => void = () => undefined;

  /** @param start makes the leg, which tells everything to the listener that it is given */
  constructor(start: (listener: SipLegListener) => L) {
    this.leg = start((event) => this.#tell(event));
  }

  /** A call that came in: listened to from this moment. */
  static of(call: InboundCall): SipLine<InboundLeg> {
    return new SipLine((listener) => {
      call.listen(listener);
      return call.leg;
    });
  }

  /** Whoever listens now; the one before hears nothing more. What nobody has heard yet is told first. */
  hear(listener: SipLegListener): void {
    this.#listener = listener;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const event of unheard) this.#tell(event);
  }

  /** Nobody listens until the next `hear`. */
  mute(): void {
    this.#listener = undefined;
  }

  hangup(cause: { q850: number; text?: string }): void {
    this.leg.hangup(cause);
    this.#end('us');
  }

  /** Whether it is over, whoever ended it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Told once, by whom it was ended; at once when it is over already. */
  onOver(listener: (by: 'us' | 'far') => void): void {
    if (this.#isOver) listener('far');
    else this.#onOver = listener;
  }

  #end(by: 'us' | 'far'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(by);
  }

  #tell(event: SipLegEvent): void {
    if (event.type === 'failed' || event.type === 'ended') this.#end('far');
    if (this.#listener) this.#listener(event);
    else this.#unheard.push(event);
  }
}
