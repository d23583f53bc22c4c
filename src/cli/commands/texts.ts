/** `trunkline texts`, `trunkline texts resend`: texts that wait, and those that failed. */
import type { ListedDelivery, Store } from '../../store/index.ts';
import { CliError, type Command, EXIT } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';
import { withStore } from '../database.ts';
import { moment, table } from '../table.ts';

const MOST = 100;
const HOUR_MS = 3_600_000;

export const texts: Command = {
  name: 'texts',
  summary: 'list texts that wait to be sent, and those that failed',
  usage: '[--waiting | --failed] [--most N] [--config FILE]',
  help: `Lists what users wrote and no trunk has taken: reference (as in the log), since when, writer, telephone, trunk, tries, and
what its writer was told or when it is tried again. The words of a text are never shown. It may run beside the gateway.

      --waiting   only those that are tried again by themselves
      --failed    only those that failed and can be sent again
      --most N    at most so many of each (default: ${MOST})
${CONFIG_HELP}`,
  options: {
    ...CONFIG_OPTION,
    waiting: { type: 'boolean' },
    failed: { type: 'boolean' },
    most: { type: 'string' },
  },
  async run(values, context) {
    const most = mostOf(values.most);
    const { config } = readConfig(values, context);
    const both = values.waiting !== true && values.failed !== true;
    await withStore(config, async ({ deliveries, deliveryList }) => {
      const counts = await deliveries.counts();
      const rows = [
        ...(both || values.waiting === true ? await deliveryList.list('waiting', most) : []),
        ...(both || values.failed === true ? await deliveryList.list('failed', most) : []),
      ];
      context.out(table(['TEXT', 'SINCE', 'STATE', 'FROM', 'TO', 'TRUNK', 'TRIES', 'WHAT'], rows.map(rowOf)));
      context.tell(`${counts.waiting} waiting, ${counts.failed} failed.`);
    });
    return EXIT.ok;
  },
};

function mostOf(value: unknown): number {
  if (value === undefined) return MOST;
  const most = Number(value);
  if (!Number.isInteger(most) || most < 1) throw new CliError('--most needs a number above 0', EXIT.usage);
  return most;
}

function rowOf({ textRef, createdAt, state, user, target, routes, progress, words }: ListedDelivery): string[] {
  return [
    textRef,
    moment(createdAt),
    state,
    user === '' ? 'the gateway' : user,
    target,
    routes[progress.route]?.transport ?? '',
    String(progress.tries),
    state === 'waiting' ? `next try ${moment(progress.nextTryAt)}` : (words ?? ''),
  ];
}

export const textsResend: Command = {
  name: 'texts resend',
  summary: 'send texts again that failed',
  usage: '(TEXT… | --all) [--config FILE]',
  help: `TEXT is a reference as \`trunkline texts\` lists it. The running gateway sends it within half a minute, or when it is started.
Nothing is sent to a telephone that has opted out.

      --all   every text that failed
${CONFIG_HELP}`,
  options: { ...CONFIG_OPTION, all: { type: 'boolean' } },
  positionals: { min: 0, max: 1_000 },
  async run(values, context, references) {
    if ((values.all === true) === references.length > 0) {
      throw new CliError('texts resend needs references of texts, or --all', EXIT.usage);
    }
    const { config } = readConfig(values, context);
    const forMs = config.texts.retry_for_h * HOUR_MS;
    return await withStore(config, async (store) => {
      const wanted =
        values.all === true
          ? await store.deliveryList.list('failed', Number.MAX_SAFE_INTEGER)
          : await found(store, references);
      let again = 0;
      for (const text of wanted) {
        const why = await resend(store, text, forMs);
        if (why === undefined) again += 1;
        else context.tell(`${text.textRef}: ${why}`);
      }
      context.tell(again === 1 ? '1 text is sent again.' : `${again} texts are sent again.`);
      return again === wanted.length ? EXIT.ok : EXIT.failed;
    });
  },
};

async function found({ deliveryList }: Store, references: readonly string[]): Promise<readonly ListedDelivery[]> {
  const texts: ListedDelivery[] = [];
  for (const reference of new Set(references)) {
    const text = await deliveryList.find(reference);
    if (text === undefined) throw new CliError(`there is no text ${reference}; see: trunkline texts`);
    texts.push(text);
  }
  return texts;
}

/** @returns why not, in words */
async function resend(
  { deliveries, consents }: Store,
  text: ListedDelivery,
  forMs: number,
): Promise<string | undefined> {
  const { state, target, sender = '' } = text;
  if (state !== 'failed') return `it did not fail, it is ${state}`;
  if (text.text === '') return 'its words are no longer kept';
  if (await consents.hasOptedOut(sender, target)) return `${target} has opted out`;
  const { words: _words, ...failed } = text;
  const { sentAgain } = await import('../../message/index.ts');
  const added = await deliveries.add([sentAgain(failed, Date.now(), forMs)]);
  return added.length === 0 ? 'it was sent again already' : undefined;
}
