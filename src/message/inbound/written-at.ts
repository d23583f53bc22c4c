/** When a text was written, as its event says it. */

/** A difference that nobody sees. */
const NOW_MS = 10_000;
/** What is said to be older than this, as seen when it came, was written by a clock that is wrong. */
const LONGEST_ON_THE_WAY_MS = 7 * 86_400_000;

/**
 * The time for `ts` of the event; undefined when it is as good as now. What the network says counts when it can be true: not
 * later than the text came, and not days before. Else it is the time at which the text came. All in ms since 1970.
 */
export function writtenAt(
  { sentAt, receivedAt }: { readonly sentAt?: number; readonly receivedAt: number },
  now: number,
): number | undefined {
  const canBe = sentAt !== undefined && sentAt <= receivedAt && sentAt > receivedAt - LONGEST_ON_THE_WAY_MS;
  const at = Math.min(canBe ? sentAt : receivedAt, now);
  return now - at < NOW_MS ? undefined : at;
}
