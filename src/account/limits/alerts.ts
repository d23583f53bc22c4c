/** Traffic that is unusual without being forbidden: told to the administrators once. */
import type { Logger } from 'pino';
import { isWithin } from '../hours.ts';
import type { ActivityBook } from '../records/ports.ts';
import type { LimitedCall } from './check.ts';
import type { FraudRules } from './effective.ts';
import type { TripBook } from './ports.ts';
import { alertWords } from './words.ts';

export interface AlertParts {
  readonly rules: Pick<FraudRules, 'night'>;
  readonly trips: Pick<TripBook, 'alert'>;
  readonly activity: Pick<ActivityBook, 'since' | 'hasCalledCountry'>;
  readonly tell: (about: string, words: string) => Promise<void>;
  readonly logger: Logger;
}

export interface Alerts {
  /**
   * A call is about to be entered: settles when it is known whether that is unusual. Never rejects, and telling is not waited for:
   * a call does not depend on it.
   * @param region the user's country
   */
  noticed(user: string, call: LimitedCall, region: string, now: number): Promise<void>;
}

export function createAlerts({ rules, trips, activity, tell, logger }: AlertParts): Alerts {
  async function newCountry(
    user: string,
    { number, country }: LimitedCall,
    region: string,
    now: number,
  ): Promise<void> {
    if (country === undefined || country === region) return;
    if (await activity.hasCalledCountry(user, country)) return;
    const what = `new-country:${country}`;
    if (await trips.alert(user, what, now)) {
      tellLater(`alert:${user}:${what}`, alertWords.newCountry(user, country, number));
    }
  }

  async function nightBurst(user: string, now: number): Promise<void> {
    const { night } = rules;
    if (night === undefined || night.calls === 0) return;
    const { from, to, timeZone, calls, minutes } = night;
    if (!isWithin([{ days: [], from, to }], now, timeZone)) return;
    const made = (await activity.since(user, now - minutes * 60_000, now)).calls + 1;
    if (made < calls) return;
    // Once a night, by the day on which it is noticed.
    const what = `night-burst:${new Intl.DateTimeFormat('en-CA', { timeZone }).format(now)}`;
    if (await trips.alert(user, what, now)) {
      tellLater(`alert:${user}:${what}`, alertWords.nightBurst(user, made, minutes));
    }
  }

  const failed = (error: unknown) => logger.error({ err: error }, 'unusual traffic could not be told of');
  const tellLater = (about: string, words: string) => {
    tell(about, words).catch(failed);
  };

  return {
    async noticed(user, call, region, now) {
      await Promise.all([newCountry(user, call, region, now), nightBurst(user, now)]).catch(failed);
    },
  };
}
