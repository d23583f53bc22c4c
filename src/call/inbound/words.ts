/** What is said of one call in, in the rooms in which it rings, in the words of the house. */
import type { InboundCall } from '../../../sip/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import { type Catalogue, englishCatalogue, type Sentence, say } from '../sentences.ts';
import { forwardedCall, givenUpCall, missedCall } from './caller.ts';

export class InboundWords {
  readonly #call: InboundCall;
  readonly #words: Catalogue;
  readonly #rangMs: () => number;

  /** @param rangMs for how long it has rung by now */
  constructor(call: InboundCall, rangMs: () => number, words: Catalogue = englishCatalogue) {
    this.#call = call;
    this.#words = words;
    this.#rangMs = rangMs;
  }

  text(sentence: Sentence): string {
    return say(sentence, { ref: this.#call.callRef }, this.#words);
  }

  get missed(): string {
    return this.text(missedCall(this.#call.caller));
  }

  /** Of a call that its caller gave up: asked at that moment. */
  get givenUp(): string {
    return this.text(givenUpCall(this.#call, this.#rangMs()));
  }

  /** Of a call that went on to this number. */
  forwarded(to: string): string {
    return this.text(forwardedCall(this.#call.caller, to));
  }

  /** Who took the call. */
  answeredBy(user: MatrixUserId): string {
    return this.text({ key: 'answered-by', params: { who: user } });
  }
}
