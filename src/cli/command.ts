/** What a command is, and what it gets from the process. */
import type { ParseArgsConfig } from 'node:util';
import type { Config } from '../../config/index.ts';
import type { OpenDesk } from './commands/operations.ts';

/** Exit statuses: 2 is usage, 78 is EX_CONFIG of sysexits.h (a service manager should not start it again). */
export const EXIT = { ok: 0, failed: 1, usage: 2, config: 78 } as const;
export type ExitStatus = number;

/** A gateway that runs. */
export interface RunningGateway {
  /** Ends calls, finishes what was begun, closes everything. Idempotent. `force` does not wait for calls. */
  stop(options: { readonly force: boolean }): Promise<void>;
  /** Settles, with what went wrong, when it cannot go on. */
  readonly failed: Promise<Error>;
}

/** One step of the test of a trunk. */
export interface TrunkFinding {
  readonly step: string;
  /** `note`: worth knowing, and nothing wrong. */
  readonly verdict: 'ok' | 'note' | 'wrong';
  readonly words: string;
  readonly ms?: number;
}

export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly version: string;
  /** ms, for how long ago something was. */
  now(): number;
  /** Results, for pipes. */
  out(text: string): void;
  /** Words for a person. */
  tell(text: string): void;
  startGateway(config: Config): Promise<RunningGateway>;
  /** Looks at a trunk and reports each step; settles with whether nothing is wrong. */
  testTrunk(config: Config, name: string, report: (finding: TrunkFinding) => void): Promise<boolean>;
  /** Where operations are done: on the database, or by the gateway that runs. Rejects with words when neither can be reached. */
  readonly openDesk: OpenDesk;
  /** Calls `handler` for each signal to stop (SIGINT, SIGTERM, SIGHUP) until it is told to stop. */
  onStopSignal(handler: (signal: string) => void): () => void;
}

export interface Command {
  /** `config check` */
  readonly name: string;
  /** Another name of one that is listed. */
  readonly isHidden?: boolean;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the name in the usage line. */
  readonly usage: string;
  /** The rest of the help: options, examples. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** How many words it takes besides options; none when absent. */
  readonly positionals?: { readonly min: number; readonly max: number };
  run(values: OptionValues, context: CliContext, positionals: readonly string[]): Promise<ExitStatus> | ExitStatus;
}

export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** Something went wrong that words explain: shown without a stack. */
export class CliError extends Error {
  readonly status: ExitStatus;
  constructor(message: string, status: ExitStatus = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.status = status;
  }
}
