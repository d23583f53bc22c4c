/** Texts over SIP MESSAGE as a transport: one for each trunk. */
import type { InboundText, SipTexts, TextReceipt, TextReply, TrunkStatus } from '../../sip/index.ts';
import { cutText } from './segments/index.ts';
import { failureOf } from './sip-failures.ts';
import type {
  ArrivedText,
  Cut,
  MessageTransport,
  PartToSend,
  Submitted,
  Taken,
  TransportListener,
  TransportState,
} from './transport.ts';

/** What a trunk is like for texts, from its settings. */
export interface SipTextTrunk {
  readonly name: string;
  /** The far side knows a repeat by Call-ID, From-tag and CSeq, also one that comes minutes later. */
  readonly knowsRepeats: boolean;
  /** It tells what became of a text (IMDN, SMS status reports). */
  readonly tellsReceipts: boolean;
  /** Texts that may be under way at once. */
  readonly window: number;
}

export interface OverSipOptions {
  readonly texts: SipTexts;
  readonly trunks: readonly SipTextTrunk[];
  /** What is known of a trunk; quick. */
  readonly status: () => readonly TrunkStatus[];
  /** `SipCalls.onTrunkChange`. */
  readonly onTrunkChange: (run: (status: TrunkStatus) => void) => void;
}

/** Seconds after which a text that could not be stored may come again. */
const RETRY_AFTER_S = 30;
const STATUS_OF_REFUSAL = { 'no-such-number': 404, 'not-allowed': 403, unavailable: 503 } as const;

/** One transport for each trunk, in their order. Texts are taken from now on; before `listen` they are refused for the moment. */
export function createSipTransports({ texts, trunks, status, onTrunkChange }: OverSipOptions): MessageTransport[] {
  const transports = new Map<string, SipTransport>();
  for (const trunk of trunks) transports.set(trunk.name, new SipTransport(trunk, texts, status));
  texts.onText(async (text) => await (transports.get(text.trunk)?.arrived(text) ?? unavailable));
  texts.onReceipt(async (receipt) => await transports.get(receipt.trunk)?.receipt(receipt));
  onTrunkChange(({ name, state }) => transports.get(name)?.changed(state));
  return [...transports.values()];
}

const unavailable: TextReply = { kind: 'refused', status: 503, retryAfterS: RETRY_AFTER_S };

class SipTransport implements MessageTransport {
  readonly name: string;
  readonly knowsRepeats: boolean;
  readonly tellsReceipts: boolean;
  readonly window: number;
  readonly #texts: SipTexts;
  readonly #status: () => readonly TrunkStatus[];
  readonly #runOnUp: (() => void)[] = [];
  #listener: TransportListener | undefined;
  #last: TrunkStatus['state'] = 'unknown';

  constructor(trunk: SipTextTrunk, texts: SipTexts, status: () => readonly TrunkStatus[]) {
    this.name = trunk.name;
    this.knowsRepeats = trunk.knowsRepeats;
    this.tellsReceipts = trunk.tellsReceipts;
    this.window = trunk.window;
    this.#texts = texts;
    this.#status = status;
  }

  state(): TransportState {
    const status = this.#status().find(({ name }) => name === this.name);
    if (status === undefined) return { state: 'unknown' };
    const { state, detail } = status;
    return { state, ...(detail === undefined ? {} : { detail }) };
  }

  onUp(run: () => void): void {
    this.#runOnUp.push(run);
  }

  changed(state: TrunkStatus['state']): void {
    const wasUp = this.#last === 'up';
    this.#last = state;
    if (state === 'up' && !wasUp) for (const run of this.#runOnUp) run();
  }

  cut(text: string): Cut {
    return cutText(text, this.#texts.limits(this.name));
  }

  async submit(part: PartToSend): Promise<Submitted> {
    const { index, total, reference, ...same } = part;
    const outcome = await this.#texts.send({
      ...same,
      trunk: this.name,
      wantsReceipts: part.wantsReceipts && this.tellsReceipts,
      ...(total > 1 ? { part: { index, total, reference } } : {}),
    });
    if (outcome.kind === 'failed') return { kind: 'failed', failure: failureOf(outcome) };
    const { messageId } = outcome;
    return { kind: 'accepted', ...(messageId === undefined ? {} : { messageId }) };
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
  }

  notify(text: Pick<ArrivedText, 'key'>, state: 'delivered' | 'displayed'): Promise<void> {
    return this.#texts.notify({ trunk: this.name, key: text.key }, state);
  }

  /** The trunk is closed by who opened it, with its calls. */
  async close(): Promise<void> {
    this.#listener = undefined;
  }

  async arrived(text: InboundText): Promise<TextReply> {
    if (this.#listener === undefined) return unavailable;
    return replyOf(await this.#listener.arrived(arrivedOf(text)));
  }

  async receipt({ messageId, state, detail }: TextReceipt): Promise<void> {
    await this.#listener?.receipt({
      transport: this.name,
      messageId,
      state,
      ...(state === 'failed' ? { failure: lostOf(detail) } : {}),
    });
  }
}

function arrivedOf({ trunk, sender, ...text }: InboundText): ArrivedText {
  const { textRef, account, key, called, part, sentAt, wants } = text;
  return {
    textRef,
    transport: trunk,
    ...(account === undefined ? {} : { account }),
    key,
    sender: sender.number ?? '',
    ...(sender.name === undefined ? {} : { senderName: sender.name }),
    withheld: sender.withheld,
    called,
    text: text.text,
    ...(part === undefined ? {} : { part }),
    ...(sentAt === undefined ? {} : { sentAt }),
    wants,
  };
}

function replyOf(taken: Taken): TextReply {
  if (taken.kind === 'taken') return taken;
  const status = STATUS_OF_REFUSAL[taken.why];
  return { kind: 'refused', status, ...(status === 503 ? { retryAfterS: RETRY_AFTER_S } : {}) };
}

function lostOf(detail: string | undefined) {
  const said = detail ?? 'not delivered';
  return { kind: 'refused', isTemporary: false, isTrunkFault: false, said, mayHaveArrived: false } as const;
}
