/** Each limit against fraud, met through the whole gateway: what the user reads, what the administrators read, and what lifts it. */
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeHeader } from '../../../sip/message/index.ts';
import type { StoredRecord } from '../../../src/account/records/ports.ts';
import type { MatrixUserId } from '../../../src/matrix/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { API_CONFIG, ask, userPath } from '../../world/provisioning.ts';
import { until } from '../../world/wait.ts';
import { House } from './house.ts';
import type { RoomCall } from './room-call.ts';
import { answering, type Telephone } from './telephone.ts';

const user = (name: string) => `@${name}:hs.test`;
const DAY_MS = 24 * 3_600_000;
const ADMINISTRATORS = '!administrators:hs.test';

/** Of new users, which all here are but those of `old`, half of each counts. */
const FRAUD = {
  price_per_minute: 1,
  new_users: { days: 7, percent: 50 },
  users: [
    { users: [user('minute')], calls_per_minute: 4 },
    { users: [user('hour')], calls_per_hour: 4 },
    { users: [user('numbers')], numbers_per_hour: 2 },
    { users: [user('countries')], countries_per_hour: 2 },
    { users: [user('at-once')], calls: 2 },
    { users: [user('talker')], minutes_per_day: 2 },
    { users: [user('spender')], spend_per_day: 0.04 },
    { users: [user('long')], call_s: 1 },
    { users: [user('at-home')], countries: ['GB'] },
    { users: [user('old')], calls_per_minute: 2 },
  ],
  // All day long.
  night: { from: '00:00', to: '00:00', calls: 5, minutes: 10 },
};

const DECK = `prefix,per_minute,first_s,next_s
44,0.60,1,1
33,0.60,1,1
39,0.60,1,1
49,5.00,1,1
`;

let house: House;
let administrators: RoomCall;

beforeAll(async () => {
  house = await House.open({
    trunk: { rates: 'carrier' },
    config: { api: API_CONFIG, fraud: FRAUD, rooms: { administrators: ADMINISTRATORS }, limits: { calls_per_user: 5 } },
  });
  await ask(house, 'POST', '/decks/carrier/imports', { csv: DECK });
  // What was called before: a minute less two seconds today, and something eight days ago.
  await house.gateway.halt();
  const store = await openStore({ path: path.join(house.gateway.folder, 'trunkline.sqlite') });
  const now = Date.now();
  for (const record of [called(user('talker'), now - 120_000, 58_000), called(user('old'), now - 8 * DAY_MS, 1000)]) {
    await store.records().open({ ...record, isOpen: true }, [], now);
    await store.records().close(record, [], now);
  }
  await store.close();
  await house.start();
  administrators = await house.call({ id: ADMINISTRATORS, user: '', ghost: '', number: '' });
});
afterEach(() => house.quiet());
afterAll(() => house?.close());

function called(by: string, at: number, talkMs: number): StoredRecord {
  return {
    callRef: `out-before-${by}`,
    direction: 'out',
    isOpen: false,
    user: by as MatrixUserId,
    dialled: '01818121000',
    number: '+441818121000',
    country: 'GB',
    isInside: false,
    isEmergency: false,
    trunk: 'test',
    openedAt: at,
    answeredAt: at,
    endedAt: at + talkMs,
    seenAt: at + talkMs,
    talkMs,
    legs: [],
  };
}

interface Begun {
  readonly call: RoomCall;
  readonly telephone: Telephone;
}

async function begin(name: string, number: string): Promise<Begun> {
  const room = await house.room(user(name), number);
  const call = await house.call(room);
  call.invite();
  return { call, telephone: await house.telephone(room) };
}

/** It reaches the telephone, which is busy. */
async function passes(name: string, number: string): Promise<void> {
  const { call, telephone } = await begin(name, number);
  telephone.reply(486);
  await telephone.request('ACK');
  await call.next('m.call.reject');
}

async function answered(name: string, number: string): Promise<Begun> {
  const begun = await begin(name, number);
  begun.telephone.reply(200, { sdp: answering() });
  await begun.telephone.request('ACK');
  await begun.call.next('m.call.answer');
  return begun;
}

/** The gateway hangs up. @returns what the user reads */
async function cutOff({ call, telephone }: Begun): Promise<string> {
  telephone.respond(await telephone.request('BYE'), 200);
  await call.next('m.call.hangup');
  return call.words();
}

async function hangUp({ call, telephone }: Begun): Promise<void> {
  call.send('m.call.hangup', { reason: 'user_hangup' });
  telephone.respond(await telephone.request('BYE'), 200);
}

/** It does not reach the telephone. @returns what the user reads */
async function refused(name: string, number: string): Promise<string> {
  const call = await house.call(await house.room(user(name), number));
  const before = house.network.seen.length;
  call.invite();
  await call.next('m.call.reject');
  const words = await call.words();
  const invites = house.network.seen.slice(before).filter((one) => one.kind === 'request' && one.method === 'INVITE');
  expect(invites).toEqual([]);
  return words;
}

const misuse = (limit: string) =>
  `You have reached a limit that protects against misuse: ${limit}. Your administrator can lift it.`;

/** What the administrators were told of this user. */
const told = (name: string): readonly string[] =>
  administrators.said.map(({ content }) => String(content.body)).filter((words) => words.startsWith(`${user(name)} `));

async function toldOf(name: string, words: RegExp): Promise<void> {
  await until(`the administrators to be told of ${name}`, () => told(name).some((one) => words.test(one)));
}

const lift = (name: string) => ask(house, 'POST', `${userPath(user(name))}/limits/lift`, {});

describe('limits that count', () => {
  it('calls a minute', async () => {
    await passes('minute', '01818121001');
    await passes('minute', '01818121001');
    expect(await refused('minute', '01818121001')).toBe(misuse('2 calls in a minute'));
    expect(await refused('minute', '01818121001')).toBe(misuse('2 calls in a minute'));
    await toldOf('minute', /2 calls in a minute \(this would have been call 3\)/);
    expect(told('minute')).toHaveLength(1);
    await lift('minute');
    await passes('minute', '01818121001');
  });

  it('calls a minute, of somebody who is not new', async () => {
    await passes('old', '01818121002');
    await passes('old', '01818121002');
    expect(await refused('old', '01818121002')).toBe(misuse('2 calls in a minute'));
  });

  it('calls an hour', async () => {
    await passes('hour', '01818121003');
    await passes('hour', '01818121003');
    expect(await refused('hour', '01818121003')).toBe(misuse('2 calls in an hour'));
    await toldOf('hour', /2 calls in an hour/);
  });

  it('different numbers an hour', async () => {
    await passes('numbers', '01818121004');
    await passes('numbers', '01818121004');
    expect(await refused('numbers', '01818121005')).toBe(misuse('1 different number in an hour'));
    await toldOf('numbers', /1 different number in an hour \(this would have been number 2\)/);
  });

  it('different countries an hour', async () => {
    await passes('countries', '01818121006');
    expect(await refused('countries', '+33140000001')).toBe(misuse('1 country in an hour'));
    await toldOf('countries', /1 country in an hour/);
    await lift('countries');
    await passes('countries', '+33140000001');
  });

  it('calls at the same time', async () => {
    const first = await answered('at-once', '01818121007');
    expect(await refused('at-once', '01818121008')).toBe(misuse('1 call at the same time'));
    await toldOf('at-once', /1 call at the same time/);
    await hangUp(first);
    await house.quiet();
    await passes('at-once', '01818121008');
  });

  it('minutes a day: the last ones can still be talked, and no more', async () => {
    expect(await cutOff(await answered('talker', '01818121009'))).toBe(
      'The call reached the longest time allowed and has ended.',
    );
    await house.quiet();
    expect(await refused('talker', '01818121009')).toBe(misuse('1 minute in 24 hours'));
    await toldOf('talker', /1 minute in 24 hours/);
  });

  it('money a day: the last of it can still be spent, and no more', async () => {
    const call = await answered('spender', '01818121010');
    expect(await cutOff(call)).toBe('The call reached the longest time allowed and has ended.');
    await house.quiet();
    const [record] = (await ask(house, 'GET', `${userPath(user('spender'))}/calls`)).calls as { talkS: number }[];
    expect(record?.talkS).toBe(2);
    expect(await refused('spender', '01818121010')).toBe(misuse('0.02 EUR in 24 hours'));
    await toldOf('spender', /0\.02 EUR in 24 hours \(with this call it would be at least 0\.03 EUR\)/);
  });

  it('the length of a call', async () => {
    expect(await cutOff(await answered('long', '01818121011'))).toBe(
      'The call reached the longest time allowed and has ended.',
    );
  });
});

describe('limits on where a call goes', () => {
  const closed =
    'Numbers of this kind cannot be called here, as they can be very expensive. Please ask your administrator.';

  it.each([
    ['premium', '09098790000', /it was a premium-rate number/],
    ['shared', '+491805123456', /it was a shared-cost number/],
    ['satellite', '+870773111632', /it was a satellite telephone/],
    ['networks', '+882341234567', /it was a number of an international network/],
    ['shares', '+24761234', /it was a number of a range that is known for fraud/],
  ])('%s: %s', async (name, number, words) => {
    expect(await refused(name, number)).toBe(closed);
    await toldOf(name, words);
  });

  it('numbers abroad that are dialled like those at home', async () => {
    const settings = `${userPath(user('at-home'))}/limits`;
    expect(await ask(house, 'GET', settings)).toMatchObject({ user: user('at-home') });
    expect(await refused('at-home', '+33140000002')).toMatch(/^Calls to this number are not allowed here\./);
    await toldOf('at-home', /calls to GB only \(the number is in FR\)/);
    await lift('at-home');
    await passes('at-home', '+33140000002');
  });

  it('what is dearer than a minute may be, and what has no price', async () => {
    expect(await refused('dear', '+49301234567')).toBe(
      'Calls to this number cost more than is allowed here. Please ask your administrator.',
    );
    await toldOf('dear', /1\.00 EUR a minute/);
    expect(await refused('dear', '+81312345678')).toBe(
      'No price is known for calls to this number, so it cannot be called. Please tell your administrator.',
    );
    await lift('dear');
    await passes('dear', '+49301234567');
  });

  it.each([
    ['a premium-rate number', '+449098790000'],
    ['a number that is dearer', '+49301234567'],
    ['a number without a price', '+81312345678'],
  ])('a call is not sent on to %s', async (_name, number) => {
    const { call, telephone } = await begin('sent-on', '01818121012');
    telephone.reply(302, { headers: [makeHeader('Contact', `<sip:${number}@127.0.0.1:${house.network.port}>`)] });
    await telephone.request('ACK');
    await call.next('m.call.reject');
    expect(await call.words()).toBe('The call was forwarded to a number that is not allowed.');
  });
});

describe('what is unusual is told of', () => {
  it('the first call to a country, once', async () => {
    await passes('traveller', '+390612345678');
    await passes('traveller', '+390612345678');
    await toldOf('traveller', /called IT for the first time/);
    expect(told('traveller')).toHaveLength(1);
  });

  it('many calls in the night', async () => {
    for (let n = 0; n < 6; n += 1) await passes('sleepless', '01818121013');
    await toldOf('sleepless', /made 5 calls within 10 minutes in the night/);
    expect(told('sleepless')).toHaveLength(1);
  });
});
