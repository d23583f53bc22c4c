/** `trunkline database copy`: from the file into PostgreSQL. */
import { existsSync } from 'node:fs';
import { CliError, type Command, EXIT } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

export const databaseCopy: Command = {
  name: 'database copy',
  summary: 'copy the database from its file into an empty PostgreSQL database',
  usage: '[--config FILE]',
  help: `Copies all that is in the file of store.path into the database of store.url, which must be empty: everything or nothing.
The file stays as it is. Stop the gateway first, add store.url to the configuration, copy, start the gateway.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  async run(values, context) {
    const { path, url } = readConfig(values, context).config.store;
    if (url === undefined) {
      throw new CliError(
        'store.url is not set: add the PostgreSQL database to the configuration, beside store.path.',
        EXIT.config,
      );
    }
    if (!existsSync(path)) throw new CliError(`there is no database at ${path}: nothing is to be copied.`);
    const { copyDatabase } = await import('../../store/index.ts');
    const copied = await copyDatabase(path, url);
    const rows = copied.reduce((sum, one) => sum + one.rows, 0);
    context.tell(
      `${rows} rows of ${copied.length} tables were copied. From now on the gateway uses the PostgreSQL database.`,
    );
    return EXIT.ok;
  },
};
