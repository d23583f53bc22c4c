/** `trunkline status`: asks a running gateway how its parts do. */
import { CliError, type Command, EXIT } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../configuration.ts';
import { localUrl } from '../local.ts';

const TIMEOUT_MS = 5_000;

export const status: Command = {
  name: 'status',
  summary: 'ask the running gateway how its parts do: trunks, servers, homeserver',
  usage: '[--config FILE]',
  help: `Asks /health of the gateway that runs with this configuration. Exit status 1 when it does not run, or cannot make calls.

${CONFIG_HELP}`,
  options: CONFIG_OPTION,
  async run(values, context) {
    const { config } = readConfig(values, context);
    const health = await askHealth(`${localUrl(config)}/health`);
    const width = Math.max(...Object.keys(health.parts).map((name) => name.length));
    for (const [name, { state, detail }] of Object.entries(health.parts)) {
      context.out(`${name.padEnd(width)}  ${state.padEnd('degraded'.length)}  ${detail}\n`);
    }
    context.tell(health.status === 'ready' ? 'The gateway is ready.' : 'The gateway is not ready: calls fail.');
    return health.status === 'ready' ? EXIT.ok : EXIT.failed;
  },
};

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, { readonly state: string; readonly detail: string }>>;
}

async function askHealth(url: string): Promise<Health> {
  let body: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    body = await response.json();
  } catch (error) {
    throw new CliError(`nothing answers at ${url}: is the gateway running, with this configuration?`, EXIT.failed, {
      cause: error,
    });
  }
  if (!isHealth(body)) throw new CliError(`what answers at ${url} is not Trunkline`);
  return body;
}

function isHealth(body: unknown): body is Health {
  return typeof body === 'object' && body !== null && 'status' in body && 'parts' in body;
}
