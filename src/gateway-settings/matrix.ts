/** The Matrix side in its own words. */
import type { Config, Registration } from '../../config/index.ts';
import type { MatrixSettings, MatrixUserId } from '../matrix/index.ts';
import type { GhostIdFormat } from '../number/index.ts';
import { present } from './present.ts';

/** @param joinToken of the second registration, with which users are joined to rooms */
export function matrixSettings(config: Config, registration: Registration, joinToken?: string): MatrixSettings {
  const { homeserver, appservice, ghosts, limits, rooms } = config;
  return {
    homeserverUrl: homeserver.url,
    serverName: homeserver.domain,
    appserviceId: registration.id,
    appserviceUrl: appservice.url,
    senderLocalpart: registration.senderLocalpart,
    asToken: registration.asToken,
    hsToken: registration.hsToken,
    ghostPrefix: ghosts.prefix,
    gatewayHost: ghosts.gateway_host,
    ghostEscape: ghosts.escape,
    registrationsPerSecond: ghosts.registrations_per_second,
    bodyLimitBytes: limits.request_bytes,
    ringFederated: config.permissions.be_called.some((entry) => !entry.endsWith(`:${homeserver.domain}`)),
    ...(rooms.join_users === 'phone-room'
      ? { phoneRoomUsers: telephoneUsers(config), phoneRoomAtFirstCall: takesCallsIn(config) }
      : {}),
    watchedRooms: watchedRooms(config),
    textStatus: config.texts.delivery_status,
    ...present({ joinToken, adminRoom: rooms.administrators }),
  };
}

/** Where nobody has a number, a room for callers would be an invitation that nobody understands. */
function takesCallsIn({ lines, extensions, inbound }: Config): boolean {
  return lines.length + extensions.length + inbound.rules.length > 0;
}

/** Everybody who is named one by one as somebody that a call from the telephone rings. */
function telephoneUsers({ lines, extensions, inbound, homeserver }: Config): MatrixUserId[] {
  const named = [
    ...lines.flatMap(({ users }) => users),
    ...extensions.map(({ user }) => user),
    ...inbound.rules.flatMap(({ ring }) => ring.flatMap(({ users }) => users)),
  ];
  const isOne = (user: string) => user.startsWith('@') && !user.includes('*') && user.endsWith(`:${homeserver.domain}`);
  return [...new Set(named.filter(isOne))] as MatrixUserId[];
}

/** Rooms that stand for their members. */
function watchedRooms({ lines, limits, permissions, rooms, routes, texts, credit, fraud }: Config): string[] {
  const people = [
    ...permissions.call_out,
    ...(permissions.text_out ?? []),
    ...permissions.be_called,
    ...permissions.administrators,
    ...(rooms.administrators === undefined ? [] : [rooms.administrators]),
    ...permissions.destinations.flatMap(({ users }) => users),
    ...routes.flatMap(({ users }) => users),
    ...[...limits.users, ...credit.users, ...fraud.users].flatMap(({ users }) => users),
    ...lines.flatMap(({ users }) => users),
    ...[...texts.shared_senders, ...texts.pools].flatMap(({ users }) => users),
  ];
  return [...new Set(people.filter((entry) => /^[!#]/.test(entry)))];
}

/** How the user IDs of telephone numbers are written. */
export function ghostFormat({ ghosts, homeserver }: Config): GhostIdFormat {
  return {
    prefix: ghosts.prefix,
    gatewayHost: ghosts.gateway_host,
    serverName: homeserver.domain,
    escape: ghosts.escape,
  };
}
