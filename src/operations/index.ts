/** Everything that users and administrators do, each once: the chat, the command line and the provisioning API offer these. */
import { recordsReconcile } from './bills.ts';
import { callsEnd, callsList, callsLive, usageAll, usageShow } from './calls.ts';
import { creditAdjust, creditGrant, creditMovements, creditShow, creditTopup, ledgerVerify } from './credit/index.ts';
import { callsTest, dial } from './dial.ts';
import { findableSet } from './findable.ts';
import { limitsLift, limitsSet, limitsShow, limitsTrips } from './limits/index.ts';
import { lineLink, linesAll, linesList, lineUnlink, lineUse, lineWithhold } from './lines/index.ts';
import { namesList, namesRemove, namesSet } from './names.ts';
import { noticesSet, noticesShow } from './notices.ts';
import type { Operation } from './operation.ts';
import { callersAllow, callersBlock, dndSet, forwardSet, preferencesShow } from './preferences.ts';
import { priceShow, ratesImport, ratesList, ratesShow } from './rates/index.ts';
import { recordsExport } from './records.ts';
import { textsSend } from './texts.ts';
import { statusShow, trunksList, trunksRegister } from './trunks.ts';
import { usersList } from './users.ts';

export { type ChatParts, createChatOperations, speechFor } from './chat.ts';
export { findCommand, helpOfOne, type ReadCommand, readCommand } from './commands.ts';
export { OperationError, type OperationErrorCode } from './errors.ts';
export {
  type Access,
  actorOf,
  admitted,
  type Caller,
  type CommandForm,
  type Download,
  execute,
  type HttpForm,
  mayDo,
  type Operation,
  type OperationContext,
  type Speech,
} from './operation.ts';
export { administratorPage, userPage } from './pages.ts';
export type { Chat, ChoiceBook, LiveParts, LiveTrunk, OperationParts } from './parts.ts';

/** In the order of help: what users do, then what administrators do. */
export const OPERATIONS: readonly Operation[] = [
  dial,
  textsSend,
  statusShow,
  callsList,
  usageShow,
  creditShow,
  creditMovements,
  priceShow,
  linesList,
  lineUse,
  lineWithhold,
  dndSet,
  forwardSet,
  callersBlock,
  callersAllow,
  preferencesShow,
  findableSet,
  limitsShow,
  noticesShow,
  noticesSet,
  namesList,
  namesSet,
  namesRemove,
  usersList,
  linesAll,
  lineLink,
  lineUnlink,
  creditTopup,
  creditAdjust,
  creditGrant,
  ledgerVerify,
  ratesImport,
  ratesList,
  ratesShow,
  callsTest,
  limitsTrips,
  limitsLift,
  limitsSet,
  trunksList,
  trunksRegister,
  callsLive,
  callsEnd,
  usageAll,
  recordsExport,
  recordsReconcile,
];
