/** An SMPP account as tests use it, and who listens to it. */
import { pino } from 'pino';
import type { ArrivedText, Clock, PartToSend, Receipt, Taken, TransportListener } from '../../../src/message/index.ts';
import { type ArrivalMemory, createSmppTransports, type SmppSettings, usualTypes } from '../../../src/smpp/index.ts';
import { Waiting } from '../../world/wait.ts';
import { ACCOUNT, type Smsc } from './smsc.ts';

/** Time as it is, but pauses are short. */
export const hurried: Clock = {
  now: Date.now,
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs / 20);
    return () => clearTimeout(timer);
  },
};

export function settingsFor(port: number, changes: Partial<SmppSettings> = {}): SmppSettings {
  return {
    name: 'smsc',
    endpoints: [{ host: '127.0.0.1', port }],
    ...ACCOUNT,
    systemType: '',
    bind: 'transceiver',
    addressRange: '',
    submit: { alphabet: 'gsm7', long: 'udh', types: usualTypes, plus: false, serviceType: '', receipts: true },
    deliver: { alphabet: 'gsm7', messageIds: 'same', bareIsInternational: true },
    window: 10,
    // Hurried: 2 s and 5 s.
    enquireLinkMs: 40_000,
    answerMs: 100_000,
    ...changes,
  };
}

export class Ear implements TransportListener {
  readonly texts: ArrivedText[] = [];
  readonly receipts: Receipt[] = [];
  readonly #waiting = new Waiting();
  answer: (text: ArrivedText) => Taken | Promise<Taken> = () => ({ kind: 'taken' });

  async arrived(text: ArrivedText): Promise<Taken> {
    this.texts.push(text);
    this.#waiting.announce();
    return this.answer(text);
  }

  async receipt(receipt: Receipt): Promise<void> {
    this.receipts.push(receipt);
    this.#waiting.announce();
  }

  until<T>(look: () => T | undefined | false): Promise<T> {
    return this.#waiting.until(look);
  }
}

export interface AccountOptions {
  readonly clock?: Clock;
  readonly memory?: ArrivalMemory;
}

export function openAccount(
  smsc: Pick<Smsc, 'port'>,
  changes: Partial<SmppSettings> = {},
  { clock = hurried, memory }: AccountOptions = {},
) {
  const [transport] = createSmppTransports([settingsFor(smsc.port, changes)], {
    clock,
    logger: pino({ level: 'silent' }),
    random: () => 0.5,
    ...(memory === undefined ? {} : { memory }),
  });
  if (transport === undefined) throw new Error('no transport');
  const ear = new Ear();
  transport.listen(ear);
  const ups = new Waiting();
  transport.onUp(() => ups.announce());
  /** Settles when it is bound, as it knows itself. */
  const isUp = () => ups.until(() => transport.state().state === 'up');
  return { transport, ear, isUp };
}

let count = 0;

export function partOf(text: string, changes: Partial<PartToSend> = {}): PartToSend {
  count += 1;
  return {
    textRef: `out-${count}`,
    key: `key-${count}`,
    sender: '+441818118181',
    target: '+447700900123',
    text,
    index: 1,
    total: 1,
    reference: count,
    wantsReceipts: true,
    ...changes,
  };
}
