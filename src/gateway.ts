/** The composition root: with gateway-settings/ the only file that knows every part. */
import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import { adviceOn, type Config, type Registration, RegistrationError, readRegistration } from '../config/index.ts';
import { createEmbeddedMediaEngine, type MediaEngine } from '../media/index.ts';
import { Locator } from '../sip/dns/index.ts';
import { createSipCalls, type DrachtioAddress, type SipHealth } from '../sip/index.ts';
import { locateByDns, startEmbeddedSipServer } from '../sip/server/index.ts';
import { createInboundDecision, createOutboundDecision, type IsMember, matchPeople } from './account/index.ts';
import { type CallService, createCallService, systemClock } from './call/index.ts';
import type { RunningGateway } from './cli/index.ts';
import {
  accountRules,
  matrixSettings,
  mediaSettings,
  numberRules,
  sipServerSettings,
  trunkOf,
} from './gateway-settings/index.ts';
import {
  dialer,
  type HealthCheck,
  type HttpServerOptions,
  type Metric,
  type PartHealth,
  processMetrics,
  startHttpServer,
  statusRoutes,
} from './http/index.ts';
import { countdown, Started } from './lifecycle.ts';
import { createLogger } from './log/index.ts';
import { createMatrixSide, type MatrixHealth } from './matrix/index.ts';
import { displayName, meaningOf, type NumberRules, parseDialString, redactedNumber } from './number/index.ts';
import { ownAddressTowards } from './own-address.ts';
import { watchProcess } from './process-faults.ts';
import { openStore } from './store/index.ts';

/**
 * Starts everything, in order; what was started is stopped again when something cannot be.
 * @throws errors whose messages are for the administrator
 */
export async function startGateway(config: Config, { version }: { readonly version: string }): Promise<RunningGateway> {
  const parts = createLogger(config.log, process.stdout);
  const logger = parts.child({ part: 'gateway' });
  const registration = registrationOf(config, logger);
  const started = new Started(logger);
  const failed = Promise.withResolvers<Error>();
  const forced = Promise.withResolvers<void>();
  started.add('watch over the process', watchProcess(logger, failed.resolve));
  logger.info({ version, domain: config.homeserver.domain }, `Trunkline ${version} starts`);
  for (const advice of adviceOn(config)) logger.warn(`Look at this: ${advice}`);
  try {
    await startParts(config, registration, parts, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return {
    failed: failed.promise,
    stop({ force }) {
      if (force) {
        logger.warn('Stopping without waiting for calls');
        forced.resolve();
      }
      stopping ??= stopInOrder(started, logger);
      return Promise.race([stopping, forced.promise]);
    },
  };
}

async function stopInOrder(started: Started, logger: Logger): Promise<void> {
  logger.info('Stopping: calls are ended, what was begun is finished');
  await started.stop();
  logger.info('Stopped');
}

function registrationOf(config: Config, logger: Logger): Registration {
  const file = config.appservice.registration;
  try {
    const { registration, notes } = readRegistration(config, readFileSync(file, 'utf8'));
    for (const note of notes) logger.warn(`The registration is not quite as it should be: ${note}`);
    return registration;
  } catch (error) {
    const why =
      error instanceof RegistrationError ? error.message : `it cannot be read; \`trunkline registration\` writes it`;
    throw new RegistrationError(`The registration ${file}: ${why}`, { cause: error });
  }
}

async function startParts(config: Config, registration: Registration, parts: Logger, started: Started): Promise<void> {
  const logger = parts.child({ part: 'gateway' });
  const [trunk] = config.trunks;
  if (trunk === undefined) throw new RangeError('there is no trunk');
  const clock = systemClock;
  const graceLeft = countdown(config.limits.stop_grace_s * 1000, clock);
  const rules = numberRules(config);
  // Rooms in permissions: not known before the Matrix side tells.
  const isMember: IsMember = () => false;
  const mayCall = matchPeople(config.permissions.call_out, isMember);

  const store = await openStore({ path: config.store.path });
  started.add('store', () => store.close());
  const matrix = createMatrixSide({
    settings: matrixSettings(config, registration),
    store,
    clock,
    logger: parts,
    numbers: {
      isDialable: (dialled) => parseDialString(dialled).ok,
      displayName: (dialled) => displayName(dialled, rules),
    },
    permissions: { mayCall: (user) => mayCall.has(user) },
  });

  // Filled as parts come up, so that health can be asked from the first moment.
  const checks: Record<string, HealthCheck> = {
    start: () => ({ state: 'down', detail: 'Not everything has started yet.' }),
    store: async () => {
      await store.check();
      return { state: 'ok', detail: 'The database answers.' };
    },
    homeserver: () => homeserverHealth(matrix.health()),
  };
  const metrics = [...processMetrics];
  await startHttp(config, parts.child({ part: 'http' }), started, matrix.plugin, statusRoutes({ checks, metrics }));
  logger.info(
    'Lookups are answered. Start the homeserver now, not earlier: it remembers for an hour that a lookup failed',
  );

  const ownAddress = await ownAddressTowards(trunk.host);
  const media = await createEmbeddedMediaEngine(mediaSettings(config, ownAddress), parts.child({ part: 'media' }));
  started.add('media engine', () => media.close());
  checks.media = () => ({ state: 'ok', detail: `${media.sessionCount} sessions.` });
  const sipLogger = parts.child({ part: 'sip' });
  const connection = await startSipServer(config, ownAddress, sipLogger, started);
  const sip = await createSipCalls({
    connection,
    trunk: trunkOf(trunk, config.numbers.region),
    logger: sipLogger,
    mayRedirectTo: (user) => mayBeCalled(user, rules),
  });
  started.add('SIP calls', () => sip.close(graceLeft()));
  checks.sip = () => sipHealth(sip.health());

  const account = accountRules(config, media.capabilities.rtpCodecs, isMember);
  const inbound = createInboundDecision({ rules: account.inbound, now: () => clock.now() });
  const statusOf = (name: string) => sip.trunks().find((each) => each.name === name);
  const callLogger = parts.child({ part: 'call' });
  const calls = createCallService({
    sip,
    media,
    signalling: matrix.signalling,
    journal: store.liveCalls,
    decide: createOutboundDecision({
      rules: account.outbound,
      bindings: store.numberBindings,
      choices: store.choices,
      availability: (name) => statusOf(name),
      own: inbound.own,
      random: Math.random,
      logger: callLogger,
    }),
    clock,
    logger: callLogger,
    showNumber: config.log.redact ? redactedNumber : (number) => number,
  });
  checks.calls = () => ({ state: 'ok', detail: `${calls.stats.live} live, ${calls.stats.finished} finished.` });
  metrics.push(...callMetrics(calls, media));
  await calls.recover();
  await matrix.start({
    onCallEvent: (event, room) => calls.handle(event, room),
    onRoomClosed: (roomId) => calls.roomClosed(roomId),
  });
  started.add('Matrix side', () => matrix.stop(graceLeft()));
  started.add('calls', () => calls.close(graceLeft()));
  delete checks.start;
  logger.info({ trunk: trunk.name, transport: trunk.transport }, `Calls go to the trunk ${trunk.name}`);
}

/** A redirection may not lead where dialling would not. */
function mayBeCalled(user: string, rules: NumberRules): boolean {
  const read = parseDialString(user);
  return read.ok && meaningOf(read.dialled, rules).kind !== 'emergency';
}

function sipHealth({ connected, calls }: SipHealth): PartHealth {
  if (!connected) return { state: 'down', detail: 'The SIP server cannot be reached; calls fail.' };
  return { state: 'ok', detail: `Connected; ${calls} calls.` };
}

function homeserverHealth({ ping }: MatrixHealth): PartHealth {
  if (ping === undefined) return { state: 'degraded', detail: 'It has not been pinged yet.' };
  return { state: ping.state === 'proven' ? 'ok' : 'degraded', detail: ping.words };
}

function callMetrics(calls: CallService, media: MediaEngine): Metric[] {
  const figure = (name: string, type: Metric['type'], help: string, value: () => number): Metric => ({
    name,
    type,
    help,
    value,
  });
  return [
    figure('trunkline_calls', 'gauge', 'Live calls.', () => calls.stats.live),
    figure('trunkline_calls_opened_total', 'counter', 'Calls whose invite was taken.', () => calls.stats.opened),
    figure(
      'trunkline_calls_answered_total',
      'counter',
      'Finished calls that the telephone had answered.',
      () => calls.stats.answered,
    ),
    figure('trunkline_calls_finished_total', 'counter', 'Calls that are over.', () => calls.stats.finished),
    figure('trunkline_media_sessions', 'gauge', 'Live media sessions.', () => media.sessionCount),
  ];
}

/** One listener for all, or two when people have their own. */
async function startHttp(
  config: Config,
  logger: Logger,
  started: Started,
  homeserverRoutes: FastifyPluginAsync,
  status: FastifyPluginAsync,
): Promise<void> {
  const forPeople: HttpServerOptions['mounts'] = [
    { plugin: status },
    ...(config.dialer.enabled
      ? [
          {
            prefix: '/dialer',
            plugin: dialer({ homeserverUrl: config.dialer.homeserver_url ?? config.homeserver.url }),
          },
        ]
      : []),
  ];
  const { listen } = config.http;
  const common = { bodyLimit: config.limits.request_bytes, logger };
  const mounts = [{ plugin: homeserverRoutes }, ...(listen === undefined ? forPeople : [])];
  const servers = [{ ...common, name: 'homeserver', listen: config.appservice.listen, mounts }];
  if (listen !== undefined) servers.push({ ...common, name: 'people', listen, mounts: [...forPeople] });
  for (const options of servers) {
    const server = await startHttpServer(options);
    started.add(`HTTP listener for the ${options.name}`, () => server.close());
    const { host, port } = server.address;
    logger.info({ host, port }, `HTTP for the ${options.name} at ${host}:${port}`);
  }
}

/** Where drachtio's control protocol is spoken: by the embedded server, or by the one of the administrator. */
async function startSipServer(
  config: Config,
  ownAddress: string,
  logger: Logger,
  started: Started,
): Promise<DrachtioAddress> {
  const { server, drachtio } = config.sip;
  const [first] = drachtio.servers;
  if (server === 'drachtio') {
    if (first === undefined) throw new RangeError('there is no drachtio server');
    return { host: first.host, port: first.port, secret: first.secret ?? '' };
  }
  // All transports, whatever is listened on: a trunk over TLS needs no listener of its own.
  const locate = locateByDns(new Locator());
  const embedded = await startEmbeddedSipServer(sipServerSettings(config, ownAddress), logger, locate);
  started.add('SIP server', () => embedded.close());
  return embedded;
}
