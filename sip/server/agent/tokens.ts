import { randomUUID } from 'node:crypto';
import { BRANCH_COOKIE } from '../../message/index.ts';

/** An unguessable token: who cannot guess a branch or a tag cannot answer for the far side (RFC 3261 §19.3). */
function token(): string {
  return randomUUID().replaceAll('-', '');
}

export function newBranch(): string {
  return `${BRANCH_COOKIE}${token().slice(0, 20)}`;
}

export function newTag(): string {
  return token().slice(0, 16);
}

export function newCallId(): string {
  return randomUUID();
}

/** The name of a transaction towards the application. */
export function newTransactionId(): string {
  return randomUUID();
}
