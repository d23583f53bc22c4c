/** Which number a called party sees. Nobody can show a number that is not theirs. */
import type { BookedLine } from './line-book.ts';
import type { TrunkRules } from './trunk-rules.ts';

export const ANONYMOUS = 'anonymous';

export interface CallerIdInput {
  /** The lines that the user may show, the default first. */
  readonly lines: readonly BookedLine[];
  /** The number that the user chose, for this room or at all; one that is not theirs is not shown. */
  readonly chosen?: string;
  /** The user wants no number to be shown. */
  readonly withheld: boolean;
  readonly trunk: Pick<TrunkRules, 'name' | 'callerId'>;
}

export interface CallerId {
  /** A number, `anonymous`, or undefined for the trunk's own. */
  readonly callerId?: string;
  readonly callerName?: string;
}

/** A line of another trunk is not shown: the provider would refuse it or put its own number in its place. */
export function callerIdFor({ lines, chosen, withheld, trunk }: CallerIdInput): CallerId {
  if (withheld) return { callerId: ANONYMOUS };
  const usable = lines.filter((line) => line.trunk === undefined || line.trunk === trunk.name);
  const line = usable.find(({ number }) => number === chosen) ?? usable[0];
  if (line === undefined) return trunk.callerId === undefined ? {} : { callerId: trunk.callerId };
  return { callerId: line.number, ...(line.name === undefined ? {} : { callerName: line.name }) };
}
