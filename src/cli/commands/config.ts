/** `trunkline config check`, `show`, `schema` and `sample`. */
import { adviceOn, configJsonSchema, configSample, showConfig } from '../../../config/index.ts';
import { type Command, EXIT } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

export const configCheck: Command = {
  name: 'config check',
  summary: 'tell everything that is wrong with a configuration',
  usage: '[--config FILE]',
  help: `Checks the file, the environment and the files that they name. Exit status 78 when there is a fault.\n\n${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  run(values, context) {
    const { config, file } = readConfig(values, context);
    const trunks = config.trunks.map(({ name, transport, host }) => `${name} (${transport}:${host})`);
    const word = trunks.length === 1 ? 'trunk' : 'trunks';
    context.tell(`${file} has no faults: ${config.homeserver.domain}, ${word} ${trunks.join(', ')}`);
    for (const advice of adviceOn(config)) context.tell(`Look at this: ${advice}`);
    return EXIT.ok;
  },
};

export const configShow: Command = {
  name: 'config show',
  summary: 'print the configuration as it counts: file, environment and defaults together',
  usage: '[--config FILE]',
  help: `Secrets are left out, file names are whole.\n\n${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  run(values, context) {
    context.out(showConfig(readConfig(values, context).config));
    return EXIT.ok;
  },
};

export const configSchemaCommand: Command = {
  name: 'config schema',
  summary: 'print the JSON Schema of the configuration, for editors',
  usage: '',
  help: 'In Visual Studio Code and others, a first line such as this makes use of it:\n  # yaml-language-server: $schema=./trunkline.schema.json',
  options: {},
  run(_values, context) {
    context.out(configJsonSchema());
    return EXIT.ok;
  },
};

export const configSampleCommand: Command = {
  name: 'config sample',
  summary: 'print a configuration to start from, with every key explained',
  usage: '',
  help: 'Example:\n  trunkline config sample > trunkline.yaml',
  options: {},
  run(_values, context) {
    context.out(configSample());
    return EXIT.ok;
  },
};
