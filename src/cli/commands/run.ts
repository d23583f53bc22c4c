/** `trunkline run`: the gateway, until it is told to stop. */
import { type Command, EXIT, type RunningGateway } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';

/** One Ctrl-C may come twice: from the terminal, and passed on by npm or by a service manager. */
const REPEATED_MS = 500;

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
    let askedAt: number | undefined;
    let isUrgent = false;
    let running: RunningGateway | undefined;
    const asked = Promise.withResolvers<'asked'>();
    const insisted = Promise.withResolvers<undefined>();
    const ignore = context.onStopSignal(() => {
      askedAt ??= context.now();
      asked.resolve('asked');
      if (context.now() - askedAt < REPEATED_MS) return;
      isUrgent = true;
      insisted.resolve(undefined);
      void running?.stop({ force: true });
    });
    try {
      running = await Promise.race([context.startGateway(config), insisted.promise]);
      // The second signal came while it was still starting.
      if (running === undefined) return EXIT.failed;
      const why = await Promise.race([asked.promise, running.failed]);
      await running.stop({ force: isUrgent });
      if (why === 'asked') return EXIT.ok;
      context.tell(`trunkline stopped: ${why.message}`);
      return EXIT.failed;
    } finally {
      ignore();
    }
  },
};
