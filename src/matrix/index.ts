/** Matrix: the application service. Others use only what is exported here. */
export * from './call-events.ts';
export * from './call-rooms.ts';
export * from './ids.ts';
export { createMatrixSide, type MatrixHealth, type MatrixSide, type MatrixSideParts } from './matrix-side.ts';
export { bodyText, oneLine } from './sanitise.ts';
export type { CallRoom, MatrixListener, MatrixSettings, Numbers, Permissions } from './settings.ts';
