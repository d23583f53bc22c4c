import { makeResponse, type SipHeader } from '../../message/index.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { newTag } from './tokens.ts';

/** Answers a request without the application. */
export function refuse(transaction: ServerTransaction, status: number, headers: readonly SipHeader[] = []): void {
  transaction.respond(makeResponse(transaction.request, status, { toTag: newTag(), headers }));
}
