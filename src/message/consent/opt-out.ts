/**
 * STOP, START and HELP of telephones: noted as soon as they are on the disk, answered by text, shown in the room (CTIA Messaging
 * Principles and Best Practices §5.1). Nothing is sent to who has opted out: that is looked at when a text goes out.
 */
import type { EventId, MatrixUserId, RoomId } from '../../matrix/index.ts';
import { canBeAnswered } from '../inbound/sender.ts';
import type { MessageParts, OutboundDesk } from '../parts.ts';
import type { Arrival } from '../ports.ts';
import { say } from '../sentences.ts';
import { type ConsentWord, consentAnswer, consentWord } from './words.ts';

export interface OptOutPolicy {
  /** STOP, START and HELP mean something. */
  readonly enabled: boolean;
  /** Telephones are told by text what became of their STOP, START or HELP. */
  readonly answers: boolean;
  /** What is answered to HELP; absent: whose number it is, and that STOP ends the texts. */
  readonly help?: string;
}

export interface OptOutParts
  extends Pick<MessageParts, 'books' | 'signalling' | 'clock' | 'logger' | 'showNumber' | 'displayNumber'> {
  readonly policy: { readonly optOut: OptOutPolicy };
  readonly desk: Pick<OutboundDesk, 'answer'>;
}

/** Two machines that answer one another do so once an hour. */
const ANSWER_EVERY_MS = 3_600_000;
const MOST_REMEMBERED = 10_000;
const MOST_ROOMS = 20;

type Said = Pick<
  Arrival,
  'textRef' | 'transport' | 'account' | 'sender' | 'withheld' | 'called' | 'text' | 'receivedAt'
>;

export class OptOut {
  readonly #parts: OptOutParts;
  readonly #answeredAt = new Map<string, number>();

  constructor(parts: OptOutParts) {
    this.#parts = parts;
  }

  /** Undefined for all other texts, and from senders that are no telephones. */
  wordOf(text: Pick<Said, 'sender' | 'withheld' | 'text'>): ConsentWord | undefined {
    return this.#parts.policy.optOut.enabled && canBeAnswered(text) ? consentWord(text.text) : undefined;
  }

  /** Settles when the telephone's will is on the disk, and the answer to it. For the same text any number of times. */
  async heard(text: Said): Promise<void> {
    const word = this.wordOf(text);
    if (word === undefined) return;
    const { books, logger, showNumber } = this.#parts;
    const { called: number, sender: telephone, textRef } = text;
    if (word.meaning !== 'help') {
      const how = { source: 'text', word: word.word } as const;
      const consents = word.meaning === 'start';
      const hasChanged = await books.consents.set({ number, telephone }, consents, how, text.receivedAt);
      if (await this.#knowsDefaultNumber(text)) {
        await books.consents.set({ number: '', telephone }, consents, how, text.receivedAt);
      }
      if (hasChanged) {
        const what = consents ? 'A telephone wants texts again' : 'A telephone wants no more texts';
        logger.info({ textRef, from: showNumber(telephone), to: showNumber(number) }, what);
      }
    }
    await this.#answer(text, word);
  }

  /** Texts that went out from the transport's default number, whichever that is: the telephone answers to what it saw. */
  async #knowsDefaultNumber({ sender, transport }: Said): Promise<boolean> {
    const met = await this.#parts.books.conversations.between(sender, '');
    return met.some((conversation) => conversation.transport === transport);
  }

  /** Of a number whose texts nobody is shown: says it in the rooms that wrote from it. Never rejects. */
  async tellWhereTheyMet(text: Said): Promise<void> {
    const { books, displayNumber, logger } = this.#parts;
    try {
      const met = await books.conversations.between(text.sender, text.called);
      for (const { roomId, ghost } of met.slice(0, MOST_ROOMS)) {
        await this.tell(text, { roomId, ghost, who: displayNumber(text.sender) });
      }
    } catch (error) {
      logger.warn({ textRef: text.textRef, err: error }, 'It cannot be said in the rooms what a telephone wants');
    }
  }

  /** Says in the room what the word has done; `eventId` shows the word itself. */
  async tell(
    text: Said,
    shown: { readonly roomId: RoomId; readonly ghost: MatrixUserId; readonly eventId?: EventId; readonly who: string },
  ): Promise<void> {
    const word = this.wordOf(text);
    if (word === undefined) return;
    const { roomId, ghost: as, eventId, who } = shown;
    const number = text.called === '' ? 'this number' : this.#parts.displayNumber(text.called);
    const params = { who, number, answer: this.#words(text, word) };
    const key = this.#sentenceOf(word);
    if (key === undefined) return;
    await this.#parts.signalling.notice({
      key: `consent|${text.textRef}|${roomId}`,
      roomId,
      as,
      text: say({ key, params }),
      ...(eventId === undefined ? {} : { inReplyTo: eventId }),
    });
  }

  #sentenceOf({ meaning }: ConsentWord) {
    switch (meaning) {
      case 'stop':
        return 'has-opted-out';
      case 'start':
        return 'has-opted-in';
      case 'help':
        return this.#parts.policy.optOut.answers ? 'help-answered' : undefined;
      default:
        return meaning satisfies never;
    }
  }

  async #answer(text: Said, word: ConsentWord): Promise<void> {
    const { policy, desk, clock } = this.#parts;
    if (!policy.optOut.answers) return;
    const { textRef, transport, account, sender: target, called: sender } = text;
    const pair = JSON.stringify([sender, target, word.meaning]);
    const now = clock.now();
    const answeredAt = this.#answeredAt.get(pair);
    if (answeredAt !== undefined && now - answeredAt < ANSWER_EVERY_MS) return;
    await desk.answer({
      key: `consent|${textRef}`,
      transport,
      ...(account === undefined ? {} : { account }),
      target,
      sender,
      text: this.#words(text, word),
    });
    this.#answeredAt.delete(pair);
    this.#answeredAt.set(pair, now);
    const [oldest] = this.#answeredAt.keys();
    if (this.#answeredAt.size > MOST_REMEMBERED && oldest !== undefined) this.#answeredAt.delete(oldest);
  }

  #words({ called }: Said, { meaning, language }: ConsentWord): string {
    const { policy, displayNumber } = this.#parts;
    if (meaning === 'help' && policy.optOut.help !== undefined) return policy.optOut.help;
    return consentAnswer(meaning, language, called === '' ? {} : { sender: displayNumber(called) });
  }
}
