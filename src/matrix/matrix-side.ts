/** The Matrix side, put together: the one thing of `matrix/` that the composition root makes. */
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { GhostIdFormat } from '../number/ghost-id.ts';
import type { Store } from '../store/index.ts';
import type { CallSignalling } from './call-events.ts';
import { connectHomeserver, type Homeserver } from './client/homeserver.ts';
import { Liveness } from './client/liveness.ts';
import { type Clock, pause } from './clock.ts';
import { Ghosts } from './ghosts/ghosts.ts';
import { PortalCache } from './ghosts/portals.ts';
import { RateLimit } from './ghosts/rate-limit.ts';
import { GhostRooms } from './ghosts/rooms.ts';
import { createAnswers } from './http/answers.ts';
import { appserviceHttp } from './http/plugin.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import { proveLoop } from './ping/ping.ts';
import type { PingVerdict } from './ping/verdict.ts';
import { Seldom } from './seldom.ts';
import { EventSender } from './sending/sender.ts';
import { createSignalling } from './sending/signalling.ts';
import { TurnServers } from './sending/turn.ts';
import type { CallRoom, MatrixListener, MatrixSettings, Numbers, Permissions } from './settings.ts';
import { EventHandler } from './transactions/handler.ts';
import { Intake } from './transactions/intake.ts';

export interface MatrixSideParts {
  readonly settings: MatrixSettings;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly numbers: Numbers;
  readonly permissions: Permissions;
  /** Default: a client of the homeserver in `settings`. */
  readonly homeserver?: Homeserver;
}

export interface MatrixHealth {
  /** How the last ping ended; undefined before the first. */
  readonly ping: PingVerdict | undefined;
  /** Rooms whose events are being handled. */
  readonly busyRooms: number;
}

export interface MatrixSide {
  /** Routes for the listener that the homeserver calls: `fastify.register(side.plugin)`, without a prefix. */
  readonly plugin: FastifyPluginAsync;
  readonly signalling: CallSignalling;
  /** The ghost in a room that a call is for; undefined when there is none. Quick: rooms in use are remembered. */
  findCallee(roomId: RoomId, invitee?: MatrixUserId): Promise<CallRoom | undefined>;
  /**
   * Call it when the listener is up: hands out what a crash left unhandled, sends what was not sent, and pings the
   * homeserver in the background. Before it, transactions are taken over but wait.
   */
  start(listener: MatrixListener): Promise<void>;
  /** Finishes what is under way, for at most `graceMs`; what remains is on the disk for the next start. */
  stop(graceMs?: number): Promise<void>;
  /** Settles when all events taken over are handled and all sent ones arrived: for tests. */
  idle(): Promise<void>;
  health(): MatrixHealth;
}

const AFTER_ABORT_MS = 1_000;
const DEFAULTS = { registrationsPerSecond: 10, bodyLimitBytes: 16 * 1024 * 1024, graceMs: 5_000 };

export function createMatrixSide(parts: MatrixSideParts): MatrixSide {
  const { settings, store, clock, numbers, permissions } = parts;
  const logger = parts.logger.child({ part: 'matrix' });
  const homeserver = parts.homeserver ?? connectHomeserver(settings.homeserverUrl, settings.asToken, logger);
  const stopping = new AbortController();
  const liveness = new Liveness();
  const bot = `@${settings.senderLocalpart}:${settings.serverName}` as MatrixUserId;
  const format: GhostIdFormat = {
    prefix: settings.ghostPrefix,
    gatewayHost: settings.gatewayHost,
    serverName: settings.serverName,
    escape: settings.ghostEscape ?? '=',
  };

  const sender = new EventSender({ homeserver, outbox: store.outbox, clock, logger, liveness });
  const turn = new TurnServers(homeserver, clock, logger);
  const signalling = createSignalling(sender, turn);
  const portals = new PortalCache(store.portals, clock);
  const ghosts: Ghosts = new Ghosts({
    homeserver,
    store,
    numbers,
    format,
    clock,
    logger,
    signal: stopping.signal,
    liveness,
    onForgotten: (ghost) => {
      rooms.rediscover(ghost).catch((error: unknown) => logger.warn(String(error)));
    },
  });
  const rooms = new GhostRooms({
    homeserver,
    ghosts,
    portals,
    notices: store.notices,
    signalling,
    clock,
    logger,
    bot,
    gatewayHost: settings.gatewayHost,
    signal: stopping.signal,
    liveness,
  });
  const started = Promise.withResolvers<MatrixListener>();
  const listener: MatrixListener = {
    onCallEvent: async (event, room) => (await started.promise).onCallEvent(event, room),
    onRoomClosed: async (roomId, ghost) => (await started.promise).onRoomClosed?.(roomId, ghost),
  };
  // Read now: whoever ends the calls of an earlier process deletes them from the journal.
  const begun = store.liveCalls.live().then((calls) => new Set(calls.map((call) => `${call.roomId} ${call.callId}`)));
  begun.catch(() => {});
  const handler = new EventHandler({
    ghosts,
    portals,
    rooms,
    hadBegun: async (roomId, callId) => (await begun).has(`${roomId} ${callId}`),
    permissions,
    signalling,
    listener,
    clock,
    logger,
    signal: stopping.signal,
  });
  const isOwn = (userId: string) => userId === bot || ghosts.address(userId) !== undefined;
  const intake = new Intake({ store, handler, isOwn, clock, logger });
  let ping: PingVerdict | undefined;

  return {
    plugin: appserviceHttp({
      hsToken: settings.hsToken,
      clock,
      bodyLimitBytes: settings.bodyLimitBytes ?? DEFAULTS.bodyLimitBytes,
      logger,
      answer: createAnswers({
        ghosts,
        bot,
        registrations: new RateLimit(clock, settings.registrationsPerSecond ?? DEFAULTS.registrationsPerSecond),
        limitReached: new Seldom(clock),
        clock,
        logger,
        acceptTransaction: (txnId, body) => intake.accept(txnId, body),
        onRequest: () => liveness.heard(),
      }),
    }),
    signalling,

    async findCallee(roomId, invitee) {
      const known = await portals.inRoom(roomId);
      const portal = known.find((one) => (invitee === undefined ? one.others <= 1 : one.ghost === invitee));
      if (portal === undefined) return undefined;
      const ghost = portal.ghost as MatrixUserId;
      const dialled = ghosts.address(ghost)?.dialled;
      return dialled === undefined ? undefined : { roomId, ghost, dialled };
    },

    async start(to) {
      await store.prune(clock.now());
      await sender.recover();
      await intake.recover();
      started.resolve(to);
      const { homeserverUrl, appserviceId, appserviceUrl } = settings;
      const context = { homeserverUrl, appserviceId, appserviceUrl };
      const told = (verdict: PingVerdict) => {
        ping = verdict;
        if (verdict.state !== 'proven') return;
        // The password is there before the first call needs it.
        void turn.get();
        ghosts.registerBot(settings.senderLocalpart).catch((error: unknown) => logger.warn(String(error)));
      };
      proveLoop({ homeserver, context, clock, logger, signal: stopping.signal, liveness }, told).catch(
        (error: unknown) => {
          logger.error({ err: error }, 'the ping stopped');
        },
      );
    },

    async stop(graceMs = DEFAULTS.graceMs) {
      intake.close();
      await atMost(clock, graceMs, sender.idle());
      stopping.abort();
      sender.stop();
      // What is aborted ends at once, but for requests that the homeserver has not answered.
      await atMost(clock, AFTER_ABORT_MS, Promise.all([intake.idle(), sender.idle()]));
    },

    async idle() {
      await intake.idle();
      await sender.idle();
    },

    health: () => ({ ping, busyRooms: intake.busyRooms }),
  };
}

/** Waits for `work`, but no longer than `limitMs`. */
async function atMost(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, pause(clock, limitMs, done.signal)]);
  done.abort();
}
