/** Requests that trunks bring: whose they are, who is called, who calls, who forwarded. */
export { addresses } from './addresses.ts';
export { type AdmissionParts, admitted } from './admitted.ts';
export { calledIn, calledOf } from './called.ts';
export { DigestGate } from './digest-gate.ts';
export { divertedBy } from './diverted.ts';
export { DropLog } from './drop-log.ts';
export { bare, Networks, namesIn } from './network.ts';
export { normaliseNumber, userOf } from './number.ts';
export { callerOf, changedPartyOf, printable } from './party.ts';
export { type InboundDirectory, type TrunkVerdict, whose } from './whose.ts';
