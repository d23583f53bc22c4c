/** The telephones that were put through to each other, and talk without a client until one of them hangs up. */
import type { Logger } from 'pino';
import type { Party, SipCalls } from '../../../sip/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { HandedOver } from '../call-effects.ts';
import type { Clock } from '../ports.ts';
import type { Sentence } from '../sentences.ts';
import { Pair, type PairMember } from './pair.ts';
import type { TransferableCall } from './transferable.ts';

/** Whose pair it is: the call it came of, and whom its telephone talked to. */
export interface PairOwner {
  readonly callRef: string;
  readonly user: MatrixUserId;
  readonly peer: Party;
  say(sentence: Sentence): void;
}

interface Parts {
  readonly sip: Pick<SipCalls, 'placeCall'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of a telephone that has only just answered. */
export const quiet: HandedOver = { told: 'sendrecv', wish: 'sendrecv' };

export class Pairs {
  readonly #parts: Parts;
  readonly #pairs = new Set<Pair>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * @param longestMs from now on; undefined: as long as they like
   * @param other the call whose telephone the second one was, where it is ours
   */
  put(owner: PairOwner, a: PairMember, b: PairMember, longestMs: number | undefined, other?: TransferableCall): void {
    const { sip, clock, logger } = this.#parts;
    const { callRef, peer, user } = owner;
    const number = peer.withheld ? undefined : (peer.number ?? peer.name);
    const pair: Pair = new Pair(
      {
        sip,
        callRefs: other ? [callRef, other.identity.callRef] : [callRef],
        user,
        ...(number === undefined ? {} : { number }),
        clock,
        logger: logger.child({ callRef }),
        ...(longestMs === undefined ? {} : { longestMs }),
        say: (sentence) => owner.say(sentence),
        onOver: () => this.#pairs.delete(pair),
      },
      a,
      b,
    );
    this.#pairs.add(pair);
  }

  get all(): readonly Pair[] {
    return [...this.#pairs];
  }
}

export const ownerOf = (call: TransferableCall): PairOwner => ({
  callRef: call.identity.callRef,
  user: call.user,
  peer: call.peer,
  say: (sentence) => call.say(sentence),
});

/** A telephone that is to talk to nobody any more. */
export function hangUp({ line, media }: PairMember): void {
  line.hangup({ q850: 16, text: 'Call transferred' });
  void media.close();
}
