/** Texts and a real Synapse: who is in rooms, what is pushed, what users see. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventId, MatrixUserId, RoomId } from '../../../src/matrix/index.ts';
import { until } from '../../world/wait.ts';
import { type RealWorld, type RealWorldOptions, startRealWorld, type TestUser } from './support/real.ts';
import { Notes } from './texts/world.ts';

const NUMBER = '+441818118181';
const ghostOf = (number: string) => `@_sip_${number}=40sip.example.org:hs.test` as MatrixUserId;
const GHOST = ghostOf(NUMBER);
const never = new AbortController().signal;

let world: RealWorld;
let notes: Notes;
let alice: TestUser;

function inWorld(options: RealWorldOptions = {}): void {
  beforeAll(async () => {
    notes = new Notes();
    world = await startRealWorld({ texts: notes, ...options });
    alice = world.alice;
  });
  afterAll(() => world?.stop());
}

let numbers = 10;
const newNumber = () => `+4416329600${numbers++}`;
const chatOf = (who: TestUser, number: string) =>
  world.side.textRooms.roomFor({ kind: 'user', user: who.id }, { kind: 'known', dialled: number }, never);
const told = (body: string) =>
  until(`“${body}”`, () => notes.texts.find(({ text: { content } }) => 'body' in content && content.body === body));

async function write(who: TestUser, roomId: string, body: string): Promise<EventId> {
  return ((await who.write(roomId, body)) as { event_id: EventId }).event_id;
}

describe('where the gateway may act for users', () => {
  inWorld({ actsForUsers: true });

  it('a text right after the invitation is found, once', async () => {
    const roomId = await alice.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [GHOST] });
    await write(alice, roomId, 'first');
    const { text, room } = await told('first');
    expect(text).toMatchObject({ roomId, sender: alice.id });
    expect(room).toEqual({ roomId, ghosts: [{ ghost: GHOST, dialled: NUMBER }], users: [alice.id] });
    await write(alice, roomId, 'second');
    await told('second');
    expect(notes.bodies).toEqual(['first', 'second']);
  });

  it('several ghosts and users are one room, until one is sent away', async () => {
    const bob = await world.user('bob');
    const ghosts = [newNumber(), newNumber(), newNumber()].map(ghostOf);
    // Where all have the same rights nobody can send anybody away.
    const roomId = await alice.createRoom({ preset: 'private_chat', invite: [...ghosts, bob.id] });
    await until('the ghosts', async () => (await world.store.portals.inRoom(roomId)).length === 3);
    await bob.join(roomId);
    await write(bob, roomId, 'to all');
    const { room } = await told('to all');
    expect(room.ghosts.map(({ ghost }) => ghost).toSorted()).toEqual(ghosts.toSorted());
    expect(room.users.toSorted()).toEqual([alice.id, bob.id]);
    await alice.ask('POST', `/rooms/${encodeURIComponent(roomId)}/kick`, { user_id: ghosts[1] });
    await until('the ghost to be gone', () => notes.came.includes(`left ${roomId} ${ghosts[1]}`));
    await alice.leave(roomId);
    await write(bob, roomId, 'to the rest');
    expect((await told('to the rest')).room).toMatchObject({ ghosts: [{}, {}], users: [bob.id] });
  });

  it('a text of a telephone is shown once, at its own time, in the chat that is joined for it', async () => {
    const carol = await world.user('carol');
    const chat = await chatOf(carol, newNumber());
    expect(chat.presence).toBe('joined');
    const sentAt = Date.now() - 3_600_000;
    const post = () => world.side.texts.post({ key: 'arrival', ...chat, body: 'hello @room', sentAt });
    const eventId = await post();
    expect(await post()).toBe(eventId);
    const shown = (await carol.events(chat.roomId)).filter(({ type }) => type === 'm.room.message');
    expect(shown).toMatchObject([{ event_id: eventId, sender: chat.ghost, origin_server_ts: sentAt }]);
    expect(shown[0]?.content).toMatchObject({ 'm.mentions': {} });
    expect(await world.side.texts.quoted(chat.roomId, eventId)).toEqual({ sender: chat.ghost, body: 'hello @room' });
    expect(await world.side.texts.nameOf(chat.roomId, carol.id)).toBe('carol');
  });

  it('the chat that its user left has them back for the next text, and for the next call', async () => {
    const dora = await world.user('dora');
    const number = newNumber();
    const first = await chatOf(dora, number);
    await dora.leave(first.roomId);
    await until('that to be known', async () => (await world.store.portals.inRoom(first.roomId))[0]?.others === 0);
    expect(await chatOf(dora, number)).toEqual(first);
    expect(await dora.rooms()).toEqual([first.roomId]);
    await dora.leave(first.roomId);
    await until('that to be known', async () => (await world.store.portals.inRoom(first.roomId))[0]?.others === 0);
    const caller = { kind: 'known', dialled: number } as const;
    const ringing = await world.side.callRooms.ringRoom({ kind: 'user', user: dora.id }, caller, never);
    expect(ringing).toEqual({ roomId: first.roomId, ghost: first.ghost, invitee: dora.id });
  });

  it('what was sent is read by the ghost, what failed is said', async () => {
    const erin = await world.user('erin');
    const chat = await chatOf(erin, newNumber());
    const eventId = await write(erin, chat.roomId, 'did it arrive?');
    await told('did it arrive?');
    const of = { key: 'status', ...chat, eventId };
    await world.side.texts.status({ ...of, status: { state: 'sent' } });
    await until('the receipt', async () => {
      const filter = encodeURIComponent(
        JSON.stringify({ room: { timeline: { limit: Math.ceil(Math.random() * 1_000) } } }),
      );
      return JSON.stringify(await erin.ask('GET', `/sync?timeout=0&filter=${filter}`)).includes(
        `"${eventId}":{"m.read":{"${chat.ghost}"`,
      );
    });
    await world.side.texts.status({ ...of, status: { state: 'failed', words: 'No.', canBeSentAgain: true } });
    const answer = (await erin.events(chat.roomId)).find(({ content }) => content.body === 'No.');
    expect(answer?.content['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: eventId } });
  });

  it('users’ receipts, reactions and redactions are told, in new rooms and old', async () => {
    const fred = await world.user('fred');
    const read: string[] = [];
    notes.onRead = (_roomId: RoomId, eventId: EventId, user: MatrixUserId) => void read.push(`${user} ${eventId}`);
    for (const version of ['10', '11']) {
      const ghost = ghostOf(newNumber());
      const roomId = await fred.createRoom({ room_version: version, preset: 'trusted_private_chat', invite: [ghost] });
      const target = await write(fred, roomId, `in version ${version}`);
      await told(`in version ${version}`);
      await fred.send(roomId, 'm.reaction', {
        'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: '🔁' },
      });
      await until('the reaction', () => notes.reactions.some((one) => one.target === target && one.key === '🔁'));
      await fred.ask('PUT', `/rooms/${encodeURIComponent(roomId)}/redact/${target}/${Math.random()}`, {});
      await until('the redaction', () => notes.redactions.some((one) => one.target === target));
      const posted = await world.side.texts.post({ key: version, roomId: roomId as RoomId, ghost, body: 'read me' });
      await fred.ask('POST', `/rooms/${encodeURIComponent(roomId)}/receipt/m.read/${posted}`, {});
      await until('the receipt', () => read.includes(`${fred.id} ${posted}`));
    }
  });

  it('`sms` writes in the user’s name, and it is told once', async () => {
    const gina = await world.user('gina');
    const number = newNumber();
    const phoneRoom = await gina.createRoom({ is_direct: true, invite: ['@trunkline:hs.test'] });
    await until('the greeting', async () => (await gina.heard(phoneRoom)).some((body) => body.includes('sms +44')));
    await gina.write(phoneRoom, `sms ${number} by command`);
    const { text } = await told('by command');
    const link = await until('the answer', async () =>
      (await gina.heard(phoneRoom)).find((body) => body.includes(text.roomId)),
    );
    expect(link).toContain(`Tel ${number}`);
    const said = (await gina.events(text.roomId)).filter(({ content }) => content.body === 'by command');
    expect(said).toMatchObject([{ sender: gina.id, event_id: text.eventId }]);
    await world.side.idle();
    expect(notes.bodies.filter((body) => body === 'by command')).toHaveLength(1);
  });
});

describe('where nobody can be joined', () => {
  inWorld();

  it('the text waits until the user comes, and who declines is left alone', async () => {
    const hugo = await world.user('hugo');
    const number = newNumber();
    const chat = await chatOf(hugo, number);
    expect(chat.presence).toBe('invited');
    await hugo.join(chat.roomId);
    await until('that to be told', () => notes.came.includes(`joined ${chat.roomId} ${hugo.id}`));
    expect((await chatOf(hugo, number)).presence).toBe('joined');
    await hugo.leave(chat.roomId);
    await until('that to be known', async () => (await world.store.portals.inRoom(chat.roomId))[0]?.others === 0);
    expect((await chatOf(hugo, number)).presence).toBe('invited');
    expect(await hugo.invitations()).toMatchObject([{ roomId: chat.roomId, from: chat.ghost }]);
    await hugo.leave(chat.roomId);
    await until('that to be told', () => notes.came.includes(`declined ${chat.roomId} ${hugo.id}`));
    expect(await chatOf(hugo, number)).toEqual({ ...chat, presence: 'declined' });
    expect(await hugo.invitations()).toEqual([]);
  });

  it('a sender of letters can be read and not answered', async () => {
    const chat = await chatOf(alice, 'ACME');
    await alice.join(chat.roomId);
    await until('that to be told', () => notes.came.includes(`joined ${chat.roomId} ${alice.id}`));
    await world.side.texts.post({ key: 'acme', ...chat, body: 'Your code is 1234' });
    expect(await alice.heard(chat.roomId)).toEqual(['Your code is 1234']);
    await alice.write(chat.roomId, 'who are you?');
    await until('words', async () =>
      (await alice.heard(chat.roomId)).some((body) => body.startsWith('ACME cannot be')),
    );
    expect(notes.texts).toEqual([]);
  });
});
