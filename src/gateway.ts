/** The composition root: with gateway-settings/, gateway-status/ and gateway-parts/ all that knows every part. */
import type { Logger } from 'pino';
import { adviceOn, type Config, revenueShareRanges } from '../config/index.ts';
import { createSipCalls } from '../sip/index.ts';
import { createLineChoices, type IsMember } from './account/index.ts';
import { systemClock } from './call/index.ts';
import type { RunningGateway } from './cli/index.ts';
import {
  createCalls,
  createTexts,
  liveParts,
  operationParts,
  type Registrations,
  realUsers,
  registrationsOf,
  sharedLines,
  startHttp,
  startLines,
  startMedia,
  startMoney,
  startSipServer,
} from './gateway-parts/index.ts';
import {
  accountRules,
  accountsOf,
  keepTexts,
  matrixSettings,
  numberRules,
  trunksOf,
  trunkTls,
} from './gateway-settings/index.ts';
import {
  booksHealth,
  callMetrics,
  createVoicemailTeller,
  homeserverHealth,
  MoneyCounters,
  mediaHealth,
  mediaMetrics,
  sipHealth,
  sipMetrics,
  tellTrunk,
  trunkMetrics,
  trunksHealth,
  watchCertificate,
  watchTexts,
} from './gateway-status/index.ts';
import { type HealthCheck, processMetrics, statusRoutes } from './http/index.ts';
import { countdown, Started } from './lifecycle.ts';
import { createLogger } from './log/index.ts';
import { createMatrixSide, type MatrixUserId } from './matrix/index.ts';
import { canonicalDial, displayName, parseDialString, redactedNumber } from './number/index.ts';
import { createChatOperations, OPERATIONS, type OperationParts } from './operations/index.ts';
import { ownAddressTowards, routeTowards } from './own-address.ts';
import { watchOwnAddress } from './own-address-watch.ts';
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

  const { path, url } = config.store;
  const store = await openStore({ ...(url === undefined ? { path } : { url }), keepTexts: keepTexts(config) });
  started.add('store', () => store.close());
  const { migrations, backup } = store.upgrade;
  if (backup !== undefined)
    logger.info({ migrations, backup }, `The database was brought up to date; a copy from before is ${backup}`);
  // Asked when somebody calls: the Matrix side is there by then.
  const isMember: IsMember = (user, room) => matrix.membersOf(room)?.has(user as MatrixUserId) ?? false;
  const directory = await startLines(config, store, isMember, clock.after, logger, started);
  const accounts = accountsOf(config, isMember, directory);
  const { lines, mayCall, mayText, numbersOf } = accounts;
  const matrix = createMatrixSide({
    settings: matrixSettings(config, registrations.own, registrations.joinToken),
    store,
    clock,
    logger: parts,
    numbers: {
      isDialable: (dialled) => parseDialString(dialled).ok,
      displayName: (dialled) => displayName(dialled, rules),
      canonical: (dialled, user) => canonicalDial(dialled, numbersOf(user)),
    },
    permissions: { mayCall: (user) => mayCall.has(user), mayText: (user) => mayText.has(user) },
    lines: {
      of: (user) => lines.linesOf(user).map(({ number }) => number),
      show: (number, user) => displayName(number, numbersOf(user)),
      shared: sharedLines(config, directory),
    },
    ...realUsers(config, directory),
  });

  const moneyCounters = new MoneyCounters();
  const money = await startMoney({
    config,
    store,
    accounts,
    revenueShare: revenueShareRanges(config.fraud.revenue_share_file),
    tell: (about, words) => matrix.administrators.trouble(about, words),
    tellUser: (user, words, key) => matrix.tellUser(user as MatrixUserId, 'credit', words, key),
    onClosed: (record) => moneyCounters.count(record),
    clock,
    logger: parts.child({ part: 'money' }),
    started,
  });

  const choices = createLineChoices({ choices: store.choices, lineIn: (room) => matrix.sharedRooms.lineIn(room) });
  directory.onChange(() => {
    matrix.sharedRooms.linesChanged().catch((error: unknown) => {
      logger.error({ err: error }, 'Rooms of shared lines could not be brought up to date');
    });
  });

  let operations: OperationParts | undefined;

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
  await startHttp(
    config,
    parts.child({ part: 'http' }),
    started,
    matrix.plugin,
    statusRoutes({ checks, metrics }),
    store,
    registrations.own.asToken,
    { isAdministrator: (user) => accounts.administrators.has(user), operations: () => operations },
  );
  logger.info(
    'Lookups are answered. Start the homeserver now, not earlier: it remembers for an hour that a lookup failed',
  );

  const outside = config.trunks[0]?.host ?? config.homeserver.domain;
  const ownAddress = await ownAddressTowards(outside);
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
  });
  connection.screen((request, source) => sip.mayTalk(request, source));
  if (connection.moved !== undefined) {
    const look = () => routeTowards(outside);
    const parts = { look, first: ownAddress, clock, logger: sipLogger, onMove: connection.moved };
    started.add('watch of the own address', watchOwnAddress(parts));
  }
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
  const { cert } = config.sip.embedded.tls;
  if (config.sip.server === 'embedded' && cert !== undefined) {
    const certificate = watchCertificate(cert, () => clock.now());
    checks.certificates = certificate.check;
    metrics.push(...certificate.metrics);
  }

  const account = accountRules(config, accounts, media.capabilities.rtpCodecs);
  const showNumber = config.log.redact ? redactedNumber : (number: string) => number;
  const { counters, listener, ...calling } = createCalls({
    config,
    account,
    sip,
    media,
    matrix,
    store,
    choices,
    money,
    clock,
    logger: parts.child({ part: 'call' }),
    showNumber,
  });
  const calls = calling.service;
  checks.books = () =>
    booksHealth({
      unclosed: money.accounting.unclosed,
      missing: money.rating.missing(),
      faults: money.faults(),
    });
  checks.calls = () => ({ state: 'ok', detail: `${calls.stats.live} live, ${calls.stats.finished} finished.` });
  metrics.push(...callMetrics({ stats: () => calls.stats }), ...counters.metrics(), ...moneyCounters.metrics());
  const textLogger = parts.child({ part: 'text' });
  const texts = createTexts({
    config,
    accounts,
    account,
    sip,
    matrix,
    store,
    choices,
    charging: money.charging,
    rating: money.rating,
    limits: money.limits,
    asToken: registrations.own.asToken,
    clock,
    logger: textLogger,
    showNumber,
  });
  const isAdministrator = (user: string) => accounts.administrators.has(user);
  operations = operationParts({
    config,
    store,
    isMember,
    clock,
    logger: parts.child({ part: 'operations' }),
    running: {
      money,
      directory,
      live: liveParts({
        config,
        sip,
        calls,
        decide: calling.decide,
        matrix,
        directory,
        mayUse: (user) => mayCall.has(user) || mayText.has(user),
      }),
    },
  });
  await calls.recover();
  await texts?.service.recover();
  await matrix.start({
    ...listener,
    operations: createChatOperations({
      operations: OPERATIONS,
      parts: operations,
      isAdministrator,
      logger: parts.child({ part: 'operations' }),
    }),
    ...(texts === undefined ? {} : { texts: texts.service.listener }),
  });
  started.add('Matrix side', () => matrix.stop(graceLeft()));
  if (texts !== undefined) {
    const { service } = texts;
    started.add('texts', () => service.close(graceLeft()));
    const watch = watchTexts({
      ...texts,
      counts: () => service.counts(),
      administrators: matrix.administrators,
      clock,
    });
    started.add('watch of texts', () => watch.stop());
    checks.texts = watch.check;
    metrics.push(...watch.metrics, ...texts.counters.metrics());
  }
  started.add('calls', () => calls.close(graceLeft()));
  delete checks.start;
  const names = config.trunks.map(({ name }) => name);
  logger.info({ trunks: names }, `Calls go and come by ${names.join(', ')}`);
  const carriers = texts?.trunks().map(({ name }) => name) ?? [];
  if (carriers.length > 0) logger.info({ trunks: carriers }, `Texts go and come by ${carriers.join(', ')}`);
}
