import { Kysely } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import type { CallId, MatrixUserId, RoomId } from '../../../src/matrix/ids.ts';
import type { E164 } from '../../../src/number/e164.ts';
import { Inbox } from '../../../src/store/inbox.ts';
import type { Store } from '../../../src/store/index.ts';
import { migrate } from '../../../src/store/migrate.ts';
import type { Schema } from '../../../src/store/schema.ts';
import { describeOnEach, dialectOf } from './databases.ts';

describeOnEach('the tables', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await database.open();
  });

  const events = (...ids: string[]) => ids.map((eventId) => ({ eventId, roomId: '!r', body: '{}' }));
  const txn = (txnId: string, digest = txnId) => ({ txnId, digest, receivedAt: 1_000 });

  it('inbox: a transaction counts once, an event too', async () => {
    expect((await store.inbox.receive(txn('1'), events('a', 'b', 'a'))).map(({ eventId }) => eventId)).toEqual([
      'a',
      'b',
    ]);
    expect(await store.inbox.receive(txn('1'), events('a', 'b', 'a'))).toEqual([]);
    expect((await store.inbox.receive(txn('1', 'other'), events('b', 'c'))).map(({ eventId }) => eventId)).toEqual([
      'c',
    ]);
    expect((await store.inbox.add(events('c', 'd'), 1_000)).map(({ eventId }) => eventId)).toEqual(['d']);
  });

  it('inbox: what is not handled comes back in the order of arrival, without gaps at one and the same ms', async () => {
    await store.inbox.receive(txn('1'), events('z', 'y'));
    await store.inbox.receive(txn('2'), events('x'));
    await store.inbox.markProcessed(['y']);
    expect((await store.inbox.unprocessed()).map(({ eventId }) => eventId)).toEqual(['z', 'x']);
  });

  it('inbox: events whose commit seemed to fail are given out when they come again, until one who takes them knows', async () => {
    const db = new Kysely<Schema>({ dialect: dialectOf(await database.make()) });
    await migrate(db);
    let failures = 2;
    const inbox = new Inbox(db, async () => {
      if (failures-- > 0) throw new Error('the answer was lost');
    });
    await expect(inbox.receive(txn('1'), events('a', 'b', 'c'))).rejects.toThrow('lost');
    await inbox.markProcessed(['b']);
    await expect(inbox.receive(txn('1'), events('a', 'b', 'c'))).rejects.toThrow('lost');
    const ids = async (stored: Promise<readonly { readonly eventId: string }[]>) =>
      (await stored).map(({ eventId }) => eventId);
    expect(await ids(inbox.receive(txn('2'), events('d', 'c')))).toEqual(['c', 'd']);
    expect(await ids(inbox.receive(txn('1'), events('a', 'b', 'c')))).toEqual(['a']);
    expect(await ids(inbox.receive(txn('1'), events('a', 'b', 'c')))).toEqual([]);
    await db.destroy();
  });

  it('inbox: takes more events than a statement has room for', async () => {
    const many = events(...Array.from({ length: 3_500 }, (_, n) => `$${n}`));
    expect(await store.inbox.receive(txn('1'), many)).toHaveLength(3_500);
  });

  it('inbox: forgets old IDs, never what is not handled', async () => {
    await store.inbox.receive(txn('1'), events('waits'));
    for (let n = 0; n < 20; n++) {
      await store.inbox.receive({ ...txn(`t${n}`), receivedAt: 2_000 + n }, events(`$${n}`));
      await store.inbox.markProcessed([`$${n}`]);
    }
    await store.inbox.prune({ events: 5, transactions: 3 });
    expect(await store.rowCounts()).toMatchObject({ events: 6, transactions: 3 });
    expect((await store.inbox.unprocessed()).map(({ eventId }) => eventId)).toEqual(['waits']);
    expect(await store.inbox.receive(txn('t19'), events('$19'))).toEqual([]);
  });

  it('outbox: a key counts once, also after it was sent', async () => {
    const event = {
      key: 'k',
      lane: 'l',
      roomId: '!r',
      sender: '@g',
      eventType: 'm.call.hangup',
      content: { a: 1 },
      survivesRestart: true,
    };
    expect(await store.outbox.add(event, 1)).toBe(true);
    expect(await store.outbox.add(event, 2)).toBe(false);
    expect(await store.outbox.recover()).toEqual([event]);
    await store.outbox.markDone('k', 'sent');
    expect(await store.outbox.add(event, 3)).toBe(false);
    expect(await store.outbox.recover()).toEqual([]);
    for (let n = 0; n < 10; n++) {
      await store.outbox.add({ ...event, key: `k${n}` }, 10 + n);
      await store.outbox.markDone(`k${n}`, 'sent');
    }
    await store.outbox.prune(3);
    expect((await store.rowCounts()).outbox).toBe(3);
  });

  it('live calls: one that rings a whole room has no user, and what is said when it was missed', async () => {
    const entry = {
      callRef: 'c-1-2',
      roomId: '!r' as RoomId,
      callId: 'c-1-2' as CallId,
      ghost: '@g:hs' as MatrixUserId,
      partyId: 'gw',
      version: '1' as const,
      openedAt: 1_234,
      matrixAnswered: false,
      inbound: { callRef: 'c-1', missed: 'Missed call.' },
    };
    await store.liveCalls.opened(entry);
    expect(await store.liveCalls.live()).toEqual([entry]);
    await store.liveCalls.closed('c-1-2');
  });

  it('live calls: from the opening to the end', async () => {
    const entry = {
      callRef: 'ref',
      roomId: '!r' as RoomId,
      callId: 'c' as CallId,
      ghost: '@g:hs' as MatrixUserId,
      caller: '@a:hs' as MatrixUserId,
      partyId: 'gw',
      version: '0' as const,
      openedAt: 1_234.5,
      matrixAnswered: false,
    };
    await store.liveCalls.opened(entry);
    await store.liveCalls.opened(entry);
    expect(await store.liveCalls.live()).toEqual([entry]);
    await store.liveCalls.updated('ref', { matrixAnswered: true });
    expect(await store.liveCalls.live()).toEqual([{ ...entry, matrixAnswered: true }]);
    await store.liveCalls.updated('ref', { lastWill: 'BYE' });
    expect(await store.liveCalls.live()).toEqual([{ ...entry, matrixAnswered: true, lastWill: 'BYE' }]);
    await store.liveCalls.closed('ref');
    await store.liveCalls.closed('unknown');
    expect(await store.liveCalls.live()).toEqual([]);
  });

  it('number bindings: the first meaning stays', async () => {
    const [one, other] = ['+441', '+442'] as unknown as [E164, E164];
    expect(await store.numberBindings.bind({ user: '@a:hs', literal: '01', e164: one })).toBe(one);
    expect(await store.numberBindings.bind({ user: '@a:hs', literal: '01', e164: other })).toBe(one);
    expect(await store.numberBindings.bind({ user: '@b:hs', literal: '01', e164: other })).toBe(other);
    await store.numberBindings.bind({ user: '@a:hs', literal: '+441', e164: one });
    expect(await store.numberBindings.literalsOf('@a:hs', one)).toEqual(expect.arrayContaining(['01', '+441']));
    expect(await store.numberBindings.find('@a:hs', '02')).toBeUndefined();
  });

  it('notices: are given once', async () => {
    expect(await store.notices.claim('k', 1)).toBe(true);
    expect(await store.notices.claim('k', 2)).toBe(false);
    await store.notices.release(['k', 'l']);
    expect(await store.notices.claim('k', 3)).toBe(true);
    await store.notices.prune(4);
    expect(await store.notices.claim('k', 5)).toBe(true);
  });

  it('portals: one a ghost and room, with what is known last', async () => {
    const portal = { roomId: '!r', ghost: '@g', userId: '@a', encrypted: false, others: 1, userJoined: false };
    await store.portals.save(portal, 1);
    await store.portals.save({ ...portal, encrypted: true, others: 2 }, 2);
    await store.portals.save({ ...portal, ghost: '@h' }, 3);
    expect(await store.portals.inRoom('!r')).toEqual([
      { ...portal, encrypted: true, others: 2 },
      { ...portal, ghost: '@h' },
    ]);
    await store.portals.remove('!r', '@g');
    expect((await store.rowCounts()).portals).toBe(1);
  });
  it('portals: of one user with any of some ghosts, and what they are called there', async () => {
    const portal = { roomId: '!r', ghost: '@g', userId: '@a', encrypted: false, others: 1, userJoined: true };
    const other = { ...portal, roomId: '!s', ghost: '@h', userJoined: false };
    await store.portals.save(other, 2);
    await store.portals.save(portal, 1);
    await store.portals.save({ ...portal, roomId: '!t', userId: '@b' }, 1);
    expect(await store.portals.ofUser('@a', ['@h', '@g', '@x'])).toEqual([portal, other]);
    expect(await store.portals.ofUser('@a', [])).toEqual([]);
    expect(await store.portals.name('!r', '@g')).toEqual({});
    await store.portals.rename('!r', '@g', { callerName: 'Ann', shownName: 'Ann (01)' });
    await store.portals.save({ ...portal, others: 2 }, 3);
    expect(await store.portals.name('!r', '@g')).toEqual({ callerName: 'Ann', shownName: 'Ann (01)' });
  });

  it('made rooms: wanted, made, forgotten', async () => {
    await store.madeRooms.begin('@a', '@g', 1);
    await store.madeRooms.begin('@a', '@g', 2);
    expect(await store.madeRooms.find('@a', '@g')).toEqual({ userId: '@a', withId: '@g', begunAt: 1 });
    await store.madeRooms.made('@a', '@g', '!r', 3);
    await store.madeRooms.begin('@a', '@g', 4);
    const made = { userId: '@a', withId: '@g', roomId: '!r', begunAt: 1 };
    expect(await store.madeRooms.find('@a', '@g')).toEqual(made);
    expect(await store.madeRooms.inRoom('!r')).toEqual(made);
    await store.madeRooms.forget('!r');
    expect(await store.madeRooms.find('@a', '@g')).toBeUndefined();
  });

  it('choices: of one room before those in general', async () => {
    const { choices } = store;
    expect([await choices.line('@a'), await choices.withheld('@a')]).toEqual([undefined, false]);
    await choices.set('@a', 'line', '+441');
    await choices.set('@a', 'line', '+442', '!r');
    await choices.set('@a', 'withhold', 'on');
    await choices.set('@a', 'withhold', 'off', '!r');
    expect([await choices.line('@a'), await choices.line('@a', '!r')]).toEqual(['+441', '+442']);
    expect([await choices.withheld('@a', '!s'), await choices.withheld('@a', '!r')]).toEqual([true, false]);
    await choices.set('@a', 'line', undefined, '!r');
    expect(await choices.line('@a', '!r')).toBe('+441');
    expect(await choices.general('@a')).toEqual(
      new Map([
        ['line', '+441'],
        ['withhold', 'on'],
      ]),
    );
  });
});
