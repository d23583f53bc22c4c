/** What the demonstration needs: answering machine, gateway, homeserver, a user. */
import path from 'node:path';
import { Gateway } from '../world/gateway.ts';
import { freePortLike } from '../world/ports.ts';
import { Process } from '../world/process.ts';
import { type MatrixSession, Synapse } from '../world/synapse.ts';
import { until } from '../world/wait.ts';
import type { TimedReport } from './answering-machine/report.ts';

const SERVER_NAME = 'trunkline.test';
const LOGIN = 'alice';
const GATEWAY_PORT = 9993;
const HOMESERVER_PORT = 8008;

export interface Stage {
  readonly dialerUrl: string;
  readonly homeserver: Synapse;
  readonly gateway: Gateway;
  readonly user: MatrixSession;
  /** The name to log in with. */
  readonly login: string;
  /** All that the answering machine has reported so far. */
  readonly reports: readonly TimedReport[];
  /** Settles when one of the parts has ended by itself, with its name. */
  readonly broken: Promise<string>;
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly say: (what: string) => void;
  readonly onReport?: (report: TimedReport) => void;
  readonly onGatewayLine?: (line: string) => void;
}

/** Starts everything, in the order in which it has to be started. */
export async function setStage({ say, onReport, onGatewayLine }: StageOptions): Promise<Stage> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const reports: TimedReport[] = [];
    say('answering machine');
    const machine = await startMachine((report) => {
      reports.push(report);
      onReport?.(report);
    });
    stops.push(() => machine.process.stop());

    const homeserverPort = await freePortLike(HOMESERVER_PORT);
    const homeserverUrl = `http://127.0.0.1:${homeserverPort}`;
    // The gateway first: Synapse asks once which protocols there are, and remembers a failure for an hour.
    say('gateway');
    const gateway = await Gateway.prepare({
      serverName: SERVER_NAME,
      homeserverUrl,
      port: await freePortLike(GATEWAY_PORT),
      trunk: { name: 'answering-machine', host: '127.0.0.1', port: machine.port, texts: { enabled: true } },
      // What the user shows when they call, and what rings them when the machine calls back.
      config: { lines: [{ number: '+441818118181', users: [`@${LOGIN}:${SERVER_NAME}`] }] },
      ...(onGatewayLine === undefined ? {} : { onLine: onGatewayLine }),
    });
    stops.push(() => gateway.stop());
    await gateway.start();

    say('homeserver (Synapse)');
    const registrationFiles = [gateway.registrationFile];
    const homeserver = await Synapse.start({ serverName: SERVER_NAME, port: homeserverPort, registrationFiles });
    stops.push(() => homeserver.stop());
    const login = LOGIN;
    const user = await homeserver.register(login, 'trunkline');
    await until('the gateway to be healthy', async () => (await fetch(`${gateway.url}/health`)).ok);

    const broken = Promise.race([
      machine.process.ended.then(() => 'the answering machine'),
      gateway.ended.then(() => 'the gateway'),
      homeserver.ended.then(() => 'the homeserver'),
    ]);
    return { dialerUrl: `${gateway.url}/dialer/`, homeserver, gateway, user, login, reports, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startMachine(onReport: (report: TimedReport) => void): Promise<{ process: Process; port: number }> {
  const script = path.join(import.meta.dirname, 'answering-machine', 'main.ts');
  const started = Promise.withResolvers<number>();
  const machine = await Process.start(process.execPath, [script], {
    name: 'answering machine',
    onLine: (line, stream) => {
      if (stream !== 'stdout') return;
      const report = JSON.parse(line) as TimedReport;
      if (report.event === 'listening') started.resolve(report.port);
      onReport(report);
    },
  });
  void machine.ended.then(() => started.reject(new Error(`the answering machine ended:\n${machine.output}`)));
  return { process: machine, port: await started.promise };
}
