/** A person whose credit ends while they talk: what they hear and read, when the call ends, and what the books say of it. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  API_CONFIG,
  callsOf,
  creditOf,
  importDeck,
  ledgerFaults,
  type ShownMoney,
  topUp,
} from '../world/provisioning.ts';
import { ANSWER } from '../world/scenarios.ts';
import { useWorld } from '../world/world.ts';

const world = useWorld({
  trunk: { rates: 'carrier' },
  config: { api: API_CONFIG, credit: { default: 'prepaid', warn_before_s: 5, reserve_s: 2 } },
});

// A cent a second.
beforeAll(() => importDeck(world.current, 'carrier', '0.60'));

const cents = (price: ShownMoney | undefined): number => Math.round(Number(price?.amount) * 100);

describe('a user with credit for twelve seconds', () => {
  it('hears the warning, reads of it, and is cut off at the right second; record and ledger agree', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const user = await world.current.newUser();
    const { userId } = user.session;
    await topUp(world.current, userId, '0.12');
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    // The far side says back what it hears: silence, so that what is heard is the gateway's own.
    await caller.toggle('Mute');
    await caller.hearsNothing();
    await caller.hears(1000);
    await caller.says(/credit is used up/);
    await caller.state('ended');

    const { passed, errors, messages } = await sipp.finished;
    expect(passed, errors).toBe(true);
    expect(messages.filter(({ startLine }) => startLine.startsWith('BYE'))).toHaveLength(1);
    const bodies = (await world.current.eventsOf(user)).map(({ content }) => String(content.body ?? ''));
    expect(bodies.filter((body) => body.startsWith('Your credit for this call lasts another 0:0'))).toHaveLength(1);

    await world.current.allCallsOver();
    const [record] = await callsOf(world.current, userId);
    expect(record).toMatchObject({ cause: 'credit-used-up', talkS: 12 });
    expect(cents(record?.price)).toBe(12);
    expect(await creditOf(world.current, userId)).toMatchObject({
      balance: { amount: '0.00' },
      held: { amount: '0.00' },
    });
    expect(await ledgerFaults(world.current)).toEqual([]);
  });

  it('cannot spend it twice at once', async () => {
    await world.current.answerWith(ANSWER, { calls: 2 });
    const user = await world.current.newUser();
    const { userId } = user.session;
    await topUp(world.current, userId, '0.12');
    const callers = [await world.current.newCaller(user), await world.current.newCaller(user)];
    await callers[0]?.dial('0181 811 8182');
    await callers[1]?.dial('0181 811 8183');
    // The first has set aside what it may need; the second is told so as soon as its first second is over, or before.
    for (const caller of callers) await caller.says(/credit is used up|not have enough credit/);
    await world.current.allCallsOver();
    const records = await callsOf(world.current, userId);
    expect(records).toHaveLength(2);
    expect(records.reduce((sum, { price }) => sum + cents(price), 0)).toBe(12);
    expect(await creditOf(world.current, userId)).toMatchObject({ balance: { amount: '0.00' } });
    expect(await ledgerFaults(world.current)).toEqual([]);
  });
});
