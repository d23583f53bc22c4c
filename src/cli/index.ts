/** The commands of `trunkline`. Errors are told in words; exit statuses are in command.ts. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError, DEBUG_VARIABLE, RegistrationError } from '../../config/index.ts';
import { type CliContext, CliError, type Command, EXIT, type ExitStatus, type OptionValues } from './command.ts';
import { configCheck, configSampleCommand, configSchemaCommand, configShow } from './commands/config.ts';
import { databaseCopy } from './commands/database.ts';
import { ladder } from './commands/ladder.ts';
import { numbersLeases } from './commands/numbers.ts';
import { OPERATION_COMMANDS } from './commands/operations.ts';
import { optoutsClear, optoutsExport, optoutsList, optoutsSet } from './commands/optouts.ts';
import { registration } from './commands/registration.ts';
import { run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { texts, textsResend } from './commands/texts.ts';
import { trunkTest } from './commands/trunk.ts';

export type { CliContext, RunningGateway } from './command.ts';
export type { OpenDesk, OperationDesk } from './commands/operations.ts';
export { localUrl } from './local.ts';

const COMMANDS: readonly Command[] = [
  run,
  registration,
  configCheck,
  configShow,
  configSampleCommand,
  configSchemaCommand,
  status,
  trunkTest,
  textsResend,
  texts,
  optoutsList,
  optoutsExport,
  optoutsSet,
  optoutsClear,
  numbersLeases,
  databaseCopy,
  ladder,
  ...OPERATION_COMMANDS,
];

/** Runs one command line (without the program's own name); never rejects. */
export async function runCli(args: readonly string[], context: CliContext): Promise<ExitStatus> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    if (error instanceof ConfigError) {
      context.tell(error.message);
      return EXIT.config;
    }
    context.tell(`trunkline: ${explain(error)}`);
    if (context.env[DEBUG_VARIABLE] !== undefined && error instanceof Error) context.tell(error.stack ?? '');
    if (error instanceof CliError) return error.status;
    return error instanceof RegistrationError ? EXIT.config : EXIT.failed;
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && !error.message.includes(error.cause.message)
    ? `${error.message} (${error.cause.message})`
    : error.message;
}

async function dispatch(args: readonly string[], context: CliContext): Promise<ExitStatus> {
  const [first] = args;
  if (first === undefined) {
    context.tell(overview());
    return EXIT.usage;
  }
  if (first === '--version' || first === '-V') {
    context.out(`trunkline ${context.version}\n`);
    return EXIT.ok;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    const command = findCommand(args.slice(1));
    context.out(command === undefined ? overview() : helpOf(command));
    return EXIT.ok;
  }
  const command = findCommand(args);
  if (command === undefined) throw new CliError(unknownCommand(args), EXIT.usage);
  const rest = args.slice(command.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    context.out(helpOf(command));
    return EXIT.ok;
  }
  const { values, positionals } = argumentsOf(command, rest);
  return command.run(values, context, positionals);
}

function findCommand(args: readonly string[]): Command | undefined {
  const fitting = COMMANDS.filter((command) => command.name.split(' ').every((word, index) => args[index] === word));
  // Of "texts" and "texts resend" the longer; of two with one name the first.
  return fitting.reduce<Command | undefined>(
    (best, each) => (best === undefined || wordCount(each) > wordCount(best) ? each : best),
    undefined,
  );
}

function wordCount({ name }: Command): number {
  return name.split(' ').length;
}

interface Arguments {
  readonly values: OptionValues;
  readonly positionals: readonly string[];
}

function argumentsOf(command: Command, args: readonly string[]): Arguments {
  const { name, options, positionals: allowed = { min: 0, max: 0 } } = command;
  const parsed = parse(command, args, { options, strict: true, allowPositionals: allowed.max > 0 });
  if (parsed.positionals.length < allowed.min || parsed.positionals.length > allowed.max) {
    throw new CliError(`usage: trunkline ${name} ${command.usage}`, EXIT.usage);
  }
  return parsed;
}

function parse(command: Command, args: readonly string[], config: ParseArgsConfig): Arguments {
  try {
    const { values, positionals } = parseArgs({ ...config, args: args.map(hidden) }) as Arguments;
    return { values, positionals: positionals.map(shown) };
  } catch (error) {
    // parseArgs explains "--x" at length; its first sentence is enough here.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new CliError(`${sentence}. See: trunkline ${command.name} --help`, EXIT.usage, { cause: error });
  }
}

/** An amount with a minus is no option: it is hidden from the parser behind a sign that nobody types. */
const hidden = (arg: string): string => (/^-\d/.test(arg) ? `\0${arg}` : arg);
const shown = (arg: string): string => arg.replace(/^\0/, '');

function unknownCommand(args: readonly string[]): string {
  const group = COMMANDS.filter((command) => command.name.startsWith(`${args[0]} `));
  if (group.length > 0) return `${args[0]} needs one of: ${group.map((command) => command.name).join(', ')}`;
  return `${JSON.stringify(args[0])} is not a command. See: trunkline --help`;
}

function overview(): string {
  const listed = COMMANDS.filter(({ isHidden }) => isHidden !== true);
  const width = Math.max(...listed.map((command) => command.name.length));
  const lines = listed.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`);
  return `Trunkline joins Matrix to the telephone network.

Usage: trunkline COMMAND [options]

${lines.join('\n')}

  trunkline COMMAND --help   more about a command
  trunkline --version        the version

Exit status: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.
`;
}

function helpOf(command: Command): string {
  return `Usage: trunkline ${command.name} ${command.usage}`
    .trimEnd()
    .concat(`\n\n${command.summary}.\n\n${command.help}\n`);
}
