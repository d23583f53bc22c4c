/** What is left of calls through the running gateway: their records, from the database and by the command line. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordFilter, StoredRecord } from '../../../src/account/records/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { until } from '../../world/wait.ts';
import { CallIn } from './call-in.ts';
import { House } from './house.ts';
import { MediaCall } from './media-call.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const ALICE = '@alice:hs.test';
const BOB = '@bob:hs.test';
const SHARED = '+441818118181';

let house: House;
beforeAll(async () => {
  house = await House.open({
    trunk: { keep_alive_s: 0 },
    otherTrunks: [{ keep_alive_s: 0 }],
    config: { lines: [{ number: SHARED, users: [ALICE, BOB] }] },
  });
});
afterAll(() => house?.close());

async function recorded(filter: RecordFilter): Promise<readonly StoredRecord[]> {
  const store = await openStore({ path: path.join(house.gateway.folder, 'trunkline.sqlite') });
  try {
    return await store.records().list(filter, 10);
  } finally {
    await store.close();
  }
}

/** The one record of it, once it is closed. */
async function recordOf(filter: RecordFilter): Promise<StoredRecord> {
  const [record, ...others] = await until('the record', async () => {
    const all = await recorded({ ...filter, isOpen: false });
    return all.length > 0 && all;
  });
  expect(others).toEqual([]);
  if (record === undefined) throw new Error('there is one');
  return record;
}

describe('a call out that the second trunk carries', () => {
  it('has one record, with both attempts, when what happened, and how it sounded', async () => {
    const [first, second] = house.networks;
    const call = await house.call();
    const { room } = call;
    const browser = house.browser();
    call.invite(await browser.offer());
    const failing = await house.telephone(room, first);
    failing.reply(503);
    await failing.request('ACK');
    const media = await MediaCall.at(await house.telephone(room, second), call, browser);
    media.telephone.reply(180);
    await media.answer();
    await media.expectAudio();
    const open = await recorded({ user: room.user });
    expect(open).toMatchObject([{ isOpen: true, trunk: 'test2', legs: [{ index: 0 }, { index: 1 }] }]);
    await media.hangUp();
    const record = await recordOf({ user: room.user });
    expect(record).toMatchObject({
      direction: 'out',
      user: room.user,
      roomId: room.id,
      ghost: room.ghost,
      dialled: room.number,
      number: `+44${room.number.slice(1)}`,
      country: 'GB',
      trunk: 'test2',
      sipCallId: media.telephone.callId,
      endedBy: 'caller',
      end: { cause: 'normal' },
      legs: [
        { trunk: 'test', sipCallId: failing.callId, end: { cause: 'network-busy', sipStatus: 503 } },
        { trunk: 'test2', sipCallId: media.telephone.callId, end: { cause: 'normal' } },
      ],
    });
    const { openedAt, inviteSentAt = 0, ringingAt = 0, answeredAt = 0, mediaAt = 0, endedAt = 0 } = record;
    const times = [openedAt, inviteSentAt, ringingAt, answeredAt, endedAt];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(mediaAt).toBeGreaterThanOrEqual(answeredAt);
    expect(record.talkMs).toBe(endedAt - answeredAt);
    expect(record.audio?.codec).toMatch(/^PCM[AU]$/);
    expect(record.audio?.telephoneIn).toBeGreaterThan(0);
    expect(record.audio?.clientIn).toBeGreaterThan(0);
    // How it sounds depends on how busy the machine is.
    expect(record.audio?.mos).toBeGreaterThanOrEqual(1);
    // No price list: nothing is charged, and nothing is said of money.
    expect(record.money).toBeUndefined();
    await media.close();
  });
});

describe('a call in that one of two takes', () => {
  it('has a record of who was rung and who took it, and belongs to both', async () => {
    const bobs = house.ring(BOB);
    const call = await CallIn.ringing(house, SHARED, ALICE);
    await bobs;
    await call.talk();
    await call.bye();
    const record = await recordOf({ user: BOB });
    expect(record).toMatchObject({
      direction: 'in',
      user: ALICE,
      line: SHARED,
      trunk: 'test',
      sipCallId: call.caller.callId,
      endedBy: 'caller',
    });
    expect(record.legs.map((leg) => leg.kind === 'ring' && [leg.target, leg.verdict])).toEqual(
      expect.arrayContaining([
        [ALICE, 'answered'],
        [BOB, 'called-off'],
      ]),
    );
    expect(record.talkMs).toBeGreaterThan(0);
    await call.close();
  });
});

describe('a call that is refused before it leaves', () => {
  it('has a record that says why', async () => {
    const room = await house.room(undefined, '09061234567');
    const call = await house.call(room);
    call.invite();
    await call.next('m.call.reject');
    const record = await recordOf({ user: room.user });
    expect(record).toMatchObject({ dialled: '09061234567', talkMs: 0, legs: [], endedBy: 'gateway' });
    expect(record.end?.cause).toMatch(/destination/);
  });
});

it('are written as a table by the command line, beside the running gateway', async () => {
  const args = [
    path.join(ROOT, 'src/main.ts'),
    'records',
    'export',
    'csv',
    'legs',
    '--config',
    house.gateway.configFile,
  ];
  // Without the variables of this test run: they would be read as configuration.
  const env = { PATH: process.env.PATH ?? '' };
  const { stdout } = await promisify(execFile)(path.join(ROOT, 'node_modules/.bin/node'), args, { env });
  const [header = '', ...rows] = stdout.trimEnd().split('\r\n');
  expect(header.split(',').slice(0, 2)).toEqual(['call_ref', 'direction']);
  const directions = rows.map((row) => row.split(',')[1]);
  expect(directions.filter((one) => one === 'out').length).toBeGreaterThanOrEqual(3);
  expect(directions.filter((one) => one === 'in').length).toBeGreaterThanOrEqual(2);
});
