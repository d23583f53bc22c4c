/** Matrix users who have a number each and a room with one telephone each; what they write, and what their telephones write. */
import { encodeGhostId } from '../../../src/number/index.ts';
import { type FakeHomeserver, type Json, membershipEvent } from '../../bench/fake-homeserver.ts';
import type { ConfigOverride } from '../gateway.ts';

export interface TextRoom {
  readonly id: string;
  readonly user: string;
  /** The user's own. */
  readonly line: string;
  readonly telephone: string;
  /** Of the telephone. */
  readonly ghost: string;
}

export function makeTextRooms(count: number, serverName: string): readonly TextRoom[] {
  return Array.from({ length: count }, (_, index) => {
    const digits = String(index).padStart(4, '0');
    const telephone = `+44181811${digits}`;
    const ghost = encodeGhostId(telephone, { prefix: '_sip_', gatewayHost: 'sip.example.org', serverName });
    if (ghost === undefined) throw new Error(`${telephone} has no ghost`);
    return {
      id: `!room${index}:${serverName}`,
      user: `@user${index}:${serverName}`,
      line: `+44181812${digits}`,
      telephone,
      ghost,
    };
  });
}

/** For a gateway whose users have these rooms; no limit on texts. `trunk`: of `trunks[0].texts`. */
export function textConfig(
  rooms: readonly TextRoom[],
  serverName: string,
): { readonly trunk: ConfigOverride; readonly config: ConfigOverride } {
  return {
    trunk: { texts: { enabled: true, knows_repeats: true, window: 50 } },
    config: {
      permissions: { call_out: [`@*:${serverName}`], text_out: [`@*:${serverName}`] },
      lines: rooms.map(({ line, user }) => ({ number: line, users: [user] })),
      texts: { per_minute: 10_000, inbound_per_minute: 10_000, first_retry_s: 1 },
      dialer: { enabled: false },
    },
  };
}

/** Invites the ghosts; settles when all of them are in their rooms. */
export async function enterTextRooms(rooms: readonly TextRoom[], homeserver: FakeHomeserver): Promise<void> {
  const missing = new Set(rooms.map(({ id }) => id));
  const all = Promise.withResolvers<void>();
  homeserver.onJoin = (roomId) => {
    missing.delete(roomId);
    if (missing.size === 0) all.resolve();
  };
  for (const { id, user, ghost } of rooms) homeserver.push(membershipEvent(id, user, ghost, 'invite'));
  await all.promise;
}

/** A text of the user of a room. */
export function writtenBy({ id, user }: TextRoom, body: string): Json {
  return { type: 'm.room.message', room_id: id, sender: user, content: { msgtype: 'm.text', body } };
}
