/** What names a call: to people and in logs, and us as its party towards clients. */
import { randomBytes } from 'node:crypto';

/** Short, unique, and good to read out over the telephone. */
export const newCallRef = (): string => `c-${randomBytes(8).toString('hex')}`;

/** Must not be a client's device ID, which clients take for their own echo. */
export const ownPartyOf = (callRef: string): string => `trunkline-${callRef}`;
