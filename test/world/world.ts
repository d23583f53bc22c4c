/** Everything that an end-to-end test needs, as it would stand in the field: homeserver, gateway, browser, the way to a peer. */
import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { TestBrowser } from './browser.ts';
import { Caller } from './caller.ts';
import { type ConfigOverride, Gateway } from './gateway.ts';
import { drawLadder, matrixRung, type RoomEvent, type Rung, sipLabel } from './ladder.ts';
import { beepingMicrophone, type Microphone } from './microphone.ts';
import { type Baresip, type BaresipOptions, startBaresip } from './peers/baresip.ts';
import { type Sipp, type SippOptions, type SippResult, startSipp } from './peers/sipp.ts';
import { type PhonePage, servePhonePage } from './phone/bundle.ts';
import { Phone } from './phone/phone.ts';
import { freePort, withFreshPorts } from './ports.ts';
import { type Address, UdpRelay } from './relay.ts';
import { type Step, scenarioFile } from './scenarios.ts';
import { type MatrixSession, Synapse } from './synapse.ts';
import { until } from './wait.ts';

export const SERVER_NAME = 'trunkline.test';

/** What the microphone hears, Hz. */
export const MICROPHONE_HZ = 1000;

export interface WorldOptions {
  /** Laid over the gateway's configuration. */
  readonly config?: ConfigOverride;
  /** Laid over its trunk. */
  readonly trunk?: ConfigOverride;
  /** Laid over the homeserver's configuration. */
  readonly synapse?: Readonly<Record<string, unknown>>;
  /** Calls go to the peer itself and not through the relay: for TCP, or when the peer must see the gateway's address. */
  readonly directTo?: Address;
}

/** A baresip that can call. */
export interface Telephone extends Baresip {
  /** Calls a number of the gateway; settles when it has begun to. */
  dial(called: string): Promise<void>;
}

export interface User {
  readonly name: string;
  readonly session: MatrixSession;
}

export class World {
  readonly synapse: Synapse;
  readonly gateway: Gateway;
  readonly browser: TestBrowser;
  readonly relay: UdpRelay;
  readonly #microphone: Microphone;
  readonly #users: User[] = [];
  readonly #callers: (Caller | Phone)[] = [];
  #phonePage: Promise<PhonePage> | undefined;
  readonly #sipps: Sipp[] = [];
  readonly #ends: (() => Promise<unknown>)[] = [];
  #since = Date.now();

  private constructor(
    synapse: Synapse,
    gateway: Gateway,
    browser: TestBrowser,
    relay: UdpRelay,
    microphone: Microphone,
  ) {
    this.synapse = synapse;
    this.gateway = gateway;
    this.browser = browser;
    this.relay = relay;
    this.#microphone = microphone;
  }

  /** Starts everything; what was started is stopped again when something cannot be. */
  static start(options: WorldOptions = {}): Promise<World> {
    return withFreshPorts(async () => {
      const stops: (() => unknown)[] = [];
      try {
        return await World.#build(options, stops);
      } catch (error) {
        for (const stop of stops.reverse()) await stop();
        throw error;
      }
    });
  }

  static async #build(options: WorldOptions, stops: (() => unknown)[]): Promise<World> {
    const [sipPort, homeserverPort] = [await freePort(), await freePort()];
    const relay = await UdpRelay.start({ gateway: { host: '127.0.0.1', port: sipPort } });
    stops.push(() => relay.close());
    const trunkAddress = options.directTo ?? { host: '127.0.0.1', port: relay.port };
    const gateway = await Gateway.prepare({
      serverName: SERVER_NAME,
      homeserverUrl: `http://127.0.0.1:${homeserverPort}`,
      sipPort,
      trunk: { ...trunkAddress, ...options.trunk },
      ...(options.config === undefined ? {} : { config: options.config }),
    });
    stops.push(() => gateway.stop());
    await gateway.start();
    const synapse = await Synapse.start({
      serverName: SERVER_NAME,
      port: homeserverPort,
      registrationFiles: gateway.registrationFiles,
      ...(options.synapse === undefined ? {} : { config: options.synapse }),
    });
    stops.push(() => synapse.stop());
    const microphone = await beepingMicrophone(MICROPHONE_HZ);
    stops.push(() => microphone.remove());
    const browser = await TestBrowser.start({ microphoneWav: microphone.wavFile });
    stops.push(() => browser.stop());
    await gateway.healthy();
    return new World(synapse, gateway, browser, relay, microphone);
  }

  get dialerUrl(): string {
    return `${this.gateway.url}/dialer/`;
  }

  /** All users so far, in order. */
  get users(): readonly User[] {
    return this.#users;
  }

  /** A new user of the homeserver. */
  async newUser(): Promise<User> {
    const name = `user${this.#users.length + 1}`;
    const user = { name, session: await this.synapse.register(name, `secret of ${name}`) };
    this.#users.push(user);
    return user;
  }

  /** A user, by default a new one, who has logged in at the dialer. */
  async newCaller(user?: User): Promise<Caller> {
    const { name, session } = user ?? (await this.newUser());
    const caller = await Caller.logIn(this.browser, this.dialerUrl, name, session.password);
    this.#callers.push(caller);
    return caller;
  }

  /** A user, by default a new one, whose client is open and rings. */
  async newPhone(user?: User): Promise<Phone> {
    this.#phonePage ??= servePhonePage();
    const { session } = user ?? (await this.newUser());
    const phone = await Phone.open(this.browser, (await this.#phonePage).url, this.synapse.url, session);
    this.#callers.push(phone);
    return phone;
  }

  /** A baresip that calls the gateway under this number, through the relay. */
  async newTelephone(number: string, options: BaresipOptions = {}): Promise<Telephone> {
    const baresip = await startBaresip({ user: number, ...options });
    this.#ends.push(() => baresip.stop());
    this.connectPeer(baresip);
    return {
      ...baresip,
      dial: (called) => baresip.command('dial', `sip:${called}@127.0.0.1:${this.relay.gatewayPort}`),
    };
  }

  /** Starts a SIPp with these steps, which echoes what it hears; from now on calls reach it. */
  async answerWith(steps: readonly Step[], options: Partial<SippOptions> = {}): Promise<Sipp> {
    const { file, remove } = await scenarioFile(steps);
    const sipp = await startSipp({ scenario: file, rtpEcho: true, ...options });
    this.#sipps.push(sipp);
    this.#ends.push(async () => {
      await sipp.stop();
      await remove();
    });
    this.connectPeer(sipp);
    return sipp;
  }

  /** Tells a SIPp that waits in the step `told` to go on, in the newest call. */
  async tellPeer(sipp: Sipp): Promise<void> {
    // Before the ACK it waits for that, and for nothing else.
    await sipp.waitForMessage(({ startLine }) => startLine.startsWith('ACK'), 30_000);
    const { peer } = this.relay;
    const callId = this.relay.messages.findLast(({ text }) => text.startsWith('INVITE'))?.callId;
    if (peer === undefined || callId === undefined)
      throw new Error('there is no call in which to tell the peer anything');
    await sendDatagram(
      [
        `OPTIONS sip:${peer.host}:${peer.port} SIP/2.0`,
        'Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKtold',
        'From: <sip:test@127.0.0.1>;tag=test',
        `To: <sip:${peer.host}:${peer.port}>`,
        `Call-ID: ${callId}`,
        'CSeq: 1 OPTIONS',
        'Max-Forwards: 70',
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
      peer,
    );
  }

  /** Has something ended when the test is over. */
  onReset(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** From now on calls reach this peer. */
  connectPeer(peer: Address): void {
    this.relay.peer = { host: peer.host, port: peer.port };
  }

  /** Figures of the gateway's metrics by their name. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(`${this.gateway.url}/metrics`)).text();
    return new Map([...text.matchAll(/^([a-z_]+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
  }

  /** Settles when the gateway has no call and no media session left; rejects when one stays. */
  async allCallsOver(): Promise<void> {
    const isOver = async () => {
      const metrics = await this.metrics();
      return metrics.get('trunkline_calls') === 0 && metrics.get('trunkline_media_sessions') === 0;
    };
    // A BYE that nobody answers is repeated for 32 s (RFC 3261 §17.1.2.2).
    await until('the gateway to have no calls left', isOver, { timeoutMs: 45_000 });
  }

  /**
   * A test has ended: its pages are closed, and nothing of its calls may be left in the gateway. The ladder begins anew,
   * the network is good again.
   */
  async reset(): Promise<void> {
    for (const caller of this.#callers.splice(0)) await caller.close();
    try {
      await this.allCallsOver();
    } finally {
      for (const end of this.#ends.splice(0).reverse()) await end();
    }
    this.#sipps.length = 0;
    this.#since = Date.now();
    this.relay.messages.length = 0;
    this.relay.setNetwork({});
    this.relay.peer = undefined;
  }

  /** All that was said since the test began, what SIPp made of it, and the last lines of the gateway's log. */
  async ladder(): Promise<string> {
    const sip = this.relay.messages.map(
      ({ at, to, text, lost }): Rung => ({
        at,
        between: 'gateway-sip',
        direction: to === 'peer' ? 'right' : 'left',
        label: `${lost ? 'LOST ' : ''}${sipLabel(text)}`,
      }),
    );
    const matrix = (await Promise.all(this.#users.map((user) => this.#matrixRungs(user)))).flat();
    const log = this.gateway.log.split('\n').slice(-60).join('\n');
    const sipps = await Promise.all(this.#sipps.map(async (sipp) => sippVerdict(await sipp.stop())));
    const consoles = this.#callers.map((caller) => caller.console).join('\n');
    return `${drawLadder([...sip, ...matrix])}\n\n--- gateway\n${log}\n--- SIPp\n${sipps.join('\n')}\n--- browser\n${consoles}`;
  }

  async stop(): Promise<void> {
    await this.browser.stop();
    await (await this.#phonePage)?.close();
    await this.#microphone.remove();
    await this.synapse.stop();
    await this.gateway.stop();
    this.relay.close();
  }

  /** The rooms that a user is in. */
  async roomsOf({ session }: User): Promise<string[]> {
    const token = session.accessToken;
    const reply = await this.synapse.request('GET', '/_matrix/client/v3/joined_rooms', { token });
    return (reply as { joined_rooms: string[] }).joined_rooms;
  }

  /** The last hundred events of each room of a user, the oldest first. */
  async eventsOf(user: User): Promise<RoomEvent[]> {
    const token = user.session.accessToken;
    const events: RoomEvent[] = [];
    for (const room of await this.roomsOf(user)) {
      const resource = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=100`;
      const { chunk } = (await this.synapse.request('GET', resource, { token })) as { chunk: RoomEvent[] };
      events.push(...chunk.reverse());
    }
    return events;
  }

  async #matrixRungs(user: User): Promise<Rung[]> {
    const rungs = (await this.eventsOf(user)).map((event) => matrixRung(event, user.session.userId));
    return rungs.filter((rung) => rung !== undefined && rung.at >= this.#since) as Rung[];
  }
}

function sippVerdict({ code, messages, errors }: SippResult): string {
  const lines = messages.map(({ direction, startLine }) => `${direction} ${startLine}`);
  return [`ended with ${code}`, ...lines, errors].join('\n');
}

async function sendDatagram(text: string, to: Address): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve, reject) => {
    socket.send(text, to.port, to.host, (error) => (error === null ? resolve() : reject(error)));
  });
  socket.close();
}

/** A world for all the tests of a file; a test that fails prints its ladder. */
export function useWorld(options: WorldOptions | (() => Promise<WorldOptions>) = {}): { readonly current: World } {
  let world: World | undefined;
  beforeAll(async () => {
    world = await World.start(typeof options === 'function' ? await options() : options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(await world?.ladder());
    await world?.reset();
  });
  afterAll(async () => {
    await world?.stop();
  });
  return {
    get current() {
      if (world === undefined) throw new Error('the world has not been started');
      return world;
    },
  };
}
