/** Accounts: whose numbers are whose, who may call whom, which trunk carries a call. Pure decisions, told to `call`. */

export type { EmergencyPolicy } from './emergency.ts';
export { INSIDE, type InboundRules } from './inbound.ts';
export { createInboundDecision, type InboundDecisionParts } from './inbound-decision.ts';
export type { InboundRule, Outcomes, RingStepRule } from './inbound-rules.ts';
export * from './ledger/index.ts';
export {
  type BookedExtension,
  type BookedLine,
  createLineBook,
  isExtension,
  type LineBook,
  lineByKey,
  lineKey,
  mergeLines,
} from './line-book.ts';
export { createLineChoices, type LineChoicesParts } from './lines/choices.ts';
export { createLineDirectory, type LineDirectory, type LineDirectoryParts, type Versions } from './lines/directory.ts';
export { type OwnerRules, ownerOfNumber } from './lines/owner.ts';
export * from './lines/ports.ts';
export type { NumberFilter, NumberType } from './number-filter.ts';
export type { OutboundRules } from './outbound.ts';
export { createOutboundDecision, type LineChoices, type OutboundDecisionParts } from './outbound-decision.ts';
export { type IsMember, matchPeople, type People, serverOf } from './people.ts';
export { mayBeSentOn } from './redirect.ts';
export type { RouteRule } from './routing.ts';
export { nobodyPrefers, type PreferencesOf, WITHHELD } from './screening.ts';
export { createInboundTextDecision, createTextDecision } from './text-decision.ts';
export { textWords } from './text-words.ts';
export type { PoolRule, SharedSender, TextRules, TextTrunk } from './texting.ts';
export type { Availability, TrunkRules } from './trunk-rules.ts';
