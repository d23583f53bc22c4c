/** Rooms: what memberships and state mean for ghosts, what they are called and say about a room; catalogues of sentences; commands. Pure. */
export { harmlessName, type ShownCaller, shownCaller } from './caller-name.ts';
export {
  type Addressed,
  type Choice,
  COMMANDS,
  type Command,
  type CommandAction,
  type CommandContext,
  type CommandResult,
  commandWords,
  helpOf,
  isCommandName,
  recipientsOf,
  restOfLine,
  runCommand,
  TEXT_COMMANDS,
} from './commands/index.ts';
export { type MembershipAction, type MembershipChange, onMembership, type PortalFacts } from './membership.ts';
export { choiceOfNotice, isNoticeKind, NOTICE_KINDS, type NoticeKind } from './notices.ts';
export { type CatalogueOf, inWords, type SentenceOf, type SentenceParameters } from './sentences.ts';
export { others, type RoomFacts, roomFacts } from './state.ts';
export { roomWords } from './words.ts';
