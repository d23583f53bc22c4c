/** Stand-ins for the three interfaces a call stands between. They note what they are asked, and do as a test says. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import type {
  Direction,
  IceCandidate,
  MediaCapabilities,
  MediaEngine,
  MediaListener,
  MediaSession,
  MediaSide,
  MediaStats,
  RtpOfferOptions,
  RtpStats,
  TurnServer,
} from '../../../media/engine.ts';
import type {
  InboundCall,
  OutboundCallRequest,
  SipCallId,
  SipCalls,
  SipLeg,
  SipLegEvent,
  SipLegListener,
} from '../../../sip/leg.ts';
import type { CallJournal, Clock, JournalChange, JournalEntry } from '../../../src/call/ports.ts';
import type { CallAddress, CallSignalling, OutgoingCallEvent } from '../../../src/matrix/call-events.ts';

/** A line in the ladder of a test: who was asked what. */
export type Ladder = string[];

export const silent = pino({ level: 'silent' });

export class FakeClock implements Clock {
  #now = 1_000_000;
  readonly #tasks = new Set<{ at: number; task: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  /** Lets time pass; what falls due runs in its order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#tasks].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#tasks.delete(due);
      this.#now = due.at;
      due.task();
    }
    this.#now = until;
  }

  get pending(): number {
    return this.#tasks.size;
  }
}

/** Makes a method of a fake fail, or never settle, the next time it is asked. */
export class Faults {
  readonly #faults = new Map<string, Error | 'hang' | Promise<void>>();

  next(what: string, fault: Error | 'hang'): void {
    this.#faults.set(what, fault);
  }

  /** Makes an asynchronous method wait until the function returned is called. */
  hold(what: string): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#faults.set(what, promise);
    return resolve;
  }

  check(what: string): void {
    const fault = this.#faults.get(what);
    if (!(fault instanceof Error)) return;
    this.#faults.delete(what);
    throw fault;
  }

  /** For asynchronous methods. */
  async gate(what: string): Promise<void> {
    const fault = this.#faults.get(what);
    if (fault === 'hang' || fault instanceof Promise) {
      this.#faults.delete(what);
      await (fault === 'hang' ? new Promise<never>(() => undefined) : fault);
    }
    this.check(what);
  }
}

const noRtp: RtpStats = { packetsIn: 0, packetsOut: 0, packetsLost: 0, jitterMs: 0, packetsForeign: 0 };

export class FakeMediaSession implements MediaSession {
  readonly listener: MediaListener;
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  readonly #onClose: () => void;
  /** What the next `renegotiateWebRtc` and `acceptRtpOffer` find. */
  direction: Direction = 'sendrecv';
  closed = false;
  /** What each offer to the telephone was asked for with. */
  readonly offered: RtpOfferOptions[] = [];
  /** The session whose telephone this one's talks to. */
  joinedTo: MediaSession | undefined;

  constructor(listener: MediaListener, ladder: Ladder, faults: Faults, onClose: () => void) {
    this.listener = listener;
    this.#ladder = ladder;
    this.#faults = faults;
    this.#onClose = onClose;
  }

  async #do<T>(what: string, detail: string, result: T): Promise<T> {
    if (this.closed) throw new Error(`${what} after close`);
    this.#ladder.push(`media ${what}${detail ? ` ${detail}` : ''}`);
    await this.#faults.gate(`media.${what}`);
    return result;
  }

  acceptWebRtcOffer(sdp: string) {
    return this.#do('acceptWebRtcOffer', sdp, undefined);
  }
  addWebRtcCandidates(candidates: readonly IceCandidate[]) {
    return this.#do('addWebRtcCandidates', candidates.map(({ candidate }) => candidate).join('|'), undefined);
  }
  createWebRtcAnswer() {
    return this.#do('createWebRtcAnswer', '', 'webrtc-answer');
  }
  renegotiateWebRtc(sdp: string) {
    return this.#do('renegotiateWebRtc', sdp, {
      sdp: `answer-to-${sdp}`,
      direction: this.direction,
      iceRestart: false,
    });
  }
  createWebRtcReoffer(direction: Direction) {
    return this.#do('createWebRtcReoffer', direction, `webrtc-offer-${direction}`);
  }
  acceptWebRtcReanswer(sdp: string) {
    return this.#do('acceptWebRtcReanswer', sdp, undefined);
  }
  createWebRtcOffer() {
    return this.#do('createWebRtcOffer', '', 'webrtc-offer-of-ours');
  }
  acceptWebRtcAnswer(sdp: string) {
    return this.#do('acceptWebRtcAnswer', sdp, undefined);
  }
  play(side: MediaSide, file: string) {
    return this.#do('play', `${side} ${file}`, { stop: () => undefined, done: Promise.resolve() });
  }
  record(file: string) {
    return this.#do('record', file, { stop: () => Promise.resolve() });
  }
  joinTelephones(other: MediaSession) {
    this.joinedTo = other;
    return this.#do('joinTelephones', '', undefined);
  }
  createRtpOffer(options: RtpOfferOptions) {
    const { codecs, srtp } = options;
    this.offered.push(options);
    return this.#do('createRtpOffer', `${codecs.join()} ${srtp}`, 'rtp-offer');
  }
  acceptRtpAnswer(sdp: string, options: { readonly early: boolean }) {
    return this.#do('acceptRtpAnswer', `${sdp}${options.early ? ' early' : ''}`, { codec: 'PCMU' as const });
  }
  acceptRtpOffer(sdp: string) {
    return this.#do('acceptRtpOffer', sdp, { sdp: `answer-to-${sdp}`, direction: this.direction });
  }
  createRtpReoffer(direction: Direction) {
    return this.#do('createRtpReoffer', direction, `rtp-offer-${direction}`);
  }
  acceptRtpReanswer(sdp: string) {
    return this.#do('acceptRtpReanswer', sdp, { direction: this.direction });
  }
  connect() {
    this.#ladder.push('media connect');
  }
  startRingback(_country?: string, side: MediaSide = 'webrtc') {
    this.#ladder.push(`media startRingback${side === 'rtp' ? ' rtp' : ''}`);
  }
  stopRingback() {
    this.#ladder.push('media stopRingback');
  }
  beep(side: MediaSide) {
    this.#ladder.push(`media beep ${side}`);
  }
  sendDtmf() {
    this.#ladder.push('media sendDtmf');
  }
  stats(): Promise<MediaStats> {
    return Promise.resolve({ codec: 'PCMU', webrtc: noRtp, rtp: noRtp });
  }
  async close() {
    if (this.closed) return;
    this.closed = true;
    this.#ladder.push('media close');
    this.#onClose();
  }
}

export class FakeMedia implements MediaEngine {
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  readonly sessions: FakeMediaSession[] = [];
  /** The TURN servers that each session was given. */
  readonly turns: (TurnServer | undefined)[] = [];
  sessionCount = 0;
  readonly servers = [];
  capabilities: MediaCapabilities = {
    rtpCodecs: ['PCMA', 'PCMU'],
    transcodes: false,
    play: true,
    record: true,
    trickle: true,
  };

  constructor(ladder: Ladder, faults: Faults) {
    this.#ladder = ladder;
    this.#faults = faults;
  }

  async createSession(options: Parameters<MediaEngine['createSession']>[0], listener: MediaListener) {
    await this.#faults.gate('media.createSession');
    this.turns.push(options.turn);
    this.sessionCount += 1;
    const session = new FakeMediaSession(listener, this.#ladder, this.#faults, () => {
      this.sessionCount -= 1;
    });
    this.sessions.push(session);
    return session;
  }

  async close() {}

  get last(): FakeMediaSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error('no media session was made');
    return session;
  }
}

export class FakeSipLeg implements SipLeg {
  readonly sipCallId: SipCallId;
  readonly trunk: string;
  readonly request: OutboundCallRequest;
  /** Once it is answered, where a test says so. */
  lastWill: string | undefined;
  readonly #listener: SipLegListener;
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  hangups = 0;
  /** The far side's offers, and how often each was accepted or refused. */
  readonly offers: { told: number }[] = [];
  /** What the far side answers to the next offer of ours. */
  answerToReoffer = 'rtp-reanswer';

  constructor(id: string, request: OutboundCallRequest, listener: SipLegListener, ladder: Ladder, faults: Faults) {
    this.sipCallId = id as SipCallId;
    this.request = request;
    this.trunk = request.trunk;
    this.#listener = listener;
    this.#ladder = ladder;
    this.#faults = faults;
  }

  emit(event: SipLegEvent): void {
    this.#listener(event);
  }

  hangup(cause?: { q850: number }): void {
    this.hangups += 1;
    this.#ladder.push(`sip hangup ${cause?.q850 ?? '-'}`);
  }

  sendDtmfInfo(): void {
    this.#ladder.push('sip INFO');
  }

  async refer(to: string | SipLeg): Promise<void> {
    this.#ladder.push(`sip REFER ${typeof to === 'string' ? to : `replacing ${to.sipCallId}`}`);
    await this.#faults.gate('sip.refer');
  }

  async reoffer(sdp: string): Promise<string> {
    this.#ladder.push(`sip reoffer ${sdp}`);
    await this.#faults.gate('sip.reoffer');
    return this.answerToReoffer;
  }

  /** The far side sends an offer (or asks for one); settles with what it is told. */
  async offer(sdp: string | undefined, reanswer?: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    const offer = { told: 0 };
    this.offers.push(offer);
    this.emit({
      type: 'reoffer',
      ...(sdp === undefined ? {} : { sdp }),
      accept: (localSdp) => {
        offer.told += 1;
        this.#ladder.push(`sip accept ${localSdp}`);
        resolve(localSdp);
        return Promise.resolve(reanswer);
      },
      reject: (status) => {
        offer.told += 1;
        this.#ladder.push(`sip refuse ${status}`);
        resolve(String(status));
      },
    });
    return promise;
  }
}

export class FakeSip implements SipCalls {
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  readonly legs: FakeSipLeg[] = [];
  /** Whoever takes calls in. */
  take: ((call: InboundCall) => void) | undefined;

  constructor(ladder: Ladder, faults: Faults) {
    this.#ladder = ladder;
    this.#faults = faults;
  }

  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg {
    this.#faults.check('sip.placeCall');
    this.#ladder.push(`sip INVITE ${request.target} ${request.sdp}`);
    const leg = new FakeSipLeg(`call-${this.legs.length + 1}`, request, listener, this.#ladder, this.#faults);
    this.legs.push(leg);
    return leg;
  }

  /** Calls of an earlier process that were hung up. */
  readonly abandoned: string[] = [];

  async endAbandoned(lastWills: readonly string[]): Promise<void> {
    this.abandoned.push(...lastWills);
    await this.#faults.gate('sip.endAbandoned');
  }

  onCall(take: (call: InboundCall) => void): void {
    this.take = take;
  }

  trunks() {
    return [];
  }

  async close() {}

  get last(): FakeSipLeg {
    const leg = this.legs.at(-1);
    if (!leg) throw new Error('no call was placed');
    return leg;
  }
}

export interface Sent {
  readonly address: CallAddress;
  readonly event: OutgoingCallEvent;
  readonly key: string;
}

export class FakeSignalling implements CallSignalling {
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  readonly sent: Sent[] = [];
  readonly notices: { readonly text: string; readonly key: string }[] = [];
  turn: TurnServer | undefined;

  constructor(ladder: Ladder, faults: Faults) {
    this.#ladder = ladder;
    this.#faults = faults;
  }

  async send(address: CallAddress, event: OutgoingCallEvent, key: string): Promise<void> {
    await this.#faults.gate(`matrix.${event.type}`);
    const detail = 'reason' in event ? event.reason : 'sdpType' in event ? `${event.sdpType} ${event.sdp}` : '';
    this.#ladder.push(`matrix ${event.type}${detail ? ` ${detail}` : ''}`);
    this.sent.push({ address, event, key });
  }

  async notice(_roomId: unknown, _ghost: unknown, text: string, key: string): Promise<void> {
    await this.#faults.gate('matrix.notice');
    this.#ladder.push(`matrix notice ${key.split('/').at(-1)}`);
    this.notices.push({ text, key });
  }

  async turnServer(): Promise<TurnServer | undefined> {
    await this.#faults.gate('matrix.turnServer');
    return this.turn;
  }
}

export class FakeJournal implements CallJournal {
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  readonly entries = new Map<string, JournalEntry>();

  constructor(ladder: Ladder, faults: Faults) {
    this.#ladder = ladder;
    this.#faults = faults;
  }

  async opened(entry: JournalEntry) {
    await this.#faults.gate('journal.opened');
    this.#ladder.push('journal opened');
    this.entries.set(entry.callRef, entry);
  }
  async updated(callRef: string, change: JournalChange) {
    await this.#faults.gate('journal.updated');
    this.#ladder.push('lastWill' in change ? 'journal last will' : 'journal answered');
    const entry = this.entries.get(callRef);
    if (entry) this.entries.set(callRef, { ...entry, ...change });
  }
  async closed(callRef: string) {
    await this.#faults.gate('journal.closed');
    this.#ladder.push('journal closed');
    this.entries.delete(callRef);
  }
  async live() {
    await this.#faults.gate('journal.live');
    return [...this.entries.values()];
  }
}

/** Everything around a call, as fakes that share one ladder. `settle` lets all that is ready run. */
export function buildFakes() {
  const ladder: Ladder = [];
  const faults = new Faults();
  return {
    ladder,
    faults,
    clock: new FakeClock(),
    sip: new FakeSip(ladder, faults),
    media: new FakeMedia(ladder, faults),
    signalling: new FakeSignalling(ladder, faults),
    journal: new FakeJournal(ladder, faults),
    settle: async (): Promise<void> => {
      for (let turn = 0; turn < 30; turn += 1) await nextTurn();
    },
  };
}
