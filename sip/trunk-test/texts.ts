/** Whether a trunk says that it takes texts. Pure. */
import type { OutsideOutcome } from '../call/outside-client.ts';
import { hasHeader, headerHasToken } from '../message/index.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import type { Finding } from './finding.ts';

/**
 * @param outcome of OPTIONS, whose answer may list methods (RFC 3261 §11.2)
 * @returns undefined where the trunk carries no texts, or says nothing about it
 */
export function textsFinding(outcome: OutsideOutcome, { texts }: Pick<TrunkSettings, 'texts'>): Finding | undefined {
  if (!texts.enabled || outcome.kind !== 'answered') return undefined;
  const { message } = outcome.response;
  if (message.status >= 300 || !hasHeader(message, 'allow')) return undefined;
  if (headerHasToken(message, 'allow', 'MESSAGE'))
    return { step: 'texts', verdict: 'ok', words: 'the trunk takes MESSAGE' };
  const words =
    'the trunk does not list MESSAGE among what it takes (Allow): ask whether it carries texts; if not, texts: { enabled: false }';
  return { step: 'texts', verdict: 'note', words };
}
