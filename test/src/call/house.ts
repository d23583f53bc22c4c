/** A call service among fakes, with words for what a client and a telephone do. */
import type { Logger } from 'pino';
import { createCallService } from '../../../src/call/call-service.ts';
import type { Plan, Route } from '../../../src/call/machine.ts';
import type { Decide } from '../../../src/call/ports.ts';
import type { OutboundRecord } from '../../../src/call/record.ts';
import type { CallVersion, IncomingCallEvent } from '../../../src/matrix/call-events.ts';
import type { CallId, EventId, MatrixUserId, RoomId } from '../../../src/matrix/ids.ts';
import { FakeBooks } from './books.ts';
import { buildFakes, silent } from './fakes.ts';

export const alice = '@alice:example.org' as MatrixUserId;
export const ghost = '@_sip_01818118181=40sip.example.org:example.org' as MatrixUserId;
export const room = '!room:example.org' as RoomId;
export const callId = 'call-1' as CallId;

export const route: Route = {
  trunk: 'office',
  target: '+441818118181',
  rtp: { codecs: ['PCMA', 'PCMU'], srtp: 'off' },
  earlyMedia: 'ringback',
  ringTimeoutMs: 60_000,
};

export const plan: Plan = { routes: [route], e164: '+441818118181' };

type EventOf<T extends IncomingCallEvent['type']> = Omit<
  Extract<IncomingCallEvent, { type: T }>,
  'type' | 'roomId' | 'eventId' | 'sender' | 'callId' | 'version' | 'ageMs'
>;

export interface HouseOptions {
  /** What the books are asked stands in the ladder, too. */
  readonly booksInLadder?: true;
  readonly plan?: Partial<Plan>;
  /** Changes to the only route of the plan. */
  readonly route?: Partial<Route>;
  readonly decide?: Decide;
  readonly version?: CallVersion;
  readonly logger?: Logger;
}

/** Everything under test in one place. `ladder` holds what was asked of whom, in order. */
export function buildHouse(options: HouseOptions = {}) {
  const { ladder, faults, clock, sip, media, signalling, journal, settle } = buildFakes();
  const books = new FakeBooks(options.booksInLadder ? ladder : [], faults);
  const records: OutboundRecord[] = [];
  const routes: Plan['routes'] = [{ ...route, ...options.route }];
  const decide: Decide = options.decide ?? (() => ({ kind: 'allow', plan: { ...plan, routes, ...options.plan } }));
  const service = createCallService({
    accounting: books,
    sip,
    media,
    signalling,
    journal,
    decide,
    clock,
    logger: options.logger ?? silent,
    onCallFinished: (record) => {
      if (record.direction === 'out') records.push(record);
    },
  });
  const version = options.version ?? '1';

  /** An event from Alice's client (or whoever `from` says), handled as far as it goes. */
  async function say<T extends IncomingCallEvent['type']>(
    type: T,
    content: EventOf<T>,
    from: {
      readonly sender?: MatrixUserId;
      readonly callId?: CallId;
      readonly roomId?: RoomId;
      readonly ageMs?: number;
    } = {},
  ): Promise<void> {
    const event = {
      type,
      roomId: from.roomId ?? room,
      eventId: '$event' as EventId,
      sender: from.sender ?? alice,
      callId: from.callId ?? callId,
      ...(version === '1' ? { partyId: 'ALICEPHONE' } : {}),
      version,
      ageMs: from.ageMs ?? 50,
      ...content,
    } as unknown as IncomingCallEvent;
    void service.handle(event, { ghost, dialled: '01818118181' });
    await settle();
  }

  const invite = (from: Parameters<typeof say>[2] = {}) =>
    say('invite', { sdp: 'webrtc-offer', lifetimeMs: 60_000 }, from);

  /** A call that has come as far as two people talking. */
  async function talk(): Promise<void> {
    await invite();
    sip.last.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
    sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await settle();
    media.last.listener({ type: 'webrtc-connected' });
    await settle();
    ladder.length = 0;
  }

  return { ladder, faults, clock, books, sip, media, signalling, journal, records, service, settle, say, invite, talk };
}
