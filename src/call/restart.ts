/** Calls that were alive when the process died: their telephone legs are gone; the clients must not be left hanging. */
import type { Logger } from 'pino';
import type { SipCalls } from '../../sip/index.ts';
import type { CallSignalling } from '../matrix/index.ts';
import { endKey, noticeKey } from './matrix-leg.ts';
import type { CallJournal, JournalEntry, MayNotify } from './ports.ts';
import { explainGateway } from './reasons.ts';
import { type Catalogue, say } from './sentences.ts';

interface Parts {
  readonly sip: Pick<SipCalls, 'endAbandoned'>;
  readonly journal: CallJournal;
  readonly signalling: CallSignalling;
  readonly logger: Logger;
  readonly words?: Catalogue;
  readonly mayNotify?: MayNotify;
  /** A call of this process, which is not meant. */
  readonly isLive: (entry: JournalEntry) => boolean;
  /** Such a call must not be begun again. */
  readonly onEnded: (entry: JournalEntry) => void;
}

/**
 * Ends them in words: by reject when the client was not answered yet, else by hang-up. What cannot be sent for good is
 * logged and given up; a journal that cannot be read is an error of the start.
 * @returns how many there were, and when all is said: the homeserver may not even run yet
 */
export async function endInterruptedCalls(parts: Parts): Promise<{ count: number; said: Promise<void> }> {
  const entries = (await parts.journal.live()).filter((entry) => !parts.isLive(entry));
  for (const entry of entries) parts.onEnded(entry);
  if (entries.length > 0) parts.logger.warn({ calls: entries.length }, 'calls of the last run are being ended');
  const said = Promise.all([hangUp(entries, parts), ...entries.map((entry) => endOne(entry, parts))]);
  return { count: entries.length, said: said.then(() => undefined) };
}

/** The telephones of answered calls hear a silence that nobody will ever end, unless they are hung up. */
async function hangUp(entries: readonly JournalEntry[], { sip, logger }: Parts): Promise<void> {
  const lastWills = entries.flatMap(({ lastWill }) => lastWill ?? []);
  if (lastWills.length === 0 || !sip.endAbandoned) return;
  await sip.endAbandoned(lastWills).catch((error: unknown) => {
    logger.warn({ err: error }, 'telephones of the last run could not be hung up');
  });
}

async function endOne(entry: JournalEntry, parts: Parts): Promise<void> {
  const { journal, signalling, logger } = parts;
  const { callRef, roomId, ghost, callId, partyId, version, matrixAnswered, inbound } = entry;
  const { reason } = explainGateway('gateway-restarted');
  // A call of ours that rings ends by a hang-up; one of the client's that was not answered by a reject.
  const type = matrixAnswered || inbound || version === '0' ? 'hangup' : 'reject';
  try {
    await signalling.send({ roomId, ghost, callId, partyId, version }, { type, reason }, endKey(callRef));
    const words = await lastWords(entry, parts);
    if (words) await signalling.notice(roomId, ghost, words.text, noticeKey(callRef, words.name));
  } catch (error) {
    logger.warn({ callRef, err: error }, 'a call of the last run could not be ended at its client');
  }
  await journal.closed(callRef, undefined).catch((error: unknown) => {
    logger.error({ callRef, err: error }, 'the call journal could not be written');
  });
}

/** Whoever was rung has missed the call; whoever talked reads why it ended. */
async function lastWords(
  { callRef, caller, inbound, matrixAnswered }: JournalEntry,
  { words, mayNotify = () => true }: Parts,
): Promise<{ readonly name: string; readonly text: string } | undefined> {
  if (inbound && !matrixAnswered) {
    return (await mayNotify(caller, 'missed')) ? { name: 'missed', text: inbound.missed } : undefined;
  }
  const { sentence } = explainGateway('gateway-restarted');
  if (sentence === undefined || !(await mayNotify(caller, 'failed'))) return undefined;
  return { name: sentence, text: say({ key: sentence }, { ref: callRef }, words) };
}
