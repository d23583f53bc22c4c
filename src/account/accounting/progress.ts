/** What happens to an open call, as it goes into its record. Pure. */
import type { AccountedCall, CallProgress } from '../../call/index.ts';
import type { RecordChange, StoredRecord, TelephoneLegRecord } from '../records/ports.ts';
import { legOf } from './begin.ts';

/** As the store takes it. */
export function changeOf(call: AccountedCall, progress: CallProgress): RecordChange {
  if (progress.type === 'taken') return progress;
  const { type, attempt: leg, at, sipCallId } = progress;
  const begun = type === 'placed' && call.direction === 'out' ? legOf(call.plan, leg, at) : undefined;
  return {
    type,
    leg,
    at,
    ...(sipCallId === undefined ? {} : { sipCallId }),
    ...(begun === undefined ? {} : { begun }),
  };
}

/** The record as it is after that, as far as its settling needs it. */
export function changed(record: StoredRecord, change: RecordChange): StoredRecord {
  if (change.type === 'taken') return record;
  const { type, leg: index, at, begun } = change;
  if (type === 'placed') return begun === undefined ? record : { ...record, legs: [...record.legs, begun] };
  if (type === 'ringing') return record;
  const legs = record.legs.map((leg) => (leg.index === index && leg.kind === 'telephone' ? answeredAt(leg, at) : leg));
  return { ...record, answeredAt: record.answeredAt ?? at, legs };
}

function answeredAt(leg: TelephoneLegRecord, at: number): TelephoneLegRecord {
  return { ...leg, answeredAt: leg.answeredAt ?? at };
}
