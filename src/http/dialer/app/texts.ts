/** Text messages behind the page: one conversation with a telephone at a time. */
import { EventStatus, type MatrixClient, type MatrixEvent, type Room, RoomEvent } from 'matrix-js-sdk';
import { type Line, linesOf, type ShownEvent } from './conversation.ts';
import { directRoom } from './direct-room.ts';
import { warn } from './log.ts';
import { ghostOf } from './look-up.ts';

export interface TextsListener {
  /** The conversation has another line, or one of its lines has come further. */
  onLines(lines: readonly Line[]): void;
}

/** Lines that are fetched when a conversation is opened. */
const EARLIER = 50;

export class Texts {
  readonly #client: MatrixClient;
  readonly #listener: TextsListener;
  #open: { readonly room: Room; readonly ghost: string } | undefined;
  #attempts = 0;

  constructor(client: MatrixClient, listener: TextsListener) {
    this.#client = client;
    this.#listener = listener;
    for (const name of [RoomEvent.Timeline, RoomEvent.LocalEchoUpdated, RoomEvent.Redaction] as const) {
      client.on(name, (_event: MatrixEvent, room: Room | undefined) => this.#changed(room));
    }
    client.on(RoomEvent.Receipt, (_event, room) => this.#changed(room));
  }

  /**
   * Opens the conversation with a number, as it was typed.
   * @returns its name, or a sentence that says why there is none; undefined when another was opened meanwhile
   */
  async open(number: string): Promise<{ readonly name: string } | { readonly problem: string } | undefined> {
    const attempt = ++this.#attempts;
    try {
      const ghost = await ghostOf(this.#client, number);
      // A number of the user's own may be looked up as themselves.
      if (ghost === undefined || ghost === this.#client.getUserId())
        return { problem: 'This number cannot be written to.' };
      const room = await directRoom(this.#client, ghost);
      if (attempt !== this.#attempts) return undefined;
      this.#open = { room, ghost };
      this.#changed(room);
      await this.#client.scrollback(room, EARLIER);
      if (attempt !== this.#attempts) return undefined;
      this.#changed(room);
      return { name: room.getMember(ghost)?.rawDisplayName ?? number };
    } catch (error) {
      warn('the conversation could not be opened', error);
      return { problem: 'The homeserver did not open the conversation. Try again.' };
    }
  }

  close(): void {
    this.#attempts += 1;
    this.#open = undefined;
  }

  /** What goes wrong stands beside the line. */
  async send(body: string): Promise<void> {
    if (this.#open === undefined) return;
    try {
      await this.#client.sendTextMessage(this.#open.room.roomId, body);
    } catch (error) {
      warn('a text could not be sent', error);
    }
  }

  #changed(room: Room | undefined): void {
    const open = this.#open;
    if (open === undefined || room?.roomId !== open.room.roomId) return;
    const us = this.#client.getSafeUserId();
    const events = open.room
      .getLiveTimeline()
      .getEvents()
      .map((event) => shown(event, open.room, open.ghost));
    this.#listener.onLines(linesOf(events, us, open.ghost));
  }
}

function shown(event: MatrixEvent, room: Room, ghost: string): ShownEvent {
  const id = event.getId() ?? '';
  return {
    id,
    sender: event.getSender() ?? '',
    type: event.getType(),
    content: event.getContent(),
    at: event.getTs(),
    isRedacted: event.isRedacted(),
    sending: sendingOf(event.status),
    isRead: event.status === null && room.hasUserReadEvent(ghost, id),
  };
}

function sendingOf(status: EventStatus | null): ShownEvent['sending'] {
  // It is at the homeserver; its echo is still to come.
  if (status === null || status === EventStatus.SENT) return null;
  return status === EventStatus.NOT_SENT || status === EventStatus.CANCELLED ? 'not-sent' : 'sending';
}
