/** Texts that wait: for health, for figures, and for the administrators when they pile up. */
import type { HealthCheck, Metric, PartHealth } from '../http/index.ts';
import type { MatrixSide } from '../matrix/index.ts';
import type { MessageCounts, TransportState } from '../message/index.ts';

/** A text that waits for so long is one that somebody should know of. */
const LONG_MS = 15 * 60_000;
const LOOK_MS = 30_000;
const ABOUT = 'texts:waiting';

export interface TextsWatchParts {
  readonly counts: () => Promise<MessageCounts>;
  readonly trunks: () => readonly (TransportState & { readonly name: string })[];
  readonly administrators: MatrixSide['administrators'];
  readonly clock: { now(): number; after(delayMs: number, task: () => void): () => void };
}

export interface TextsWatch {
  readonly check: HealthCheck;
  readonly metrics: readonly Metric[];
  stop(): void;
}

/** Looks now and then; figures are those of the last look, or of the last time that health was asked for. */
export function watchTexts({ counts, trunks, administrators, clock }: TextsWatchParts): TextsWatch {
  let last: MessageCounts | undefined;
  let cancel = (): void => undefined;
  let isStopped = false;
  const look = async (): Promise<MessageCounts> => {
    last = await counts();
    return last;
  };
  const round = async (): Promise<void> => {
    try {
      await tellTexts(administrators, await look(), trunks(), clock.now());
    } catch {
      // The store's own health tells of it.
    }
    if (!isStopped) cancel = clock.after(LOOK_MS, () => void round());
  };
  void round();
  const age = () => {
    const at = last?.outbound.oldestWaitingAt;
    return at === undefined ? 0 : Math.max(0, clock.now() - at) / 1000;
  };
  const gauge = (name: string, help: string, value: () => number): Metric => ({ name, help, type: 'gauge', value });
  const counter = (name: string, help: string, value: () => number): Metric => ({ name, help, type: 'counter', value });
  return {
    check: async () => textsHealth(await look(), trunks(), clock.now()),
    metrics: [
      gauge('trunkline_texts_waiting', 'Texts of users that wait to be sent.', () => last?.outbound.waiting ?? 0),
      gauge('trunkline_texts_oldest_waiting_seconds', 'How long the oldest of them has waited.', age),
      gauge(
        'trunkline_texts_kept_failed',
        'Texts that failed and can be sent again.',
        () => last?.outbound.failed ?? 0,
      ),
      gauge('trunkline_texts_in_waiting', 'Texts of telephones to be posted.', () => last?.inbound.waiting ?? 0),
      gauge('trunkline_texts_in_held', 'Texts whose user has not come to the room.', () => last?.inbound.held ?? 0),
      counter('trunkline_texts_sent_total', 'Whole texts that were sent.', () => last?.sent ?? 0),
      counter('trunkline_texts_failed_total', 'Whole texts that failed for good.', () => last?.failed ?? 0),
      counter('trunkline_texts_received_total', 'Texts, or parts, of telephones.', () => last?.received ?? 0),
    ],
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

type Trunks = ReturnType<TextsWatchParts['trunks']>;

/** @param now ms since 1970 */
export function textsHealth({ outbound, inbound }: MessageCounts, trunks: Trunks, now: number): PartHealth {
  const down = trunks.filter(({ state }) => state === 'down').map(({ name }) => `${name} is down.`);
  const since = oldest(outbound.oldestWaitingAt);
  const words = [
    `Out: ${outbound.waiting} waiting${since}, ${outbound.failed} failed.`,
    `In: ${inbound.waiting} waiting, ${inbound.held} held for users who have not come.`,
    ...down,
  ];
  return { state: waitsLong(outbound, now) || down.length > 0 ? 'degraded' : 'ok', detail: words.join(' ') };
}

/** Tells that texts pile up, once, and when they do no longer. */
export async function tellTexts(
  administrators: MatrixSide['administrators'],
  { outbound }: Pick<MessageCounts, 'outbound'>,
  trunks: Trunks,
  now: number,
): Promise<void> {
  if (!waitsLong(outbound, now)) {
    await administrators.over(ABOUT, 'Texts go out again; none waits for long.');
    return;
  }
  const down = trunks.filter(({ state }) => state === 'down').map(({ name }) => name);
  const why = down.length === 0 ? '' : ` Down: ${down.join(', ')}.`;
  await administrators.trouble(
    ABOUT,
    `Texts pile up: ${outbound.waiting} wait to be sent${oldest(outbound.oldestWaitingAt)}.${why} ` +
      'They are tried again by themselves; trunkline texts lists them.',
  );
}

function waitsLong({ oldestWaitingAt }: MessageCounts['outbound'], now: number): boolean {
  return oldestWaitingAt !== undefined && now - oldestWaitingAt >= LONG_MS;
}

function oldest(at: number | undefined): string {
  return at === undefined ? '' : ` (the oldest since ${new Date(at).toISOString()})`;
}
