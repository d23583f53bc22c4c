/** The configuration file of a command: `--config`, else TRUNKLINE_CONFIG, else trunkline.yaml, else the environment alone. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CONFIG_FILE_VARIABLE, type Config, loadConfig } from '../../config/index.ts';
import type { CliContext, OptionValues } from './command.ts';

const DEFAULT_FILE = 'trunkline.yaml';

export const CONFIG_OPTION = { config: { type: 'string', short: 'c' } } as const;
export const CONFIG_HELP = `  -c, --config FILE   the configuration (default: $${CONFIG_FILE_VARIABLE}, else ${DEFAULT_FILE})`;

/** @throws ConfigError with every fault */
export function readConfig(
  values: OptionValues,
  { env, cwd }: CliContext,
): { readonly config: Config; readonly file: string } {
  const named = typeof values.config === 'string' ? values.config : env[CONFIG_FILE_VARIABLE];
  const file = resolve(cwd, named ?? DEFAULT_FILE);
  const isEnvironmentOnly = named === undefined && !existsSync(file) && setsKeys(env);
  return { config: loadConfig({ file, env, ...(isEnvironmentOnly ? { text: '' } : {}) }), file };
}

function setsKeys(env: NodeJS.ProcessEnv): boolean {
  return Object.keys(env).some((name) => name.startsWith('TRUNKLINE_') && name !== CONFIG_FILE_VARIABLE);
}
