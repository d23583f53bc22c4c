/** The composition root: with gateway-settings/ the only file that knows every part. */
import { readFileSync } from 'node:fs';
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import {
  adviceOn,
  type Config,
  type Registration,
  RegistrationError,
  readJoinToken,
  readRegistration,
} from '../config/index.ts';
import { createEmbeddedMediaEngine, createFreeswitchMediaEngine, type MediaEngine } from '../media/index.ts';
import { Locator } from '../sip/dns/index.ts';
import { createSipCalls, type DrachtioAddress, type DrachtioSettings } from '../sip/index.ts';
import { type EmbeddedSipServer, locateByDns, startEmbeddedSipServer } from '../sip/server/index.ts';
import { createInboundDecision, createOutboundDecision, type IsMember } from './account/index.ts';
import { createCallService, systemClock } from './call/index.ts';
import type { RunningGateway } from './cli/index.ts';
import {
  accountRules,
  accountsOf,
  drachtioSettings,
  freeswitchSettings,
  freeswitchSipServer,
  ghostFormat,
  matrixSettings,
  mediaSettings,
  numberRules,
  providerErrors,
  sipServerSettings,
  trunksOf,
  trunkTls,
} from './gateway-settings/index.ts';
import {
  CallCounters,
  callMetrics,
  certificateMetrics,
  certificatesHealth,
  certificatesOf,
  createProviderErrorTeller,
  createVoicemailTeller,
  homeserverHealth,
  mediaHealth,
  mediaMetrics,
  sipHealth,
  sipMetrics,
  tellTrunk,
  trunkMetrics,
  trunksHealth,
} from './gateway-status/index.ts';
import {
  dialer,
  type HealthCheck,
  type HttpServerOptions,
  type Metric,
  processMetrics,
  startHttpServer,
  statusRoutes,
} from './http/index.ts';
import { countdown, Started } from './lifecycle.ts';
import { createLogger } from './log/index.ts';
import { createMatrixSide, type MatrixUserId } from './matrix/index.ts';
import {
  decodeGhostId,
  displayName,
  meaningOf,
  type NumberRules,
  parseDialString,
  redactedNumber,
} from './number/index.ts';
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
  const registrations = registrationsOf(config, logger);
  const started = new Started(logger);
  const failed = Promise.withResolvers<Error>();
  const forced = Promise.withResolvers<void>();
  started.add('watch over the process', watchProcess(logger, failed.resolve));
  logger.info({ version, domain: config.homeserver.domain }, `Trunkline ${version} starts`);
  for (const advice of adviceOn(config)) logger.warn(`Look at this: ${advice}`);
  try {
    await startParts(config, registrations, parts, started);
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

interface Registrations {
  readonly own: Registration;
  /** Of the second one, with which users are joined to rooms. */
  readonly joinToken?: string;
}

function registrationsOf(config: Config, logger: Logger): Registrations {
  const own = readOrExplain(config.appservice.registration, (text) => readRegistration(config, text));
  for (const note of own.notes) logger.warn(`The registration is not quite as it should be: ${note}`);
  if (config.rooms.join_users !== 'as-user') return { own: own.registration };
  const joinToken = readOrExplain(config.rooms.join_registration, (text) => readJoinToken(config, text));
  return { own: own.registration, joinToken };
}

function readOrExplain<T>(file: string, read: (text: string) => T): T {
  try {
    return read(readFileSync(file, 'utf8'));
  } catch (error) {
    const why =
      error instanceof RegistrationError ? error.message : `it cannot be read; \`trunkline registration\` writes it`;
    throw new RegistrationError(`The registration ${file}: ${why}`, { cause: error });
  }
}

async function startParts(
  config: Config,
  registrations: Registrations,
  parts: Logger,
  started: Started,
): Promise<void> {
  const logger = parts.child({ part: 'gateway' });
  const clock = systemClock;
  const graceLeft = countdown(config.limits.stop_grace_s * 1000, clock);
  const rules = numberRules(config);

  const store = await openStore({ path: config.store.path });
  started.add('store', () => store.close());
  // Asked when somebody calls: the Matrix side is there by then.
  const isMember: IsMember = (user, room) => matrix.membersOf(room)?.has(user as MatrixUserId) ?? false;
  const accounts = accountsOf(config, isMember);
  const { lines, mayCall, numbersOf } = accounts;
  const matrix = createMatrixSide({
    settings: matrixSettings(config, registrations.own, registrations.joinToken),
    store,
    clock,
    logger: parts,
    numbers: {
      isDialable: (dialled) => parseDialString(dialled).ok,
      displayName: (dialled) => displayName(dialled, rules),
    },
    permissions: { mayCall: (user) => mayCall.has(user) },
    lines: {
      of: (user) => lines.linesOf(user).map(({ number }) => number),
      show: (number, user) => displayName(number, numbersOf(user)),
    },
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

  const ownAddress = await ownAddressTowards(config.trunks[0]?.host ?? config.homeserver.domain);
  const media = await startMedia(config, ownAddress, parts.child({ part: 'media' }), started);
  checks.media = () => mediaHealth(media.servers, media.sessionCount);
  metrics.push(...mediaMetrics(media));

  const sipLogger = parts.child({ part: 'sip' });
  const connection = await startSipServer(config, ownAddress, sipLogger, started);
  const sip = await createSipCalls({
    connection: connection.control,
    trunks: trunksOf(config),
    tls: trunkTls(config),
    logger: sipLogger,
    mayRedirectTo: (user) => mayBeCalled(user, rules),
  });
  connection.screen((request, source) => sip.mayTalk(request, source));
  started.add('SIP calls', () => sip.close(graceLeft()));
  checks.sip = () => sipHealth(sip.health());
  checks.trunks = () => trunksHealth(sip.trunks(), clock.now());
  metrics.push(
    ...sipMetrics(() => sip.health()),
    ...trunkMetrics(
      () => sip.trunks(),
      () => clock.now(),
    ),
  );
  sip.onTrunkChange((status) => void tellTrunk(matrix.administrators, status));
  const tellVoicemail = createVoicemailTeller({
    extension: lines.extension,
    tellUser: matrix.tellUser,
    now: () => clock.now(),
  });
  sip.onMessagesWaiting((news) => void tellVoicemail(news));
  watchCertificates(config, checks, metrics, () => clock.now());

  const account = accountRules(config, accounts, media.capabilities.rtpCodecs);
  const inbound = createInboundDecision({ rules: account.inbound, now: () => clock.now() });
  const counters = new CallCounters();
  const tellProviderErrors = createProviderErrorTeller({
    errorsOf: providerErrors(config),
    administrators: matrix.administrators,
    logger,
    now: () => clock.now(),
  });
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
      trunks: () => sip.trunks(),
      own: inbound.own,
      random: Math.random,
      logger: callLogger,
    }),
    inbound: {
      decide: inbound.decide,
      rooms: matrix.callRooms,
      mayNotify: async (user, kind) => user === undefined || (await matrix.notices.mayNotify(user, kind)),
    },
    dialledBy: (user) => decodeGhostId(user, ghostFormat(config))?.dialled,
    onCallFinished: (record) => {
      counters.count(record);
      tellProviderErrors(record);
    },
    clock,
    logger: callLogger,
    showNumber: config.log.redact ? redactedNumber : (number) => number,
  });
  checks.calls = () => ({ state: 'ok', detail: `${calls.stats.live} live, ${calls.stats.finished} finished.` });
  metrics.push(...callMetrics({ stats: () => calls.stats }), ...counters.metrics());
  await calls.recover();
  await matrix.start({
    onCallEvent: (event, room) => calls.handle(event, room),
    onRoomClosed: (roomId) => calls.roomClosed(roomId),
  });
  started.add('Matrix side', () => matrix.stop(graceLeft()));
  started.add('calls', () => calls.close(graceLeft()));
  delete checks.start;
  const names = config.trunks.map(({ name }) => name);
  logger.info({ trunks: names }, `Calls go and come by ${names.join(', ')}`);
}

/** The certificate of our own listeners: it ends some day, and nobody thinks of it. */
function watchCertificates(
  { sip }: Config,
  checks: Record<string, HealthCheck>,
  metrics: Metric[],
  now: () => number,
): void {
  const { cert } = sip.embedded.tls;
  if (sip.server !== 'embedded' || cert === undefined) return;
  // Read again each time: a renewed one counts after a restart, but its age is that of the file.
  const certificates = () => certificatesOf({ [cert]: readIfThere(cert) });
  checks.certificates = () => certificatesHealth(certificates(), now());
  metrics.push(...certificateMetrics(certificates));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function startMedia(config: Config, ownAddress: string, logger: Logger, started: Started): Promise<MediaEngine> {
  if (config.media.engine === 'embedded') {
    const engine = await createEmbeddedMediaEngine(mediaSettings(config, ownAddress), logger);
    started.add('media engine', () => engine.close());
    return engine;
  }
  // A server of its own: what FreeSWITCH says must never be taken for a call, nor a call of a trunk for what it says.
  const sip = await startEmbeddedSipServer(freeswitchSipServer(config, ownAddress), logger);
  started.add('SIP with FreeSWITCH', () => sip.close());
  const engine = await createFreeswitchMediaEngine(freeswitchSettings(config, sip, ownAddress), logger);
  started.add('media engine', () => engine.close());
  return engine;
}

/** A redirection may not lead where dialling would not. */
function mayBeCalled(user: string, rules: NumberRules): boolean {
  const read = parseDialString(user);
  return read.ok && meaningOf(read.dialled, rules).kind !== 'emergency';
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

interface SipServer {
  /** Where drachtio's control protocol is spoken. */
  readonly control: DrachtioAddress | DrachtioSettings;
  /** Tells the embedded server who is heard at all; others have their own lists. */
  screen(isHeard: Parameters<EmbeddedSipServer['screen']>[0]): void;
}

/** The embedded server, or those of the administrator. */
async function startSipServer(
  config: Config,
  ownAddress: string,
  logger: Logger,
  started: Started,
): Promise<SipServer> {
  if (config.sip.server === 'drachtio') return { control: drachtioSettings(config), screen: () => undefined };
  // All transports, whatever is listened on: a trunk over TLS needs no listener of its own.
  const locate = locateByDns(new Locator());
  const embedded = await startEmbeddedSipServer(sipServerSettings(config, ownAddress), logger, locate);
  started.add('SIP server', () => embedded.close());
  return { control: embedded, screen: (isHeard) => embedded.screen(isHeard) };
}
