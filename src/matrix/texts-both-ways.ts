/** What texts of rooms and texts of telephones need, put together. */
import type { Logger } from 'pino';
import type { Store } from '../store/index.ts';
import type { Bot } from './bot/bot.ts';
import type { Homeserver } from './client/homeserver.ts';
import type { Liveness } from './client/liveness.ts';
import type { Clock } from './clock.ts';
import type { Ghosts } from './ghosts/ghosts.ts';
import type { PortalCache } from './ghosts/portals.ts';
import type { GhostRooms } from './ghosts/rooms.ts';
import type { MatrixUserId } from './ids.ts';
import type { Invitations } from './ringing/invitations.ts';
import type { EventSender } from './sending/sender.ts';
import type { MatrixSettings } from './settings.ts';
import type { TextListener } from './text-events.ts';
import { TextEvents } from './texts/events.ts';
import { MemberNames } from './texts/member-names.ts';
import type { RoomPeople } from './texts/people.ts';
import { Receipts } from './texts/receipts.ts';
import { Signalling } from './texts/signalling.ts';

export interface TextsBothWaysParts {
  readonly settings: MatrixSettings;
  readonly homeserver: Homeserver;
  readonly store: Store;
  readonly sender: EventSender;
  readonly ghosts: Ghosts;
  readonly portals: PortalCache;
  readonly rooms: GhostRooms;
  readonly people: RoomPeople;
  readonly commands: Bot;
  readonly invitations: Invitations;
  readonly bot: MatrixUserId;
  readonly textListener: () => Promise<TextListener | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly liveness: Liveness;
  readonly signal: AbortSignal;
}

export function createTextsBothWays(parts: TextsBothWaysParts) {
  const { settings, homeserver, store, portals, commands, logger } = parts;
  const receipts = new Receipts(parts);
  const names = new MemberNames(homeserver, portals, logger);
  const texts = new Signalling({
    ...parts,
    receipts,
    names,
    notices: store.notices,
    statusBy: settings.textStatus ?? 'receipts',
    gatewayHost: settings.gatewayHost,
    async tell(user, text, key) {
      await commands.say(user, text, key).catch((error: unknown) => logger.warn({ user }, String(error)));
    },
  });
  const textEvents = new TextEvents({ ...parts, names, receipts, signalling: texts, listener: parts.textListener });
  return { texts, textEvents };
}
