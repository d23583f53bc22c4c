/** Calls in both directions among fakes, for transfers between them. */
import type { InboundCall } from '../../../../sip/leg.ts';
import { createCallService } from '../../../../src/call/call-service.ts';
import type { Decided } from '../../../../src/call/machine.ts';
import type { CallRequest, DecideInbound } from '../../../../src/call/ports.ts';
import type { CallRecord } from '../../../../src/call/record.ts';
import type { IncomingCallEvent } from '../../../../src/matrix/call-events.ts';
import type { CallId, EventId, MatrixUserId, RoomId } from '../../../../src/matrix/ids.ts';
import { FakeBooks } from '../books.ts';
import { buildFakes, type FakeMediaSession, silent } from '../fakes.ts';
import { route } from '../house.ts';
import { FakeCallRooms, FakeInboundLeg, plan as ringAlice, roomOf, user } from '../inbound/house.ts';

export const alice = '@alice:example.org' as MatrixUserId;
export const bob = '@bob:example.org' as MatrixUserId;

/** The ghost of what is dialled, and its room with Alice. */
export const ghostOf = (dialled: string) => `@_sip_${dialled}:example.org` as MatrixUserId;
export const roomWith = (dialled: string) => `!${dialled}:example.org` as RoomId;
const dialledBy = (id: MatrixUserId) => /^@_sip_(.*):example\.org$/.exec(id)?.[1];

export interface TalkingCall<Leg> {
  readonly leg: Leg;
  readonly media: FakeMediaSession;
  readonly roomId: RoomId;
  readonly callId: CallId;
}

export interface WorldOptions {
  /** What the books are asked stands in the ladder, too. */
  readonly booksInLadder?: true;
  readonly decide?: (request: CallRequest) => Decided;
  readonly decideInbound?: DecideInbound;
}

export function buildWorld(options: WorldOptions = {}) {
  const { ladder, faults, clock, sip, media, signalling, journal, settle } = buildFakes();
  const books = new FakeBooks(options.booksInLadder ? ladder : [], faults);
  const records: CallRecord[] = [];
  const requests: CallRequest[] = [];
  const allow = ({ dialled }: CallRequest): Decided => ({
    kind: 'allow',
    plan: { routes: [{ ...route, target: dialled }] },
  });
  const service = createCallService({
    accounting: books,
    sip,
    media,
    signalling,
    journal,
    decide: (request) => {
      requests.push(request);
      return (options.decide ?? allow)(request);
    },
    inbound: {
      decide: options.decideInbound ?? (() => ({ kind: 'ring', plan: ringAlice })),
      rooms: new FakeCallRooms(faults),
    },
    dialledBy,
    clock,
    logger: silent,
    onCallFinished: (record) => records.push(record),
  });
  let events = 0;

  /** Somebody's client says something in a room. */
  async function say(
    where: { readonly roomId: RoomId; readonly callId: CallId },
    content: { readonly type: IncomingCallEvent['type'] } & Readonly<Record<string, unknown>>,
    sender = alice,
  ): Promise<void> {
    events += 1;
    const { roomId, callId } = where;
    const base = { roomId, callId, eventId: `$${events}` as EventId, sender, partyId: 'ALICEPHONE', version: '1' };
    const dialled = roomId.slice(1, roomId.indexOf(':'));
    const event = { ...base, ageMs: 0, ...content } as unknown as IncomingCallEvent;
    await service.handle(event, { ghost: ghostOf(dialled), dialled });
    await settle();
  }

  return {
    ladder,
    faults,
    clock,
    books,
    sip,
    media,
    signalling,
    records,
    requests,
    service,
    settle,
    say,

    /** Alice calls and is connected. */
    async callOut(dialled: string) {
      const call = { roomId: roomWith(dialled), callId: `out-${dialled}` as CallId };
      await say(call, { type: 'invite', sdp: 'webrtc-offer', lifetimeMs: 60_000 });
      const leg = sip.last;
      const session = media.last;
      leg.emit({ type: 'answered', forkId: 'a', sdp: `answer-of-${dialled}` });
      await settle();
      session.listener({ type: 'webrtc-connected' });
      await settle();
      ladder.length = 0;
      return { ...call, leg, media: session };
    },

    /** A telephone calls Alice, who answers. */
    async callIn(number: string) {
      const leg = new FakeInboundLeg(`in-${number}`, ladder, faults);
      sip.take?.({ ...inbound(leg), caller: { number, withheld: false } });
      await settle();
      const session = media.last;
      const invite = signalling.sent.findLast(({ event }) => event.type === 'invite');
      if (!invite) throw new Error('nobody was invited');
      const call = { roomId: roomOf(user(alice)), callId: invite.address.callId };
      await say(call, { type: 'answer', sdp: 'webrtc-answer' });
      session.listener({ type: 'webrtc-connected' });
      await settle();
      ladder.length = 0;
      return { ...call, leg, media: session };
    },

    /** What has been sent to Alice in the room of a call. */
    sentTo: ({ roomId }: { readonly roomId: RoomId }) =>
      signalling.sent.filter(({ address }) => address.roomId === roomId).map(({ event }) => event),
  };
}

/** A call that comes in, with nothing special about it. */
export function inbound(leg: FakeInboundLeg): InboundCall {
  return {
    leg,
    callRef: `c-${leg.sipCallId}`,
    trunk: 'office',
    called: '+441818118180',
    caller: { number: '+441818118181', withheld: false },
    divertedBy: [],
    sdp: 'rtp-offer-of-telephone',
    maxForwards: 70,
    listen: (listener) => leg.listen(listener),
  };
}
