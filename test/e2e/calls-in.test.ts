/** A telephone that nobody has heard of calls Matrix users: they ring at once, talk, hold, press keys, hang up, miss it. */
import { describe, expect, it } from 'vitest';
import { dominantFrequency, loudestPart, readWav } from '../world/audio.ts';
import type { RoomEvent } from '../world/ladder.ts';
import type { BaresipOptions } from '../world/peers/baresip.ts';
import type { Phone } from '../world/phone/phone.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, SERVER_NAME, type Telephone, type User, useWorld } from '../world/world.ts';

const TELEPHONE_HZ = 440;

/** Users are called user1, user2 … in the order in which they come, and each has a number. */
const id = (n: number) => `@user${n}:${SERVER_NAME}`;
const numberOf = (n: number) => `+4418181181${10 + n}`;
const ALL = Array.from({ length: 20 }, (_, i) => i + 1);

const world = useWorld({
  trunk: { inbound: { allow_from: ['127.0.0.1'] } },
  config: {
    rooms: { join_users: 'as-user' },
    lines: ALL.map((n) => ({ number: numberOf(n), users: [id(n)] })),
    inbound: {
      rules: ALL.flatMap((n) => [
        { numbers: [`${200 + n}`], ring: [{ users: [id(n), id(n + 1)], for_s: 20 }], reject_ends: 'one' },
        { numbers: [`${300 + n}`], ring: [{ users: [id(n)], for_s: 3 }] },
      ]),
    },
  },
});

let callers = 0;
/** A telephone with a number that has never called before. */
function stranger(options: BaresipOptions = {}): Promise<Telephone> {
  callers += 1;
  return world.current.newTelephone(`+4416329600${10 + callers}`, { source: { sineHz: TELEPHONE_HZ }, ...options });
}

interface Callee {
  readonly n: number;
  readonly user: User;
  readonly phone: Phone;
}

let callees = 0;
/** A user who has never been called; a client that has just been opened would ring for a call of a minute ago. */
async function callee(): Promise<Callee> {
  const user = await world.current.newUser();
  callees += 1;
  return { n: callees, user, phone: await world.current.newPhone(user) };
}

/** A stranger calls somebody who has never been called, whose client rings. */
async function ringing(options: BaresipOptions = {}) {
  const telephone = await stranger(options);
  const { n, user, phone } = await callee();
  await telephone.dial(numberOf(n));
  return { telephone, user, phone, call: await phone.rings() };
}

const ofType = (events: readonly RoomEvent[], type: string) => events.filter((event) => event.type === type);

describe('a telephone that nobody has heard of calls a user', () => {
  it('rings at once under its number, and both hear each other', async () => {
    const { telephone, phone, call } = await ringing();
    expect(call.title).toBe('01632 960011');
    expect(call).toMatchObject({ takesDigits: true, canBeTransferred: true });
    const invited = world.current.relay.messages.find(({ text }) => text.startsWith('INVITE'))?.at ?? 0;
    console.log(`It rang ${call.rangAt - invited} ms after the INVITE.`);
    await telephone.waitForEvent('CALL_RINGING');
    expect(telephone.events().some(({ type }) => type === 'CALL_ESTABLISHED')).toBe(false);
    await phone.answer();
    await telephone.waitForEvent('CALL_ESTABLISHED');
    await phone.state('connected');
    const heard = await phone.hears(TELEPHONE_HZ);
    expect(heard.dbfs).toBeGreaterThan(-25);
    await phone.hangUp();
    await telephone.waitForEvent('CALL_CLOSED');

    const [recording] = await telephone.heard();
    const { samples, sampleRate } = readWav(recording ?? '');
    expect(dominantFrequency(loudestPart(samples, sampleRate * 0.3), { sampleRate })?.hz).toBeCloseTo(
      MICROPHONE_HZ,
      -1,
    );
  });

  it('keys pressed on either side arrive at the other', async () => {
    const { telephone, phone } = await ringing();
    await phone.answer();
    await phone.hears(TELEPHONE_HZ);
    await phone.press('15#');
    const keys = () => telephone.events().filter(({ type }) => type === 'CALL_DTMF_START');
    await until('three keys at the telephone', () => keys().length >= 3);
    expect(keys().map(({ param }) => param)).toEqual(['1', '5', '#']);
    // A browser makes no event of a digit; it is played to it as the tones that it stands for.
    await telephone.command('sndcode', '5');
    await phone.hears([770, 1336], { toleranceHz: 25 });
    await telephone.command('hangup');
    expect(await phone.state('ended')).toMatchObject({ hungUpByThem: true });
  });

  it('a name that the network tells stands before the number', async () => {
    const { telephone, phone, call } = await ringing({ displayName: 'Ann Example' });
    expect(call.title).toMatch(/^Ann Example \(01632 9600\d\d\)$/);
    await telephone.command('hangup');
    await phone.state('ended');
  });

  it('hold on either side stops the audio, resuming brings it back', async () => {
    const { telephone, phone } = await ringing();
    await phone.answer();
    await phone.hears(TELEPHONE_HZ);
    await phone.hold(true);
    await phone.hearsNothing();
    await phone.hold(false);
    await phone.hears(TELEPHONE_HZ);
    await telephone.command('hold');
    await phone.heldByThem(true);
    await phone.hearsNothing();
    await telephone.command('resume');
    await phone.heldByThem(false);
    await phone.hears(TELEPHONE_HZ);
    await phone.hangUp();
    await telephone.waitForEvent('CALL_CLOSED');
  });

  it('declining ends it at the telephone', async () => {
    const { telephone, phone } = await ringing();
    await phone.decline();
    expect((await telephone.waitForEvent('CALL_CLOSED')).param).toMatch(/486/);
  });

  it('who gives up is a missed call, under a name that passes for nobody else', async () => {
    const displayName = '@user2:trunkline.test (01632 960099)\u202e';
    const { telephone, phone, user, call } = await ringing({ displayName });
    expect(call.title).toMatch(/^01632 9600\d\d$/);
    await telephone.command('hangup');
    await phone.state('ended');
    expect(await noticeIn(user, call.roomId)).toMatch(/missed/i);
  });

  it('nobody answering in time is one too', async () => {
    const telephone = await stranger();
    const { n, phone, user } = await callee();
    await telephone.dial(`${300 + n}`);
    const { roomId } = await phone.rings();
    expect((await telephone.waitForEvent('CALL_CLOSED', 15_000)).param).toMatch(/480/);
    await phone.state('ended');
    expect(await noticeIn(user, roomId)).toMatch(/missed/i);
  });
});

describe('a number that rings two users', () => {
  it('one answers, the other stops ringing', async () => {
    const telephone = await stranger();
    const [first, second] = [await callee(), await callee()];
    const [one, two] = [first.phone, second.phone];
    await telephone.dial(`${200 + first.n}`);
    const calls = [await one.rings(), await two.rings()];
    await two.answer();
    await one.state('ended');
    await two.hears(TELEPHONE_HZ);
    await two.hangUp();
    await telephone.waitForEvent('CALL_CLOSED');
    const events = await world.current.eventsOf(second.user);
    const inRoom = events.filter(({ content }) => content.call_id === calls[1]?.callId);
    expect(ofType(inRoom, 'm.call.select_answer')).toHaveLength(1);
  });

  it('one declines, the other rings on and answers', async () => {
    const telephone = await stranger();
    const [first, second] = [await callee(), await callee()];
    const [one, two] = [first.phone, second.phone];
    await telephone.dial(`${200 + first.n}`);
    await one.rings();
    await two.rings();
    await one.decline();
    await one.state('ended');
    expect((await two.call())?.state).toBe('ringing');
    await two.answer();
    await two.hears(TELEPHONE_HZ);
    await telephone.command('hangup');
    await two.state('ended');
  });
});

describe('a user with two clients', () => {
  it('the other one stops ringing when one has answered', async () => {
    const telephone = await stranger();
    const { n, phone, user } = await callee();
    const session = await world.current.synapse.login(user.name, user.session.password);
    const other = await world.current.newPhone({ ...user, session });
    await telephone.dial(numberOf(n));
    await phone.rings();
    await other.rings();
    await other.answer();
    await phone.state('ended');
    await other.hears(TELEPHONE_HZ);
    await other.hangUp();
    await telephone.waitForEvent('CALL_CLOSED');
  });
});

describe('a gateway that is killed while it rings', () => {
  it('tells the client at the next start, and the number rings again', async () => {
    const telephone = await stranger();
    const { n, phone } = await callee();
    await telephone.dial(numberOf(n));
    const first = await phone.rings();
    await world.current.gateway.kill();
    await world.current.gateway.start();
    await world.current.gateway.healthy();
    await phone.state('ended');
    await telephone.command('hangup');
    await telephone.dial(numberOf(n));
    const second = await phone.rings(2);
    expect(second.roomId).toBe(first.roomId);
    await phone.answer();
    await phone.hears(TELEPHONE_HZ);
    await phone.hangUp();
  });
});

/** The first notice of somebody else in a room. */
function noticeIn(user: User, roomId: string): Promise<string> {
  return until('a notice in the room', async () => {
    const events = await world.current.eventsOf(user);
    const notice = events.find(({ room_id, content }) => room_id === roomId && content.msgtype === 'm.notice');
    return notice === undefined ? undefined : String(notice.content.body);
  });
}
