/** `trunkline numbers leases`: which numbers of the pools are lent to whom. */
import { type Command, EXIT } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';
import { withStore } from '../database.ts';
import { moment, table } from '../table.ts';

const HOUR_MS = 3_600_000;

export const numbersLeases: Command = {
  name: 'numbers leases',
  summary: 'list the numbers of pools that are lent, for which telephone and to whom',
  usage: '[--config FILE]',
  help: `Lists each number of texts.pools with each telephone it was used for, the user who writes to that telephone from it, the
last text either way, and until when no other user can get it for the same telephone. It may run beside the gateway.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  async run(values, context) {
    const { config } = readConfig(values, context);
    const pools = config.texts.pools;
    await withStore(config, async ({ leases }) => {
      const list = await leases.list();
      const rows = list.map(({ number, telephone, user, lastUsedAt }) => {
        const pool = pools.find(({ numbers }) => numbers.includes(number));
        const until = pool === undefined ? '' : moment(lastUsedAt + pool.rest_h * HOUR_MS);
        return [pool?.name ?? '(none)', number, telephone, user, moment(lastUsedAt), until];
      });
      context.out(table(['POOL', 'NUMBER', 'TELEPHONE', 'USER', 'LAST USED', 'RESTS UNTIL'], rows));
      const count = pools.reduce((sum, { numbers }) => sum + numbers.length, 0);
      context.tell(`${list.length} lent; ${count} numbers in ${pools.length} pools.`);
    });
    return EXIT.ok;
  },
};
