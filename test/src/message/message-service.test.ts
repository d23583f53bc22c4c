import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { MatrixUserId, RingTarget, RoomId, TextRoomFor, TextRooms } from '../../../src/matrix/index.ts';
import { createMessageService, defaultInboundPolicy, defaultOutboundPolicy } from '../../../src/message/index.ts';
import type { ArrivedText, TransportListener } from '../../../src/message/transport.ts';
import { openStore } from '../../../src/store/index.ts';
import { FakeClock, silent } from '../call/fakes.ts';
import { ALICE, allow, BOB, eventId, FakeSignalling, FakeTransport, OWN, ROOM } from './outbound/house.ts';

class ListenedTransport extends FakeTransport {
  listener: TransportListener | undefined;
  closedWithin: number | undefined;
  override listen(listener?: TransportListener): void {
    this.listener = listener;
  }
  override async close(graceMs = 0): Promise<void> {
    this.closedWithin = graceMs;
  }
}

class PostingSignalling extends FakeSignalling {
  readonly posted: string[] = [];
  override async post(text?: { readonly body: string; readonly roomId: RoomId; readonly ghost: MatrixUserId }) {
    this.posted.push(`${text?.ghost} in ${text?.roomId}: ${text?.body}`);
    return eventId(`posted ${this.posted.length}`);
  }
}

const target: RingTarget = { kind: 'user', user: ALICE };
const found: TextRoomFor = { roomId: ROOM, ghost: BOB.ghost, presence: 'joined' };
const rooms: TextRooms = {
  roomFor: async () => found,
  ghostIn: async () => BOB.ghost,
  look: async (roomId) => ({ roomId, ghosts: [BOB], users: [ALICE] }),
};

async function world() {
  const transport = new ListenedTransport('a');
  const signalling = new PostingSignalling();
  const clock = new FakeClock();
  const store = await openStore({ path: ':memory:' });
  const service = createMessageService({
    transports: [transport],
    signalling,
    rooms,
    books: store,
    pools: [],
    clock,
    logger: silent,
    showNumber: (number) => number,
    displayNumber: (number) => number,
    random: () => 0.5,
    outbound: { decide: allow({}), policy: defaultOutboundPolicy },
    inbound: {
      decide: ({ called }) =>
        called === OWN ? { kind: 'users', targets: [target] } : { kind: 'nobody', admin: 'not ours' },
      partyOf: ({ sender }) => ({ kind: 'known', dialled: sender }),
      policy: defaultInboundPolicy,
    },
  });
  const until = async (isSo: () => boolean) => {
    for (let turn = 0; turn < 1_000 && !isSo(); turn += 1) await nextTurn();
    expect(isSo()).toBe(true);
  };
  return { transport, signalling, clock, store, service, until };
}

const arrived = (more: Partial<ArrivedText> = {}): ArrivedText => ({
  textRef: 'in-1',
  transport: 'a',
  key: 'k1',
  sender: BOB.dialled,
  withheld: false,
  called: OWN,
  text: 'Hi',
  wants: { delivered: false, displayed: false },
  ...more,
});

const room = { roomId: ROOM, ghosts: [BOB], users: [ALICE] };
const written = (body: string) => ({
  eventId: eventId(body),
  roomId: ROOM,
  sender: ALICE,
  sentAt: 0,
  recovered: false,
  content: { kind: 'text', body } as const,
});

describe('texts as one part of the gateway', () => {
  it('nothing is taken from the network, and nothing leaves, before what an earlier process left is taken up', async () => {
    const { transport, service, until } = await world();
    expect(transport.listener).toBeUndefined();
    await service.listener.onText(written('Hello'), room);
    expect(transport.tries).toEqual([]);
    await service.recover();
    await until(() => transport.arrived.length === 1);
    expect(transport.listener).toBeDefined();
  });

  it('texts go both ways, receipts are shown, and all of it is counted', async () => {
    const { transport, signalling, service, until } = await world();
    transport.always = () => ({ kind: 'accepted', messageId: 'm1' });
    await service.recover();
    await service.listener.onText(written('Hello'), room);
    await until(() => signalling.of('$Hello').includes('sent'));
    await transport.listener?.receipt({ transport: 'a', messageId: 'm1', state: 'delivered' });
    await until(() => signalling.of('$Hello').includes('delivered'));
    await expect(transport.listener?.arrived(arrived())).resolves.toEqual({ kind: 'taken' });
    await until(() => signalling.posted.length === 1);
    expect(signalling.posted).toEqual([`${BOB.ghost} in ${ROOM}: Hi`]);
    await expect(transport.listener?.arrived(arrived({ key: 'k2', called: '+1' }))).resolves.toEqual({
      kind: 'refused',
      why: 'no-such-number',
    });
    // That it was posted is noted after it can be seen.
    for (let turn = 0; turn < 1_000 && (await service.counts()).inbound.waiting > 0; turn += 1) await nextTurn();
    await expect(service.counts()).resolves.toEqual({
      outbound: { waiting: 0, failed: 0 },
      inbound: { waiting: 0, held: 0 },
      sent: 1,
      failed: 0,
      received: 1,
    });
  });

  it('who writes STOP gets an answer, and no more texts', async () => {
    const { transport, signalling, service, until } = await world();
    await service.recover();
    await transport.listener?.arrived(arrived({ text: 'STOP' }));
    await until(() => transport.arrived.length === 1);
    expect(transport.arrived[0]).toMatchObject({ target: BOB.dialled, sender: OWN });
    await service.listener.onText(written('Hello'), room);
    await until(() => signalling.statuses.length > 0);
    expect(signalling.of('$Hello')[0]).toContain('has asked for no more texts from this number');
    expect(transport.arrived).toHaveLength(1);
  });

  it('a telephone that left the room gets nothing more of it', async () => {
    const { transport, signalling, service, until } = await world();
    await service.recover();
    transport.now = 'down';
    await service.listener.onText(written('Hello'), room);
    await until(() => signalling.of('$Hello').length === 1);
    await service.listener.onGhostLeft?.(ROOM, BOB.ghost);
    expect((await service.counts()).outbound.waiting).toBe(0);
  });

  it('stops its transports, and leaves what waits in the store', async () => {
    const { transport, service, store } = await world();
    await service.recover();
    transport.now = 'down';
    await service.listener.onText(written('Hello'), room);
    await service.close(1_000);
    expect(transport.closedWithin).toBe(1_000);
    await expect(store.deliveries.counts()).resolves.toMatchObject({ waiting: 1 });
  });
});
