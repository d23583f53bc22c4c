/** What a user did lately, as limits count it: the books, and what runs up to now. */
import { sum } from '../../money.ts';
import { charge } from '../rating/charge.ts';
import type { ActivityBook, RecordBook, StoredRecord, TelephoneLegRecord } from './ports.ts';

export function createActivityBook(
  records: Pick<RecordBook, 'activity' | 'firstCallAt' | 'hasCalledCountry'>,
): ActivityBook {
  return {
    async since(user, since, now) {
      const { closed, numbers, countries, open } = await records.activity(user, since);
      return {
        calls: closed.calls + open.length,
        live: open.length,
        numbers,
        countries,
        talkMs: closed.talkMs + open.reduce((total, call) => total + talkMsOf(call, now), 0),
        spent: sum(closed.spent, ...open.map((call) => spentOn(call, now))),
      };
    },
    firstCallAt: (user) => records.firstCallAt(user),
    hasCalledCountry: (user, country) => records.hasCalledCountry(user, country),
  };
}

function talkMsOf({ answeredAt }: StoredRecord, now: number): number {
  return answeredAt === undefined ? 0 : Math.max(0, now - answeredAt);
}

/** Of a call that nobody has answered yet: what its latest attempt costs at least. */
function spentOn(call: StoredRecord, now: number) {
  const legs = call.legs.filter((leg): leg is TelephoneLegRecord => leg.kind === 'telephone');
  const tariff = (legs.findLast(({ answeredAt }) => answeredAt !== undefined) ?? legs.at(-1))?.tariff?.price;
  return tariff === undefined ? sum() : charge(tariff, talkMsOf(call, now)).amount;
}
