/**
 * `npm run demo`: a homeserver, the gateway and an answering machine, to be tried on a page; `--once` tries it without a
 * person and ends with status 0 only if audio came through in both directions.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { NUMBERS } from './answering-machine/lines.ts';
import type { TimedReport } from './answering-machine/report.ts';
import { runOnce } from './once.ts';
import { type Stage, setStage } from './stage.ts';
import { table } from './table.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const LOG = path.join(ROOT, '.trunkline', 'demo-gateway.log');
const HOMESERVER_LOG = path.join(ROOT, '.trunkline', 'demo-homeserver.log');

const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } });
const say = (text: string) => console.log(text);

let stage: Stage | undefined;
let isStopping = false;

async function stop(status: number): Promise<never> {
  isStopping = true;
  await stage?.stop();
  process.exit(status);
}

// The second Ctrl-C does not wait: the exit handler of the processes ends them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (isStopping) process.exit(1);
    say('\nstopping …');
    void stop(signal === 'SIGINT' && stage !== undefined && !values.once ? 0 : 130);
  });
}

function buildDialer(): void {
  const built = spawnSync(process.execPath, [path.join(ROOT, 'src/http/dialer/build.ts')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the dialer could not be built:\n${built.stderr}`);
}

/** A line for whoever watches, of what happens on the telephone's side. */
function narrate(report: TimedReport): void {
  const at = new Date(report.at).toLocaleTimeString('en-GB');
  if (report.event === 'called') say(`${at}  ${report.number} is called (${report.line})`);
  if (report.event === 'texted') say(`${at}  ${report.number} is written to, and writes back`);
  if (report.event === 'calls-back') say(`${at}  calls ${report.number} back`);
  if (report.event === 'answered' || report.event === 'cancelled') say(`${at}  ${report.event}`);
  if (report.event === 'digit') say(`${at}  digit ${report.digit}`);
  if (report.event === 'said-back') say(`${at}  said back ${report.digits}`);
  if (report.event === 'refused') say(`${at}  refused with ${report.status}`);
  if (report.event === 'ended') say(`${at}  ended by the ${report.by}; ${report.packetsIn} packets of audio came in`);
}

function instructions(current: Stage): string {
  return `
  Open        ${current.dialerUrl}
  Log in      ${current.login}  /  ${current.user.password}

${table(
  ['  Dial', ''],
  NUMBERS.map(({ number, says }) => [`  ${number}`, says]),
)}

  Write to any of them, too: it writes back.
  The homeserver is at ${current.homeserver.url}, for another Matrix client.
  The gateway's log is ${LOG}
  Ctrl-C stops everything.
`;
}

try {
  const log = createWriteStream(LOG);
  say('starting:');
  say('  dialer page');
  buildDialer();
  stage = await setStage({
    say: (part) => say(`  ${part}`),
    onGatewayLine: (line) => log.write(`${line}\n`),
    ...(values.once ? {} : { onReport: narrate }),
  });
  if (values.once) {
    const isGood = await runOnce(stage, say);
    writeFileSync(HOMESERVER_LOG, stage.homeserver.log);
    say(isGood ? '✓ the audio came through in both directions' : `✗ it did not work; logs: ${LOG}, ${HOMESERVER_LOG}`);
    await stop(isGood ? 0 : 1);
  }
  say(instructions(stage));
  const part = await stage.broken;
  if (!isStopping) {
    console.error(`✗ ${part} has ended; the gateway's log is ${LOG}`);
    await stop(1);
  }
} catch (error) {
  if (!isStopping) {
    console.error(`✗ ${error instanceof Error ? error.message : error}`);
    if (stage !== undefined) writeFileSync(HOMESERVER_LOG, stage.homeserver.log);
    await stop(1);
  }
}
