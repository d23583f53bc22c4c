/** The outbound side of texts with a real store, and stand-ins for time, rooms and networks. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  EventId,
  IncomingText,
  MatrixUserId,
  RoomId,
  SendStatus,
  TextContent,
  TextRoom,
  TextRooms,
  TextSignalling,
} from '../../../../src/matrix/index.ts';
import type { DecideText, MediaLinks, TextCharging, TextDecided, TextPlan } from '../../../../src/message/index.ts';
import {
  createOutboundTexts,
  defaultOutboundPolicy,
  type OutboundPolicy,
  type OutboundSide,
} from '../../../../src/message/outbound/index.ts';
import type { NumberPool } from '../../../../src/message/parts.ts';
import type {
  Cut,
  MessageTransport,
  PartToSend,
  Submitted,
  TextFailure,
  TransportState,
} from '../../../../src/message/transport.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { FakeClock, silent } from '../../call/fakes.ts';
import { around } from '../around.ts';
import { ALICE, OWN } from '../people.ts';

export { ALICE, OWN };

export const ROOM = '!room:hs.test' as RoomId;
export const BOB = { ghost: '@_sip_bob:hs.test' as MatrixUserId, dialled: '+4915111111111' };
export const CAROL = { ghost: '@_sip_carol:hs.test' as MatrixUserId, dialled: '+4915222222222' };

export const failure = (more: Partial<TextFailure> = {}): Submitted => ({
  kind: 'failed',
  failure: {
    kind: 'network',
    isTemporary: true,
    isTrunkFault: true,
    said: '503 Service Unavailable',
    mayHaveArrived: false,
    ...more,
  },
});
export const accepted: Submitted = { kind: 'accepted' };

/** What a network answers: at once, or when the test says so. */
export type Answer = (part: PartToSend, how: FakeTransport) => Submitted | Promise<Submitted>;

export class FakeTransport implements MessageTransport {
  readonly name: string;
  knowsRepeats = true;
  tellsReceipts = true;
  readonly window: number;
  /** Every try. */
  readonly tries: PartToSend[] = [];
  /** What the far side took in: a part that it knows already is not another one. */
  readonly arrived: PartToSend[] = [];
  answers: Answer[] = [];
  always: Answer = () => accepted;
  longest = 1_000;
  now: TransportState['state'] = 'up';
  underWay = 0;
  mostUnderWay = 0;
  readonly #ups: (() => void)[] = [];

  constructor(name: string, window = 10) {
    this.name = name;
    this.window = window;
  }

  state(): TransportState {
    return { state: this.now };
  }

  onUp(run: () => void): void {
    this.#ups.push(run);
  }

  up(): void {
    this.now = 'up';
    for (const run of this.#ups) run();
  }

  /** The listeners of a process that died. */
  forgetListeners(): void {
    this.#ups.length = 0;
  }

  cut(text: string): Cut {
    const parts = text.match(new RegExp(`[^]{1,${this.longest}}`, 'gu')) ?? [''];
    return parts.length > 20 ? { kind: 'too-long', mostCharacters: 20 * this.longest } : { kind: 'parts', parts };
  }

  takeIn(part: PartToSend): void {
    if (this.knowsRepeats && this.arrived.some(({ key }) => key === part.key)) return;
    this.arrived.push(part);
  }

  async submit(part: PartToSend): Promise<Submitted> {
    this.tries.push(part);
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    try {
      const submitted = await (this.answers.shift() ?? this.always)(part, this);
      if (submitted.kind === 'accepted') this.takeIn(part);
      return submitted;
    } finally {
      this.underWay -= 1;
    }
  }

  listen(): void {}
  async notify(): Promise<void> {}
  async close(): Promise<void> {}
}

export interface Told {
  readonly eventId: EventId;
  readonly ghost: MatrixUserId;
  readonly status: SendStatus;
}

export class FakeSignalling implements TextSignalling {
  readonly statuses: Told[] = [];
  readonly notices: string[] = [];
  readonly texts = new Map<EventId, { sender: MatrixUserId; body: string }>();
  readonly #keys = new Set<string>();

  async post(): Promise<EventId> {
    return '$posted' as EventId;
  }

  async notice({ key, text }: Parameters<TextSignalling['notice']>[0]): Promise<void> {
    if (this.#isNew(key)) this.notices.push(text);
  }

  async status({ key, eventId, ghost, status }: Parameters<TextSignalling['status']>[0]): Promise<void> {
    if (this.#isNew(key)) this.statuses.push({ eventId, ghost, status });
  }

  async nameOf(_room: RoomId, user: MatrixUserId): Promise<string> {
    return user.slice(1, user.indexOf(':'));
  }

  async quoted(_room: RoomId, eventId: EventId): Promise<{ sender: MatrixUserId; body: string } | undefined> {
    return this.texts.get(eventId);
  }

  async tell(): Promise<void> {}

  /** What was shown of one text, oldest first: `sent`, `failed: …`. */
  of(eventId: string): string[] {
    return this.statuses
      .filter((each) => each.eventId === eventId)
      .map(({ status }) => ('words' in status ? `${status.state}: ${status.words}` : status.state));
  }

  #isNew(key: string): boolean {
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    return true;
  }
}

export interface HouseOptions {
  readonly transports?: readonly FakeTransport[];
  readonly policy?: Partial<OutboundPolicy>;
  readonly decide?: DecideText;
  readonly pools?: readonly NumberPool[];
  readonly media?: MediaLinks;
  readonly store?: Store;
  readonly charging?: TextCharging;
}

const noRooms: TextRooms = {
  roomFor: () => Promise.reject(new Error('no rooms here')),
  ghostIn: async () => undefined,
  look: async (roomId) => ({ roomId, ghosts: [BOB, CAROL], users: [ALICE] }),
};

export class TextHouse {
  readonly clock = new FakeClock();
  readonly signalling = new FakeSignalling();
  readonly transports: readonly FakeTransport[];
  readonly store: Store;
  readonly #options: HouseOptions;
  #process: { isAlive: boolean } = { isAlive: true };
  #calls = 0;
  /** Questions to the store that are not answered yet. */
  #asked = 0;
  #out: OutboundSide;

  private constructor(options: HouseOptions, store: Store) {
    this.#options = options;
    this.store = store;
    this.transports = options.transports ?? [new FakeTransport('a')];
    this.#out = this.#open();
  }

  static async open(options: HouseOptions = {}): Promise<TextHouse> {
    const house = new TextHouse(options, options.store ?? (await openStore({ path: ':memory:' })));
    house.#out.start();
    return house;
  }

  get out(): OutboundSide {
    return this.#out;
  }

  get transport(): FakeTransport {
    const [first] = this.transports;
    if (first === undefined) throw new Error('no transport');
    return first;
  }

  /** kill -9 and another start: what was under way is heard of no more. */
  restart(): void {
    this.kill();
    this.#process = { isAlive: true };
    this.#out = this.#open();
    this.#out.start();
  }

  kill(): void {
    this.#process.isAlive = false;
    for (const transport of this.transports) transport.forgetListeners();
  }

  /** Settles when nothing happens any more, but for what time brings. */
  async settle(): Promise<void> {
    let calls = -1;
    for (let quiet = 0; quiet < 10; quiet += 1) {
      await nextTurn();
      if (calls !== this.#calls || this.#asked > 0) quiet = 0;
      calls = this.#calls;
    }
  }

  async pass(ms: number): Promise<void> {
    await this.settle();
    this.clock.advance(ms);
    await this.settle();
  }

  /** A user writes; settles when it is stored or refused. */
  write(
    body: string | TextContent,
    more: Partial<IncomingText> & {
      readonly to?: TextRoom['ghosts'];
      readonly users?: readonly MatrixUserId[];
      readonly isOneParty?: true;
    } = {},
  ): Promise<void> {
    const { to = [BOB], users = [ALICE], isOneParty, ...event } = more;
    const content: TextContent = typeof body === 'string' ? { kind: 'text', body } : body;
    const text: IncomingText = {
      eventId: eventId(typeof body === 'string' ? body : body.kind),
      roomId: ROOM,
      sender: ALICE,
      sentAt: this.clock.now(),
      recovered: false,
      content,
      ...event,
    };
    return this.#out.onText(text, {
      roomId: text.roomId,
      ghosts: to,
      users,
      ...(isOneParty === undefined ? {} : { isOneParty }),
    });
  }

  react(key: string, target: string, by: MatrixUserId = ALICE): Promise<void> {
    return this.#out.onReaction(
      { eventId: eventId(`reaction ${key} ${target}`), roomId: ROOM, sender: by, key, target: target as EventId },
      { roomId: ROOM, ghosts: [BOB], users: [ALICE] },
    );
  }

  redact(target: string): Promise<void> {
    return this.#out.onRedaction({
      eventId: eventId(`redaction ${target}`),
      roomId: ROOM,
      sender: ALICE,
      target: target as EventId,
    });
  }

  bodies(transport: FakeTransport = this.transport): string[] {
    return transport.arrived.map(({ text }) => text);
  }

  #open(): OutboundSide {
    const names = this.transports.map(({ name }) => ({ transport: name }));
    const [first, ...others] = names;
    if (first === undefined) throw new Error('no transport');
    const { decide = allow({ routes: [first, ...others] }), policy, pools = [], media, charging } = this.#options;
    const { deliveries, arrivals, conversations, leases, consents, petNames } = this.store;
    const ofProcess = <T extends object>(part: T) => this.#ofProcess(part, this.#process);
    const book = <T extends object>(part: T) => this.#ofProcess(this.#counted(part), this.#process);
    return createOutboundTexts({
      transports: this.transports.map(ofProcess),
      signalling: ofProcess(this.signalling),
      rooms: noRooms,
      books: {
        deliveries: book(deliveries),
        arrivals,
        conversations: book(conversations),
        leases: book(leases),
        consents: book(consents),
        petNames,
      },
      pools,
      clock: this.#clockOf(this.#process),
      logger: silent,
      showNumber: (number) => number,
      displayNumber: (number) => number,
      random: () => 0.5,
      decide,
      policy: { ...defaultOutboundPolicy, ...policy },
      ...(media ? { media } : {}),
      ...(charging ? { charging: book(charging) } : {}),
    });
  }

  #counted<T extends object>(part: T): T {
    return around(part, (call) => {
      const result = call();
      if (!(result instanceof Promise)) return result;
      this.#asked += 1;
      return result.finally(() => {
        this.#asked -= 1;
      });
    });
  }

  /** A dead process asks for nothing and hears of nothing. */
  #ofProcess<T extends object>(part: T, process: { readonly isAlive: boolean }): T {
    return around(part, (call) => {
      if (!process.isAlive) return new Promise(() => undefined);
      this.#calls += 1;
      const result = call();
      if (!(result instanceof Promise)) return result;
      return result.finally(() => {
        this.#calls += 1;
        return process.isAlive ? undefined : new Promise(() => undefined);
      });
    });
  }

  #clockOf(process: { readonly isAlive: boolean }) {
    return {
      now: () => this.clock.now(),
      after: (delayMs: number, task: () => void) => this.clock.after(delayMs, () => process.isAlive && task()),
    };
  }
}

export function eventId(text: string): EventId {
  return `$${text}` as EventId;
}

/** Everything may be sent, from one number, by these ways. */
export function allow(plan: Partial<TextPlan>): DecideText {
  return ({ dialled }): TextDecided => ({
    kind: 'allow',
    plan: {
      target: dialled,
      sender: { kind: 'line', number: OWN },
      routes: [{ transport: 'a' }],
      ...plan,
    },
  });
}
