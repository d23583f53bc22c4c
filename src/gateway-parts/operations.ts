/** What operations work on, from the configuration and the store: for the gateway, and for the command line beside it. */
import type { Config } from '../../config/index.ts';
import type { IsMember } from '../account/index.ts';
import { ledgerSettings, numberRules } from '../gateway-settings/index.ts';
import { displayName, type NumberRules } from '../number/index.ts';
import type { LiveParts, OperationParts } from '../operations/index.ts';
import type { Store } from '../store/index.ts';

export interface OperationSources {
  readonly config: Config;
  readonly store: Store;
  /** Whether a user is in a room; where that is not known, nobody is. */
  readonly isMember: IsMember;
  /** Default: as the configuration says for everybody. */
  readonly numbersOf?: (user: string) => NumberRules;
  readonly now: () => number;
  /** Of a gateway that runs. */
  readonly live?: LiveParts;
}

export function operationParts(sources: OperationSources): OperationParts {
  const { config, store, isMember, now, live } = sources;
  const rules = numberRules(config);
  const numbersOf = sources.numbersOf ?? (() => rules);
  return {
    now,
    ledger: store.ledger(ledgerSettings(config, isMember)),
    showNumber: (number, user) => displayName(number, user === undefined ? rules : numbersOf(user)),
    ...(live === undefined ? {} : { live }),
  };
}
