import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../../src/matrix/clock.ts';
import type { IncomingCallEvent, RoomId } from '../../../../src/matrix/index.ts';
import { openStore } from '../../../../src/store/index.ts';
import { refuse, unreachable } from '../support/fake-homeserver.ts';
import {
  ALICE,
  createWorld,
  event,
  GHOST,
  hurriedClock,
  invite,
  member,
  ROOM,
  state,
  type World,
  type WorldOptions,
} from '../support/side.ts';

const OTHER = '!other:hs.test' as RoomId;

/** A world in which the ghost is already in these rooms. */
async function worldIn(rooms: readonly RoomId[], options: WorldOptions = {}): Promise<World> {
  const store = options.store ?? (await openStore({ path: ':memory:' }));
  for (const roomId of rooms) {
    await store.portals.save(
      { roomId, ghost: GHOST, userId: ALICE, userJoined: true, encrypted: false, others: 1 },
      Date.now(),
    );
  }
  return createWorld({ ...options, store });
}

describe('the intake of transactions', () => {
  let world: World;
  afterEach(async () => {
    await world.close();
    await world.store.close();
  });

  const calls = () => world.calls.map(({ event: { callId } }) => callId);

  it('hands an event out once, however often it comes', async () => {
    world = await worldIn([ROOM]);
    const one = invite('one');
    const two = invite('two');
    await world.push('1', one);
    await world.push('1', one);
    await world.push('2', one, two, two);
    await world.side.idle();
    expect(calls()).toEqual(['one', 'two']);
  });

  it('takes another transaction under a known ID for what it is: a homeserver that counts from 1 again', async () => {
    world = await worldIn([ROOM]);
    await world.push('1', invite('before'));
    await world.push('1', invite('after'));
    await world.side.idle();
    expect(calls()).toEqual(['before', 'after']);
  });

  it('has the events on the disk before it says so', async () => {
    const gate = Promise.withResolvers<void>();
    world = await worldIn([ROOM], { onCallEvent: () => gate.promise });
    expect(await world.push('1', invite('c'))).toEqual({ status: 200, body: {} });
    expect(await world.store.inbox.unprocessed()).toHaveLength(1);
    gate.resolve();
    await world.side.idle();
    expect(await world.store.inbox.unprocessed()).toEqual([]);
  });

  it('keeps an event, and those behind it, until the database is back', async () => {
    const away = (code: string) => Object.assign(new Error('no database'), { name: 'StoreError', code });
    const failures = [away('unreachable'), away('connection-lost')];
    const handled: string[] = [];
    world = await worldIn([ROOM], {
      onCallEvent: ({ callId }) => {
        const failure = callId === 'one' ? failures.shift() : undefined;
        if (failure !== undefined) throw failure;
        handled.push(callId);
      },
    });
    const markProcessed = vi.spyOn(world.store.inbox, 'markProcessed').mockRejectedValueOnce(away('connection-lost'));
    await world.push('1', invite('one'), invite('two'));
    await world.side.idle();
    expect(handled).toEqual(['one', 'two']);
    expect(markProcessed.mock.calls.length).toBeGreaterThan(1);
    expect(await world.store.inbox.unprocessed()).toEqual([]);
  });

  it('keeps the order within a room, and lets no room wait for another', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = async (one: IncomingCallEvent) => {
      if (one.callId === 'slow') await gate.promise;
    };
    world = await worldIn([ROOM, OTHER], { onCallEvent: slow });
    const hangup = event('m.call.hangup', { call_id: 'slow', version: '1', party_id: 'P' });
    await world.push('1', invite('slow'), hangup, invite('quick', {}, { room_id: OTHER }));
    await expect.poll(calls).toEqual(['slow', 'quick']);
    gate.resolve();
    await world.side.idle();
    expect(world.calls.map(({ event: { callId, type } }) => `${callId} ${type}`)).toEqual([
      'slow invite',
      'quick invite',
      'slow hangup',
    ]);
  });

  it("ignores what the gateway's own users send", async () => {
    world = await worldIn([ROOM]);
    await world.push('1', invite('echo', {}, { sender: GHOST }), invite('bot', {}, { sender: '@trunkline:hs.test' }));
    await world.side.idle();
    expect(calls()).toEqual([]);
    expect((await world.store.rowCounts()).events).toBe(0);
  });

  it('does not ring for a call whose caller has given up', async () => {
    world = await worldIn([ROOM]);
    await world.push(
      '1',
      invite('old', {}, { unsigned: { age: 60_001 } }),
      invite('fresh', {}, { unsigned: { age: 59_000 } }),
    );
    await world.side.idle();
    expect(calls()).toEqual(['fresh']);
    expect(world.calls[0]?.event.ageMs).toBeGreaterThanOrEqual(59_000);
  });

  it('does not ring in a room of more than two, unless the call names the ghost', async () => {
    world = await createWorld();
    world.homeserver.on(/\/state$/, state(ALICE, GHOST, '@bob:hs.test'));
    await world.push('1', member(GHOST, 'invite'));
    await world.push(
      '2',
      invite('everybody'),
      invite('bob', { invitee: '@bob:hs.test' }),
      invite('ghost', { invitee: GHOST }),
    );
    await world.side.idle();
    expect(calls()).toEqual(['ghost']);
  });

  it('counts helpers such as a bridge bot as nobody', async () => {
    world = await createWorld();
    const helpers = {
      type: 'io.element.functional_members',
      state_key: '',
      content: { service_members: ['@bot:hs.test'] },
    };
    world.homeserver.on(/\/state$/, [...state(ALICE, GHOST, '@bot:hs.test'), helpers]);
    await world.push('1', member(GHOST, 'invite'));
    await world.push('2', invite('c'));
    await world.side.idle();
    expect(calls()).toEqual(['c']);
  });

  it('leaves events in rooms without a ghost alone', async () => {
    world = await worldIn([]);
    await world.push('1', invite('c'));
    await world.side.idle();
    expect(calls()).toEqual([]);
  });

  it('goes on when a listener fails', async () => {
    world = await worldIn([ROOM], {
      onCallEvent: ({ callId }) => {
        if (callId === 'bad') throw new Error('a defect');
      },
    });
    await world.push('1', invite('bad'), invite('good'));
    await world.side.idle();
    expect(calls()).toEqual(['bad', 'good']);
    expect(await world.store.inbox.unprocessed()).toEqual([]);
    expect(JSON.stringify(world.log)).toContain('a defect');
  });

  it('takes any JSON for a transaction and never fails', async () => {
    world = await worldIn([ROOM]);
    const anything = fc.jsonValue();
    const field = fc.constantFrom(
      'type',
      'event_id',
      'room_id',
      'sender',
      'content',
      'state_key',
      'unsigned',
      'origin_server_ts',
    );
    const almost = fc.tuple(fc.constantFrom(invite('x'), member(GHOST, 'invite')), field, anything);
    let txn = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            anything,
            almost.map(([honest, key, value]) => ({ ...honest, [key]: value })),
          ),
          { maxLength: 4 },
        ),
        async (events) => {
          txn += 1;
          expect((await world.push(String(txn), ...events)).status).toBe(200);
          await world.side.idle();
        },
      ),
      { numRuns: 150 },
    );
    for (const body of ['null', '7', '[]', '{"events":{}}', '{"events":null}', '{}']) {
      const headers = { authorization: 'Bearer hs-secret', 'content-type': 'application/json' };
      const url = `/_matrix/app/v1/transactions/odd-${body.length}`;
      expect((await world.http.inject({ method: 'PUT', url, headers, payload: body })).statusCode).toBe(200);
    }
  });

  it('leaves out an event that is nested without end, and takes the others', async () => {
    world = await worldIn([ROOM]);
    const depth = 500_000;
    const nested = `{"event_id":"$n","room_id":"${ROOM}","sender":"${ALICE}","type":"m.call.hangup","content":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const headers = { authorization: 'Bearer hs-secret', 'content-type': 'application/json' };
    const payload = `{"events":[${nested},${JSON.stringify(invite('c'))}]}`;
    const reply = await world.http.inject({ method: 'PUT', url: '/_matrix/app/v1/transactions/1', headers, payload });
    expect(reply.statusCode).toBe(200);
    await world.side.idle();
    expect(calls()).toEqual(['c']);
  });

  it.each(['event_id', 'room_id', 'sender', 'type'])(
    'leaves out an event whose %s holds what no database takes',
    async (field) => {
      world = await worldIn([ROOM]);
      for (const odd of ['nul\u0000', 'lone \ud800', '']) {
        expect((await world.push(`${field}-${odd.length}`, invite('odd', {}, { [field]: odd }))).status).toBe(200);
      }
      await world.side.idle();
      expect((await world.store.rowCounts()).events).toBe(0);
    },
  );

  it('lets no rows pile up', async () => {
    world = await worldIn([ROOM]);
    for (let round = 0; round < 80; round++) {
      const events = Array.from({ length: 100 }, (_, i) =>
        event('m.call.hangup', { call_id: `${round}-${i}`, version: '1' }),
      );
      await world.push(String(round), ...events);
    }
    await world.side.idle();
    const rows = await world.store.rowCounts();
    expect(rows.events).toBeGreaterThan(0);
    expect(rows.events).toBeLessThanOrEqual(6_000);
  });
});

describe('a crash', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'trunkline-intake-'));
    file = path.join(folder, 'store.sqlite');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('loses no event and doubles none', async () => {
    const store = await openStore({ path: file });
    const hangs = new Promise<void>(() => {});
    const before = await worldIn([ROOM, OTHER], {
      store,
      onCallEvent: ({ callId }) => (callId === 'unfinished' ? hangs : undefined),
    });
    const events = [invite('unfinished'), invite('waiting'), invite('done', {}, { room_id: OTHER })];
    await before.push('7', ...events);
    await expect.poll(async () => (await store.inbox.unprocessed()).length).toBe(2);
    await store.close();

    const after = await createWorld({ store: await openStore({ path: file }) });
    // The homeserver did not see the answer and sends the same again.
    expect((await after.push('7', ...events)).status).toBe(200);
    await after.side.idle();
    expect(after.calls.map(({ event: { callId } }) => callId)).toEqual(['unfinished', 'waiting']);
    expect(await after.store.inbox.unprocessed()).toEqual([]);
    await after.close();
    await after.store.close();
  });

  it('does not begin a call again that had begun', async () => {
    const store = await openStore({ path: file });
    const begun = invite('begun');
    const before = await worldIn([ROOM], { store, onCallEvent: () => new Promise<void>(() => {}) });
    await before.push('1', begun, invite('not-begun'));
    const { event: call } = before.calls[0] ?? {};
    await store.liveCalls.opened({
      callRef: 'ref',
      roomId: ROOM,
      callId: call?.callId ?? ('' as never),
      ghost: GHOST,
      caller: ALICE,
      partyId: 'gw',
      version: '1',
      openedAt: 1,
      matrixAnswered: false,
    });
    await store.close();

    const again = await openStore({ path: file });
    const after = await createWorld({ store: again, started: false });
    // Whoever tidies up after the crash may be quicker than the intake.
    await again.liveCalls.closed('ref');
    const rung: string[] = [];
    await after.side.start({ onCallEvent: ({ callId }) => void rung.push(callId) });
    await after.side.idle();
    expect(rung).toEqual(['not-begun']);
    await after.close();
    await again.close();
  });

  it('lets an invite go on ageing', async () => {
    const store = await openStore({ path: file });
    const before = await worldIn([ROOM], { store, started: false });
    await before.push('1', invite('c', { lifetime: 30_000 }));
    await store.close();
    const later = { now: () => Date.now() + 31_000, after: () => () => {} };
    const after = await createWorld({ store: await openStore({ path: file }), clock: later });
    await after.side.idle();
    expect(after.calls).toEqual([]);
    expect(await after.store.inbox.unprocessed()).toEqual([]);
    await after.close();
    await after.store.close();
  });

  it('is not needed: what comes while the gateway stops waits for the next start', async () => {
    const store = await openStore({ path: file });
    const before = await worldIn([ROOM], { store });
    before.homeserver.on(/join/, unreachable);
    await before.push('1', member(GHOST, 'invite', { room_id: OTHER }));
    await before.side.stop(0);
    await before.push('2', invite('late'));
    expect(before.calls).toEqual([]);
    await before.close();
    await store.close();

    const after = await createWorld({ store: await openStore({ path: file }) });
    await after.side.idle();
    expect(after.homeserver.lines(/join/)).toHaveLength(1);
    expect(after.calls.map(({ event: { callId } }) => callId)).toEqual(['late']);
    await after.close();
    await after.store.close();
  });

  it('before the start takes events over, and hands them out at the start, in order', async () => {
    const world = await worldIn([ROOM], { started: false });
    await world.push('1', invite('one'));
    await world.push('2', invite('two'));
    const rung: string[] = [];
    await world.side.start({ onCallEvent: ({ callId }) => void rung.push(callId) });
    await world.push('3', invite('three'));
    await world.side.idle();
    expect(rung).toEqual(['one', 'two', 'three']);
    await world.close();
    await world.store.close();
  });
});

describe('a homeserver that comes back', () => {
  it('is tried again as soon as it calls, not when the pause is over', async () => {
    // Pauses of half a second and more never end by themselves here.
    const clock: Clock = {
      now: () => Date.now(),
      after: (delayMs, task) => (delayMs < 300 ? hurriedClock.after(delayMs, task) : () => {}),
    };
    const world = await createWorld({ clock });
    world.homeserver.on(/\/state$/, state(ALICE, GHOST)).on(/join/, unreachable, 3);
    await world.push('1', member(GHOST, 'invite'));
    await expect.poll(() => world.homeserver.lines(/join/).length).toBe(3);
    await expect
      .poll(async () => {
        await world.http.inject({
          method: 'POST',
          url: '/_matrix/app/v1/ping',
          headers: { authorization: 'Bearer hs-secret' },
        });
        return world.homeserver.lines(/join/).length;
      })
      .toBe(4);
    await world.side.idle();
    await world.close();
  });
});

describe('ghosts and rooms', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    world.homeserver.on(/\/state$/, state(ALICE, GHOST));
  });
  afterEach(() => world.close());

  it('joins although the homeserver is away for a while', async () => {
    world.homeserver.on(/join/, unreachable, 3);
    await world.push('1', member(GHOST, 'invite'));
    await world.push('2', invite('c'));
    await world.side.idle();
    expect(world.homeserver.lines(/join/)).toHaveLength(4);
    expect(world.calls).toHaveLength(1);
  });

  it('does not insist when it may not join', async () => {
    world.homeserver.on(/join/, refuse(403, 'M_FORBIDDEN', 'You are not invited'));
    await world.push('1', member(GHOST, 'invite'));
    await world.side.idle();
    expect(world.homeserver.lines(/join/)).toHaveLength(1);
    expect(await world.side.findCallee(ROOM)).toBeUndefined();
  });

  it('registers a ghost anew that the homeserver has forgotten', async () => {
    await world.store.ghosts.save({ userId: GHOST, displayName: 'Tel 01818118181' }, 1);
    world.homeserver.on(/join/, refuse(403, 'M_FORBIDDEN', 'Application service has not registered this user'), 1);
    await world.push('1', member(GHOST, 'invite'));
    await world.side.idle();
    expect(world.homeserver.lines(/register|join/)).toEqual([
      `POST /_matrix/client/v3/rooms/${ROOM}/join`,
      'POST /_matrix/client/v3/register',
      `POST /_matrix/client/v3/rooms/${ROOM}/join`,
    ]);
    expect(await world.side.findCallee(ROOM)).toMatchObject({ ghost: GHOST });
  });

  it('finds the rooms of its ghosts again when the store was lost', async () => {
    world.homeserver.on(/register/, refuse(400, 'M_USER_IN_USE'));
    world.homeserver.on(/joined_rooms/, { joined_rooms: [ROOM] });
    const headers = { authorization: 'Bearer hs-secret' };
    await world.http.inject({ url: '/_matrix/app/v1/thirdparty/user/m.protocol.pstn?m.id.phone=01818118181', headers });
    await expect.poll(() => world.side.findCallee(ROOM)).toMatchObject({ ghost: GHOST });
    await world.push('1', invite('c'));
    await world.side.idle();
    expect(world.calls).toHaveLength(1);
  });

  it('says that calls of the room end when its user goes, and follows', async () => {
    await world.push('1', member(GHOST, 'invite'), member(ALICE, 'leave'));
    await world.side.idle();
    expect(world.closed).toEqual([{ roomId: ROOM, ghost: GHOST }]);
    expect(world.homeserver.lines(/leave/)).toHaveLength(1);
    expect(await world.side.findCallee(ROOM)).toBeUndefined();
    expect((await world.store.rowCounts()).portals).toBe(0);
  });

  it('says so too when the ghost is sent away', async () => {
    await world.push('1', member(GHOST, 'invite'), member(GHOST, 'ban'));
    await world.side.idle();
    expect(world.closed).toEqual([{ roomId: ROOM, ghost: GHOST }]);
    expect(world.homeserver.lines(/leave/)).toEqual([]);
  });

  it('comes back when it is invited again', async () => {
    await world.push('1', member(GHOST, 'invite'), member(GHOST, 'leave'), member(GHOST, 'invite'));
    await world.push('2', invite('c'));
    await world.side.idle();
    expect(world.calls).toHaveLength(1);
  });

  it('does not ring again for what it finds in the room but was given before', async () => {
    const ringing = invite('c');
    await world.push('1', member(GHOST, 'invite'), ringing);
    world.homeserver.on(/messages$/, { chunk: [ringing] });
    await world.push('2', member(GHOST, 'invite'));
    await world.side.idle();
    expect(world.homeserver.lines(/messages$/)).toHaveLength(2);
    expect(world.calls).toHaveLength(1);
  });

  it('looks again when somebody joins: three are no call', async () => {
    await world.push('1', member(GHOST, 'invite'));
    await world.side.idle();
    world.homeserver.on(/\/state$/, state(ALICE, GHOST, '@bob:hs.test'));
    await world.push('2', member('@bob:hs.test', 'join', { sender: '@bob:hs.test' }), invite('c'));
    await world.side.idle();
    expect(world.calls).toEqual([]);
  });

  it('describes the room once', async () => {
    await world.push('1', member(GHOST, 'invite'));
    await world.side.idle();
    await expect.poll(() => world.homeserver.lines(/bridge/)).toHaveLength(2);
    const [bridge] = world.homeserver.requests.filter(({ path: at }) => at.includes('m.bridge'));
    expect(bridge).toMatchObject({
      as: GHOST,
      body: {
        bridgebot: '@trunkline:hs.test',
        creator: ALICE,
        protocol: { id: 'sip' },
        channel: { id: '01818118181', displayname: 'Tel 01818118181', external_url: 'tel:01818118181' },
      },
    });
  });

  it('does not describe a room that is described', async () => {
    const stateKey = 'sip://sip.example.org/01818118181';
    world.homeserver.on(/\/state$/, [...state(ALICE, GHOST), { type: 'm.bridge', state_key: stateKey, content: {} }]);
    await world.push('1', member(GHOST, 'invite'));
    await world.push('2', invite('c'));
    await world.side.idle();
    expect(world.homeserver.lines(/bridge/)).toEqual([]);
  });

  it('says once that texts go nowhere, and not to bots', async () => {
    await world.push('1', member(GHOST, 'invite'));
    await world.push('2', event('m.room.message', { msgtype: 'm.notice', body: 'beep' }));
    await world.side.idle();
    expect(world.homeserver.lines(/send.m.room.message/)).toEqual([]);
    await world.push('3', event('m.room.message', { msgtype: 'm.text', body: 'hi' }), event('m.room.message', 7));
    await world.side.idle();
    const said = world.homeserver.requests.filter(({ path: at }) => at.includes('m.room.message'));
    expect(said).toMatchObject([
      { as: GHOST, body: { msgtype: 'm.notice', body: expect.stringContaining('do not reach Tel 01818118181') } },
    ]);
  });

  it.each([
    ['1', 'm.call.reject', { reason: 'unknown_error', version: '1' }],
    [0, 'm.call.hangup', { version: 0 }],
  ])('refuses a call of version %j that it cannot understand, with a sentence', async (version, type, content) => {
    await world.push('1', member(GHOST, 'invite'), invite('odd', { offer: { type: 'offer', sdp: 7 }, version }));
    await world.push('2', invite('late', { offer: 7 }, { unsigned: { age: 61_000 } }), invite('', { offer: 7 }));
    await world.side.idle();
    const ask = () => world.homeserver.requests.filter(({ path: at }) => at.includes('/send/'));
    await expect.poll(ask).toHaveLength(2);
    const sent = ask();
    expect(sent.map(({ path: at }) => at.split('/').at(-2))).toEqual([type, 'm.room.message']);
    expect(sent[0]?.body).toMatchObject({ call_id: 'odd', ...content });
    expect(world.calls).toEqual([]);
  });

  it('says once in an encrypted room that texts do not get through', async () => {
    const encryption = { type: 'm.room.encryption', state_key: '', content: {} };
    world.homeserver.on(/\/state$/, [...state(ALICE, GHOST), encryption]);
    await world.push('1', member(GHOST, 'invite'));
    await world.push('2', event('m.room.encryption', {}, { state_key: '' }));
    await world.side.idle();
    await expect.poll(() => world.homeserver.lines(/send.m.room.message/)).toHaveLength(1);
    await world.side.idle();
    expect(world.homeserver.lines(/send.m.room.message/)).toHaveLength(1);
  });
});
