/** What a closed call cost, put into its record. Pure. */
import type { Tariff } from '../../call/index.ts';
import { type Micros, NOTHING } from '../../money.ts';
import { charge } from '../rating/charge.ts';
import type { CallMoney, RecordedLeg, StoredRecord, TelephoneLegRecord } from '../records/ports.ts';
import { answeredLeg } from './end.ts';

/** By which tariff a call is settled: that of the leg that was answered. */
export function priceOf(record: StoredRecord): Tariff | undefined {
  return answeredLeg(record)?.tariff?.price;
}

/**
 * @param paid what the user pays, as it was settled
 */
export function priced(record: StoredRecord, paid: Micros): StoredRecord {
  const answered = answeredLeg(record);
  const money = answered && moneyOf(answered, record.talkMs, paid);
  // Also a call that nobody answered has a price: 0, by the rate of its last attempt.
  const last = record.legs.findLast((leg): leg is TelephoneLegRecord => leg.kind === 'telephone');
  const shown = money ?? (last && moneyOf(last, undefined, NOTHING));
  if (shown === undefined) return record;
  const legs = record.legs.map((leg): RecordedLeg => {
    if (leg.kind !== 'telephone') return leg;
    const own = leg === answered ? money : moneyOf(leg, undefined, NOTHING);
    return own === undefined ? leg : { ...leg, money: own };
  });
  return { ...record, money: shown, legs };
}

function moneyOf({ tariff }: TelephoneLegRecord, talkMs: number | undefined, price: Micros): CallMoney | undefined {
  if (tariff === undefined) return undefined;
  const { amount, billedS } = charge(tariff.price, talkMs);
  return {
    currency: tariff.price.currency,
    price,
    listPrice: amount,
    ...(tariff.cost === undefined ? {} : { cost: charge(tariff.cost, talkMs).amount }),
    rate: tariff.rate,
    billedS,
  };
}
