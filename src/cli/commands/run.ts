/** `trunkline run`: the gateway, until it is told to stop. */
import { type Command, EXIT, type RunningGateway } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

export const run: Command = {
  name: 'run',
  summary: 'run the gateway',
  usage: '[--config FILE]',
  help: `Runs until SIGINT or SIGTERM: then calls are ended with words and what was begun is finished. A second signal does
not wait. Start it before the homeserver: Synapse remembers for an hour that a lookup failed.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  async run(values, context) {
    const { config } = readConfig(values, context);
    let signals = 0;
    let running: RunningGateway | undefined;
    const asked = Promise.withResolvers<'asked'>();
    const ignore = context.onStopSignal(() => {
      signals += 1;
      if (signals > 1) void running?.stop({ force: true });
      asked.resolve('asked');
    });
    try {
      running = await context.startGateway(config);
      const why = await Promise.race([asked.promise, running.failed]);
      if (why === 'asked') {
        await running.stop({ force: signals > 1 });
        return EXIT.ok;
      }
      await running.stop({ force: false });
      context.tell(`trunkline stopped: ${why.message}`);
      return EXIT.failed;
    } finally {
      ignore();
    }
  },
};
