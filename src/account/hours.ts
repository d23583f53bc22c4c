/** Hours of a rule: times of the week in a time zone. */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

export interface Hours {
  /** Empty: every day. Of hours that end on the next day, the day on which they begin. */
  readonly days: readonly Weekday[];
  /** `HH:MM`; `24:00` is the end of the day. */
  readonly from: string;
  readonly to: string;
}

/** @param now milliseconds since the Unix epoch @param timeZone a name of the IANA database */
export function isWithin(hours: readonly Hours[], now: number, timeZone: string): boolean {
  const { day, minute } = localTime(now, timeZone);
  const before = weekdays[(weekdays.indexOf(day) + 6) % 7] ?? day;
  return hours.some(({ days, from, to }) => {
    const on = (which: Weekday) => days.length === 0 || days.includes(which);
    const begin = minutesOf(from);
    const end = minutesOf(to);
    if (begin < end) return on(day) && minute >= begin && minute < end;
    return (on(day) && minute >= begin) || (on(before) && minute < end);
  });
}

function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function localTime(now: number, timeZone: string): { readonly day: Weekday; readonly minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? '';
  const name = part('weekday').toLowerCase();
  return {
    day: weekdays.find((day) => name.startsWith(day)) ?? 'mon',
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}
