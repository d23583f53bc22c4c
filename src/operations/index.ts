/** Everything that users and administrators do, each once: the chat, the command line and the provisioning API offer these. */
import { creditShow } from './credit.ts';
import type { Operation } from './operation.ts';

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
export type { LiveParts, OperationParts } from './parts.ts';

export const OPERATIONS: readonly Operation[] = [creditShow];
