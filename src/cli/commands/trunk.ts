/** `trunkline trunk test`: looks at one trunk, step by step. */
import { CliError, type Command, EXIT, type TrunkFinding } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

const MARKS: Readonly<Record<TrunkFinding['verdict'], string>> = { ok: 'ok', note: '-', wrong: 'WRONG' };

export const trunkTest: Command = {
  name: 'trunk test',
  summary: 'look whether a trunk can be reached and takes its accounts, and say what is wrong',
  usage: 'NAME [--config FILE]',
  help: `NAME is the name of a trunk in the configuration. Looks at DNS (NAPTR, SRV, A and AAAA, and what is chosen), at the TCP
or TLS connection and its certificate, at an OPTIONS round trip, and asks the registrar about each account, which proves
user name and password and changes nothing. It may run beside the gateway: it listens on ports of its own.

Exit status 1: something is wrong.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  positionals: { min: 1, max: 1 },
  async run(values, context, [name = '']) {
    const { config } = readConfig(values, context);
    const names = config.trunks.map((trunk) => trunk.name);
    if (!names.includes(name)) {
      throw new CliError(
        `there is no trunk ${JSON.stringify(name)}; there ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ')}`,
        EXIT.usage,
      );
    }
    const isGood = await context.testTrunk(config, name, (finding) => context.out(`${line(finding)}\n`));
    context.tell(isGood ? `The trunk ${name} is in order.` : `Something is wrong with the trunk ${name}: see above.`);
    return isGood ? EXIT.ok : EXIT.failed;
  },
};

function line({ step, verdict, words, ms }: TrunkFinding): string {
  const took = ms === undefined ? '' : `  (${Math.round(ms)} ms)`;
  return `${MARKS[verdict].padEnd(6)} ${step.padEnd(8)} ${words}${took}`;
}
