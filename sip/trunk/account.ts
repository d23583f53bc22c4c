/** A trunk as one of its accounts sees it. Pure. */
import type { TrunkAccount, TrunkSettings } from './settings.ts';

/**
 * The trunk with an extension's credentials and caller identity. From names the account whatever the trunk's own template
 * says: a registrar takes calls of an account from nobody else.
 */
export function asAccount(trunk: TrunkSettings, account: TrunkAccount): TrunkSettings {
  const { username, password, authUsername, displayName } = account;
  const { defaultName: _trunks, ...callerId } = trunk.callerId;
  return {
    ...trunk,
    credentials: { username, password, ...(authUsername === undefined ? {} : { authUsername }) },
    callerId: {
      ...callerId,
      default: account.name,
      from: '{sipUser}',
      ...(displayName === undefined ? {} : { defaultName: displayName }),
    },
  };
}
