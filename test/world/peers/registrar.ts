/** Kamailio (Debian package kamailio) as the registrar of docs/pbx/kamailio.md: its configuration is taken from there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, withFreshPorts } from '../ports.ts';
import { Process } from '../process.ts';
import { portBound } from './ports.ts';
import { blocksOf } from './recipe.ts';

export interface RegistrarOptions {
  /** Extensions and their passwords, in place of those of the recipe. */
  readonly users?: Readonly<Record<string, string>>;
  readonly algorithm?: 'MD5' | 'SHA-256';
  readonly minExpiresS?: number;
  /** Registrations of one account at a time, in place of the one of the recipe. */
  readonly maxContacts?: number;
  /** To be started on again, with nothing kept. */
  readonly port?: number;
}

export interface Registrar {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** `TRACE <method> <user of From>` for each request, and Kamailio's own lines. */
  output(): string;
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  stop(): Promise<void>;
}

export const DOMAIN = 'pbx.example.net';

/** Settles when it listens, on UDP and TCP. */
export function startRegistrar(options: RegistrarOptions = {}): Promise<Registrar> {
  return withFreshPorts(() => start(options));
}

async function start(options: RegistrarOptions): Promise<Registrar> {
  const directory = await mkdtemp(join(tmpdir(), 'registrar-'));
  const port = options.port ?? (await freePort());
  const file = join(directory, 'kamailio.cfg');
  await writeFile(file, configuration(options, port));
  const args = ['-f', file, '-DD', '-E', '-P', join(directory, 'pid'), '-Y', directory, '-m', '16', '-M', '4'];
  const child = await Process.start('kamailio', args, { name: 'kamailio', cwd: directory });
  await portBound('udp', port, { by: child });
  await portBound('tcp', port, { by: child });
  return {
    host: '127.0.0.1',
    port,
    output: () => child.output,
    waitForOutput: (pattern, timeoutMs) => child.waitForOutput(pattern, timeoutMs),
    async stop() {
      await child.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The recipe on a port of this machine, with a line of log for each request. */
function configuration({ users, algorithm, minExpiresS, maxContacts }: RegistrarOptions, port: number): string {
  const [recipe = ''] = blocksOf('kamailio.md', 'kamailio');
  const replaced = (text: string, from: string | RegExp, to: string): string => {
    const changed = text.replaceAll(from, to);
    if (changed === text) throw new Error(`the recipe has nothing like ${from}`);
    return changed;
  };
  let text = replaced(recipe, '192.0.2.10:5060', `127.0.0.1:${port}`);
  text = replaced(
    text,
    'auto_aliases=no',
    'auto_aliases=no\ndebug=1\nlog_stderror=yes\nchildren=1\ntcp_children=1\nmpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"',
  );
  text = replaced(text, 'request_route {', 'request_route {\n  xlog("L_NOTICE", "TRACE $rm $fU\\n");');
  if (algorithm !== undefined && algorithm !== 'MD5') text = replaced(text, '"MD5"', `"${algorithm}"`);
  if (minExpiresS !== undefined) text = replaced(text, '"min_expires", 60', `"min_expires", ${minExpiresS}`);
  if (maxContacts !== undefined) text = text.replace('"max_contacts", 1', `"max_contacts", ${maxContacts}`);
  if (users !== undefined) {
    const lines = Object.entries(users).map(([user, password]) => `  $sht(users=>${user}) = "${password}";`);
    text = replaced(text, /(event_route\[htable:mod-init\] \{\n)[^}]*\}/g, `$1${lines.join('\n')}\n}`);
  }
  return text;
}
