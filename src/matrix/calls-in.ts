/** What calls and texts from the telephone and the gateway's own user need, put together. */
import type { Logger } from 'pino';
import { Administrators } from './bot/administrators.ts';
import { Bot } from './bot/bot.ts';
import type { ChatOperations } from './bot/operations.ts';
import { TextCommands } from './bot/text-commands.ts';
import type { CallSignalling } from './call-events.ts';
import type { RoomCalls } from './calls/room-calls.ts';
import { connectHomeserver, type Homeserver } from './client/homeserver.ts';
import type { Liveness } from './client/liveness.ts';
import type { Ghosts } from './ghosts/ghosts.ts';
import type { PortalCache } from './ghosts/portals.ts';
import type { GhostRooms } from './ghosts/rooms.ts';
import type { MatrixUserId, RoomId } from './ids.ts';
import { createSharedLines } from './lines/index.ts';
import { noticeChoices } from './notices.ts';
import { ActingForUsers } from './ringing/acting.ts';
import { Invitations } from './ringing/invitations.ts';
import { Joins } from './ringing/joins.ts';
import { petNamesIn } from './ringing/pet-names.ts';
import { Ringing } from './ringing/ringing.ts';
import type { MatrixListener } from './settings.ts';
import type { MatrixSideParts } from './side.ts';
import type { TextListener } from './text-events.ts';
import type { RoomPeople } from './texts/people.ts';
import { ChatsForTexts } from './texts/rooms.ts';

export interface CallsInParts extends Omit<MatrixSideParts, 'homeserver'> {
  readonly bot: MatrixUserId;
  readonly homeserver: Homeserver;
  readonly ghosts: Ghosts;
  readonly rooms: GhostRooms;
  readonly portals: PortalCache;
  readonly signalling: CallSignalling;
  readonly roomCalls: RoomCalls;
  readonly people: RoomPeople;
  readonly textListener: () => Promise<TextListener | undefined>;
  readonly operations: () => Promise<ChatOperations | undefined>;
  readonly liveness: Liveness;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly membersOf: (room: string) => ReadonlySet<MatrixUserId> | undefined;
  readonly listener: () => Promise<MatrixListener>;
  readonly callsOver: (roomId: RoomId) => Promise<void>;
}

export function createCallsIn(parts: CallsInParts) {
  const { settings, store, clock, logger, homeserver, signalling } = parts;
  const shared = {
    homeserver,
    ghosts: parts.ghosts,
    rooms: parts.rooms,
    portals: parts.portals,
    madeRooms: store.madeRooms,
    clock,
    logger,
    liveness: parts.liveness,
    bot: parts.bot,
    gatewayHost: settings.gatewayHost,
    signal: parts.signal,
  };
  const { joinToken, homeserverUrl } = settings;
  const connect = (token: string) => connectHomeserver(homeserverUrl, token, logger);
  const actsBy = parts.actingHomeserver ?? (joinToken === undefined ? undefined : connect(joinToken));
  const notices = noticeChoices(store.choices);
  const joins = new Joins(homeserver, clock, logger);
  const invitations = new Invitations({ ...shared, choices: store.choices });
  const acting = new ActingForUsers(actsBy, clock, logger);
  const who = { serverName: settings.serverName, ringFederated: settings.ringFederated ?? false };
  const ringing = new Ringing({
    ...shared,
    settings: who,
    bindings: store.numberBindings,
    signalling,
    acting,
    joins,
    invitations,
    calls: parts.roomCalls,
    petName: petNamesIn({ ...shared, petNames: store.petNames, numbers: parts.numbers }),
    tellsForwarded: (user) => notices.mayNotify(user, 'forwarded'),
    sharedRooms: () => sharedRooms,
  });
  const { phoneRooms, wholeRooms, direct, callers, names } = ringing;
  const textRooms = new ChatsForTexts({
    ...shared,
    settings: who,
    direct,
    callers,
    names,
    wholeRooms,
    invitations,
    acting,
    people: parts.people,
    sharedRooms: () => sharedRooms,
  });
  const lines = parts.lines?.shared;
  const sharedLines =
    lines === undefined
      ? undefined
      : createSharedLines({
          ...shared,
          settings: who,
          lineRooms: store.lineRooms,
          lines,
          acting,
          invitations,
          joins,
          callers,
          names,
          membersOf: parts.membersOf,
          signalling,
          listener: parts.listener,
          callsOver: parts.callsOver,
        });
  const sharedRooms = sharedLines?.rooms;
  const textCommands = new TextCommands({
    ...shared,
    store,
    numbers: parts.numbers,
    textRooms,
    names,
    invitations,
    acting,
    serverName: settings.serverName,
    mayText: (user) => parts.permissions.mayText?.(user) ?? parts.permissions.mayCall(user),
    listener: parts.textListener,
  });
  const commands = new Bot({
    ...shared,
    phoneRooms,
    prepare: (user) => ringing.prepare(user),
    signalling,
    choices: store.choices,
    notices,
    textCommands,
    areTextsCarried: async () => (await parts.textListener()) !== undefined,
    operations: parts.operations,
    mayUse: (user) => parts.permissions.mayCall(user) || (parts.permissions.mayText?.(user) ?? false),
  });
  const administrators = new Administrators({
    ...shared,
    room: settings.adminRoom,
    wholeRooms,
    signalling,
    notices: store.notices,
  });
  return { ringing, commands, textCommands, administrators, joins, invitations, textRooms, sharedLines };
}
