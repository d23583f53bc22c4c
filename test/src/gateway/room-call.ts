/** One call as a client makes it: its events into the room, and what the gateway says there. */
import { readFileSync } from 'node:fs';
import type { Json, SentEvent } from '../../bench/fake-homeserver.ts';
import { Waiting } from '../../world/wait.ts';
import type { Room } from './house.ts';

/** Events of a real Element Web that dialled; only identifiers are exchanged. */
const DIALLED = JSON.parse(
  readFileSync(new URL('../matrix/data/element-dial.json', import.meta.url), 'utf8'),
) as readonly { readonly type: string; readonly content: Json }[];
const PATIENCE_MS = 10_000;

/** The SDP that a real Element Web offered. */
export const ELEMENT_OFFER = offerOf(DIALLED.find(({ type }) => type === 'm.call.invite')?.content);

function offerOf(content: Json | undefined): string {
  return (content as { readonly offer: { readonly sdp: string } }).offer.sdp;
}

export class RoomCall {
  readonly room: Room;
  readonly callId: string;
  /** What the gateway said in the room: events of this call, and messages. */
  readonly said: SentEvent[] = [];
  /** Fields that every event of the call has. */
  common: Json;
  readonly #push: (event: Json) => void;
  readonly #waiting = new Waiting();
  #taken = 0;

  constructor(room: Room, callId: string, push: (event: Json) => void) {
    this.room = room;
    this.callId = callId;
    this.#push = push;
    this.common = { call_id: callId, version: '1', party_id: 'KFQDTYWZOJ' };
  }

  /** @param offer SDP; default: a real client's, which nobody will ever connect to */
  invite(offer: string = ELEMENT_OFFER, more: Json = {}): void {
    this.send('m.call.invite', { lifetime: 60_000, offer: { type: 'offer', sdp: offer }, ...more });
  }

  send(type: string, content: Json = {}, event: Json = {}): void {
    const { id, user } = this.room;
    this.#push({ type, room_id: id, sender: user, content: { ...this.common, ...content }, ...event });
  }

  heard(event: SentEvent): void {
    if (event.roomId !== this.room.id) return;
    const { call_id: callId } = event.content;
    if (callId !== undefined && callId !== this.callId) return;
    this.said.push(event);
    this.#waiting.announce();
  }

  /** The next event of this type; others in between are passed over. */
  async next(type: string): Promise<Json> {
    const take = (): Json | undefined => {
      const index = this.said.findIndex((one, at) => at >= this.#taken && one.type === type);
      if (index >= 0) this.#taken = index + 1;
      return this.said[index]?.content;
    };
    const error = () => new Error(`no ${type} came; there came: ${JSON.stringify(this.said.map((one) => one.type))}`);
    return this.#waiting.until(take, { timeoutMs: PATIENCE_MS, error });
  }

  /** The next sentence. */
  async words(): Promise<string> {
    return String((await this.next('m.room.message')).body);
  }
}
