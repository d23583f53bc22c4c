/** Rooms for callers on a real Synapse, by each of the ways in which a user can be rung. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallId, MatrixUserId, RingRoom, RoomId } from '../../../src/matrix/index.ts';
import type { E164 } from '../../../src/number/index.ts';
import { until } from '../../world/wait.ts';
import { type RealWorld, type RealWorldOptions, startRealWorld, type TestUser } from './support/real.ts';

const BOT = '@trunkline:hs.test';
const NUMBER = '+441818118181';
const GHOST = '@_sip_+441818118181=40sip.example.org:hs.test';
const never = new AbortController().signal;
const afterMs = (ms: number) => AbortSignal.timeout(ms);

let world: RealWorld;
let alice: TestUser;
function inWorld(options: RealWorldOptions): void {
  beforeAll(async () => {
    world = await startRealWorld(options);
    alice = world.alice;
  });
  afterAll(() => world?.stop());
}

const known = (dialled: string, more: { name?: string; verification?: 'failed'; forwardedBy?: string } = {}) =>
  ({ kind: 'known', dialled, ...more }) as const;
const user = (who: TestUser) => ({ kind: 'user', user: who.id }) as const;
const ring = (who: TestUser, caller = known(NUMBER), signal = never) =>
  world.side.callRooms.ringRoom(user(who), caller, signal);

let calls = 0;
/** Sends the invite of a call, as `call` does; settles with its address. */
async function invite({ roomId, ghost, invitee }: RingRoom) {
  calls += 1;
  const callId = `call-${calls}` as CallId;
  const address = { roomId, ghost, callId, partyId: 'gw', version: '1' } as const;
  const event = { type: 'invite', sdp: 'v=0\r\n', lifetimeMs: 60_000, ...(invitee ? { invitee } : {}) } as const;
  await world.side.signalling.send(address, event, `${callId}/invite`);
  return {
    address,
    end: () => world.side.signalling.send(address, { type: 'hangup', reason: 'invite_timeout' }, `${callId}/end`),
  };
}

async function memberOf(who: TestUser, roomId: string, member: string) {
  const state = await who.state(roomId);
  return state.find(({ type, state_key }) => type === 'm.room.member' && state_key === member)?.content ?? {};
}

describe('where the gateway may act for users', () => {
  inWorld({ actsForUsers: true });

  it('joins a first-time callee at once, in a direct chat without MatrixRTC or encryption', async () => {
    const room = await ring(alice, known(NUMBER, { name: 'Ann' }));
    expect(room).toEqual({ roomId: expect.any(String), ghost: GHOST, invitee: alice.id });
    expect(await alice.rooms()).toContain(room.roomId);
    expect(await memberOf(alice, room.roomId, GHOST)).toMatchObject({ displayname: `Ann (Tel ${NUMBER})` });
    await until('m.direct', async () => (await alice.directChats())[GHOST]?.includes(room.roomId));
    const levels = (await alice.state(room.roomId)).find(({ type }) => type === 'm.room.power_levels')?.content;
    expect(levels).toMatchObject({ events: { 'org.matrix.msc3401.call.member': 100 } });
    await expect(alice.setState(room.roomId, 'org.matrix.msc3401.call.member', {})).rejects.toThrow(/403/);
    await expect(alice.setState(room.roomId, 'm.room.encryption', { algorithm: 'x' })).rejects.toThrow(/403/);
    await until('the description of the bridge', async () =>
      (await alice.state(room.roomId)).some(({ type, sender }) => type === 'm.bridge' && sender === GHOST),
    );
    const { address } = await invite(room);
    await alice.send(room.roomId, 'm.call.answer', {
      call_id: address.callId,
      party_id: 'PHONE',
      version: '1',
      answer: { type: 'answer', sdp: 'v=0\r\n' },
    });
    await until('the answer', () => world.calls.find(({ event }) => event.callId === address.callId));
  });

  it('rings in the same room again, also two calls at once', async () => {
    const bob = await world.user('bob');
    const rooms = await Promise.all([ring(bob), ring(bob), ring(bob)]);
    expect(new Set(rooms.map(({ roomId }) => roomId)).size).toBe(1);
    expect((await ring(bob)).roomId).toBe(rooms[0]?.roomId);
    expect(await bob.rooms()).toHaveLength(1);
  });

  it('rings where the user dialled the number in their own way', async () => {
    const ghost = '@_sip_01632960000=40sip.example.org:hs.test';
    const roomId = await alice.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [ghost] });
    await until('the ghost', async () => (await world.store.portals.inRoom(roomId)).length > 0);
    await world.store.numberBindings.bind({ user: alice.id, literal: '01632960000', e164: '+441632960000' as E164 });
    expect(await ring(alice, known('+441632960000'))).toEqual({ roomId, ghost, invitee: alice.id });
    const elsewhere = await world.user('carol');
    expect((await ring(elsewhere, known('+441632960000'))).roomId).not.toBe(roomId);
  });

  it('makes another room when the user has left', async () => {
    const dora = await world.user('dora');
    const first = await ring(dora);
    await dora.leave(first.roomId);
    await until('the ghost to leave', async () => (await world.store.portals.inRoom(first.roomId)).length === 0);
    const second = await ring(dora);
    expect(second.roomId).not.toBe(first.roomId);
    expect(await dora.rooms()).toEqual([second.roomId]);
  });

  it('finds the room that a process died over', async () => {
    const erin = await world.user('erin');
    const { roomId, ghost } = await ring(erin, known('+441632960099'));
    await world.store.portals.remove(roomId, ghost);
    await world.store.madeRooms.forget(roomId);
    await world.store.madeRooms.begin(erin.id, ghost, 1);
    expect((await ring(erin, known('+441632960098'))).roomId).not.toBe(roomId);
    expect((await ring(erin, known('+441632960099'))).roomId).toBe(roomId);
    expect(await erin.rooms()).toHaveLength(2);
  });

  it('keeps a name that a later call does not bring, and warns of a doubtful number while it is one', async () => {
    const shown = async (caller: ReturnType<typeof known>) => {
      const { roomId, ghost } = await ring(alice, caller);
      return (await memberOf(alice, roomId, ghost)).displayname;
    };
    const number = '+441632960077';
    expect(await shown(known(number))).toBe(`Tel ${number}`);
    expect(await shown(known(number, { name: 'Zoë @bob:hs.test\u202e' }))).toBe(`Zoë bob hs.test (Tel ${number})`);
    expect(await shown(known(number))).toBe(`Zoë bob hs.test (Tel ${number})`);
    expect(await shown(known(number, { verification: 'failed' }))).toContain('perhaps not the true number');
    expect(await shown(known(number))).toBe(`Zoë bob hs.test (Tel ${number})`);
    const { roomId, ghost } = await ring(alice, known(number));
    const renamed = (await alice.events(roomId)).filter(
      ({ type, state_key }) => type === 'm.room.member' && state_key === ghost,
    );
    // Came, got its name, was doubted, was not.
    expect(renamed).toHaveLength(4);
    const profile = await alice.ask('GET', `/profile/${encodeURIComponent(ghost)}`);
    expect(profile).toMatchObject({ displayname: `Tel ${number}` });
  });

  it('tells by whom a call was forwarded, unless the user does not want that', async () => {
    const fay = await world.user('fay');
    const caller = known('+441632960055', { forwardedBy: '+441632960001' });
    const { roomId } = await ring(fay, caller);
    const wanted = ['This call was forwarded by Tel +441632960001.'];
    await until('the notice', async () => (await fay.heard(roomId)).length === 1);
    expect(await fay.heard(roomId)).toEqual(wanted);
    await world.store.choices.set(fay.id, 'notices.forwarded', 'off');
    await ring(fay, caller);
    await world.side.idle();
    expect(await fay.heard(roomId)).toEqual(wanted);
  });

  it('has one ghost for those who withheld their number; nobody can call it', async () => {
    const room = await world.side.callRooms.ringRoom(user(alice), { kind: 'withheld', trunk: 'main' }, never);
    expect(await memberOf(alice, room.roomId, room.ghost)).toMatchObject({ displayname: 'Anonymous' });
    expect(room.ghost).not.toMatch(/\d{4}/);
    const again = await world.side.callRooms.ringRoom(user(alice), { kind: 'withheld', trunk: 'main' }, never);
    expect(again.roomId).toBe(room.roomId);

    await alice.send(room.roomId, 'm.call.invite', {
      call_id: 'back',
      party_id: 'PHONE',
      version: '1',
      lifetime: 60_000,
      offer: { type: 'offer', sdp: 'v=0\r\n' },
    });
    await until('the words', async () => (await alice.heard(room.roomId)).length === 1);
    expect(await alice.heard(room.roomId)).toEqual([expect.stringContaining('withheld their number')]);
    const events = await alice.events(room.roomId);
    expect(events.find(({ type }) => type === 'm.call.reject')?.content).toMatchObject({ call_id: 'back' });
    expect(world.calls.some(({ event }) => event.callId === 'back')).toBe(false);

    const invited = await alice.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [room.ghost] });
    await until('the ghost to leave', async () => (await memberOf(alice, invited, room.ghost)).membership === 'leave');
    expect(await alice.heard(invited)).toEqual([expect.stringContaining('withheld their number')]);
  });

  it('says who cannot be rung', async () => {
    const nobody = { kind: 'user', user: '@nobody:hs.test' as MatrixUserId } as const;
    await expect(world.side.callRooms.ringRoom(nobody, known(NUMBER), never)).rejects.toMatchObject({
      code: 'no-such-user',
    });
    const foreign = { kind: 'user', user: '@x:elsewhere.test' as MatrixUserId } as const;
    await expect(world.side.callRooms.ringRoom(foreign, known(NUMBER), never)).rejects.toMatchObject({
      code: 'no-such-user',
      message: expect.stringContaining('ring_federated'),
    });
  });

  it('rings a whole room, by its alias, when its own user may invite there', async () => {
    const roomId = await alice.createRoom({ preset: 'private_chat', room_alias_name: 'phones' });
    const target = { kind: 'room', room: '#phones:hs.test' } as const;
    await expect(world.side.callRooms.ringRoom(target, known(NUMBER), never)).rejects.toMatchObject({
      code: 'no-such-room',
      message: expect.stringContaining(BOT),
    });
    await alice.ask('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: BOT });
    await until('the bot', async () => (await memberOf(alice, roomId, BOT)).membership === 'join');
    const gus = await world.user('gus');
    await alice.ask('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: gus.id });
    await gus.join(roomId);
    const room = await world.side.callRooms.ringRoom(target, known(NUMBER), never);
    expect(room).toEqual({ roomId, ghost: GHOST });
    const { address } = await invite(room);
    const answer = { call_id: address.callId, party_id: 'G', version: '1', reason: 'user_busy' };
    await gus.send(roomId, 'm.call.reject', answer);
    await until('the reject', () => world.calls.find(({ event }) => event.callId === address.callId));
    const missing = { kind: 'room', room: '#none:hs.test' } as const;
    await expect(world.side.callRooms.ringRoom(missing, known(NUMBER), never)).rejects.toMatchObject({
      code: 'no-such-room',
    });
  });
});

describe('where the homeserver accepts invitations for its users', () => {
  const accepts = { enabled: true, only_for_direct_messages: true, only_from_local_users: true };
  inWorld({ synapse: { auto_accept_invites: accepts } });

  it('rings in the new chat', async () => {
    const room = await ring(alice);
    expect(await alice.rooms()).toContain(room.roomId);
    expect((await alice.directChats())[GHOST]).toEqual([room.roomId]);
    expect((await ring(alice)).roomId).toBe(room.roomId);
  });
});

describe('where nobody can be joined', () => {
  inWorld({ settings: { phoneRoomUsers: ['@alice:hs.test' as MatrixUserId] } });
  let phone: string;

  it('invites users to their phone room at the start, and waits for those who are not in it', async () => {
    const [invitation] = await until('the invitation', async () => {
      const all = await alice.invitations();
      return all.length > 0 ? all : undefined;
    });
    expect(invitation?.from).toBe(BOT);
    phone = invitation?.roomId ?? '';
    const hal = await world.user('hal');
    await expect(ring(hal, known(NUMBER), afterMs(2_500))).rejects.toMatchObject({
      code: 'not-joined',
      message: expect.stringContaining('auto_accept_invites'),
    });
    // The call is there when they come while it rings.
    const ringing = ring(hal);
    await until('the invitation', async () => (await hal.invitations()).length === 1);
    const [offered] = await hal.invitations();
    // Later than a homeserver would.
    await new Promise((resolve) => setTimeout(resolve, 800));
    await hal.join(offered?.roomId ?? '');
    expect((await ringing).roomId).toBe(offered?.roomId);
  });

  it('rings in the phone room, under the name of the caller, and offers a chat afterwards', async () => {
    await alice.join(phone);
    await until('the phone room', async () =>
      (await world.store.portals.inRoom(phone)).some(({ ghost, userJoined }) => ghost === BOT && userJoined),
    );
    const room = await ring(alice, known(NUMBER, { name: 'Ann' }));
    expect(room).toEqual({ roomId: phone, ghost: GHOST, invitee: alice.id });
    const name = async () => (await alice.state(phone)).find(({ type }) => type === 'm.room.name')?.content.name;
    expect(await name()).toBe(`Phone: Ann (Tel ${NUMBER})`);
    const { address, end } = await invite(room);
    await alice.send(phone, 'm.call.candidates', {
      call_id: address.callId,
      party_id: 'P',
      version: '1',
      candidates: [],
    });
    await until('what the client sends', () => world.calls.find(({ event }) => event.callId === address.callId));

    // A second caller meanwhile cannot ring there.
    await expect(ring(alice, known('+441632960011'), afterMs(500))).rejects.toMatchObject({ code: 'not-joined' });

    await end();
    await until('the old name', async () => (await name()) === 'Phone');
    const offered = await until('the offer', async () =>
      (await alice.invitations()).find(({ from }) => from === GHOST),
    );
    // Until it is accepted, the phone room it is.
    const again = await ring(alice);
    expect(again.roomId).toBe(phone);
    await (await invite(again)).end();
    await alice.join(offered.roomId);
    await until('the gateway to know', async () => (await world.store.portals.inRoom(offered.roomId))[0]?.userJoined);
    expect((await ring(alice)).roomId).toBe(offered.roomId);
  });

  it('lets earlier callers leave the phone room', async () => {
    const other = '@_sip_+441632960022=40sip.example.org:hs.test';
    const room = await ring(alice, known('+441632960022'));
    expect(room.roomId).toBe(phone);
    await (await invite(room)).end();
    await until(
      'the first caller to leave',
      async () =>
        (await memberOf(alice, phone, GHOST)).membership === 'leave' &&
        (await memberOf(alice, phone, other)).membership === 'join',
    );
  });

  it('refuses a call to it, in words', async () => {
    const jack = await world.user('jack');
    const roomId = await jack.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [BOT] });
    await until('the greeting', async () => (await jack.heard(roomId)).length === 1);
    const offer = { type: 'offer', sdp: 'v=0\r\n' };
    const content = { call_id: 'to-bot', party_id: 'P', version: '1', lifetime: 60_000, offer };
    await jack.send(roomId, 'm.call.invite', content);
    await until('the words', async () => (await jack.heard(roomId)).at(-1)?.includes('Nobody can be called'));
    const reject = (await jack.events(roomId)).find(({ type }) => type === 'm.call.reject');
    expect(reject).toMatchObject({ sender: BOT, content: { call_id: 'to-bot' } });
  });

  it('takes commands there, and says that it is no place for anything else', async () => {
    await alice.write(phone, 'help');
    await until('the help', async () => (await alice.heard(phone)).some((text) => text.includes('notices missed off')));
    await alice.write(phone, 'notices missed off');
    await until('the answer', async () => (await alice.heard(phone)).at(-1)?.includes('off now'));
    expect(await world.side.notices.mayNotify(alice.id, 'missed')).toBe(false);
    expect(await world.side.notices.mayNotify(alice.id, 'failed')).toBe(true);
    expect((await alice.heard(phone)).join()).not.toContain('carries calls only');
  });

  it('takes commands for one chat in that chat', async () => {
    const ghost = '@_sip_0202=40sip.example.org:hs.test';
    const roomId = await alice.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [ghost] });
    await until('the ghost', async () => (await memberOf(alice, roomId, ghost)).membership === 'join');
    await alice.write(roomId, '!name Bob');
    await until('the answer', async () => (await alice.heard(roomId)).length === 1);
    expect((await world.store.petNames.all(alice.id)).map(({ name }) => name)).toEqual(['Bob']);
  });

  it('tells users and administrators what they should know, once', async () => {
    await world.side.tellUser(alice.id, 'voicemail', 'You have 2 new messages.', 'mwi-1');
    await world.side.tellUser(alice.id, 'voicemail', 'You have 2 new messages.', 'mwi-1');
    await world.side.tellUser(alice.id, 'missed', 'Not wanted.', 'x');
    expect((await alice.heard(phone)).filter((text) => /messages|wanted/.test(text))).toEqual([
      'You have 2 new messages.',
    ]);
  });

  it('makes a chat that a user begins with it their phone room', async () => {
    const ivy = await world.user('ivy');
    const roomId = await ivy.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [BOT] });
    await until('the greeting', async () => (await ivy.heard(roomId)).length === 1);
    expect(await ivy.heard(roomId)).toEqual([expect.stringContaining('This is your telephone')]);
    expect(await ring(ivy, known('+441632960033'))).toMatchObject({ roomId });
    await ivy.leave(roomId);
    await until('the bot to leave', async () => (await world.store.madeRooms.inRoom(roomId)) === undefined);
  });

  it('says that it rings in no encrypted chat, and rings in the phone room instead', async () => {
    const ghost = '@_sip_+441632960044=40sip.example.org:hs.test';
    const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };
    const make = (who: TestUser) =>
      who.createRoom({ preset: 'trusted_private_chat', is_direct: true, invite: [ghost], initial_state: [encryption] });
    const kim = await world.user('kim');
    const roomId = await make(kim);
    await until('the ghost', async () => (await memberOf(kim, roomId, ghost)).membership === 'join');
    await until('the gateway to know', async () => (await world.store.portals.inRoom(roomId))[0]?.encrypted);
    await expect(ring(kim, known('+441632960044'))).rejects.toMatchObject({ code: 'encrypted' });
  });
});

describe("the administrators' room", () => {
  inWorld({ settings: { adminRoom: '#admins:hs.test', watchedRooms: ['#admins:hs.test'] } });

  it('hears of trouble once, and that it is over', async () => {
    const { administrators } = world.side;
    await administrators.trouble('trunk:main', 'Told to nobody.');
    const roomId = await alice.createRoom({ preset: 'private_chat', room_alias_name: 'admins', invite: [BOT] });
    await until('the bot', async () => (await memberOf(alice, roomId, BOT)).membership === 'join');
    await administrators.over('trunk:main', 'Nothing was wrong.');
    await administrators.trouble('trunk:main', 'Trunk main is down.');
    await administrators.trouble('trunk:main', 'Trunk main is down.');
    await administrators.over('trunk:main', 'Trunk main is up again.');
    await administrators.over('trunk:main', 'Trunk main is up again.');
    await administrators.trouble('trunk:main', 'Trunk main is down.');
    const [down, up] = ['Trunk main is down.', 'Trunk main is up again.'];
    expect(await alice.heard(roomId)).toEqual([down, up, down]);
  });

  it('is one whose members are known', async () => {
    const roomId = ((await alice.ask('GET', '/directory/room/%23admins:hs.test')) as { room_id: RoomId }).room_id;
    const lou = await world.user('lou');
    await alice.ask('POST', `/rooms/${encodeURIComponent(roomId)}/invite`, { user_id: lou.id });
    await lou.join(roomId);
    await until('the member to be known', () => world.side.membersOf('#admins:hs.test')?.has(lou.id));
    await lou.leave(roomId);
    await until('the member to be gone', () => world.side.membersOf('#admins:hs.test')?.has(lou.id) === false);
    expect(world.side.membersOf('#other:hs.test')).toBeUndefined();
  });
});
