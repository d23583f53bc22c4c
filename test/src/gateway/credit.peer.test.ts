/** Credit through the whole gateway: the tone, the words, the end, and books that agree with each other. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dominantFrequency } from '../../world/audio.ts';
import { API_CONFIG, ask, callsOf, creditOf, importDeck, ledgerFaults, topUp } from '../../world/provisioning.ts';
import { until } from '../../world/wait.ts';
import { House, type Room } from './house.ts';
import { MediaCall } from './media-call.ts';

let house: House;
const open: MediaCall[] = [];

beforeAll(async () => {
  house = await House.open({
    trunk: { rates: 'carrier' },
    config: {
      api: API_CONFIG,
      credit: { currency: 'EUR', default: 'prepaid', warn_before_s: 5, reserve_s: 2 },
    },
  });
  // A cent a second.
  await importDeck(house, 'carrier', '0.60');
});
afterEach(async () => {
  for (const call of open.splice(0)) await call.close();
  await house.quiet();
});
afterAll(() => house?.close());

async function calling(room: Room): Promise<MediaCall> {
  const call = await MediaCall.begin(house, {}, room);
  open.push(call);
  return call;
}

async function begin(room: Room): Promise<MediaCall> {
  const call = await calling(room);
  await call.answer();
  await call.expectAudio();
  return call;
}

/** Settles when the gateway has hung up on both sides. */
async function ended({ call, telephone }: MediaCall): Promise<void> {
  telephone.respond(await telephone.request('BYE'), 200);
  expect(await call.next('m.call.hangup')).toMatchObject({ reason: 'user_hangup' });
}

describe('a user with credit for twelve seconds', () => {
  it('hears a tone, reads how long it lasts, and is cut off at the right second; record and ledger agree', async () => {
    const room = await house.room();
    await topUp(house, room.user, '0.12');
    const media = await begin(room);
    await until('the tone', async () => {
      const heard = dominantFrequency(await media.browser.listen(200))?.hz ?? 0;
      return Math.abs(heard - 1000) < 15;
    });
    expect(await media.call.words()).toMatch(/^Your credit for this call lasts another 0:0[45] minutes\.$/);
    // It goes on, until the credit is used up.
    await media.expectAudio();
    await ended(media);
    expect(await media.call.words()).toBe('The call ended because your credit is used up.');
    await house.quiet();
    expect(await callsOf(house, room.user)).toMatchObject([
      { cause: 'credit-used-up', talkS: 12, price: { amount: '0.12', currency: 'EUR' } },
    ]);
    expect(await creditOf(house, room.user)).toMatchObject({ balance: { amount: '0.00' }, held: { amount: '0.00' } });
    expect(await ledgerFaults(house)).toEqual([]);
  });

  it('and none left is told so, and nobody is called', async () => {
    const room = await house.room();
    const call = await house.call(room);
    const before = house.network.seen.length;
    call.invite();
    expect(await call.next('m.call.reject')).toMatchObject({ reason: 'unknown_error' });
    expect(await call.words()).toBe('You do not have enough credit for this call.');
    expect(house.network.seen.slice(before).filter((one) => one.kind === 'request' && one.method === 'INVITE')).toEqual(
      [],
    );
    await house.quiet();
    expect(await callsOf(house, room.user)).toMatchObject([{ cause: 'credit-too-low' }]);
  });

  it('who calls twice at the same time spends it once', async () => {
    const first = await house.room();
    const second = await house.room(first.user);
    await topUp(house, first.user, '0.05');
    // Both have set aside their first second before either is answered.
    const calls = await Promise.all([calling(first), calling(second)]);
    for (const call of calls) call.telephone.reply(200, { sdp: call.rtp.sdp() });
    await Promise.all(calls.map(ended));
    await house.quiet();
    const records = await callsOf(house, first.user);
    expect(records.map(({ cause }) => cause)).toEqual(['credit-used-up', 'credit-used-up']);
    const cents = records.reduce((sum, { price }) => sum + Math.round(Number(price?.amount) * 100), 0);
    expect(cents).toBe(5);
    expect(await creditOf(house, first.user)).toMatchObject({ balance: { amount: '0.00' }, held: { amount: '0.00' } });
    expect(await ledgerFaults(house)).toEqual([]);
  });

  it('goes on when it is topped up in time', async () => {
    const room = await house.room();
    await topUp(house, room.user, '0.08');
    const media = await begin(room);
    expect(await media.call.words()).toMatch(/^Your credit for this call lasts another 0:0\d minutes\.$/);
    await topUp(house, room.user, '10.00');
    await until('more than the first credit to be spent', async () => {
      const { held } = await creditOf(house, room.user);
      return Number(held.amount) > 0.08;
    });
    await media.expectAudio();
    await media.hangUp();
  });
});

describe('an administrator', () => {
  it('sees a call by the API, and ends it: both sides hear so, the user reads why', async () => {
    const room = await house.room();
    await topUp(house, room.user, '1.00');
    const media = await begin(room);
    const { calls } = await ask(house, 'GET', '/calls');
    const [live] = calls as { readonly callRef: string; readonly user: string }[];
    expect(live).toMatchObject({ user: room.user });
    await ask(house, 'DELETE', `/calls/${live?.callRef}`);
    await ended(media);
    expect(await media.call.words()).toBe('An administrator ended the call.');
    await house.quiet();
    expect(await callsOf(house, room.user)).toMatchObject([{ cause: 'ended-by-administrator' }]);
  });
});
