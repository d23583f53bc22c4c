/** Why a transfer came to nothing before anybody was called, or after. */
import { explainGateway, telephoneCause } from '../reasons.ts';
import type { TransferFailure } from './machine.ts';

export function failureOf(
  cause: 'gateway-problem' | 'number-unusable' | 'transfer-failed',
  why: string,
): TransferFailure {
  const { reason } = explainGateway(cause);
  return { cause, by: 'gateway', why, status: 500, telephone: telephoneCause(reason) };
}

export const nobodyCame = failureOf('transfer-failed', 'the call that was awaited never came');
export const notNow = failureOf('transfer-failed', 'the call is just being transferred');
export const noTarget = failureOf('transfer-failed', 'it names nobody who can be called');
