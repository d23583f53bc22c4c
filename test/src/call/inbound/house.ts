/** A call service among fakes, with words for what telephones that call in and clients that ring do. */
import type { Logger } from 'pino';
import type {
  InboundCall,
  InboundLeg,
  Party,
  Refusal,
  SipCallId,
  SipLegEvent,
  SipLegListener,
} from '../../../../sip/leg.ts';
import { createCallService } from '../../../../src/call/call-service.ts';
import type { DecideInbound, InboundOutcome, InboundPlan, MayNotify } from '../../../../src/call/ports.ts';
import type { CallRecord } from '../../../../src/call/record.ts';
import type { IncomingCallEvent } from '../../../../src/matrix/call-events.ts';
import { CallRoomError, type CallRooms, type RingRoom, type RingTarget } from '../../../../src/matrix/call-rooms.ts';
import type { CallId, EventId, MatrixUserId, RoomId } from '../../../../src/matrix/ids.ts';
import { FakeBooks } from '../books.ts';
import { buildFakes, type Faults, type Ladder, silent } from '../fakes.ts';
import { plan as outboundPlan } from '../house.ts';

export const alice = '@alice:example.org' as MatrixUserId;
export const bob = '@bob:example.org' as MatrixUserId;
export const carol = '@carol:example.org' as MatrixUserId;
export const ghost = '@_sip_+441818118181=40sip.example.org:example.org' as MatrixUserId;

export const user = (id: MatrixUserId): RingTarget => ({ kind: 'user', user: id });
export const office: RingTarget = { kind: 'room', room: '!office:example.org' };

const refuse = (status: number, q850: number): InboundOutcome => ({ kind: 'refuse', refusal: { status, q850 } });

export const plan: InboundPlan = {
  steps: [{ targets: [user(alice)], forMs: 30_000 }],
  rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
  rejectEnds: 'one',
  outcomes: {
    rejected: refuse(486, 21),
    busy: refuse(486, 17),
    'no-answer': refuse(480, 19),
    'nobody-reachable': refuse(480, 20),
  },
  dtmf: 'rtp',
};

export class FakeInboundLeg implements InboundLeg {
  readonly trunk = 'office';
  /** Once it is answered. */
  lastWill: string | undefined;
  readonly sipCallId: SipCallId;
  readonly #ladder: Ladder;
  readonly #faults: Faults;
  #listener: SipLegListener | undefined;
  readonly refusals: Refusal[] = [];
  hangups = 0;
  answers = 0;
  /** What the telephone answers to an offer of ours in the 200, in its ACK. */
  ack: string | undefined;
  answerToReoffer = 'rtp-reanswer';
  /** The far side's offers, and how often each was accepted or refused. */
  readonly offers: { told: number }[] = [];

  constructor(id: string, ladder: Ladder, faults: Faults) {
    this.sipCallId = id as SipCallId;
    this.#ladder = ladder;
    this.#faults = faults;
  }

  listen(listener: SipLegListener): void {
    this.#listener = listener;
  }
  emit(event: SipLegEvent): void {
    this.#listener?.(event);
  }
  cancel(elsewhere = false): void {
    const failure = { status: 487, phrase: 'Request Terminated', sawProvisional: true, origin: 'remote' } as const;
    this.emit({ type: 'failed', failure: elsewhere ? { ...failure, elsewhere: true } : failure });
  }
  ring(): void {
    this.#ladder.push('sip 180');
  }
  progress(): void {
    this.#ladder.push('sip 183');
  }
  async answer(sdp: string): Promise<string | undefined> {
    this.answers += 1;
    this.#ladder.push(`sip 200 ${sdp}`);
    await this.#faults.gate('sip.answer');
    this.#ladder.push('sip ACK');
    this.lastWill = `last will of ${this.sipCallId}`;
    return this.ack;
  }
  reject(refusal: Refusal): void {
    this.refusals.push(refusal);
    this.#ladder.push(`sip ${refusal.status}${refusal.q850 === undefined ? '' : ` cause ${refusal.q850}`}`);
  }
  hangup(cause?: { q850: number }): void {
    this.hangups += 1;
    this.#ladder.push(`sip BYE ${cause?.q850 ?? '-'}`);
  }
  sendDtmfInfo(): void {
    this.#ladder.push('sip INFO');
  }
  async refer(): Promise<void> {}
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
    const tell = (text: string): void => {
      offer.told += 1;
      this.#ladder.push(`sip ${text}`);
      resolve(text);
    };
    this.emit({
      type: 'reoffer',
      ...(sdp === undefined ? {} : { sdp }),
      accept(localSdp) {
        tell(`accept ${localSdp}`);
        return Promise.resolve(reanswer);
      },
      reject: (status) => tell(`refuse ${status}`),
    });
    return promise;
  }
}

/** Every target has a room of its own name, there and then, unless a test says otherwise. */
export class FakeCallRooms implements CallRooms {
  readonly #faults: Faults;
  readonly asked: string[] = [];
  /** Searches that were called off. */
  aborted = 0;
  /** Each search finds another room, as for callers whom nobody knows. */
  eachCallsOwn = false;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  async ringRoom(target: RingTarget, _caller: unknown, signal: AbortSignal): Promise<RingRoom> {
    const name = target.kind === 'user' ? target.user : target.room;
    this.asked.push(name);
    const own = this.eachCallsOwn ? `-${this.asked.length}` : '';
    signal.addEventListener('abort', () => {
      this.aborted += 1;
    });
    await this.#faults.gate(`rooms ${name}`);
    return {
      roomId: `${roomOf(target)}${own}` as RoomId,
      ghost,
      ...(target.kind === 'user' ? { invitee: target.user } : {}),
    };
  }
}

export const roomOf = (target: RingTarget): RoomId =>
  (target.kind === 'user' ? `!${target.user.slice(1)}` : target.room) as RoomId;

export const unreachable = (code: CallRoomError['code']): CallRoomError => new CallRoomError(code, `it is ${code}`);

type EventOf<T extends IncomingCallEvent['type']> = Omit<
  Extract<IncomingCallEvent, { type: T }>,
  'type' | 'roomId' | 'eventId' | 'sender' | 'callId' | 'version' | 'ageMs'
>;

export interface HouseOptions {
  /** What the books are asked stands in the ladder, too. */
  readonly booksInLadder?: true;
  readonly plan?: Partial<InboundPlan>;
  readonly decide?: DecideInbound;
  readonly mayNotify?: MayNotify;
  readonly logger?: Logger;
}

/** Everything under test in one place. `ladder` holds what was asked of whom, in order. */
export function buildHouse(options: HouseOptions = {}) {
  const { ladder, faults, clock, sip, media, signalling, journal, settle } = buildFakes();
  const books = new FakeBooks(options.booksInLadder ? ladder : [], faults);
  const rooms = new FakeCallRooms(faults);
  const records: CallRecord[] = [];
  const decide: DecideInbound = options.decide ?? (() => ({ kind: 'ring', plan: { ...plan, ...options.plan } }));
  const service = createCallService({
    accounting: books,
    sip,
    media,
    signalling,
    journal,
    decide: () => ({ kind: 'allow', plan: outboundPlan }),
    inbound: { decide, rooms, ...(options.mayNotify ? { mayNotify: options.mayNotify } : {}) },
    clock,
    logger: options.logger ?? silent,
    onCallFinished: (record) => records.push(record),
  });
  let calls = 0;
  let events = 0;
  return {
    ladder,
    faults,
    clock,
    books,
    sip,
    media,
    signalling,
    journal,
    rooms,
    records,
    service,
    settle,

    /** A call comes in; settles when what follows of it has been done. */
    async call(change: Partial<InboundCall> & { readonly late?: true; readonly caller?: Party } = {}) {
      calls += 1;
      const leg = new FakeInboundLeg(`sip-${calls}`, ladder, faults);
      const { late, ...rest } = change;
      const call: InboundCall = {
        leg,
        callRef: `c-${calls}`,
        trunk: 'office',
        called: '+441818118180',
        caller: { number: '+441818118181', name: 'Dora', withheld: false },
        divertedBy: [],
        ...(late ? {} : { sdp: 'rtp-offer-of-telephone' }),
        maxForwards: 70,
        listen: (listener) => leg.listen(listener),
        ...rest,
      };
      sip.take?.(call);
      await settle();
      return leg;
    },

    /** A device says something in the room of the target; `ring` counts the Matrix calls of the call. */
    async say<T extends IncomingCallEvent['type']>(
      type: T,
      content: EventOf<T>,
      {
        sender = alice,
        target = user(sender),
        ring = 1,
        call = 1,
        version = '1' as const,
        callId = undefined as CallId | undefined,
        roomId = roomOf(target),
      } = {},
    ): Promise<void> {
      events += 1;
      const event = {
        type,
        roomId,
        eventId: `$${events}` as EventId,
        sender,
        callId: callId ?? (`c-${call}-${ring}` as CallId),
        version,
        ageMs: 0,
        ...content,
      } as unknown as IncomingCallEvent;
      await service.handle(event, { ghost, dialled: '+441818118181' });
      await settle();
    },

    /** What was sent in the room of the target: type, and reason or selected party. */
    sentTo(target: RingTarget): readonly string[] {
      const room = roomOf(target);
      return signalling.sent
        .filter(({ address }) => address.roomId === room)
        .map(({ event }) => {
          const detail = 'reason' in event ? event.reason : 'selectedPartyId' in event ? event.selectedPartyId : '';
          return `${event.type} ${detail}`.trim();
        });
    },

    connected(): void {
      media.last.listener({ type: 'webrtc-connected' });
    },
  };
}
