/** Who calls from the telephone: as a ghost stands for them, and in words. */
import type { InboundCall, Party } from '../../../sip/index.ts';
import type { CallingParty } from '../../matrix/index.ts';
import { insideTrunk } from '../inside.ts';
import type { Sentence } from '../sentences.ts';

/** Nothing of a caller who withholds the number goes on, whatever else the network says. */
export function callingParty({
  caller,
  divertedBy,
  trunk,
}: Pick<InboundCall, 'caller' | 'divertedBy' | 'trunk'>): CallingParty {
  const { number, name, withheld, verification } = caller;
  if (withheld || number === undefined) return { kind: 'withheld', trunk };
  const [last] = divertedBy;
  const forwardedBy = last?.withheld ? undefined : last?.number;
  return {
    kind: 'known',
    dialled: number,
    ...(name === undefined ? {} : { name }),
    ...(verification === undefined ? {} : { verification }),
    ...(forwardedBy === undefined ? {} : { forwardedBy }),
  };
}

/** Who rings for less time wants, as often as not, to be called back at a high price (“Wangiri”). */
export const briefRingMs = 5_000;

/** A call that its caller gave up after it rang for so long. */
export function givenUpCall({ caller, trunk }: Pick<InboundCall, 'caller' | 'trunk'>, rangMs: number): Sentence {
  const missed = missedCall(caller);
  const isForeign = trunk !== insideTrunk && caller.number?.startsWith('+') === true;
  if (missed.key !== 'missed-call' || !isForeign || rangMs >= briefRingMs) return missed;
  return { ...missed, key: 'missed-call-brief' };
}

/** A call that nobody took went on to this number. */
export function forwardedCall(caller: Party, number: string): Sentence {
  const { key, params } = missedCall(caller);
  if (key === 'missed-call') return { key: 'call-forwarded', params: { ...params, number } };
  return { key: 'call-forwarded-withheld', params: { number } };
}

export function missedCall({ number, name, withheld }: Party): Sentence {
  if (withheld || (number === undefined && name === undefined)) return { key: 'missed-call-withheld' };
  const who =
    name !== undefined && number !== undefined && name !== number ? `${name} (${number})` : (name ?? number ?? '');
  return { key: 'missed-call', params: { who } };
}
