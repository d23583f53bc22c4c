/** Runs the machine for one text: its effects in order, each stored before what follows it is done. */
import type { StoredDelivery } from '../ports.ts';
import type { PartToSend, TextFailure } from '../transport.ts';
import type { Charges } from './charges.ts';
import type { Gate } from './gate.ts';
import { step } from './machine.ts';
import type { OutboundParts } from './parts.ts';
import type { Facts, OutEffect, OutEvent, OutState } from './state.ts';
import type { Teller } from './teller.ts';
import type { Ways } from './ways.ts';
import { within } from './within.ts';

/** The words of a failure are waited for so long, so that a process that dies has said them. */
const LONGEST_TELLING_MS = 5_000;

export interface WorkParts extends OutboundParts {
  readonly ways: Ways;
  readonly teller: Teller;
  readonly charges: Charges;
  /** False once the gateway stops. */
  readonly mayGoOn: () => boolean;
  readonly onCounted: (what: 'sent' | 'failed') => void;
  /** A part was accepted under this ID: receipts that came before are looked at. */
  readonly onMessageId: (transport: string, messageId: string) => void;
}

export class Work {
  readonly delivery: StoredDelivery;
  readonly #parts: WorkParts;
  readonly #poolNumbers: ReadonlySet<string>;
  #state: OutState;

  constructor(delivery: StoredDelivery, parts: WorkParts, poolNumbers: ReadonlySet<string>) {
    this.delivery = delivery;
    this.#parts = parts;
    this.#poolNumbers = poolNumbers;
    this.#state =
      delivery.state === 'waiting' ? { phase: 'waiting', progress: delivery.progress } : { phase: delivery.state };
  }

  get state(): OutState {
    return this.#state;
  }

  /**
   * Takes an event, and does what follows until nothing is under way; may be called again meanwhile, to take the text back.
   * Rejects when the store fails: then what is stored is what holds.
   */
  async take(event: OutEvent): Promise<void> {
    for (let next: OutEvent | undefined = event; next; ) {
      const before = this.#state;
      let { state, effects } = step(before, next, this.#facts());
      const gate = this.#gateFor(effects);
      if (gate !== undefined) {
        if (!(await gate.enter())) return;
        // It may have waited long: is all as it was?
        const isTakenBack = this.#state !== before;
        ({ state, effects } = step(this.#state, next, this.#facts()));
        if (isTakenBack || this.#gateFor(effects) !== gate) {
          gate.leave();
          if (isTakenBack) return;
          continue;
        }
      }
      this.#state = state;
      let outcome: OutEvent | undefined;
      try {
        outcome = await this.#runAll(effects);
      } finally {
        gate?.leave();
      }
      next = outcome ?? (next.type === 'accepted' && this.#hasMoreParts() ? { type: 'due' } : undefined);
    }
  }

  #gateFor(effects: readonly OutEffect[]): Gate | undefined {
    const submit = effects.find((effect) => effect.type === 'submit');
    return submit && this.#parts.ways.get(this.#transportName(submit.route))?.gate;
  }

  #hasMoreParts(): boolean {
    return this.#state.phase === 'waiting' && this.#parts.mayGoOn();
  }

  /** In order; what goes to the store one after the other is waited for together. */
  async #runAll(effects: readonly OutEffect[]): Promise<OutEvent | undefined> {
    const stored: Promise<unknown>[] = [];
    let outcome: OutEvent | undefined;
    const submit = effects.find((effect) => effect.type === 'submit');
    // Before it leaves: its answer may come before we know that it was accepted, and must find this room.
    if (submit?.index === 1) stored.push(this.#noteUse(submit.route));
    // Charged first: what is stored as accepted, or over, is not looked at again.
    for (const effect of effects) if (effect.type === 'store' && effect.accepted) await this.#charge(effect.accepted);
    for (const effect of effects) {
      if (effect.type === 'store' || effect.type === 'end' || effect.type === 'note-use') {
        stored.push(this.#run(effect));
        continue;
      }
      await Promise.all(stored.splice(0));
      outcome = await this.#run(effect);
    }
    await Promise.all(stored);
    return outcome;
  }

  /** Undefined when no part is with a transport. */
  async #run(effect: OutEffect): Promise<OutEvent | undefined> {
    const { books, teller, charges, onCounted, clock } = this.#parts;
    const { delivery } = this;
    switch (effect.type) {
      case 'store':
        await this.#store(effect);
        return undefined;
      case 'submit':
        return await this.#submit(effect);
      case 'end':
        if (effect.state === 'accepted') onCounted('sent');
        if (effect.state === 'failed') onCounted('failed');
        await books.deliveries.ended(
          delivery.textRef,
          effect.state,
          effect.sentence && teller.failureWords(delivery, effect.sentence),
        );
        // A later receipt moves no money, unless it says that the text is lost.
        if (effect.state !== 'delivered' && effect.state !== 'displayed') {
          await charges.ended(delivery.textRef, effect.state === 'failed');
        }
        this.#tellLog(effect);
        return undefined;
      case 'tell':
        // Not waited for: a homeserver that is away must not keep texts from leaving.
        void teller.got(delivery, effect.status);
        return undefined;
      case 'tell-waiting':
        void teller.waiting(delivery, effect.sentence);
        return undefined;
      case 'tell-failed':
        await within(LONGEST_TELLING_MS, teller.failed(delivery, effect.sentence), clock);
        return undefined;
      case 'tell-too-late':
        void teller.tooLate(delivery);
        return undefined;
      case 'note-use':
        await this.#noteUse(effect.route);
        return undefined;
      case 'note-opt-out':
        await this.#noteOptOut();
        return undefined;
      default:
        return effect satisfies never;
    }
  }

  async #store({ progress, accepted }: Extract<OutEffect, { type: 'store' }>): Promise<void> {
    const { books, onMessageId } = this.#parts;
    if (!accepted) return books.deliveries.progressed(this.delivery.textRef, progress);
    const { index, route, messageId } = accepted;
    const transport = this.#transportName(route);
    await books.deliveries.progressed(this.delivery.textRef, progress, {
      index,
      transport,
      ...(messageId === undefined ? {} : { messageId }),
    });
    if (messageId !== undefined) onMessageId(transport, messageId);
  }

  async #charge({ index, route }: { readonly index: number; readonly route: number }): Promise<void> {
    const transport = this.#transportName(route);
    const text = this.#partOf(transport, index) ?? '';
    await this.#parts.charges.accepted(this.delivery, { index, transport, text });
  }

  async #submit({ route, index, total }: Extract<OutEffect, { type: 'submit' }>): Promise<OutEvent> {
    const { ways, mayGoOn, logger } = this.#parts;
    const { delivery } = this;
    const name = this.#transportName(route);
    const way = ways.get(name);
    const text = this.#partOf(name, index);
    if (way === undefined || text === undefined) {
      return { type: 'failed', failure: notSent('this part does not exist'), mayGoOn: mayGoOn() };
    }
    const { account } = delivery.routes[route] ?? {};
    const part: PartToSend = {
      textRef: delivery.textRef,
      key: `${delivery.textRef}-${index}`,
      ...(account === undefined ? {} : { account }),
      ...(delivery.sender === undefined ? {} : { sender: delivery.sender }),
      target: delivery.target,
      text,
      index,
      total,
      reference: delivery.reference,
      wantsReceipts: true,
    };
    const submitted = await way.transport.submit(part);
    if (submitted.kind === 'accepted') {
      logger.debug({ textRef: delivery.textRef, transport: name, part: index, of: total }, 'part accepted');
      const { messageId } = submitted;
      return { type: 'accepted', ...(messageId === undefined ? {} : { messageId }) };
    }
    const { failure } = submitted;
    ways.failed(name, failure);
    logger.info(
      { textRef: delivery.textRef, transport: name, part: index, of: total, kind: failure.kind },
      `Text not taken by ${name}: ${failure.said}`,
    );
    return { type: 'failed', failure, mayGoOn: mayGoOn() };
  }

  #partOf(transport: string, index: number): string | undefined {
    const cut = this.#parts.ways.get(transport)?.transport.cut(this.delivery.text);
    return cut?.kind === 'parts' ? cut.parts[index - 1] : undefined;
  }

  async #noteUse(route: number): Promise<void> {
    const { books, clock } = this.#parts;
    const { roomId, target, ghost, sender = '', user } = this.delivery;
    if (roomId === '') return;
    const now = clock.now();
    const transport = this.#transportName(route);
    await Promise.all([
      books.conversations.used({ roomId, telephone: target, ghost, number: sender, transport, user, lastAt: now }),
      ...(this.#poolNumbers.has(sender) ? [books.leases.used(sender, target, now)] : []),
    ]);
  }

  async #noteOptOut(): Promise<void> {
    const { books, clock, logger, showNumber } = this.#parts;
    const { sender: number = '', target: telephone, textRef } = this.delivery;
    await books.consents.set({ number, telephone }, false, { source: 'provider' }, clock.now());
    logger.info({ textRef, to: showNumber(telephone) }, 'The provider says that this number wants no more texts');
  }

  #tellLog({ state, sentence }: Extract<OutEffect, { type: 'end' }>): void {
    const { logger, showNumber, clock } = this.#parts;
    const { textRef, target, createdAt } = this.delivery;
    const afterMs = Math.round(clock.now() - createdAt);
    const facts = { textRef, to: showNumber(target), afterMs, ...(sentence ? { why: sentence.key } : {}) };
    if (state === 'failed') logger.warn(facts, 'Text failed');
    else logger.info(facts, `Text ${state}`);
  }

  #facts(): Facts {
    const { clock, random, policy, ways } = this.#parts;
    return {
      now: clock.now(),
      expiresAt: this.delivery.expiresAt,
      jitter: random(),
      routes: ways.factsOf(this.delivery),
      unknownOutcome: policy.unknownOutcome,
      retry: policy.retry,
    };
  }

  #transportName(route: number): string {
    return this.delivery.routes[route]?.transport ?? '';
  }
}

function notSent(said: string): TextFailure {
  return { kind: 'unacceptable', isTemporary: false, isTrunkFault: false, said, mayHaveArrived: false };
}
