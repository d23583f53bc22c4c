/** Texts over SMPP 3.4 as a transport: one for each account. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type {
  Clock,
  Cut,
  MessageTransport,
  PartToSend,
  Submitted,
  Taken,
  TextFailure,
  TransportListener,
  TransportState,
} from '../message/index.ts';
import {
  cutFor,
  type Delivered,
  type DeliveredText,
  type Fields,
  messageIdOf,
  readDelivered,
  statusRow,
  submitFields,
  textField,
} from './codec/index.ts';
import { type LiveLink, SmppLink } from './link.ts';
import { type ArrivalMemory, Repeats } from './repeats.ts';
import { statusName } from './session/pdu.ts';
import { type Asked, STATUS } from './session/session.ts';
import type { SmppSettings } from './settings.ts';
import { Turns } from './turns.ts';

export interface SmppParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Absent: after a crash a text whose answer was lost is shown twice. */
  readonly memory?: ArrivalMemory;
}

export class SmppTransport implements MessageTransport {
  readonly name: string;
  /** SMPP has nothing by which a service centre could tell. */
  readonly knowsRepeats = false;
  readonly tellsReceipts: boolean;
  readonly window: number;
  readonly #settings: SmppSettings;
  readonly #logger: Logger;
  readonly #turns: Turns;
  readonly #repeats: Repeats;
  readonly #out: SmppLink;
  readonly #in: SmppLink | undefined;
  readonly #runOnUp: (() => void)[] = [];
  #listener: TransportListener | undefined;
  /** Keys are given in the order in which texts come. */
  #order: Promise<unknown> = Promise.resolve();

  /** It connects from now on, until it is closed. */
  constructor(settings: SmppSettings, { clock, logger, random, memory }: SmppParts) {
    this.name = settings.name;
    this.tellsReceipts = settings.submit.receipts;
    this.window = settings.window;
    this.#settings = settings;
    this.#logger = logger.child({ trunk: settings.name });
    this.#turns = new Turns(settings.window, settings.perSecond, clock);
    this.#repeats = new Repeats(settings.name, clock, memory);
    const link = (bind: 'transceiver' | 'transmitter' | 'receiver') =>
      new SmppLink(
        { ...settings, bind, clock, random, logger: this.#logger },
        {
          delivered: (fields, sequence, live) => this.#delivered(fields, sequence, live),
          confirmed: (connection, sequence) => this.#confirmed(connection, sequence),
          bound: () => {
            this.#repeats.bound();
            for (const run of this.#runOnUp) run();
          },
          ended: (connection) => this.#repeats.ended(connection),
        },
      );
    this.#out = link(settings.bind === 'two' ? 'transmitter' : settings.bind);
    this.#in = settings.bind === 'two' ? link('receiver') : undefined;
  }

  state(): TransportState {
    const out = this.#out.state;
    return this.#in === undefined || out.state !== 'up' ? out : this.#in.state;
  }

  onUp(run: () => void): void {
    this.#runOnUp.push(run);
  }

  cut(text: string): Cut {
    return cutFor(text, this.#settings.submit);
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  /** SMPP has no way to tell a sender what became of a text. */
  async notify(): Promise<void> {}

  async close(graceMs: number): Promise<void> {
    this.#turns.shut();
    await Promise.all([this.#out.close(graceMs), this.#in?.close(graceMs)]);
    this.#listener = undefined;
    await this.#repeats.save().catch((error: unknown) => this.#unsaved(error));
  }

  async submit(part: PartToSend): Promise<Submitted> {
    const { sender } = this.#settings;
    const submit = submitFields(sender === undefined ? part : { sender, ...part }, this.#settings.submit);
    if (submit.kind === 'unsendable') return unsendable(submit.what);
    if (this.#out.state.state !== 'up') return this.#notBound();
    if (!(await this.#turns.enter())) return this.#notBound();
    try {
      return this.#outcome(await this.#out.ask('submit_sm', submit.fields));
    } finally {
      this.#turns.leave();
    }
  }

  #outcome(asked: Asked): Submitted {
    switch (asked.kind) {
      case 'answered':
        return asked.status === STATUS.ok ? this.#accepted(asked.fields) : this.#refused(asked.status);
      case 'silence':
        return failed({ ...network, said: 'submit_sm was not answered', mayHaveArrived: true });
      case 'ended':
        if (!asked.sent) return this.#notBound();
        return failed({ ...network, said: 'the connection ended before the answer', mayHaveArrived: true });
      case 'unwritable':
        return unsendable('text');
    }
  }

  #accepted(fields: Fields): Submitted {
    this.#turns.accepted();
    const messageId = messageIdOf(textField(fields, 'message_id') ?? '', 'answer', this.#settings.deliver.messageIds);
    return { kind: 'accepted', ...(messageId === undefined ? {} : { messageId }) };
  }

  #refused(status: number): Submitted {
    const row = statusRow(status);
    const failure = { ...row, said: statusName(status), mayHaveArrived: false };
    if (row.kind !== 'throttled') return failed(failure);
    const retryAfterMs = this.#turns.throttled();
    this.#logger.debug({ perSecond: this.#turns.perSecond, retryAfterMs }, 'the service centre wants fewer texts');
    return failed({ ...failure, retryAfterMs });
  }

  #notBound(): Submitted {
    const { detail = 'not bound yet' } = this.#out.state;
    return failed({ ...network, said: `no SMPP connection: ${detail}`, mayHaveArrived: false });
  }

  async #delivered(fields: Fields, sequence: number, live: LiveLink): Promise<number> {
    try {
      return await this.#take(readDelivered(fields, this.#settings.deliver), sequence, live);
    } catch (error) {
      this.#logger.error({ err: error }, 'A text or a receipt by SMPP could not be stored; it is asked for again');
      return STATUS.temporary;
    }
  }

  async #take(delivered: Delivered, sequence: number, live: LiveLink): Promise<number> {
    if (this.#listener === undefined) return STATUS.temporary;
    switch (delivered.kind) {
      case 'text':
        return this.#arrived(delivered, sequence, live, this.#listener);
      case 'receipt': {
        const { messageId, state, failure } = delivered.receipt;
        if (state === 'underway') return STATUS.ok;
        const facts = { transport: this.name, messageId, state, ...(failure === undefined ? {} : { failure }) };
        await this.#listener.receipt(facts);
        return STATUS.ok;
      }
      case 'ignored':
        this.#logger.debug({ why: delivered.why }, 'a deliver_sm without meaning for us');
        return STATUS.ok;
      case 'unreadable':
        this.#logger.warn({ why: delivered.why }, `A text by SMPP was refused: ${delivered.why}`);
        return STATUS.permanent;
    }
  }

  async #arrived(text: DeliveredText, sequence: number, live: LiveLink, listener: TransportListener): Promise<number> {
    const { fingerprint, sender, called, part } = text;
    const { connection } = live;
    const turn = this.#order.then(() => this.#repeats.keyOf(fingerprint, connection, sequence));
    this.#order = turn.catch(() => {});
    const key = await turn;
    const taken = await listener.arrived({
      textRef: `in-${randomBytes(5).toString('hex')}`,
      transport: this.name,
      key,
      sender,
      withheld: sender === '',
      called,
      text: text.text,
      ...(part === undefined ? {} : { part }),
      wants: { delivered: false, displayed: false },
    });
    const status = statusOf(taken);
    if (status === STATUS.temporary) this.#repeats.refused(key, fingerprint);
    else this.#repeats.answered(key, fingerprint, connection, live.sequence());
    live.enquireSoon();
    return status;
  }

  #confirmed(connection: number, sequence: number): void {
    this.#repeats.confirmed(connection, sequence).catch((error: unknown) => this.#unsaved(error));
  }

  #unsaved(error: unknown): void {
    this.#logger.warn({ err: error }, 'It could not be noted which texts by SMPP are answered');
  }
}

const network = { kind: 'network', isTemporary: true, isTrunkFault: true } as const;

function failed(failure: TextFailure): Submitted {
  return { kind: 'failed', failure };
}

function unsendable(what: 'sender' | 'target' | 'text'): Submitted {
  const local = { isTemporary: false, isTrunkFault: true, mayHaveArrived: false };
  switch (what) {
    case 'sender':
      return failed({ ...local, kind: 'not-allowed', said: 'the sender is no address of SMPP' });
    case 'target':
      return failed({ ...local, kind: 'no-such-number', said: 'the recipient is no address of SMPP' });
    case 'text':
      return failed({ ...local, kind: 'unacceptable', said: 'the text does not fit into submit_sm' });
  }
}

function statusOf(taken: Taken): number {
  if (taken.kind === 'taken') return STATUS.ok;
  switch (taken.why) {
    case 'no-such-number':
      return STATUS.invalidTarget;
    case 'not-allowed':
      return STATUS.permanent;
    case 'unavailable':
      return STATUS.temporary;
  }
}
