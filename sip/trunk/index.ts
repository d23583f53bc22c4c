/** What differs from one SIP provider to the next, as data, and the INVITE that follows from it. */
export { asAccount } from './account.ts';
export { type HostPort, hopUri, hostsOf, nextHops, parseHostPort, registrarHops, transportParam } from './hosts.ts';
export { type CallerIdentity, type CallerIdSettings, identityHeaders, userUri } from './identity.ts';
export {
  ALLOW,
  allowOf,
  buildInvite,
  type InviteIds,
  type InvitePlan,
  type InviteRequest,
  type RequestWay,
  requestTarget,
  TargetError,
  targetAddress,
  trunkAddress,
  wayOf,
} from './invite.ts';
export { formatNumber, type NumberForm, type NumberFormat } from './number-format.ts';
export {
  type CallerSource,
  type DidSource,
  type EarlyMediaPolicy,
  type InboundNumberForm,
  type InboundNumberFormat,
  type InboundSettings,
  type RegistrationSettings,
  type Rel100,
  type SessionTimerSettings,
  type TextBodyForm,
  type TextFormat,
  type TextSettings,
  type TrunkAccount,
  type TrunkCredentials,
  type TrunkInput,
  type TrunkSettings,
  type TrunkTransport,
  trunkDomain,
  trunkSettings,
} from './settings.ts';
