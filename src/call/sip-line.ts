/** A SIP leg whose listener may change: it passes from one hand to another when a call is transferred, and nothing it says is lost. */
import type { InboundCall, InboundLeg, SipLeg, SipLegEvent, SipLegListener } from '../../sip/index.ts';
import type { CreditEvent } from './ports.ts';

export class SipLine<L extends SipLeg = SipLeg> {
  readonly leg: L;
  /** The call that this telephone was called for, where it is another than the one it talks in. */
  callRef: string | undefined;
  #listener: SipLegListener | undefined;
  #unheard: SipLegEvent[] = [];
  #isOver = false;
  readonly #onOver: ((by: 'us' | 'far') => void)[] = [];
  #onCredit: ((event: CreditEvent) => void) | undefined;
  #endedBy: 'us' | 'far' = 'far';

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
  hear(listener: SipLegListener, onCredit?: (event: CreditEvent) => void): void {
    this.#listener = listener;
    this.#onCredit = onCredit;
    const unheard = this.#unheard;
    this.#unheard = [];
    for (const event of unheard) this.#tell(event);
  }

  /** Nobody listens until the next `hear`. */
  mute(): void {
    this.#listener = undefined;
    this.#onCredit = undefined;
  }

  /** The credit that pays for this telephone: told to whoever listens, as it is theirs to end it. */
  credit(event: CreditEvent): void {
    if (!this.#isOver) this.#onCredit?.(event);
  }

  hangup(cause: { q850: number; text?: string }): void {
    this.leg.hangup(cause);
    this.#end('us');
  }

  /** Whether it is over, whoever ended it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Each is told once, by whom it was ended; at once when it is over already. */
  onOver(listener: (by: 'us' | 'far') => void): void {
    if (this.#isOver) listener(this.#endedBy);
    else this.#onOver.push(listener);
  }

  #end(by: 'us' | 'far'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#endedBy = by;
    for (const listener of this.#onOver) listener(by);
  }

  #tell(event: SipLegEvent): void {
    if (event.type === 'failed' || event.type === 'ended') this.#end('far');
    if (this.#listener) this.#listener(event);
    else this.#unheard.push(event);
  }
}
