#!/usr/bin/env node
// The `trunkline` command. Trunkline needs Node.js 24; with an older one in front, this starts the one that npm installed.
// Plain JavaScript, because it has to run on the older one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const WANTED = 24;
const main = new URL('../main.ts', import.meta.url);

if (Number(process.versions.node.split('.')[0]) >= WANTED) {
  await import(main.href);
} else {
  const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(node)) {
    console.error(
      `trunkline needs Node.js ${WANTED} or later, this is ${process.version}. ` +
        `Install it, or run "npm install" in ${fileURLToPath(new URL('../..', import.meta.url))}, which brings one.`,
    );
    process.exit(1);
  }
  // A process group of its own: Ctrl-C then reaches the gateway once, through here, and not twice.
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit', detached: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`trunkline: ${node} cannot be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
