/** `trunkline optouts …`: telephones that want no texts from a number of ours. */
import type { Config } from '../../../config/index.ts';
import type { ConsentBook } from '../../message/index.ts';
import { parseE164 } from '../../number/index.ts';
import { type CliContext, type Command, EXIT, type ExitStatus, type OptionValues } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';
import { withStore } from '../database.ts';
import { csvLine, moment, table } from '../table.ts';

type Change = ReturnType<ConsentBook['history']> extends AsyncIterable<infer Each> ? Each : never;

/** Stands for the number of the trunk itself, of which the gateway knows no more. */
const DEFAULT_NUMBER = 'default';

const shownNumber = (number: string): string => (number === '' ? DEFAULT_NUMBER : number);

export const optoutsList: Command = {
  name: 'optouts list',
  summary: 'list telephones that have opted out of texts',
  usage: '[--config FILE]',
  help: `Lists each number of ours and each telephone that wants no texts from it now, since when, and how that is known: by a
text (STOP and the like), by the provider, or by an administrator. It may run beside the gateway.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  async run(values, context) {
    const { config } = readConfig(values, context);
    await withStore(config, async ({ consents }) => {
      const out = await optedOut(consents);
      const rows = out.map(({ number, telephone, at, source, word = '' }) => {
        return [shownNumber(number), telephone, moment(at), source, word];
      });
      context.out(table(['NUMBER', 'TELEPHONE', 'SINCE', 'BY', 'WORD'], rows));
      context.tell(`${out.length} opted out.`);
    });
    return EXIT.ok;
  },
};

/** What holds now: the last change of each pair. */
async function optedOut(consents: ConsentBook): Promise<readonly Change[]> {
  const latest = new Map<string, Change>();
  for await (const change of consents.history()) {
    const pair = JSON.stringify([change.number, change.telephone]);
    if (change.consents) latest.delete(pair);
    else latest.set(pair, change);
  }
  return [...latest.values()];
}

export const optoutsExport: Command = {
  name: 'optouts export',
  summary: 'write every opt-out and every return, as CSV',
  usage: '[--config FILE]',
  help: `Writes the whole history, oldest first, to standard output: number, telephone, opted-out or consents, source, word,
time in UTC. For your records, and for providers who ask for them.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  async run(values, context) {
    const { config } = readConfig(values, context);
    await withStore(config, async ({ consents }) => {
      context.out(csvLine(['number', 'telephone', 'state', 'source', 'word', 'at']));
      for await (const { number, telephone, consents: yes, source, word = '', at } of consents.history()) {
        const state = yes ? 'consents' : 'opted-out';
        context.out(csvLine([shownNumber(number), telephone, state, source, word, new Date(at).toISOString()]));
      }
    });
    return EXIT.ok;
  },
};

const PAIR_HELP = `NUMBER is the number, short code or letters that texts come from, or \`${DEFAULT_NUMBER}\` for the trunk's own; TELEPHONE who gets
them. It holds at once, in the running gateway too, and is recorded with its time.`;

export const optoutsSet: Command = {
  name: 'optouts set',
  summary: 'send no texts from a number to a telephone any more',
  usage: 'NUMBER TELEPHONE [--config FILE]',
  help: `For who asked for it in another way than by text. ${PAIR_HELP}

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  positionals: { min: 2, max: 2 },
  run: (values, context, pair) => change(values, context, pair, false),
};

export const optoutsClear: Command = {
  name: 'optouts clear',
  summary: 'let a telephone that opted out get texts from a number again',
  usage: 'NUMBER TELEPHONE [--config FILE]',
  help: `Only with the consent of who has the telephone: in many countries it is against the law without it. ${PAIR_HELP}

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  positionals: { min: 2, max: 2 },
  run: (values, context, pair) => change(values, context, pair, true),
};

async function change(
  values: OptionValues,
  context: CliContext,
  [given = '', phone = '']: readonly string[],
  consents: boolean,
): Promise<ExitStatus> {
  const { config } = readConfig(values, context);
  const number = given === DEFAULT_NUMBER ? '' : asStored(given, config);
  const telephone = asStored(phone, config);
  const what = consents ? 'gets texts' : 'gets no texts';
  await withStore(config, async (store) => {
    const has = await store.consents.set({ number, telephone }, consents, { source: 'administrator' }, Date.now());
    const again = has ? '' : ', as it was';
    context.tell(`${telephone} ${what} from ${shownNumber(number)}${again}.`);
  });
  return EXIT.ok;
}

/** Numbers of the public network in E.164; letters and short codes as they are. */
function asStored(text: string, { numbers }: Config): string {
  return parseE164(text.replace(/[\s().-]/g, ''), numbers.region)?.e164 ?? text;
}
