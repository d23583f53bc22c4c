/** Rules over several keys, asked when the keys are right one by one. */
import type { Config } from '../schema/index.ts';
import type { Conflict, ReadFile } from './conflict.ts';
import { checkGhosts, checkMatrix } from './matrix.ts';
import { checkMedia } from './media.ts';
import { checkNumbers } from './numbers.ts';
import { checkListeners, checkTls } from './sip.ts';
import { checkTrunks } from './trunks.ts';

export type { Conflict } from './conflict.ts';

/** All conflicts of a configuration. */
export function checkTogether(config: Config, readFile: ReadFile): Conflict[] {
  return [
    ...checkMatrix(config),
    ...checkGhosts(config),
    ...checkNumbers(config),
    ...checkListeners(config),
    ...checkTls(config, readFile),
    ...checkTrunks(config),
    ...checkMedia(config),
  ];
}
