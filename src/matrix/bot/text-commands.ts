/** Commands that do something with texts and names; what they answer is one or a few plain lines. */
import { type CommandAction, recipientsOf } from '../../room/index.ts';
import type { Store, StoredPortal } from '../../store/index.ts';
import { CallRoomError } from '../call-rooms.ts';
import { sendEvent } from '../client/rooms.ts';
import type { MatrixUserId, RoomId } from '../ids.ts';
import type { ActingForUsers } from '../ringing/acting.ts';
import type { Invitations } from '../ringing/invitations.ts';
import type { GhostNames } from '../ringing/names.ts';
import { type RingingParts, whileItRings } from '../ringing/parts.ts';
import { transactionId } from '../sending/sender.ts';
import type { Numbers } from '../settings.ts';
import type { TextListener } from '../text-events.ts';
import type { TextRoomFor, TextRooms } from '../text-rooms.ts';
import { SMS_WORDS, textContent } from '../texts/compose.ts';
import { NotTakenError, taken } from '../texts/not-taken.ts';

export interface TextCommandsParts extends RingingParts {
  readonly store: Pick<Store, 'portals' | 'petNames' | 'choices' | 'deliveries' | 'arrivals'>;
  readonly numbers: Numbers;
  readonly textRooms: TextRooms;
  readonly names: GhostNames;
  readonly invitations: Invitations;
  readonly acting: ActingForUsers;
  readonly serverName: string;
  readonly mayText: (user: MatrixUserId) => boolean;
  /** Undefined when the gateway carries calls only. */
  readonly listener: () => Promise<TextListener | undefined>;
}

/** A text of a user for a telephone. */
export interface Written {
  readonly user: MatrixUserId;
  readonly dialled: string;
  readonly text: string;
}

/** Who said it, and where. */
export interface Asked {
  readonly eventId: string;
  readonly sender: MatrixUserId;
  readonly sentAt: number;
  /** In a chat with numbers: the one that is meant. */
  readonly chat?: { readonly roomId: RoomId; readonly ghost: MatrixUserId; readonly isGroup: boolean };
}

const MAKES_ROOM_FOR_MS = 30_000;
const MOST_SHOWN = 20;

export class TextCommands {
  readonly #parts: TextCommandsParts;

  constructor(parts: TextCommandsParts) {
    this.#parts = parts;
  }

  /** Settles with what is answered. Rejects with NotTakenError, and when the gateway stops: then it is run again. */
  async run(action: CommandAction, asked: Asked): Promise<string> {
    try {
      return await this.#run(action, asked);
    } catch (error) {
      if (error instanceof NotTakenError || this.#parts.signal.aborted) throw error;
      this.#parts.logger.warn({ user: asked.sender, err: error }, `the command ${action.kind} failed`);
      return 'That did not work just now. Please try again.';
    }
  }

  #run(action: CommandAction, asked: Asked): Promise<string> {
    switch (action.kind) {
      case 'sms':
        return this.#sms(action.said, asked);
      case 'name':
        return this.#name(action.of, action.name, asked);
      case 'unname':
        return this.#unname(action.of, asked);
      case 'names':
        return this.#showNames(asked);
      case 'texts':
        return this.#showTexts(asked);
      case 'resend':
        return this.#resend(asked);
      case 'accept':
        return this.#accept(asked);
      case 'group':
        return this.#group(action.relays, asked);
      default:
        return action satisfies never;
    }
  }

  /**
   * Writes to a telephone in a user's name, in their chat with it; undefined: they may not, or nothing carries texts. The same key
   * is written once. Rejects with CallRoomError where there can be no chat, and with NotTakenError.
   */
  async write(text: Written, key: string): Promise<TextRoomFor | undefined> {
    const { listener, mayText, clock } = this.#parts;
    const texts = await listener();
    if (texts === undefined || !mayText(text.user)) return undefined;
    return this.#send(texts, text, { eventId: key, sender: text.user, sentAt: clock.now() });
  }

  async #send(texts: TextListener, { user, dialled, text }: Written, asked: Asked): Promise<TextRoomFor> {
    const party = { kind: 'known', dialled } as const;
    const signal = AbortSignal.timeout(MAKES_ROOM_FOR_MS);
    const chat = await this.#parts.textRooms.roomFor({ kind: 'user', user }, party, signal);
    await this.#write(texts, chat, text, asked);
    return chat;
  }

  async #sms(said: string, asked: Asked): Promise<string> {
    const { ghosts, listener, mayText, logger } = this.#parts;
    const { sender } = asked;
    const texts = await listener();
    if (texts === undefined || !mayText(sender))
      return 'You may not write to telephones here. Please ask the administrator.';
    const found = await this.#recipient(sender, said);
    if (found === undefined)
      return `I do not know whom you mean. Write “sms +44… hello”, or a name that you gave to a number.`;
    const { dialled, text } = found;
    try {
      const chat = await this.#send(texts, { user: sender, dialled, text }, asked);
      const link = `https://matrix.to/#/${chat.roomId}?via=${this.#parts.serverName}`;
      const come = chat.presence === 'joined' ? '' : ' Accept the invitation to see what comes of it.';
      return `Your text goes to ${ghosts.displayName(chat.ghost)}: ${link}${come}`;
    } catch (error) {
      if (!(error instanceof CallRoomError)) throw error;
      logger.warn({ user: sender }, error.message);
      return 'The chat with this number could not be made just now, so nothing was sent. Please try again.';
    }
  }

  /** In the user's name where that is possible: then it comes like any other text. Else the ghost shows what goes. */
  async #write(
    texts: TextListener,
    { roomId, ghost, presence }: TextRoomFor,
    text: string,
    { eventId: of, sender, sentAt }: Asked,
  ): Promise<void> {
    const { acting, homeserver, ghosts } = this.#parts;
    const key = `sms:${of}`;
    const say = () => acting.say(roomId, sender, textContent(text), transactionId(key));
    if (presence === 'joined' && (await whileItRings(this.#parts, say))) return;
    const content = { ...textContent(text), msgtype: 'm.notice', [SMS_WORDS]: text };
    const event = { as: ghost, roomId, type: 'm.room.message', txnId: transactionId(key), content };
    const eventId = await whileItRings(this.#parts, () => sendEvent(homeserver, event));
    const dialled = ghosts.address(ghost)?.dialled;
    if (eventId === undefined || dialled === undefined) return;
    // Known again by its event, should it be told twice.
    const incoming = {
      eventId,
      roomId,
      sender,
      sentAt,
      recovered: true,
      content: { kind: 'text', body: text },
    } as const;
    await taken(() => texts.onText(incoming, { roomId, ghosts: [{ ghost, dialled }], users: [sender] }));
  }

  async #recipient(
    user: MatrixUserId,
    said: string,
  ): Promise<{ readonly dialled: string; readonly text: string } | undefined> {
    const { store, ghosts } = this.#parts;
    for (const { to, text } of recipientsOf(said)) {
      const named = await store.petNames.find(user, to);
      if (named !== undefined) return { dialled: named, text };
      const dialled = this.#canonical(to, user);
      // Letters are names: that a telephone's keys have them, too, is not meant here.
      const isNumber = /^[+(]?[\d*#]/.test(to) || to.includes('@');
      if (isNumber && ghosts.forDialled(dialled) !== undefined) return { dialled, text };
    }
    return undefined;
  }

  async #name(of: string | undefined, name: string, asked: Asked): Promise<string> {
    const telephone = await this.#telephone(of, asked);
    if (telephone === undefined) return 'That is no number that I know.';
    const { store, numbers } = this.#parts;
    await store.petNames.set(this.#owner(asked), telephone, name);
    await this.#rename(asked, telephone);
    return `${numbers.displayName(telephone)} is called ${name} from now on${asked.chat?.isGroup ? ' in this room' : ''}.`;
  }

  async #unname(of: string | undefined, asked: Asked): Promise<string> {
    const { store, numbers } = this.#parts;
    const owner = this.#owner(asked);
    const named = of === undefined ? undefined : await store.petNames.find(owner, of);
    const telephone = named ?? (await this.#telephone(of, asked));
    if (telephone === undefined || (await store.petNames.get(owner, telephone)) === undefined) {
      return 'There is no such name.';
    }
    await store.petNames.set(owner, telephone, undefined);
    await this.#rename(asked, telephone);
    return `${numbers.displayName(telephone)} has no name any more.`;
  }

  async #showNames(asked: Asked): Promise<string> {
    const { store, numbers } = this.#parts;
    const all = await store.petNames.all(this.#owner(asked));
    if (all.length === 0) return 'You have given no names yet. “name +44… Bob” gives one.';
    return all.map(({ telephone, name }) => `${name}: ${numbers.displayName(telephone)}`).join('\n');
  }

  async #showTexts(asked: Asked): Promise<string> {
    const { store, ghosts, names } = this.#parts;
    const lines: string[] = [];
    for (const { roomId, ghost } of await this.#chats(asked)) {
      const held = (await store.arrivals.held(roomId as RoomId)).length;
      const failed = (await store.deliveries.failedIn(roomId as RoomId, MOST_SHOWN)).length;
      if (held + failed === 0) continue;
      const parts = [...(held > 0 ? [`${held} for you`] : []), ...(failed > 0 ? [`${failed} not sent`] : [])];
      const dialled = ghosts.address(ghost)?.dialled ?? '';
      const party = { kind: 'known', dialled } as const;
      lines.push(`${await names.shown(roomId as RoomId, ghost as MatrixUserId, party)}: ${parts.join(', ')}`);
    }
    if (lines.length === 0) return 'No texts wait for you, and none of yours failed.';
    const more = lines.length > MOST_SHOWN ? [`… and ${lines.length - MOST_SHOWN} more`] : [];
    return [...lines.slice(0, MOST_SHOWN), ...more].join('\n');
  }

  async #resend(asked: Asked): Promise<string> {
    const listener = await this.#parts.listener();
    let sent = 0;
    const rooms = new Set((await this.#chats(asked)).map(({ roomId }) => roomId as RoomId));
    for (const roomId of rooms) sent += (await listener?.resend?.({ roomId, user: asked.sender })) ?? 0;
    if (sent === 0) return 'None of your texts wait to be sent again.';
    return sent === 1 ? 'One text is on its way again.' : `${sent} texts are on their way again.`;
  }

  async #accept(asked: Asked): Promise<string> {
    const { store, invitations, acting } = this.#parts;
    let invited = 0;
    for (const portal of await this.#chats(asked)) {
      if (portal.userJoined || (await store.arrivals.held(portal.roomId as RoomId)).length === 0) continue;
      await invitations.forget(portal.roomId as RoomId, asked.sender);
      if ((await invitations.bring(portal, asked.sender)) !== 'invited') continue;
      invited += 1;
      // Where they can be joined they come at once.
      await acting.join(portal.roomId as RoomId, asked.sender);
    }
    return invited === 0 ? 'No texts wait for you.' : 'The chats with texts for you are open to you again.';
  }

  async #group(relays: boolean, { chat }: Asked): Promise<string> {
    if (chat === undefined) return 'Write that in the room with the numbers.';
    await this.#parts.store.choices.set(chat.roomId, RELAY, relays ? 'on' : 'off', chat.roomId);
    return relays
      ? 'The numbers in this room get one another’s texts from now on. Each costs as a text of its own.'
      : 'The numbers in this room do not get one another’s texts any more.';
  }

  /** Of this chat, or all of the user's but their phone room. */
  async #chats({ sender, chat }: Asked): Promise<readonly StoredPortal[]> {
    const { store, bot } = this.#parts;
    const all = chat === undefined ? await store.portals.allOf(sender) : await store.portals.inRoom(chat.roomId);
    return all.filter(({ ghost }) => ghost !== bot);
  }

  /** A group's names are everybody's there. */
  #owner({ sender, chat }: Asked): MatrixUserId | RoomId {
    return chat?.isGroup ? chat.roomId : sender;
  }

  async #telephone(of: string | undefined, { sender, chat }: Asked): Promise<string | undefined> {
    const { ghosts } = this.#parts;
    const dialled = of ?? (chat && ghosts.writable(chat.ghost)?.dialled);
    if (dialled === undefined) return undefined;
    const canonical = this.#canonical(dialled, sender);
    return ghosts.forDialled(canonical) === undefined ? undefined : canonical;
  }

  /** What the ghosts of this telephone are called is right at once, where the name counts. */
  async #rename(asked: Asked, telephone: string): Promise<void> {
    const { ghosts, names } = this.#parts;
    for (const { roomId, ghost } of await this.#chats(asked)) {
      const dialled = ghosts.writable(ghost)?.dialled;
      if (dialled === undefined || this.#canonical(dialled, asked.sender) !== telephone) continue;
      await names.show(roomId as RoomId, ghost as MatrixUserId, { kind: 'known', dialled });
    }
  }

  #canonical(dialled: string, user: MatrixUserId): string {
    return this.#parts.numbers.canonical?.(dialled, user) ?? dialled;
  }
}

const RELAY = 'relay';

/** Whether the numbers in a room get one another's texts, if somebody there chose. */
export async function relaysIn(choices: Pick<Store['choices'], 'get'>, roomId: RoomId): Promise<boolean | undefined> {
  const chosen = await choices.get(roomId, RELAY, roomId);
  return chosen === undefined ? undefined : chosen === 'on';
}
