/** The Matrix side, put together: the one thing of `matrix/` that the composition root makes. */
import type { GhostIdFormat } from '../number/ghost-id.ts';
import { relaysIn } from './bot/text-commands.ts';
import { RoomCalls } from './calls/room-calls.ts';
import { createCallsIn } from './calls-in.ts';
import { connectHomeserver } from './client/homeserver.ts';
import { Liveness } from './client/liveness.ts';
import { type Clock, pause } from './clock.ts';
import { Ghosts } from './ghosts/ghosts.ts';
import { PortalCache } from './ghosts/portals.ts';
import { RateLimit } from './ghosts/rate-limit.ts';
import { GhostRooms } from './ghosts/rooms.ts';
import { createAnswers } from './http/answers.ts';
import { appserviceHttp } from './http/plugin.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import { showChosenLine } from './lines/chosen-line.ts';
import { createRealUserLookup } from './lookups/index.ts';
import { noticeChoices } from './notices.ts';
import { proveLoop } from './ping/ping.ts';
import type { PingVerdict } from './ping/verdict.ts';
import { Seldom } from './seldom.ts';
import { EventSender } from './sending/sender.ts';
import { createSignalling } from './sending/signalling.ts';
import { TurnServers } from './sending/turn.ts';
import type { MatrixListener } from './settings.ts';
import type { MatrixSide, MatrixSideParts } from './side.ts';
import { RoomPeople } from './texts/people.ts';
import { createTextsBothWays } from './texts-both-ways.ts';
import { EventHandler } from './transactions/handler.ts';
import { Intake } from './transactions/intake.ts';
import { WatchedRooms } from './watched-rooms.ts';

const AFTER_ABORT_MS = 1_000;
/** A call in a room that somebody is sent out of: ended, and told so to its client. */
const CALLS_OVER_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 20;
const DEFAULTS = { registrationsPerSecond: 10, bodyLimitBytes: 16 * 1024 * 1024, graceMs: 5_000, botName: 'Telephone' };

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
  const roomCalls: RoomCalls = new RoomCalls(clock, (call) => {
    ringing.callEnded(call).catch((error: unknown) => logger.warn(String(error)));
  });
  const signalling = createSignalling(sender, turn, (address, event) => roomCalls.sent(address, event));
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
    madeRooms: store.madeRooms,
    lineRooms: { forget: async (roomId) => sharedLines?.rooms.forget(roomId as RoomId) },
    signalling,
    clock,
    logger,
    bot,
    gatewayHost: settings.gatewayHost,
    signal: stopping.signal,
    liveness,
    onFacts: (roomId, facts) => {
      people.learn(roomId, facts);
      sharedLines?.members.learn(roomId, facts);
    },
  });
  const started = Promise.withResolvers<MatrixListener>();
  const textListener = async () => (await started.promise).texts;
  const operations = async () => (await started.promise).operations;
  const people = new RoomPeople({ ghosts, portals, bot, facts: (roomId, as) => rooms.facts(roomId, as) });
  const { ringing, commands, textCommands, administrators, joins, invitations, textRooms, sharedLines } = createCallsIn(
    {
      ...parts,
      bot,
      homeserver,
      ghosts,
      rooms,
      portals,
      signalling,
      roomCalls,
      people,
      textListener,
      operations,
      liveness,
      logger,
      signal: stopping.signal,
      membersOf: (room) => watched.membersOf(room),
      listener: () => started.promise,
      async callsOver(roomId) {
        const until = clock.now() + CALLS_OVER_WITHIN_MS;
        while (roomCalls.isBusy(roomId) && clock.now() < until) await pause(clock, LOOK_EVERY_MS, stopping.signal);
        await atMost(clock, CALLS_OVER_WITHIN_MS, sender.settledIn(roomId));
      },
    },
  );
  const watched = new WatchedRooms({
    rooms: () => [...new Set([...(settings.watchedRooms ?? []), ...(parts.lines?.shared?.controlRooms() ?? [])])],
    ...(sharedLines === undefined
      ? {}
      : {
          onMembers: (room: string, came: readonly MatrixUserId[]) =>
            void sharedLines.members.follow(room as RoomId, came).catch(warn),
          onLooked: () => void sharedLines.members.followUnsettled(),
        }),
    homeserver,
    bot,
    clock,
    logger,
    signal: stopping.signal,
  });
  const warn = (error: unknown) => logger.warn(String(error));
  const isLocal = (user: string) => user.endsWith(`:${settings.serverName}`);
  const listener: MatrixListener = {
    onCallEvent: async (event, room) => (await started.promise).onCallEvent(event, room),
    onRoomClosed: async (roomId, ghost) => (await started.promise).onRoomClosed?.(roomId, ghost),
  };
  // Read now: whoever ends the calls of an earlier process deletes them from the journal.
  const begun = store.liveCalls.live().then((calls) => new Set(calls.map((call) => `${call.roomId} ${call.callId}`)));
  begun.catch(() => {});
  const { texts, textEvents } = createTextsBothWays({
    ...parts,
    homeserver,
    sender,
    ghosts,
    portals,
    rooms,
    people,
    commands,
    invitations,
    bot,
    textListener,
    logger,
    liveness,
    signal: stopping.signal,
  });
  const handler = new EventHandler({
    ghosts,
    portals,
    rooms,
    hadBegun: async (roomId, callId) => (await begun).has(`${roomId} ${callId}`),
    permissions,
    bot,
    commands,
    texts: textEvents,
    mayInviteBot: (user) => isLocal(user) || permissions.mayCall(user) || (permissions.mayText?.(user) ?? false),
    roomCalls,
    joins,
    watched,
    mayUseRoom: async (roomId, user) => (await sharedLines?.mayUse(roomId, user)) ?? true,
    onFirstContact(user) {
      if (settings.phoneRoomAtFirstCall && isLocal(user)) inviteToPhoneRooms([user]);
    },
    signalling,
    listener,
    clock,
    logger,
    signal: stopping.signal,
  });
  const isOwn = (userId: string) => userId === bot || ghosts.address(userId) !== undefined;
  const realUsers = parts.realUsers && createRealUserLookup(parts.realUsers, store, clock, logger);
  const intake = new Intake({ store, handler, isOwn, clock, logger });
  let ping: PingVerdict | undefined;
  let introduced = false;
  const introduceBot = async () => {
    if (introduced) return;
    introduced = true;
    await ghosts
      .registerBot(settings.senderLocalpart, settings.botName ?? DEFAULTS.botName)
      .catch((error: unknown) => logger.warn(String(error)));
    void watched.run();
    void sharedLines?.members.followAll().catch(warn);
    await inviteToPhoneRooms(settings.phoneRoomUsers ?? []);
  };
  /** One after the other: nobody waits for it, and a homeserver may limit invitations. */
  const inviteToPhoneRooms = async (users: readonly MatrixUserId[]) => {
    for (const user of users) {
      if (stopping.signal.aborted) return;
      await ringing.prepare(user).catch((error: unknown) => logger.warn({ user }, String(error)));
    }
  };

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
        async acceptTransaction(txnId, body) {
          await intake.accept(txnId, body);
          void textEvents.ephemeral(body, isOwn);
        },
        onRequest: () => liveness.heard(),
        ...(realUsers === undefined ? {} : { realUser: (dialled: string) => realUsers.find(dialled) }),
      }),
    }),
    signalling,
    callRooms: ringing,
    texts,
    textRooms,
    writeText: (text, key) => textCommands.write(text, key),
    relaysIn: (roomId) => relaysIn(store.choices, roomId),
    notices: noticeChoices(store.choices),
    administrators,
    membersOf: (room) => watched.membersOf(room),
    sharedRooms: {
      lineIn: async (roomId) => sharedLines?.rooms.lineIn(roomId),
      async open(line, dialled) {
        const room = parts.lines?.shared?.controlRoomOf(line) as RoomId | undefined;
        const ghost = ghosts.forDialled(dialled);
        if (sharedLines === undefined || room === undefined || ghost === undefined) return undefined;
        return (await sharedLines.rooms.open({ kind: 'line', line, room }, ghost)).roomId;
      },
      async showLine(roomId, number) {
        const room = await sharedLines?.rooms.lineIn(roomId);
        if (room !== undefined) return sharedLines?.rooms.showLine(room, number ?? room.line);
        const show = (line: string) => parts.lines?.shared?.title(line) ?? line;
        return showChosenLine(
          { homeserver, portals, bot, logger },
          roomId,
          number === undefined ? undefined : show(number),
        );
      },
      async linesChanged() {
        await watched.lookAtNew();
        await sharedLines?.members.followAll();
      },
    },

    async tellUser(user, kind, text, key) {
      await commands.tell(user, kind, text, key).catch((error: unknown) => logger.warn({ user }, String(error)));
    },

    async findCallee(roomId, invitee) {
      const known = await portals.inRoom(roomId);
      const portal = known.find(
        (one) => one.ghost !== bot && (invitee === undefined ? one.others <= 1 : one.ghost === invitee),
      );
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
        void introduceBot();
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
      await atMost(clock, AFTER_ABORT_MS, Promise.all([intake.idle(), sender.idle(), texts.idle()]));
    },

    async idle() {
      await intake.idle();
      await texts.idle();
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
