/** Who calls from the telephone: as a ghost stands for them, and in words. */
import type { InboundCall, Party } from '../../../sip/index.ts';
import type { CallingParty } from '../../matrix/index.ts';
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

export function missedCall({ number, name, withheld }: Party): Sentence {
  if (withheld || (number === undefined && name === undefined)) return { key: 'missed-call-withheld' };
  const who =
    name !== undefined && number !== undefined && name !== number ? `${name} (${number})` : (name ?? number ?? '');
  return { key: 'missed-call', params: { who } };
}
