/** The inbound side of texts with a real store, and stand-ins for time, rooms, networks and the outbound side. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CallingParty,
  CallRoomError,
  type EventId,
  type MatrixUserId,
  type RingTarget,
  type RoomId,
  type TextRoom,
  type TextRoomFor,
  type TextRooms,
  type TextSignalling,
} from '../../../../src/matrix/index.ts';
import { createInboundTexts, defaultInboundPolicy, type InboundPolicy } from '../../../../src/message/inbound/index.ts';
import type {
  ArrivedText,
  Cut,
  InboundTextDecided,
  MessageTransport,
  NumberPool,
  Submitted,
  Taken,
  TransportState,
} from '../../../../src/message/index.ts';
import type { InboundSide, OutboundDesk, RelayedText } from '../../../../src/message/parts.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { FakeClock, silent } from '../../call/fakes.ts';
import { around } from '../around.ts';
import { ALICE, OWN } from '../people.ts';

export { ALICE, OWN };

export const ERIN = '@erin:hs.test' as MatrixUserId;
export const BOB = '+4915111111111';
export const CAROL = '+4915222222222';
export const DAVE = '+4915333333333';

export const user = (id: MatrixUserId): RingTarget => ({ kind: 'user', user: id });

export function ghostOf(dialled: string): MatrixUserId {
  return `@_sip_${dialled}:hs.test` as MatrixUserId;
}

/** The room that is made for a target and a sender. */
export function chatOf(target: MatrixUserId | string, sender: string): RoomId {
  return `!chat ${target} ${sender}` as RoomId;
}

export class FakeRooms implements TextRooms {
  /** What `roomFor` finds. */
  readonly presence = new Map<RoomId, TextRoomFor['presence']>();
  readonly known = new Map<RoomId, TextRoom>();
  faults: Error[] = [];
  asked = 0;

  async roomFor(target: RingTarget, sender: CallingParty): Promise<TextRoomFor> {
    this.asked += 1;
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
    const dialled = dialledOf(sender);
    const who = target.kind === 'user' ? target.user : target.room;
    const roomId = target.kind === 'user' ? chatOf(who, dialled) : (target.room as RoomId);
    return { roomId, ghost: ghostOf(dialled), presence: this.presence.get(roomId) ?? 'joined' };
  }

  async ghostIn(roomId: RoomId, sender: CallingParty): Promise<MatrixUserId | undefined> {
    const ghost = ghostOf(dialledOf(sender));
    return this.known.get(roomId)?.ghosts.some((each) => each.ghost === ghost) ? ghost : undefined;
  }

  async look(roomId: RoomId): Promise<TextRoom | undefined> {
    return this.known.get(roomId);
  }

  /** A room with these telephones and users. */
  set(name: string, telephones: readonly string[], users: readonly MatrixUserId[]): RoomId {
    const roomId = name as RoomId;
    const ghosts = telephones.map((dialled) => ({ ghost: ghostOf(dialled), dialled }));
    this.known.set(roomId, { roomId, ghosts, users });
    return roomId;
  }
}

function dialledOf(sender: CallingParty): string {
  return sender.kind === 'known' ? sender.dialled : 'withheld';
}

export interface Posted {
  readonly roomId: RoomId;
  readonly ghost: MatrixUserId;
  readonly body: string;
  readonly sentAt?: number;
  readonly eventId: EventId;
}

/** A homeserver that knows a transaction ID again. */
export class FakeHomeserver implements TextSignalling {
  readonly posted: Posted[] = [];
  readonly notices: { readonly roomId: RoomId; readonly text: string; readonly inReplyTo?: EventId }[] = [];
  readonly told: { readonly user: MatrixUserId; readonly text: string }[] = [];
  faults: Error[] = [];
  readonly #events = new Map<string, EventId>();
  #isUp = Promise.withResolvers<void>();

  constructor() {
    this.#isUp.resolve();
  }

  /** Who posts waits until it is back. */
  away(): void {
    this.#isUp = Promise.withResolvers<void>();
  }

  back(): void {
    this.#isUp.resolve();
  }

  async post({ key, ...text }: Parameters<TextSignalling['post']>[0]): Promise<EventId> {
    await this.#isUp.promise;
    const fault = this.faults.shift();
    if (fault !== undefined) throw fault;
    const known = this.#events.get(key);
    if (known !== undefined) return known;
    const eventId = `$${this.#events.size}` as EventId;
    this.#events.set(key, eventId);
    this.posted.push({ ...text, eventId });
    return eventId;
  }

  async notice({ key, roomId, text, inReplyTo }: Parameters<TextSignalling['notice']>[0]): Promise<void> {
    if (this.#isNew(key)) this.notices.push({ roomId, text, ...(inReplyTo === undefined ? {} : { inReplyTo }) });
  }

  async tell(of: MatrixUserId, text: string, key: string): Promise<void> {
    if (this.#isNew(key)) this.told.push({ user: of, text });
  }

  async status(): Promise<void> {}

  async nameOf(_room: RoomId, of: MatrixUserId): Promise<string> {
    return of;
  }

  async quoted(): Promise<undefined> {
    return undefined;
  }

  #isNew(key: string): boolean {
    if (this.#events.has(key)) return false;
    this.#events.set(key, '$said' as EventId);
    return true;
  }
}

export class FakeTransport implements MessageTransport {
  readonly name = 'a';
  readonly knowsRepeats = true;
  readonly tellsReceipts = true;
  readonly window = 10;
  readonly notified: { readonly key: string; readonly state: string }[] = [];

  state(): TransportState {
    return { state: 'up' };
  }

  onUp(): void {}

  cut(text: string): Cut {
    return { kind: 'parts', parts: [text] };
  }

  async submit(): Promise<Submitted> {
    return { kind: 'accepted' };
  }

  listen(): void {}

  async notify({ key }: { readonly key: string }, state: 'delivered' | 'displayed'): Promise<void> {
    this.notified.push({ key, state });
  }

  async close(): Promise<void> {}
}

export class FakeDesk implements OutboundDesk {
  readonly relayed: RelayedText[] = [];
  readonly answers: { readonly target: string; readonly sender: string; readonly text: string }[] = [];
  readonly #keys = new Set<string>();

  async relay(text: RelayedText): Promise<void> {
    if (this.#isNew(`relay ${text.eventId}`)) this.relayed.push(text);
  }

  async answer({ key, target, sender, text }: Parameters<OutboundDesk['answer']>[0]): Promise<void> {
    if (this.#isNew(key)) this.answers.push({ target, sender, text });
  }

  async left(): Promise<void> {}

  #isNew(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    return true;
  }
}

export interface HouseOptions {
  readonly policy?: Partial<InboundPolicy>;
  /** Whom numbers of ours mean; Alice for OWN. */
  readonly numbers?: Readonly<Record<string, InboundTextDecided>>;
  readonly pools?: readonly NumberPool[];
  readonly relays?: (roomId: RoomId) => boolean | undefined;
  readonly store?: Store;
}

interface Process {
  isAlive: boolean;
  /** Calls to the world that it may still make. */
  callsLeft: number;
  readonly died: PromiseWithResolvers<undefined>;
}

export class InboundHouse {
  readonly clock = new FakeClock();
  readonly homeserver = new FakeHomeserver();
  readonly rooms = new FakeRooms();
  readonly transport = new FakeTransport();
  readonly desk = new FakeDesk();
  readonly store: Store;
  readonly #options: HouseOptions;
  #process: Process = newProcess();
  #calls = 0;
  /** What the books were asked and have not answered. */
  readonly #asked = new Set<Promise<unknown>>();
  #refs = 0;
  #side: InboundSide;

  private constructor(options: HouseOptions, store: Store) {
    this.#options = options;
    this.store = store;
    this.#side = this.#open();
  }

  static async open(options: HouseOptions = {}): Promise<InboundHouse> {
    const house = new InboundHouse(options, options.store ?? (await openStore({ path: ':memory:' })));
    await house.#side.recover();
    return house;
  }

  get side(): InboundSide {
    return this.#side;
  }

  get isAlive(): boolean {
    return this.#process.isAlive;
  }

  /** The next process dies after so many calls to the world. */
  dieAfter(calls: number): void {
    this.#process.callsLeft = calls;
  }

  /** kill -9 and another start: what was under way is heard of no more. */
  async restart(): Promise<void> {
    this.#kill(this.#process);
    // What reached the disk did so before the next process begins.
    await Promise.allSettled(this.#asked);
    this.#process = newProcess();
    this.#side = this.#open();
    await this.#side.recover();
  }

  /** A text comes; undefined when the process died over it. */
  arrive(text: string | Partial<ArrivedText>): Promise<Taken | undefined> {
    const more = typeof text === 'string' ? { text } : text;
    this.#refs += 1;
    const arrived: ArrivedText = {
      textRef: `in-${this.#refs}`,
      transport: 'a',
      key: `key ${this.#refs}`,
      sender: BOB,
      withheld: false,
      called: OWN,
      text: 'hello',
      wants: { delivered: false, displayed: false },
      ...more,
    };
    return Promise.race([this.#side.arrived(arrived), this.#process.died.promise]);
  }

  /** Settles when nothing happens any more, but for what time brings. */
  async settle(): Promise<void> {
    let calls = -1;
    for (let quiet = 0; quiet < 10; quiet += 1) {
      await nextTurn();
      if (calls !== this.#calls) quiet = 0;
      calls = this.#calls;
    }
  }

  async pass(ms: number): Promise<void> {
    await this.settle();
    this.clock.advance(ms);
    await this.settle();
  }

  /** What is shown in a room; the chat of Alice and Bob. */
  bodies(roomId: RoomId = chatOf(ALICE, BOB)): string[] {
    return this.homeserver.posted.filter((each) => each.roomId === roomId).map(({ body }) => body);
  }

  /** A user wrote to a telephone from this number. */
  async wrote(roomId: RoomId, by: MatrixUserId, telephone: string, number = OWN): Promise<void> {
    const lastAt = this.clock.now();
    const ghost = ghostOf(telephone);
    await this.store.conversations.used({ roomId, telephone, ghost, number, transport: 'a', user: by, lastAt });
  }

  #open(): InboundSide {
    const { policy, pools = [], relays, numbers = {} } = this.#options;
    const all: Readonly<Record<string, InboundTextDecided>> = {
      [OWN]: { kind: 'users', targets: [user(ALICE)] },
      ...numbers,
    };
    const { deliveries, arrivals, conversations, leases, consents, petNames } = this.store;
    const process = this.#process;
    const of = <T extends object>(part: T) => this.#ofProcess(part, process);
    const book = <T extends object>(part: T) => this.#ofProcess(part, process, this.#asked);
    return createInboundTexts(
      {
        transports: [of(this.transport)],
        signalling: of(this.homeserver),
        rooms: of(this.rooms),
        books: {
          deliveries: book(deliveries),
          arrivals: book(arrivals),
          conversations: book(conversations),
          leases: book(leases),
          consents: book(consents),
          petNames: book(petNames),
        },
        pools,
        clock: {
          now: () => this.clock.now(),
          after: (delayMs, task) => this.clock.after(delayMs, () => process.isAlive && task()),
        },
        logger: silent,
        showNumber: (number) => number,
        displayNumber: (number) => number,
        random: () => 0.5,
        decide: ({ called }) => all[called] ?? { kind: 'nobody', admin: 'nobody has it' },
        partyOf: ({ sender, withheld, transport }) =>
          withheld || sender === '' ? { kind: 'withheld', trunk: transport } : { kind: 'known', dialled: sender },
        policy: { ...defaultInboundPolicy, ...policy },
        ...(relays === undefined ? {} : { relays }),
      },
      of(this.desk),
    );
  }

  #kill(process: Process): void {
    process.isAlive = false;
    process.died.resolve(undefined);
  }

  /** A dead process asks for nothing and hears of nothing. */
  #ofProcess<T extends object>(part: T, process: Process, asked = new Set<Promise<unknown>>()): T {
    return around(part, (call) => {
      if (!process.isAlive) return new Promise(() => undefined);
      this.#calls += 1;
      const result = call();
      process.callsLeft -= 1;
      // The world has heard of it; the process does not live to know.
      if (process.callsLeft < 0) this.#kill(process);
      if (!(result instanceof Promise)) return result;
      asked.add(result);
      void result.catch(() => undefined).then(() => asked.delete(result));
      return result.finally(() => {
        this.#calls += 1;
        return process.isAlive ? undefined : new Promise(() => undefined);
      });
    });
  }
}

function newProcess(): Process {
  return { isAlive: true, callsLeft: Number.POSITIVE_INFINITY, died: Promise.withResolvers() };
}

/** Something of one room. */
export function homeserverRefuses(): Error {
  return new CallRoomError('homeserver', 'The homeserver refused.');
}

export function homeserverAway(): Error {
  const cause = Object.assign(new Error('no answer'), { retryable: true });
  return new CallRoomError('homeserver', 'The homeserver is away.', { cause });
}
