/** The process: arguments in, exit status out. */
import { readFileSync } from 'node:fs';
import { runCli } from './cli/index.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// SIGHUP: the terminal was closed.
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// Deprecations inside dependencies are for their authors, not for who runs a gateway.
process.noDeprecation = true;

// Whoever read the log may go away (a pager, a journal that restarts): calls go on without it.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const status = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  version,
  now: () => performance.now(),
  out: (text) => process.stdout.write(text),
  tell: (text) => process.stderr.write(`${text.trimEnd()}\n`),
  // Loaded only when it is needed: checking a configuration should not wait for a SIP stack.
  startGateway: async (config) => (await import('./gateway.ts')).startGateway(config, { version }),
  testTrunk: async (config, name, report) =>
    (await import('./trunk-test.ts')).testConfiguredTrunk(config, name, report),
  openDesk: async (config) => (await import('./operate.ts')).openDesk(config),
  onStopSignal: (handler) => {
    for (const signal of STOP_SIGNALS) process.on(signal, handler);
    return () => {
      for (const signal of STOP_SIGNALS) process.off(signal, handler);
    };
  },
});
// Everything is closed by now. A handle that someone forgot must not keep a stopped gateway alive.
process.exit(status);
