/** Texts of rooms, on their way to whoever carries them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import { openStore } from '../../../../src/store/index.ts';
import { FakeHomeserver } from '../support/fake-homeserver.ts';
import { ALICE, createWorld, event, GHOST, MALLORY, member, ROOM, state } from '../support/side.ts';
import { Notes, type TextWorld, textWorld } from './world.ts';

const SECOND = '@_sip_0207946000=40sip.example.org:hs.test' as MatrixUserId;
const LETTERS = '@_sip_sender=2f=41=43=4d=45=40sip.example.org:hs.test' as MatrixUserId;
const BOB = '@bob:hs.test' as MatrixUserId;
const text = (body: string, more: Record<string, unknown> = {}) =>
  event('m.room.message', { msgtype: 'm.text', body }, more);

let world: TextWorld;
afterEach(() => world.close());

const notices = () =>
  world.homeserver.requests
    .filter(
      ({ path: at, body }) =>
        at.includes('/send/m.room.message/') && (body as { msgtype?: string }).msgtype === 'm.notice',
    )
    .map(({ body, as }) => ({ as, ...(body as { body: string }) }));

describe('a text', () => {
  it('is told once, with the ghosts and the people of its room', async () => {
    world = await textWorld([GHOST, SECOND]);
    world.homeserver.on(/room:hs.test\/state$/, state(ALICE, BOB, GHOST, SECOND, '@trunkline:hs.test'));
    const one = text('hello');
    await world.push('1', one);
    await world.push('2', one, one);
    await world.side.idle();
    expect(world.notes.bodies).toEqual(['hello']);
    expect(world.notes.texts[0]?.room).toEqual({
      roomId: ROOM,
      ghosts: [
        { ghost: GHOST, dialled: '01818118181' },
        { ghost: SECOND, dialled: '0207946000' },
      ],
      users: [ALICE, BOB],
    });
    expect(notices()).toEqual([]);
    // Asked for once: the next text of the room needs no state.
    await world.push('3', text('again'));
    await world.side.idle();
    expect(world.homeserver.lines(/GET .*\/state$/)).toHaveLength(1);
  });

  it('knows who came meanwhile', async () => {
    world = await textWorld();
    await world.push('1', text('one'));
    await world.side.idle();
    world.homeserver.on(/room:hs.test\/state$/, state(ALICE, BOB, GHOST));
    await world.push('2', member(BOB, 'join', { sender: BOB }), text('two', { sender: BOB }));
    await world.side.idle();
    expect(world.notes.texts.map(({ room }) => room.users)).toEqual([[ALICE], [ALICE, BOB]]);
  });

  it('is not lost when nobody can say who is in the room', async () => {
    world = await textWorld([GHOST], { homeserver: new FakeHomeserver() });
    world.homeserver.on(/room:hs.test\/state$/, () => []);
    await world.push('1', text('hello'));
    await world.side.idle();
    expect(world.notes.texts[0]?.room.users).toEqual([ALICE]);
  });

  it('that could not be taken waits for the next start', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'texts-'));
    const store = await openStore({ path: path.join(folder, 'db') });
    try {
      world = await textWorld([GHOST], { store });
      world.notes.onNext = () => Promise.reject(new Error('the disk is full'));
      await world.push('1', text('kept'));
      world.notes.onNext = () => {};
      await world.push('2', text('later'));
      await world.side.idle();
      expect(world.notes.bodies).toEqual(['later']);
      expect(await store.inbox.unprocessed()).toHaveLength(1);
      await world.close();
      const notes = new Notes();
      const again = await createWorld({ store, texts: notes, homeserver: world.homeserver });
      await again.side.idle();
      expect(notes.texts).toMatchObject([{ text: { recovered: true, content: { body: 'kept' } } }]);
      expect(await store.inbox.unprocessed()).toEqual([]);
      await again.close();
    } finally {
      await store.close();
      await rm(folder, { recursive: true });
    }
  });

  it('comes with reactions and redactions', async () => {
    world = await textWorld();
    const relates = { rel_type: 'm.annotation', event_id: '$t', key: '🔁' };
    await world.push(
      '1',
      event('m.reaction', { 'm.relates_to': relates }),
      event('m.room.redaction', {}, { redacts: '$t' }),
    );
    await world.side.idle();
    expect(world.notes.reactions).toMatchObject([{ key: '🔁', target: '$t' }]);
    expect(world.notes.redactions).toMatchObject([{ target: '$t' }]);
  });

  it('to a sender that is no number is answered in words, and bots are not', async () => {
    world = await textWorld([LETTERS]);
    await world.push('1', text('hello'), event('m.room.message', { msgtype: 'm.notice', body: 'beep' }));
    await world.side.idle();
    expect(world.notes.texts).toEqual([]);
    expect(notices()).toMatchObject([{ as: LETTERS, body: expect.stringContaining('ACME cannot be answered') }]);
  });

  it('goes nowhere in a gateway for calls, and says so', async () => {
    world = await textWorld();
    await world.close();
    const store = await openStore({ path: ':memory:' });
    await store.portals.save(
      { roomId: ROOM, ghost: GHOST, userId: ALICE, userJoined: true, encrypted: false, others: 1 },
      Date.now(),
    );
    const { notes } = world;
    world = { ...(await createWorld({ store })), notes };
    await world.push('1', text('hello'));
    await world.side.idle();
    expect(notices()).toMatchObject([{ body: expect.stringContaining('calls only') }]);
  });

  it('in the chat is a command only when it begins like one', async () => {
    world = await textWorld();
    await world.push('1', text('!notices'), text('!!! wow'), text('notices'));
    await world.side.idle();
    expect(world.notes.bodies).toEqual(['!!! wow', 'notices']);
    expect(notices()).toMatchObject([{ body: expect.stringContaining('missed: on') }]);
  });

  it('sent before the ghost was there is found when it comes', async () => {
    world = await textWorld([]);
    const early = text('first');
    const before = text('older', { event_id: '$older' });
    world.homeserver
      .on(/GET .*\/messages$/, {
        chunk: [member(GHOST, 'join', { sender: GHOST }), early, member(GHOST, 'invite'), before],
      })
      .on(/room:hs.test\/state$/, state(ALICE, GHOST));
    await world.push('1', member(GHOST, 'invite'));
    await world.push('2', early);
    await world.side.idle();
    expect(world.notes.bodies).toEqual(['first']);
  });
});

describe('who comes and goes', () => {
  it('is told: joined, declined, a ghost that was sent away', async () => {
    world = await textWorld();
    const invited = { unsigned: { prev_content: { membership: 'invite' } } };
    await world.push('1', member(BOB, 'join', { sender: BOB, ...invited }));
    await world.push('2', member(BOB, 'join', { sender: BOB, unsigned: { prev_content: { membership: 'join' } } }));
    await world.push('3', member(ALICE, 'leave', invited));
    await world.push('4', member(GHOST, 'leave'));
    await world.side.idle();
    expect(world.notes.came).toEqual([`joined ${ROOM} ${BOB}`, `declined ${ROOM} ${ALICE}`, `left ${ROOM} ${GHOST}`]);
  });

  it('a user: the ghost stays, and calls there are over', async () => {
    world = await textWorld();
    world.homeserver.on(/room:hs.test\/state$/, state(GHOST));
    await world.push('1', member(ALICE, 'leave', { unsigned: { prev_content: { membership: 'join' } } }));
    await world.side.idle();
    expect(world.closed).toEqual([{ roomId: ROOM, ghost: GHOST }]);
    expect(world.homeserver.lines(/leave$/)).toEqual([]);
    expect(await world.store.portals.inRoom(ROOM)).toMatchObject([{ ghost: GHOST, userJoined: false, others: 0 }]);
  });

  it('a ghost is not let in by somebody who may neither call nor write', async () => {
    world = await textWorld([]);
    await world.push('1', member(GHOST, 'invite', { sender: MALLORY }));
    await world.side.idle();
    expect(world.homeserver.lines(/POST .*leave$/)).toHaveLength(1);
  });
});
