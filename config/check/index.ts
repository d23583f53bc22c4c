/** Rules over several keys, asked when the keys are right one by one. */
import type { Config } from '../schema/index.ts';
import { checkEmergency, checkExtensions, checkLines } from './accounts.ts';
import type { Conflict, ReadFile } from './conflict.ts';
import { checkGhosts, checkMatrix } from './matrix.ts';
import { checkMedia } from './media.ts';
import { checkApi, checkCredit, checkFraud, checkIdentity, checkStore } from './money.ts';
import { checkNumbers } from './numbers.ts';
import { checkInbound, checkRoutes } from './routing.ts';
import { checkDrachtio, checkFreeSwitch } from './servers.ts';
import { checkListeners, checkTls } from './sip.ts';
import { checkSmpp } from './smpp.ts';
import { checkTexts } from './texts.ts';
import { checkTrunks } from './trunks.ts';

export { type Conflict, isThisMachine } from './conflict.ts';

/** All conflicts of a configuration. */
export function checkTogether(config: Config, readFile: ReadFile): Conflict[] {
  return [
    ...checkMatrix(config),
    ...checkGhosts(config),
    ...checkNumbers(config),
    ...checkListeners(config),
    ...checkTls(config, readFile),
    ...checkTrunks(config),
    ...checkSmpp(config, readFile),
    ...checkLines(config),
    ...checkExtensions(config),
    ...checkEmergency(config),
    ...checkRoutes(config),
    ...checkInbound(config),
    ...checkTexts(config),
    ...checkCredit(config),
    ...checkFraud(config, readFile),
    ...checkApi(config),
    ...checkIdentity(config),
    ...checkStore(config),
    ...checkDrachtio(config),
    ...checkMedia(config),
    ...checkFreeSwitch(config),
  ];
}
