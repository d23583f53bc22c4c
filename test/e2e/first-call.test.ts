/** The first call of a number, by each way in which a user can be rung at once; callers who have no number; whole rooms. */
import { describe, expect, it } from 'vitest';
import type { Phone } from '../world/phone/phone.ts';
import { until } from '../world/wait.ts';
import { SERVER_NAME, type Telephone, type User, useWorld, type WorldOptions } from '../world/world.ts';
import { MatrixClient } from './matrix-client.ts';

const TELEPHONE_HZ = 440;
const ALICE = `@user1:${SERVER_NAME}`;
const BOT = `@trunkline:${SERVER_NAME}`;
const NUMBER = '+441818118181';

function options(joinUsers: string, more: WorldOptions = {}): WorldOptions {
  return {
    trunk: { inbound: { allow_from: ['127.0.0.1'] } },
    config: {
      rooms: { join_users: joinUsers },
      lines: [{ number: NUMBER, users: [ALICE] }],
      inbound: { rules: [{ numbers: ['900'], ring: [{ rooms: [`#office:${SERVER_NAME}`] }] }] },
    },
    ...more,
  };
}

/** Rings, is answered, is heard, is over. */
async function talks(telephone: Telephone, phone: Phone): Promise<void> {
  await phone.answer();
  await phone.hears(TELEPHONE_HZ);
  await telephone.command('hangup');
  await phone.state('ended');
}

describe('a homeserver that accepts invitations for its users', () => {
  const accepts = { enabled: true, only_for_direct_messages: true, only_from_local_users: true };
  const world = useWorld(options('invite', { synapse: { auto_accept_invites: accepts } }));

  it('rings in the new chat', async () => {
    const telephone = await world.current.newTelephone('+441632960001');
    const phone = await world.current.newPhone();
    await telephone.dial(NUMBER);
    expect((await phone.rings()).title).toBe('01632 960001');
    await talks(telephone, phone);
  });
});

describe('a phone room', () => {
  const world = useWorld(options('phone-room'));
  let user: User;
  let phone: Phone;

  it('rings for a new number under its name, although three are in the room', async () => {
    user = await world.current.newUser();
    const client = new MatrixClient(world.current, user);
    // The user came after the gateway: their first call out makes the phone room.
    await client.createDirectRoom(await client.lookUp('01632960777'));
    const invitation = await until('the invitation', async () =>
      (await client.invitations()).find(({ from }) => from === BOT),
    );
    phone = await world.current.newPhone(user);
    await phone.join(invitation.roomId);
    const telephone = await world.current.newTelephone('+441632960002');
    await telephone.dial(NUMBER);
    const call = await phone.rings();
    expect(call.roomId).toBe(invitation.roomId);
    expect(call.title).toBe('Phone: 01632 960002');
    await talks(telephone, phone);
    const offered = await until('the chat to be offered', async () =>
      (await client.invitations()).find(({ from }) => from.includes('441632960002')),
    );
    await phone.join(offered.roomId);
    await telephone.dial(NUMBER);
    expect((await phone.rings(2)).roomId).toBe(offered.roomId);
    await telephone.command('hangup');
  });
});

describe('where users are joined', () => {
  const world = useWorld(options('as-user'));

  it('a caller without a number rings as nobody, and cannot be called back', async () => {
    const telephone = await world.current.newTelephone('anonymous');
    const user = await world.current.newUser();
    const phone = await world.current.newPhone(user);
    await telephone.dial(NUMBER);
    const call = await phone.rings();
    expect(call.title).toBe('Anonymous');
    await talks(telephone, phone);
    const client = new MatrixClient(world.current, user);
    await client.send(call.roomId, 'm.call.invite', {
      call_id: 'back',
      party_id: 'X',
      version: '1',
      lifetime: 60_000,
      offer: { type: 'offer', sdp: 'v=0\r\n' },
    });
    expect(await client.receives('m.call.reject')).toMatchObject({ call_id: 'back' });
  });

  it('who was called by a national number calls back from its international one: the same room', async () => {
    // The one for whom the number is: the first user of this world.
    const user = world.current.users[0] as User;
    const phone = await world.current.newPhone(user);
    const telephone = await world.current.newTelephone('+441632960005', { answer: 'manual' });
    await phone.dial('(01632) 960 005');
    await telephone.waitForEvent('CALL_INCOMING');
    const dialled = await phone.call();
    await telephone.command('hangup');
    await phone.state('ended');
    await telephone.dial(NUMBER);
    await until('the call back', async () =>
      (await phone.calls()).some(({ roomId, callId }) => roomId === dialled?.roomId && callId !== dialled.callId),
    );
    await telephone.command('hangup');
    await phone.state('ended');
  });

  it('a call to a room rings all who are in it; the first to answer has it', async () => {
    const [one, two] = [await world.current.newUser(), await world.current.newUser()];
    const [first, second] = [new MatrixClient(world.current, one), new MatrixClient(world.current, two)];
    const roomId = await first.createRoom({
      preset: 'private_chat',
      room_alias_name: 'office',
      invite: [BOT, two.session.userId],
    });
    await second.join(roomId);
    await first.sees(roomId, BOT, 'join');
    const [phone, other] = [await world.current.newPhone(one), await world.current.newPhone(two)];
    const telephone = await world.current.newTelephone('+441632960004');
    await telephone.dial('900');
    expect((await phone.rings()).roomId).toBe(roomId);
    await other.rings();
    await other.answer();
    await other.hears(TELEPHONE_HZ);
    await phone.state('ended');
    await telephone.command('hangup');
    await other.state('ended');
  });
});
