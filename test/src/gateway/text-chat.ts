/** A room in which a user and a telephone write to one another: what the client shows, and what the telephone network carries. */
import { header, type SipRequest, type SipResponse } from '../../../sip/message/index.ts';
import type { Json, SentEvent } from '../../bench/fake-homeserver.ts';
import type { RawPeer } from '../../sip/server/raw-peer.ts';
import { Waiting } from '../../world/wait.ts';
import type { Room } from './house.ts';

const PATIENCE_MS = 10_000;
let count = 0;

export class TextChat {
  readonly room: Room;
  /** What the gateway sent into the room. */
  readonly said: SentEvent[] = [];
  readonly #read = new Set<string>();
  readonly #network: RawPeer;
  readonly #push: (event: Json) => string;
  readonly #waiting = new Waiting();
  #taken = 0;

  constructor(room: Room, network: RawPeer, push: (event: Json) => string) {
    this.room = room;
    this.#network = network;
    this.#push = push;
  }

  /** The user writes. @returns the event's ID */
  write(body: string, more: Json = {}): string {
    return this.send('m.room.message', { msgtype: 'm.text', body, ...more });
  }

  send(type: string, content: Json): string {
    return this.#push({ type, room_id: this.room.id, sender: this.room.user, content });
  }

  react(eventId: string, key: string): string {
    return this.send('m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: eventId, key } });
  }

  /** The MESSAGE that comes to the telephone with these words. */
  async arrives(body: string): Promise<SipRequest> {
    const what = `MESSAGE "${body}"`;
    const found = await this.#network.next(
      what,
      (one) => one.kind === 'request' && one.method === 'MESSAGE' && one.body.toString() === body,
    );
    if (found.kind !== 'request') throw new Error(`${what} is a request`);
    return found;
  }

  answer(request: SipRequest, status: number): void {
    this.#network.answer(request, status);
  }

  heard(event: SentEvent): void {
    if (event.roomId !== this.room.id || this.said.some(({ eventId }) => eventId === event.eventId)) return;
    this.said.push(event);
    this.#waiting.announce();
  }

  wasRead(roomId: string, ghost: string, eventId: string): void {
    if (roomId !== this.room.id || ghost !== this.room.ghost) return;
    this.#read.add(eventId);
    this.#waiting.announce();
  }

  /** Settles when the telephone's ghost has read this event. */
  async isRead(eventId: string): Promise<void> {
    await this.#until(`a read receipt of ${eventId}`, () => this.#read.has(eventId));
  }

  /** What the telephone writes next. */
  async text(): Promise<string> {
    return String((await this.#next('m.room.message', 'm.text')).content.body);
  }

  /** The next sentence of the gateway. */
  async words(): Promise<string> {
    return String((await this.#next('m.room.message', 'm.notice')).content.body);
  }

  #next(type: string, msgtype: string): Promise<SentEvent> {
    return this.#until(`${msgtype} in the room`, () => {
      const index = this.said.findIndex(
        (one, at) => at >= this.#taken && one.type === type && one.content.msgtype === msgtype,
      );
      if (index < 0) return undefined;
      this.#taken = index + 1;
      return this.said[index];
    });
  }

  #until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const said = () => this.said.map(({ type, content }) => `${type} ${JSON.stringify(content)}`).join('\n');
    const error = () => new Error(`${what} did not come; there came:\n${said()}`);
    return this.#waiting.until(look, { timeoutMs: PATIENCE_MS, error });
  }
}

export interface Written {
  readonly from: string;
  readonly to: string;
  readonly body: string;
  /** The same for a repeat. */
  readonly callId?: string;
}

/** A telephone writes; settles with the answer of the gateway. */
export async function telephoneWrites(network: RawPeer, { from, to, body, callId }: Written): Promise<SipResponse> {
  const id = callId ?? `text-${network.port}-${++count}`;
  network.send(
    network.write(
      'MESSAGE',
      {
        uri: `sip:${to}@127.0.0.1:${network.server}`,
        From: `<sip:${from}@127.0.0.1>;tag=far`,
        To: `<sip:${to}@127.0.0.1>`,
        'Call-ID': id,
        CSeq: '1 MESSAGE',
        Contact: '',
        'Content-Type': 'text/plain;charset=UTF-8',
      },
      body,
    ),
  );
  const response = await network.next(
    `an answer to ${id}`,
    (one) => one.kind === 'response' && header(one, 'call-id') === id && one.status >= 200,
  );
  if (response.kind !== 'response') throw new Error('an answer is a response');
  return response;
}
