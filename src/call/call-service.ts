/** The calls of a gateway: takes call events from rooms, opens and ends calls, says goodbye when the gateway stops. */
import type { InboundCall } from '../../sip/index.ts';
import type { CallId, IncomingCallEvent, MatrixUserId, RoomId } from '../matrix/index.ts';
import { Books } from './books.ts';
import { Call } from './call.ts';
import type { CallIdentity, CallParts } from './call-parts.ts';
import { newCallRef, ownPartyOf } from './call-ref.ts';
import { CallDirectory, callKey } from './directory.ts';
import { EarlyEvents } from './early-events.ts';
import { asCallEvent, type Invite, remainingMs } from './from-matrix.ts';
import { InboundCalls, type InboundParts } from './inbound/index.ts';
import { createInsideCalls, type InsideCalls } from './inside.ts';
import type { EndedCall, LiveCall } from './live-call.ts';
import { LiveCalls } from './live-calls.ts';
import type { Phase } from './machine.ts';
import { type CallAccounting, type Callee, type Clock, systemClock } from './ports.ts';
import type { GatewayCause } from './reasons.ts';
import type { CallRecord } from './record.ts';
import { endInterruptedCalls } from './restart.ts';
import { TransferDesk } from './transfer/desk.ts';

export interface CallServiceOptions extends Omit<CallParts, 'clock' | 'showNumber' | 'books'> {
  /** The books of calls; without them nothing is written down and nothing is charged. */
  readonly accounting?: CallAccounting;
  /** What calls from the telephone need; without it none are taken. */
  readonly inbound?: InboundParts;
  readonly clock?: Clock;
  readonly showNumber?: (number: string) => string;
  /** What was dialled, of a user ID that is a ghost of ours: whom a transfer is to. */
  readonly dialledBy?: (user: MatrixUserId) => string | undefined;
  /** Told once for each call that is over. Must not throw; what it throws is logged. */
  readonly onCallFinished?: (record: CallRecord) => void;
}

/** For health and metrics. */
export interface CallStats {
  /** With those that go on between two telephones after a transfer. */
  readonly live: number;
  readonly byPhase: Readonly<Partial<Record<Phase, number>>>;
  /** Since the start: calls whose invite was taken, whose telephone answered, and which are over. */
  readonly opened: number;
  readonly answered: number;
  readonly finished: number;
}

export interface CallService {
  /**
   * Takes a call event of a room. Settles when a restart would know of it: for an invite when the call is on record or
   * over, for anything else at once. Never rejects.
   */
  handle(event: IncomingCallEvent, callee: Callee): Promise<void>;
  /** Takes a call from the telephone (or from inside the house). Never throws; without `inbound` it is refused. */
  takeInbound(call: InboundCall): void;
  /** The ghost or its user left the room: calls there end. */
  roomClosed(roomId: RoomId): void;
  /** Whether a call is live, for an intake that wonders whether it gave the invite already. */
  isLive(roomId: RoomId, callId: CallId): boolean;
  /**
   * Ends in words what died with an earlier process. Once, before the first event. Settles with the number of such calls;
   * the words are sent when the homeserver can take them. Rejects when the journal cannot be read.
   */
  recover(): Promise<number>;
  /** Ends all calls and takes no more; settles when they are over and said so, at the latest after `graceMs`. */
  close(graceMs: number): Promise<void>;
  readonly stats: CallStats;
  /** Those of this moment, also calls in that only ring, and telephones that were put through to each other. */
  readonly liveCalls: readonly LiveCall[];
  /** Ends a live call at once, on all sides; the words for `cause` are said in its room. Emergency calls are not ended so. */
  end(callRef: string, cause: GatewayCause): EndedCall;
  /** The live calls, for administrators. */
  readonly directory: CallDirectory;
}

export function createCallService(options: CallServiceOptions): CallService {
  return new Service(options);
}

class Service implements CallService {
  readonly directory = new CallDirectory();
  readonly #parts: CallParts;
  readonly #onCallFinished: (record: CallRecord) => void;
  readonly #early: EarlyEvents;
  readonly #books: Books;
  readonly #inbound: InboundCalls | undefined;
  readonly #inside: InsideCalls;
  readonly #desk: TransferDesk;
  readonly #live: LiveCalls;
  /** Calls that are over and still have something to send. */
  readonly #leaving = new Set<Call>();
  /** The words to calls of an earlier process are sent. */
  #recovered: Promise<void> = Promise.resolve();
  #closing = false;
  #opened = 0;
  #answered = 0;
  #finished = 0;

  constructor(options: CallServiceOptions) {
    const { onCallFinished, dialledBy, inbound, accounting, ...others } = options;
    const { clock = systemClock, showNumber = lastTwoDigits, ...parts } = others;
    this.#books = new Books(accounting, parts.logger, clock);
    const mayNotify = parts.mayNotify ?? inbound?.mayNotify;
    this.#parts = { ...parts, books: this.#books, clock, showNumber, ...(mayNotify ? { mayNotify } : {}) };
    this.#inside = createInsideCalls((call) => this.takeInbound(call), clock);
    this.#live = new LiveCalls({
      outbound: this.directory,
      inbound: () => this.#inbound,
      pairs: () => this.#desk.pairs,
    });
    this.#desk = new TransferDesk({
      ...this.#parts,
      inside: this.#inside,
      onRecord: (record) => {
        this.#opened += 1;
        this.#finish(record);
      },
      liveOf: (user) => this.#live.countsOf(user),
      dialledBy: dialledBy ?? (() => undefined),
      callOf: (leg) => this.#live.talkingBy(leg),
      hasCallWith: (user, ghost, beside) => this.#live.isTalking(user, ghost, beside),
    });
    this.#onCallFinished = onCallFinished ?? (() => undefined);
    this.#early = new EarlyEvents(clock);
    if (!inbound) return;
    this.#inbound = new InboundCalls(this.#parts, inbound, {
      others: () => this.directory.size,
      isTaken: (roomId) => this.directory.inRoom(roomId).length > 0,
      transfers: (call) => this.#desk.of(call),
      forward: (call, onward) => this.#desk.forward(call, onward),
      replace: (call) => this.#replace(call),
      onOpened: () => {
        this.#opened += 1;
      },
      onOver: (roomId, callId) => this.#early.markOver(callKey(roomId, callId)),
      onRecord: (record) => this.#finish(record),
    });
    parts.sip.onCall((call) => this.takeInbound(call));
  }

  takeInbound(call: InboundCall): void {
    if (this.#inbound) {
      this.#inbound.take(call);
      return;
    }
    call.listen(() => undefined);
    call.leg.reject({ status: 503, q850: 41, text: 'Temporary failure' });
  }

  async handle(event: IncomingCallEvent, callee: Callee): Promise<void> {
    const call = this.directory.find(event.roomId, event.callId);
    if (call) {
      const callEvent = asCallEvent(event, call.identity);
      if (callEvent) call.dispatch(callEvent);
      return;
    }
    if (this.#inbound?.handle(event)) return;
    if (event.type === 'invite') await this.#open(event, callee);
    else this.#remember(event);
  }

  roomClosed(roomId: RoomId): void {
    for (const call of this.directory.inRoom(roomId)) call.dispatch({ type: 'matrix-left' });
    this.#inbound?.roomClosed(roomId);
  }

  isLive(roomId: RoomId, callId: CallId): boolean {
    return this.directory.find(roomId, callId) !== undefined || this.#inbound?.isLive(roomId, callId) === true;
  }

  async recover(): Promise<number> {
    const { sip, journal, signalling, words, mayNotify, logger } = this.#parts;
    const { count, said } = await endInterruptedCalls({
      sip,
      journal,
      signalling,
      logger,
      ...(words ? { words } : {}),
      ...(mayNotify ? { mayNotify } : {}),
      // Telephones may have called since we began to listen.
      isLive: ({ roomId, callId }) => this.isLive(roomId, callId),
      onEnded: ({ roomId, callId }) => this.#early.markOver(callKey(roomId, callId)),
    });
    this.#recovered = said;
    return count;
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const call of [...this.directory]) call.dispatch({ type: 'shutdown' });
    this.#desk.shutdown();
    const goodbyes = Promise.all([
      this.#recovered,
      this.#inbound?.close(),
      ...[...this.directory, ...this.#leaving].map((call) => call.done),
    ]).then(() => this.#books.idle());
    const { promise: graceOver, resolve } = Promise.withResolvers<void>();
    const cancel = this.#parts.clock.after(graceMs, resolve);
    await Promise.race([goodbyes, graceOver]);
    cancel();
  }

  get stats(): CallStats {
    const { size: live, byPhase } = this.#live;
    return { live, byPhase, opened: this.#opened, answered: this.#answered, finished: this.#finished };
  }

  get liveCalls(): readonly LiveCall[] {
    return this.#live.list;
  }

  end(callRef: string, cause: GatewayCause): EndedCall {
    return this.#live.end(callRef, cause);
  }

  async #open(invite: Invite, callee: Callee): Promise<void> {
    const { roomId, callId, sender, partyId, version } = invite;
    const key = callKey(roomId, callId);
    if (invite.invitee !== undefined && invite.invitee !== callee.ghost) return;
    if (this.#early.isOver(key)) return;
    const callRef = newCallRef();
    const identity: CallIdentity = {
      callRef,
      roomId,
      callId,
      caller: sender,
      ...(partyId === undefined ? {} : { callerParty: partyId }),
      ownParty: ownPartyOf(callRef),
      version,
      callee,
    };
    const call: Call = new Call(identity, this.#parts, {
      liveCounts: () => this.#live.countsBeside(call, sender, roomId),
      transfers: (own) => this.#desk.of(own),
      inside: this.#inside,
      onEnded: () => this.#leave(call, key),
      onRecord: (record) => this.#finish(record),
    });
    this.directory.add(call);
    this.#opened += 1;
    // A call of the user's own comes before one that only rings for them in the same room.
    this.#inbound?.makeWay(roomId);
    call.dispatch({
      type: 'matrix-invite',
      version,
      ...(partyId === undefined ? {} : { callerParty: partyId }),
      ownParty: identity.ownParty,
      sdp: invite.sdp,
      candidates: this.#early.take(key, partyId),
      remainingMs: remainingMs(invite),
    });
    if (this.#closing) call.dispatch({ type: 'shutdown' });
    await call.begun;
  }

  /** INVITE with Replaces: the call takes the place of one of ours. */
  #replace(replacement: InboundCall): void {
    const call = replacement.replaces && this.#live.talkingBy(replacement.replaces);
    if (call) call.telephone.offerReplacement(replacement);
    else replacement.leg.reject({ status: 481 });
  }

  #leave(call: Call, key: string): void {
    this.directory.remove(call);
    this.#early.markOver(key);
    this.#leaving.add(call);
    void call.done.then(() => this.#leaving.delete(call));
  }

  #finish(record: CallRecord): void {
    this.#finished += 1;
    if (record.times.answeredAt !== undefined) this.#answered += 1;
    this.#onCallFinished(record);
  }

  /** An event of a call that does not exist: perhaps its invite is still on the way. */
  #remember(event: Exclude<IncomingCallEvent, { type: 'invite' }>): void {
    const key = callKey(event.roomId, event.callId);
    if (event.type === 'candidates') this.#early.keep(key, event.partyId, event.candidates);
    else if (event.type === 'hangup') this.#early.markOver(key);
    this.#parts.logger.debug({ type: event.type, callId: event.callId }, 'call event for an unknown call');
  }
}

function lastTwoDigits(number: string): string {
  return number.length <= 2 ? '…' : `…${number.slice(-2)}`;
}
