/** The operations as commands: what is said in the chat with the gateway means the same here. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../../../config/index.ts';
import { helpOfOne, OPERATIONS, type Operation, OperationError, readCommand } from '../../operations/index.ts';
import { type CliContext, CliError, type Command, EXIT, type ExitStatus, type OptionValues } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

/** Where operations of the command line are done. */
export interface OperationDesk {
  /** @throws OperationError with words */
  run(operation: Operation, input: unknown, key: string): Promise<unknown>;
  /** What came of it, in words. */
  words(operation: Operation, output: unknown): string;
  /** Of an operation that has one. @throws OperationError with words */
  download(operation: Operation, input: unknown): AsyncIterable<string>;
  close(): Promise<void>;
}

export type OpenDesk = (config: Config) => Promise<OperationDesk>;

const OPTIONS = {
  ...CONFIG_OPTION,
  json: { type: 'boolean' },
  key: { type: 'string' },
  file: { type: 'string', short: 'f' },
} as const;

/** One command for each name of each operation; the last of them is the one that is listed. */
export const OPERATION_COMMANDS: readonly Command[] = OPERATIONS.flatMap((operation) => {
  const names = operation.command?.names ?? [];
  return names.map((name, index) => commandOf(operation, name, index < names.length - 1));
});

function commandOf(operation: Operation, name: string, isHidden: boolean): Command {
  const { command, summary, access } = operation;
  const about = access === 'own' ? 'USER ' : '';
  const file = command?.file === undefined ? '' : ' --file FILE';
  const [first] = command?.usage ?? [];
  const usage = `${about}${first?.arguments ?? ''}${file}`.trim();
  return {
    name,
    isHidden,
    summary,
    usage: `${usage} [--json] [--config FILE]`.trim(),
    help: helpText(operation, name),
    options: OPTIONS,
    positionals: { min: 0, max: 1_000 },
    run: (values, context, words) => run(operation, [name, ...words].join(' '), values, context),
  };
}

function helpText(operation: Operation, name: string): string {
  const { command, access, live, changes } = operation;
  const about = access === 'own' ? '@alice:example.org ' : '';
  const uses = (command?.usage ?? []).flatMap((use) => [
    `  ${use.does}:`,
    `      trunkline ${name} ${about}${use.example}${command?.file === undefined ? '' : ' --file FILE'}`.trimEnd(),
  ]);
  const where = live
    ? 'The running gateway does it: it is asked by the provisioning API (`api.enabled`, with a token).'
    : 'It may run beside the gateway, and without it.';
  return [
    ...uses,
    '',
    where,
    '',
    '      --json      what came of it, for programs',
    ...(changes
      ? ['      --key KEY   names this change: with the same key it is done once, however often it is asked for']
      : []),
    ...(command?.file === undefined ? [] : ['  -f, --file FILE   the file that is read; - is standard input']),
    CONFIG_HELP,
  ].join('\n');
}

async function run(operation: Operation, text: string, values: OptionValues, context: CliContext): Promise<ExitStatus> {
  const { config } = readConfig(values, context);
  try {
    const read = readCommand(text, [operation]);
    if (read === undefined || read.kind === 'misused') throw new CliError(helpOfOne(operation, false), EXIT.usage);
    const input = { ...read.input, ...fileOf(operation, values, context) };
    const desk = await context.openDesk(config);
    try {
      if (operation.download !== undefined) {
        for await (const chunk of desk.download(operation, input)) context.out(chunk);
        return EXIT.ok;
      }
      const key = typeof values.key === 'string' ? values.key : crypto.randomUUID();
      const output = await desk.run(operation, input, `cli:${key}`);
      const said = values.json === true ? JSON.stringify(output, undefined, 2) : desk.words(operation, output);
      context.out(`${said}\n`);
      return EXIT.ok;
    } finally {
      await desk.close();
    }
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    throw new CliError(error.message, error.code === 'invalid' ? EXIT.usage : EXIT.failed, { cause: error });
  }
}

function fileOf({ command }: Operation, values: OptionValues, { cwd }: CliContext): Record<string, unknown> {
  if (command?.file === undefined) return {};
  if (typeof values.file !== 'string') throw new CliError('Which file? Give it with --file FILE.', EXIT.usage);
  const isInput = values.file === '-';
  try {
    const text = readFileSync(isInput ? 0 : resolve(cwd, values.file), 'utf8');
    return { [command.file]: text, source: isInput ? 'standard input' : values.file };
  } catch (cause) {
    throw new CliError(`the file ${values.file} cannot be read`, EXIT.failed, { cause });
  }
}
