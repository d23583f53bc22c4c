import { expect, it } from 'vitest';
import { describeOnEach } from '../databases.ts';

const arrival = (key: string, transport = 'sms') => ({
  textRef: `in-${transport}-${key}`,
  transport,
  key,
  called: '+441818118181',
  sender: '+447700900123',
  withheld: false,
  text: 'hello',
  receivedAt: 1_000,
  wantsDisplayed: false,
  targets: [],
});

describeOnEach('what is known of texts by SMPP after a restart', (database) => {
  it('is the latest key that begins so, of texts and of parts', async () => {
    const store = await database.open();
    for (const key of ['abc.000000001', 'abc.00000000z', 'abd.000000009']) await store.arrivals.take(arrival(key));
    await store.arrivals.take(arrival('abc.zzzzzzzzz', 'other'));
    const latest = (prefix: string) => store.smppAnswers.latestKey('sms', prefix);
    expect(await latest('abc.')).toBe('abc.00000000z');
    expect(await latest('ab.')).toBeUndefined();
    const { targets, ...part } = arrival('abc.000000010');
    await store.arrivals.takeFragment({ ...part, part: { index: 1, total: 2, reference: 3 }, group: 'g' });
    expect(targets).toEqual([]);
    expect(await latest('abc.')).toBe('abc.000000010');
  });

  it('is until when answers were read, by transport', async () => {
    const store = await database.open();
    expect(await store.smppAnswers.confirmedUntil('sms')).toBe(0);
    await store.smppAnswers.confirm('sms', 5_000.7);
    await store.smppAnswers.confirm('sms', 6_000);
    expect(await store.smppAnswers.confirmedUntil('sms')).toBe(6_000);
    expect(await store.smppAnswers.confirmedUntil('other')).toBe(0);
  });
});
