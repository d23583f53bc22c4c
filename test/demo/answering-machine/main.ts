/** The answering machine as a process: `node main.ts [--host 127.0.0.1] [--port 0]`; reports on standard output. */
import { parseArgs } from 'node:util';
import { AnsweringMachine } from './machine.ts';

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '0' } },
});

const machine = await AnsweringMachine.start({
  host: values.host,
  port: Number(values.port),
  report: (report) => process.stdout.write(`${JSON.stringify({ at: Date.now(), ...report })}\n`),
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    machine.stop();
    process.exit(0);
  });
}
