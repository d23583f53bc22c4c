/** Texts that are paid for, through the whole gateway: what each costs, what comes back, and what is said when there is no credit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_CONFIG, ask, creditOf, ledgerFaults, topUp } from '../../world/provisioning.ts';
import { until } from '../../world/wait.ts';
import { House } from './house.ts';

let house: House;
const user = (name: string) => `@${name}:hs.test`;

beforeAll(async () => {
  house = await House.open({
    trunk: { rates: 'carrier', texts: { enabled: true } },
    config: {
      api: API_CONFIG,
      permissions: { call_out: ['@*:hs.test'], text_out: ['@*:hs.test'] },
      credit: { currency: 'EUR', default: 'prepaid', low_balance: '0.05' },
      texts: { first_retry_s: 1 },
      lines: ['ann', 'ben', 'cai'].map((name, index) => ({ number: `+44181811818${index}`, users: [user(name)] })),
    },
  });
  await ask(house, 'POST', '/decks/carrier/imports', { csv: 'prefix,name,per_text\n44,Britain,0.07\n' });
});
afterAll(() => house?.close());

async function has(who: string): Promise<readonly [balance: string, held: string]> {
  const { balance, held } = await creditOf(house, who);
  return [balance.amount, held.amount];
}

const becomes = (who: string, balance: string, held = '0.00') =>
  until(`${who} to have ${balance} and ${held} held`, async () => (await has(who)).join() === `${balance},${held}`);

describe('a text', () => {
  it('is held for while it is on its way, and charged by the segment when the trunk has it', async () => {
    const ann = user('ann');
    const chat = await house.chat(await house.room(ann, '0181 812 3001'));
    await topUp(house, ann, '0.30');
    const long = 'x'.repeat(200);
    const eventId = chat.write(long);
    const message = await chat.arrives(long);
    expect(await has(ann)).toEqual(['0.30', '0.14']);
    chat.answer(message, 200);
    await chat.isRead(eventId);
    await becomes(ann, '0.16');
  });

  it('that fails costs nothing; sent again it is paid for', async () => {
    const ben = user('ben');
    const chat = await house.chat(await house.room(ben, '0181 812 3002'));
    await topUp(house, ben, '0.10');
    const eventId = chat.write('Anybody there?');
    chat.answer(await chat.arrives('Anybody there?'), 404);
    expect(await chat.words()).toMatch(/not in service/);
    await becomes(ben, '0.10');
    chat.react(eventId, '🔁');
    chat.answer(await chat.arrives('Anybody there?'), 200);
    await chat.isRead(eventId);
    await becomes(ben, '0.03');
  });

  it('without credit does not leave, and its writer reads why', async () => {
    const ben = user('ben');
    const chat = await house.chat(await house.room(ben, '0181 812 3003'));
    chat.write('One more');
    expect(await chat.words()).toBe(
      'Your credit is too low: this costs 0.07 EUR, and you have 0.03 EUR left. Nothing was sent.',
    );
    await topUp(house, ben, '0.05');
    chat.write('Now');
    chat.answer(await chat.arrives('Now'), 200);
    await becomes(ben, '0.01');
  });

  it('of somebody who writes for free costs nothing', async () => {
    const cai = user('cai');
    const chat = await house.chat(await house.room(cai, '0181 812 3004'));
    await ask(house, 'PUT', `/users/${encodeURIComponent(cai)}/credit/terms`, { kind: 'free' });
    const eventId = chat.write('Free');
    chat.answer(await chat.arrives('Free'), 200);
    await chat.isRead(eventId);
    expect(await has(cai)).toEqual(['0.00', '0.00']);
  });

  it('leaves books that add up', async () => {
    expect(await ledgerFaults(house)).toEqual([]);
  });
});
