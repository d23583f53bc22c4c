/** Matrix users in rooms with the ghosts of telephone numbers, and the calls that they make: what an Element Web sends. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { FakeHomeserver, Json, SentEvent } from './fake-homeserver.ts';
import { membershipEvent } from './fake-homeserver.ts';
import type { SipPeer } from './sip-peer.ts';

/** Events of a real Element Web that dialled; only identifiers are exchanged. */
const DIALLED = JSON.parse(
  readFileSync(new URL('../src/matrix/data/element-dial.json', import.meta.url), 'utf8'),
) as readonly { readonly type: string; readonly content: Json }[];
const CANDIDATES_AFTER_MS = [80, 80];
/** A call that has not come this far in this time has failed. */
const PATIENCE_MS = 20_000;

export interface CallReport {
  /** From the transaction at the socket to the INVITE at the peer's socket. */
  readonly setupMs: number;
  readonly outcome: 'hung-up' | 'refused' | 'given-up';
}

export interface CallOptions {
  /** From the answer to the hang-up, or from the INVITE for a caller who gives up. */
  readonly talkMs: number;
  /** The caller hangs up while it rings. */
  readonly givesUp?: boolean;
}

export interface Room {
  readonly id: string;
  readonly user: string;
  readonly ghost: string;
  readonly number: string;
}

/** What may happen to the call that a room is waiting for. */
type Happening =
  | { readonly type: 'sip-invite'; readonly at: number }
  | { readonly type: 'sip-BYE' | 'sip-CANCEL' }
  | { readonly type: string; readonly content: Json };

export class Callers {
  readonly rooms: readonly Room[];
  readonly #homeserver: FakeHomeserver;
  readonly #run = Date.now().toString(36);
  readonly #waiting = new Map<string, (happening: Happening) => void>();
  readonly #byNumber: ReadonlyMap<string, Room>;
  #calls = 0;

  constructor(rooms: readonly Room[], homeserver: FakeHomeserver, peer: SipPeer) {
    this.rooms = rooms;
    this.#homeserver = homeserver;
    this.#byNumber = new Map(rooms.map((room) => [numberKey(room.number), room]));
    homeserver.onEvent = (event) => this.#happened(event.roomId, asHappening(event));
    peer.onInvite = (number, at) => this.#happened(this.#roomOf(number), { type: 'sip-invite', at });
    peer.onEnd = (number, by) =>
      this.#happened(this.#roomOf(number), { type: by === 'BYE' ? 'sip-BYE' : 'sip-CANCEL' });
  }

  /** Invites the ghosts; settles when they are in their rooms. */
  async enterRooms(): Promise<void> {
    const joined = new Set<string>();
    const all = Promise.withResolvers<void>();
    this.#homeserver.onJoin = (roomId) => {
      joined.add(roomId);
      if (joined.size === this.rooms.length) all.resolve();
    };
    for (const { id, user, ghost } of this.rooms) this.#homeserver.push(membershipEvent(id, user, ghost, 'invite'));
    await all.promise;
    // What a ghost reads and says of the room after it joined.
    await pause(1_000);
  }

  /** One call from a room, from the invite to its end on both sides. Rejects when something does not come in time. */
  async call(room: Room, options: CallOptions): Promise<CallReport> {
    this.#calls += 1;
    const callId = `${this.#run}${this.#calls}`;
    try {
      return await this.#call(room, callId, options);
    } catch (error) {
      // Were it left as it is, the room's next call would find it busy.
      this.#send(room, callId, 'm.call.hangup', { reason: 'user_hangup' });
      throw error;
    }
  }

  async #call(room: Room, callId: string, { talkMs, givesUp = false }: CallOptions): Promise<CallReport> {
    const left = Promise.withResolvers<number>();
    this.#send(room, callId, 'm.call.invite', invite(), left.resolve);
    const trickling = this.#trickle(room, callId);
    const [invited, leftAt] = await Promise.all([this.#next(room, callId, 'sip-invite'), left.promise]);
    if (!('at' in invited)) throw new Error('the INVITE has no time');
    const setupMs = invited.at - leftAt;
    if (givesUp) {
      await Promise.all([pause(talkMs), trickling]);
      await this.#hangUp(room, callId, 'sip-CANCEL');
      return { setupMs, outcome: 'given-up' };
    }
    const decided = await this.#next(room, callId, 'm.call.answer', 'm.call.reject');
    await trickling;
    if (decided.type === 'm.call.reject') return { setupMs, outcome: 'refused' };
    const { party_id: party } = (decided as { content: Json }).content;
    this.#send(room, callId, 'm.call.select_answer', { selected_party_id: party });
    await pause(talkMs);
    await this.#hangUp(room, callId, 'sip-BYE');
    return { setupMs, outcome: 'hung-up' };
  }

  async #hangUp(room: Room, callId: string, ends: string): Promise<void> {
    const ended = this.#next(room, callId, ends);
    this.#send(room, callId, 'm.call.hangup', { reason: 'user_hangup' });
    await ended;
  }

  async #trickle(room: Room, callId: string): Promise<void> {
    const events = DIALLED.filter(({ type }) => type === 'm.call.candidates');
    for (const [index, { content }] of events.entries()) {
      await pause(CANDIDATES_AFTER_MS[index] ?? 0);
      this.#send(room, callId, 'm.call.candidates', content);
    }
  }

  #send(room: Room, callId: string, type: string, content: Json, onLeaving?: (at: number) => void): void {
    const common = { call_id: callId, version: '1', party_id: 'KFQDTYWZOJ' };
    const event = { type, room_id: room.id, sender: room.user, user_id: room.user, content: { ...content, ...common } };
    this.#homeserver.push(event, onLeaving);
  }

  /** The next of these that happens in the room; everything else in between is passed over. */
  #next(room: Room, callId: string, ...types: readonly string[]): Promise<Happening> {
    const { promise, resolve, reject } = Promise.withResolvers<Happening>();
    const timer = setTimeout(
      () => reject(new Error(`call ${callId} in ${room.id}: no ${types.join(' or ')} in ${PATIENCE_MS} ms`)),
      PATIENCE_MS,
    );
    this.#waiting.set(room.id, (happening) => {
      if (!types.includes(happening.type)) return;
      clearTimeout(timer);
      this.#waiting.delete(room.id);
      resolve(happening);
    });
    return promise;
  }

  #happened(roomId: string | undefined, happening: Happening): void {
    if (roomId !== undefined) this.#waiting.get(roomId)?.(happening);
  }

  #roomOf(number: string): string | undefined {
    return this.#byNumber.get(numberKey(number))?.id;
  }
}

function asHappening({ type, content }: SentEvent): Happening {
  return { type, content };
}

function invite(): Json {
  const event = DIALLED.find(({ type }) => type === 'm.call.invite');
  if (event === undefined) throw new Error('the recorded events have no invite');
  return event.content;
}

/** The last six digits: however the trunk's format writes the number. */
function numberKey(number: string): string {
  return number.slice(-6);
}

/** Rooms of one user and one ghost each. */
export function makeRooms(count: number, serverName: string): readonly Room[] {
  return Array.from({ length: count }, (_, index) => {
    const number = `0181811${String(index).padStart(4, '0')}`;
    return {
      id: `!room${index}:${serverName}`,
      user: `@user${index}:${serverName}`,
      ghost: `@_sip_${number}=40sip.example.org:${serverName}`,
      number,
    };
  });
}
