/** Where a call may be sent on to by the network (3xx): nowhere that its caller could not have dialled. */
import { meaningOf, parseDialString } from '../number/index.ts';
import { mayDial } from './destinations.ts';
import { factsOf } from './number-filter.ts';
import type { OutboundRules } from './outbound.ts';

/** @param target the user part of a Contact, as the trunk's number format reads it */
export function mayBeSentOn(
  caller: string,
  target: string,
  { numbersOf, destinations }: Pick<OutboundRules, 'numbersOf' | 'destinations'>,
): boolean {
  const read = parseDialString(target);
  if (!read.ok) return false;
  const numbers = numbersOf(caller);
  const meaning = meaningOf(read.dialled, numbers);
  return meaning.kind !== 'emergency' && mayDial(caller, factsOf(meaning, numbers.region), destinations);
}
