/**
 * A FreeSWITCH as the PBX of docs/pbx/freeswitch.md: the configuration that it brings ("vanilla"), with what the recipe says put
 * in, and no more changed than its ports and addresses.
 */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../ports.ts';
import { Process, ProcessError } from '../process.ts';
import { removeFolder, temporaryFolder } from '../temporary.ts';
import { until } from '../wait.ts';
import { blocksOf } from './recipe.ts';

const NAME = 'TRUNKLINE_TEST_FREESWITCH_PBX';
const HOST = '127.0.0.1';
/** Of the extensions that the vanilla configuration brings, and of 201. */
const DEFAULT_PASSWORD = 'opensesame';
/** The standard modules that the recipe's calls pass through; others would bind ports of their own. */
const MODULES = [
  'logfile',
  'sofia',
  'dptools',
  'commands',
  'hash',
  'dialplan_xml',
  'spandsp',
  'sndfile',
  'tone_stream',
];

export interface Installed {
  /** The program `freeswitch`. */
  readonly program: string;
  /** The folder of its vanilla configuration. */
  readonly vanilla: string;
}

/** `program:folder`, as the environment names them. */
export const FREESWITCH_PBX = named();

function named(): Installed | undefined {
  const [program, vanilla] = (process.env[NAME] ?? '').split(':');
  return program && vanilla ? { program, vanilla } : undefined;
}

/** Says in the test run why nothing ran. */
export const SKIPPED = `skipped: ${NAME}=program:folder names no FreeSWITCH and its vanilla configuration`;

export interface FreeswitchPbx {
  readonly host: typeof HOST;
  /** Of the profile that asks telephones for their passwords. */
  readonly internalPort: number;
  /** Of the profile for trunks. */
  readonly externalPort: number;
  /** Of the extensions 1000 to 1019, and of 201. */
  readonly defaultPassword: string;
  stop(): Promise<void>;
}

/** Starts it with the recipe's settings. @param trunklinePort where Trunkline listens on loopback */
export async function startFreeswitchPbx(
  { program, vanilla }: Installed,
  trunklinePort: number,
): Promise<FreeswitchPbx> {
  const folder = await temporaryFolder('freeswitch-pbx');
  const [internalPort, externalPort] = [await freePort(), await freePort()];
  const conf = path.join(folder, 'conf');
  await cp(vanilla, conf, { recursive: true });
  await moveToLoopback(conf, internalPort, externalPort);
  await followRecipe(conf, trunklinePort);
  const folders = ['log', 'db', 'run', 'storage', 'recordings', 'cache', 'temp'];
  const args = ['-nf', '-nonat', '-np', '-conf', conf, ...folders.flatMap((one) => [`-${one}`, folder])];
  const running = await Process.start(program, args, { name: 'freeswitch', cwd: folder });
  // Its ports are open before it answers calls.
  await until('FreeSWITCH to be up', async () => {
    if (running.hasEnded) throw new ProcessError('freeswitch', 'ended at once', running.output);
    return (await readFile(path.join(folder, 'freeswitch.log'), 'utf8')).includes('FreeSWITCH Started');
  });
  return {
    host: HOST,
    internalPort,
    externalPort,
    defaultPassword: DEFAULT_PASSWORD,
    async stop() {
      await running.stop();
      await removeFolder(folder);
    },
  };
}

/** What has nothing to do with the recipe: free ports, loopback, and nobody asked on the Internet. */
async function moveToLoopback(conf: string, internalPort: number, externalPort: number): Promise<void> {
  for (const profile of ['internal-ipv6.xml', 'external-ipv6.xml', 'external-ipv6']) {
    await rm(path.join(conf, 'sip_profiles', profile), { recursive: true, force: true });
  }
  await edit(conf, 'vars.xml', [
    [/<include>/, `<include>\n  ${set('local_ip_v4', HOST)}\n  ${set('force_local_ip_v4', HOST)}`],
    [/internal_sip_port=5060/, `internal_sip_port=${internalPort}`],
    [/external_sip_port=5080/, `external_sip_port=${externalPort}`],
    [/<X-PRE-PROCESS cmd="stun-set" data="external_rtp_ip=[^"]*"\/>/, set('external_rtp_ip', HOST)],
    [/<X-PRE-PROCESS cmd="stun-set" data="external_sip_ip=[^"]*"\/>/, set('external_sip_ip', HOST)],
  ]);
  // WebSocket for browsers, on ports of its own.
  await edit(conf, 'sip_profiles/internal.xml', [
    [/<param name="ws-binding"[^>]*>/, ''],
    [/<param name="wss-binding"[^>]*>/, ''],
  ]);
  // Between the ports of the gateway's media and those that the kernel hands out.
  await edit(conf, 'autoload_configs/switch.conf.xml', [
    [/<!-- (<param name="rtp-start-port" value=")\d+("\/>) -->/, '$128000$2'],
    [/<!-- (<param name="rtp-end-port" value=")\d+("\/>) -->/, '$129998$2'],
  ]);
  const modules = MODULES.map((name) => `<load module="mod_${name}"/>`).join('');
  await writeFile(
    path.join(conf, 'autoload_configs/modules.conf.xml'),
    `<configuration name="modules.conf"><modules>${modules}</modules></configuration>`,
  );
}

/** The files and changes of the recipe, with the address that Trunkline has here. */
async function followRecipe(conf: string, trunklinePort: number): Promise<void> {
  const [user = '', gateway = '', dialled = '', dialling = ''] = blocksOf('freeswitch.md', 'xml').map((block) =>
    block
      .replaceAll('192.0.2.20:5060', `${HOST}:${trunklinePort}`)
      .replaceAll('192\\.0\\.2\\.20', HOST.replaceAll('.', '\\.')),
  );
  await edit(conf, 'vars.xml', [[/default_password=1234/, `default_password=${DEFAULT_PASSWORD}`]]);
  await rm(path.join(conf, 'directory/default/brian.xml'));
  await edit(conf, 'dialplan/default.xml', [
    [/(<extension name="Local_Extension">\s*<condition [^>]*expression=")[^"]*/, '$1^(10[01][0-9]|2\\d\\d)$$'],
  ]);
  await writeFile(path.join(conf, 'directory/default/200.xml'), user);
  // baresip takes no password with spaces.
  const another = user
    .replace('id="200"', 'id="201"')
    .replace(/(name="password" value=")[^"]*/, '$1$$$${default_password}');
  await writeFile(path.join(conf, 'directory/default/201.xml'), another.replaceAll('"200"', '"201"'));
  await writeFile(path.join(conf, 'sip_profiles/external/trunkline.xml'), gateway);
  await writeFile(path.join(conf, 'dialplan/default/00_trunkline.xml'), dialled);
  await writeFile(path.join(conf, 'dialplan/public/00_trunkline.xml'), dialling);
}

const set = (name: string, value: string): string => `<X-PRE-PROCESS cmd="set" data="${name}=${value}"/>`;

/** Changes a file; what is to be changed must stand in it. */
async function edit(conf: string, name: string, changes: readonly (readonly [RegExp, string])[]): Promise<void> {
  const file = path.join(conf, name);
  let text = await readFile(file, 'utf8');
  for (const [pattern, replacement] of changes) {
    if (!pattern.test(text)) throw new Error(`${name} of this FreeSWITCH has no ${pattern}`);
    text = text.replace(pattern, replacement);
  }
  await writeFile(file, text);
}
