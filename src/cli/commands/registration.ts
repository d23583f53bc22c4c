/** `trunkline registration`: writes the file that tells the homeserver about Trunkline. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  planJoinRegistration,
  planRegistration,
  RegistrationError,
  type RegistrationPlan,
} from '../../../config/index.ts';
import { type CliContext, CliError, type Command, EXIT } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

export const registration: Command = {
  name: 'registration',
  summary: 'write the registration file for the homeserver',
  usage: '[--config FILE] [--output FILE] [--dry-run]',
  help: `Writes the registration of the application service. A file that is there keeps its tokens, its other namespaces
and its other fields; what changes is told. Give the file to the homeserver (Synapse: app_service_config_files).
With rooms.join_users: as-user there is a second file (rooms.join_registration) for the homeserver.

${CONFIG_HELP}
  -o, --output FILE   the file to write (default: appservice.registration of the configuration)
      --dry-run       tell what would change, write nothing`,
  options: { ...CONFIG_OPTION, output: { type: 'string', short: 'o' }, 'dry-run': { type: 'boolean' } },
  run(values, context) {
    const { config } = readConfig(values, context);
    const output = values.output;
    const file = typeof output === 'string' ? resolve(context.cwd, output) : config.appservice.registration;
    const isDry = values['dry-run'] === true;
    const wasWritten = [
      writeOne(file, (existing) => planRegistration(config, existing, newToken), isDry, context),
      ...(config.rooms.join_users === 'as-user'
        ? [
            writeOne(
              config.rooms.join_registration,
              (existing) => planJoinRegistration(config, existing, newToken),
              isDry,
              context,
            ),
          ]
        : []),
    ];
    const both = wasWritten.length > 1 ? 'Give both files' : 'Give it';
    if (wasWritten.includes(true)) {
      context.tell(`${both} to the homeserver and restart it, with Trunkline already running.`);
    }
    return EXIT.ok;
  },
};

/** @returns whether anything was written */
function writeOne(
  file: string,
  planOf: (existing: string | undefined) => RegistrationPlan,
  isDry: boolean,
  context: CliContext,
): boolean {
  const existing = existsSync(file) ? read(file) : undefined;
  const plan = planOrExplain(file, () => planOf(existing));
  if (existing !== undefined && plan.changes.length === 0) {
    context.tell(`${file} is as it should be; nothing was changed`);
    return false;
  }
  if (!isDry) write(file, plan.text, existing !== undefined);
  context.tell(
    existing === undefined ? `${file} ${isDry ? 'would be' : 'was'} written` : updated(file, plan.changes, isDry),
  );
  return !isDry;
}

function planOrExplain<T>(file: string, plan: () => T): T {
  try {
    return plan();
  } catch (error) {
    if (error instanceof RegistrationError)
      throw new CliError(`${file}: ${error.message}`, EXIT.config, { cause: error });
    throw error;
  }
}

function updated(file: string, changes: readonly string[], isDry: boolean): string {
  return `${file} ${isDry ? 'would be' : 'was'} changed; its tokens stay as they are:\n${changes.map((change) => `  - ${change}`).join('\n')}`;
}

function newToken(): string {
  return randomBytes(32).toString('hex');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`${file} cannot be read: ${words(error)}`, EXIT.failed, { cause: error });
  }
}

/** Whole or not at all, and readable by its owner only; a group that could read it (the homeserver's) still can. */
function write(file: string, text: string, isThere: boolean): void {
  const mode = isThere ? statSync(file).mode & 0o660 : 0o600;
  const temporary = `${file}.${process.pid}.new`;
  try {
    writeFileSync(temporary, text, { mode: 0o600, flush: true });
    chmodSync(temporary, mode | 0o600);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new CliError(`${file} cannot be written: ${words(error)}`, EXIT.failed, { cause: error });
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
