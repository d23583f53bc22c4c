/** What differs from one SIP provider to the next, as data, and the INVITE that follows from it. */
export { type CallerIdentity, type CallerIdSettings, identityHeaders } from './identity.ts';
export {
  ALLOW,
  buildInvite,
  type InviteIds,
  type InvitePlan,
  TargetError,
  targetAddress,
  trunkAddress,
} from './invite.ts';
export { formatNumber, type NumberForm, type NumberFormat } from './number-format.ts';
export {
  type CallerSource,
  type DidSource,
  type EarlyMediaPolicy,
  type InboundNumberForm,
  type InboundNumberFormat,
  type InboundSettings,
  type Rel100,
  type SessionTimerSettings,
  type TrunkCredentials,
  type TrunkInput,
  type TrunkSettings,
  type TrunkTransport,
  trunkDomain,
  trunkSettings,
} from './settings.ts';
