/** Matrix: the application service. Others use only what is exported here. */

export type { NoticeKind } from '../room/index.ts';
export type { AttachedFile, ChatOperations, Written } from './bot/operations.ts';
export * from './call-events.ts';
export * from './call-rooms.ts';
export * from './ids.ts';
export { FINDABLE } from './lookups/index.ts';
export { createMatrixSide } from './matrix-side.ts';
export type { NoticeChoices } from './notices.ts';
export { bodyText, oneLine } from './sanitise.ts';
export type {
  CallRoom,
  Lines,
  MatrixListener,
  MatrixSettings,
  Numbers,
  Permissions,
  RealUsers,
  SharedLines,
} from './settings.ts';
export type { MatrixHealth, MatrixSide, MatrixSideParts, SharedLineRooms } from './side.ts';
export * from './text-events.ts';
export * from './text-rooms.ts';
