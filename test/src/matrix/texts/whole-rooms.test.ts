/** A room that is called, and written to, as a whole keeps the ghosts of all who ever did: its talk is not for them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { EventId, MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { ALICE, event, GHOST, ROOM, state } from '../support/side.ts';
import { type TextWorld, textWorld } from './world.ts';

const BOT = '@trunkline:hs.test' as MatrixUserId;
const CALLER = '@_sip_0207946000=40sip.example.org:hs.test' as MatrixUserId;
const LETTERS = '@_sip_sender=2f=41=43=4d=45=40sip.example.org:hs.test' as MatrixUserId;
const NOTHING: readonly unknown[] = [];

let world: TextWorld;
let store: Store;
afterEach(async () => {
  await world.close();
  await store.close();
});

/** @param brought by the gateway; the others were invited by Alice */
async function office(invited: readonly MatrixUserId[], brought: readonly MatrixUserId[]): Promise<void> {
  store = await openStore({ path: ':memory:' });
  const ghosts = [...invited, ...brought];
  for (const [at, ghost] of ghosts.entries()) {
    const userId = brought.includes(ghost) ? BOT : ALICE;
    const portal = { roomId: ROOM, ghost, userId, userJoined: true, encrypted: false, others: ghosts.length };
    await store.portals.save(portal, at);
  }
  world = await textWorld([], { store });
  const message = (sender: MatrixUserId) => ({
    type: 'm.room.message',
    room_id: ROOM,
    sender,
    content: { msgtype: 'm.text', body: 'x' },
  });
  world.homeserver
    .on(/room:hs.test\/state$/, state(ALICE, BOT, ...ghosts))
    .on(/GET .*event\/\$caller$/, { event_id: '$caller', ...message(CALLER) })
    .on(/GET .*event\/\$ghost$/, { event_id: '$ghost', ...message(GHOST) })
    .on(/GET .*event\/\$letters$/, { event_id: '$letters', ...message(LETTERS) })
    .on(/GET .*event\/\$alice$/, { event_id: '$alice', ...message(ALICE) });
}

async function write(body: string, repliesTo?: string): Promise<readonly unknown[]> {
  const relation = repliesTo === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: repliesTo } } };
  await world.push(body, event('m.room.message', { msgtype: 'm.text', body, ...relation }));
  await world.side.idle();
  return world.notes.texts.flatMap(({ room }) => room.ghosts.map(({ ghost }) => ghost));
}

describe('in a whole room', () => {
  it('what is written is for nobody who called there', async () => {
    await office([], [CALLER, GHOST]);
    expect(await write('the boss is out today')).toEqual(NOTHING);
    expect(world.notes.texts).toEqual([]);
    expect(world.homeserver.lines(/send/)).toEqual([]);
  });

  it('an answer is for the one who is answered', async () => {
    await office([], [CALLER, GHOST]);
    expect(await write('we call you back', '$caller')).toEqual([CALLER]);
  });

  it('an answer to a colleague is not for anybody else', async () => {
    await office([], [CALLER, LETTERS]);
    expect(await write('yes', '$alice')).toEqual(NOTHING);
    expect(world.homeserver.lines(/send/)).toEqual([]);
  });

  it('that letters cannot be answered is said to who answers them', async () => {
    await office([], [CALLER, LETTERS]);
    expect(await write('thanks', '$letters')).toEqual(NOTHING);
    await expect.poll(() => world.homeserver.lines(/send\/m.room.message/)).toHaveLength(1);
  });

  it('a telephone that users invited hears what is said, and no answer to another', async () => {
    await office([GHOST], [CALLER]);
    expect(await write('hello')).toEqual([GHOST]);
    expect(await write('we call you back', '$caller')).toEqual([GHOST, CALLER]);
    expect(await write('and you', '$ghost')).toEqual([GHOST, CALLER, GHOST]);
  });

  it('a text may be sent again, and taken back', async () => {
    await office([], [CALLER]);
    const relation = { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$alice', key: '🔁' } };
    await world.push('1', event('m.reaction', relation), event('m.room.redaction', {}, { redacts: '$alice' }));
    await world.side.idle();
    expect(world.notes.reactions.map(({ target }) => target)).toEqual(['$alice' as EventId]);
    expect(world.notes.redactions.map(({ target }) => target)).toEqual(['$alice' as EventId]);
  });

  it('those who called are not among the telephones that get one another’s texts', async () => {
    await office([GHOST], [CALLER]);
    const room = await world.side.textRooms.look(ROOM as RoomId);
    expect(room?.ghosts.map(({ ghost }) => ghost)).toEqual([GHOST]);
    expect(await world.side.textRooms.ghostIn(ROOM, { kind: 'known', dialled: '0207946000' })).toBe(CALLER);
  });
});
