/** One command of the CLI, and what it said. */
import { type CliContext, runCli } from '../../../src/cli/index.ts';

export interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly told: string;
}

/** Runs a command in a folder, without a gateway. */
export async function runIn(
  folder: string,
  args: readonly string[],
  overrides: Partial<CliContext> = {},
): Promise<Outcome> {
  let out = '';
  let told = '';
  const status = await runCli(args, {
    env: {},
    cwd: folder,
    version: '1.2.3',
    now: () => 0,
    out: (text) => {
      out += text;
    },
    tell: (text) => {
      told += `${text}\n`;
    },
    startGateway: () => Promise.reject(new Error('not in this test')),
    testTrunk: () => Promise.reject(new Error('not in this test')),
    openDesk: () => Promise.reject(new Error('not in this test')),
    onStopSignal: () => () => {},
    ...overrides,
  });
  return { status, out, told };
}
