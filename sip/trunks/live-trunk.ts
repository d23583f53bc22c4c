/** One trunk as it is at this moment. */
import type { TrunkStatus } from '../leg.ts';
import { asAccount, type TrunkSettings } from '../trunk/index.ts';

export class LiveTrunk {
  readonly settings: TrunkSettings;
  readonly #accounts: ReadonlyMap<string, TrunkSettings>;

  constructor(settings: TrunkSettings) {
    this.settings = settings;
    this.#accounts = new Map(settings.accounts.map((account) => [account.name, asAccount(settings, account)]));
  }

  /** The trunk as an account sees it; undefined for an account that it does not have. */
  as(account: string | undefined): TrunkSettings | undefined {
    return account === undefined ? this.settings : this.#accounts.get(account);
  }

  status(calls: number): TrunkStatus {
    const { name, maxCalls } = this.settings;
    return {
      name,
      state: 'unknown',
      since: 0,
      calls,
      ...(maxCalls === undefined ? {} : { maxCalls }),
      registrations: [],
    };
  }
}
