/** `trunkline ladder`: draws the messages of one call from a debug log. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CliError, type Command, EXIT } from '../command.ts';
import { drawLadder, rungsOf } from '../ladder.ts';

export const ladder: Command = {
  name: 'ladder',
  summary: 'draw the SIP and Matrix messages of one call, from a debug log',
  usage: 'CALL [FILE] [--full]',
  help: `CALL is the reference of the call (c-…, as in the log and in the sentence that its user read) or its SIP Call-ID.
FILE is a log in JSON of level debug, standard input without it.

      --full   show SIP messages whole`,
  options: { full: { type: 'boolean' } },
  positionals: { min: 1, max: 2 },
  run(values, context, [id = '', file]) {
    const log = readLog(file === undefined ? 0 : resolve(context.cwd, file));
    const rungs = rungsOf(log, id);
    if (rungs.length === 0) {
      throw new CliError(`the log has no messages of ${id}; is it of level debug, and in JSON?`);
    }
    context.out(drawLadder(rungs, { full: values.full === true }));
    return EXIT.ok;
  },
};

function readLog(file: string | number): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`the log cannot be read: ${error instanceof Error ? error.message : error}`, EXIT.failed, {
      cause: error,
    });
  }
}
