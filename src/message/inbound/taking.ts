/** Takes texts of the network: on the disk first, then "taken". Repeats are taken once, parts of long texts are joined. */

import type { KeyedQueue } from '../../keyed-queue.ts';
import type { OptOut } from '../consent/opt-out.ts';
import { cleanName, cleanPlain } from '../content/index.ts';
import type { Arrival, Fragment } from '../ports.ts';
import type { ArrivedText, Taken } from '../transport.ts';
import type { Fragments } from './fragments.ts';
import type { InboundParts } from './parts.ts';
import { conversationKey } from './sender.ts';
import { whomItMeans } from './whom.ts';

/** A sender is a number, a URI, some letters: what is longer is somebody's test. */
const LONGEST_SENDER = 255;
const TAKEN: Taken = { kind: 'taken' };
const UNAVAILABLE: Taken = { kind: 'refused', why: 'unavailable' };

export interface TakingParts
  extends Pick<InboundParts, 'books' | 'clock' | 'logger' | 'policy' | 'decide' | 'showNumber'> {
  readonly order: KeyedQueue;
  readonly fragments: Fragments;
  readonly optOut: OptOut;
  /** A text is on the disk. */
  readonly onTaken: () => void;
}

export class Taking {
  readonly #parts: TakingParts;
  readonly #underWay = new Set<Promise<Taken>>();
  #isClosed = false;

  constructor(parts: TakingParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  arrived(text: ArrivedText): Promise<Taken> {
    if (this.#isClosed) return Promise.resolve(UNAVAILABLE);
    const taken: Promise<Taken> = this.#parts.order
      .run(conversationKey(text), () => this.#take(text))
      .catch((error: unknown) => {
        this.#parts.logger.error({ textRef: text.textRef, err: error }, 'A text could not be stored; it was refused');
        return UNAVAILABLE;
      })
      .finally(() => this.#underWay.delete(taken));
    this.#underWay.add(taken);
    return taken;
  }

  /** Takes no more; settles when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#underWay);
  }

  async #take(text: ArrivedText): Promise<Taken> {
    const { optOut, logger, showNumber, onTaken } = this.#parts;
    const { textRef } = text;
    const of = this.#arrivalOf(text);
    const whom = await whomItMeans(of, this.#parts);
    const arrival = { ...of, targets: whom.kind === 'for' ? whom.targets : [] };
    const word = optOut.wordOf(arrival);
    // A number that only sends takes nothing but the order to send no more.
    if (whom.kind === 'nobody' || (whom.kind === 'only-sends' && word === undefined)) {
      const why = whom.kind === 'nobody' ? whom.admin : 'the number only sends';
      logger.info({ textRef, called: showNumber(text.called), transport: text.transport }, `Text refused: ${why}`);
      return { kind: 'refused', why: 'no-such-number' };
    }
    const part = text.part === undefined || !isPart(text.part) ? undefined : text.part;
    const isNew =
      part !== undefined
        ? await this.#takePart(arrival, part)
        : word === undefined && this.#parts.policy.join.has(text.transport)
          ? await this.#guess(arrival)
          : await this.#takeWhole(arrival);
    if (!isNew) {
      logger.info({ textRef, transport: text.transport }, 'This text was taken before');
      return TAKEN;
    }
    logger.info({ textRef, from: showNumber(text.sender), to: showNumber(text.called) }, 'Text taken');
    await optOut.heard(arrival);
    if (whom.kind === 'only-sends') void optOut.tellWhereTheyMet(arrival);
    onTaken();
    return TAKEN;
  }

  async #takeWhole(arrival: Arrival): Promise<boolean> {
    if (await this.#isDouble(arrival)) return false;
    const isEmpty = arrival.text.trim() === '';
    if (isEmpty) this.#parts.logger.info({ textRef: arrival.textRef }, 'There is nothing in this text to show');
    return await this.#parts.books.arrivals.take(isEmpty ? { ...arrival, targets: [] } : arrival);
  }

  /** Two parts of one text may have the same words. */
  async #takePart({ targets: _, ...of }: Arrival, part: Fragment['part']): Promise<boolean> {
    return await this.#parts.fragments.take({ ...of, part });
  }

  async #guess(arrival: Arrival): Promise<boolean> {
    if (arrival.text.trim() === '') return await this.#takeWhole(arrival);
    if (await this.#isDouble(arrival)) return false;
    const { targets: _, ...of } = arrival;
    return await this.#parts.fragments.guess({ ...of, part: { index: 0, total: 0, reference: 0 } });
  }

  /** A provider's own repeat, which has another key. */
  async #isDouble(arrival: Arrival): Promise<boolean> {
    const { policy, books } = this.#parts;
    const windowMs = policy.duplicates.get(arrival.transport);
    if (windowMs === undefined || windowMs <= 0) return false;
    return await books.arrivals.seenLately(arrival, arrival.receivedAt - windowMs);
  }

  #arrivalOf(text: ArrivedText): Omit<Arrival, 'targets'> {
    const name = text.senderName === undefined ? '' : cleanName(text.senderName);
    return {
      textRef: text.textRef,
      transport: text.transport,
      key: text.key,
      ...(text.account === undefined ? {} : { account: text.account }),
      called: text.called,
      sender: cleanPlain(text.sender).trim().slice(0, LONGEST_SENDER),
      ...(name === '' ? {} : { senderName: name }),
      withheld: text.withheld,
      text: cleanPlain(text.text),
      ...(text.sentAt === undefined ? {} : { sentAt: text.sentAt }),
      receivedAt: this.#parts.clock.now(),
      wantsDisplayed: text.wants.displayed,
    };
  }
}

/** 3GPP TS 23.040 §9.2.3.24.1: one that is not within its total is to be taken as if it had no header. */
function isPart({ index, total }: Fragment['part']): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(total) && total > 1 && index >= 1 && index <= total;
}
