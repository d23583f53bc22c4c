/** One bind: it is made, kept alive, and made again when it ends. There is never more than one connection for it. */
import type { Logger } from 'pino';
import type { Clock, TransportState } from '../message/index.ts';
import type { Fields } from './codec/index.ts';
import { connect, type Endpoint } from './session/connect.ts';
import { statusName } from './session/pdu.ts';
import { type Asked, SmppSession } from './session/session.ts';

export interface LinkOptions {
  readonly bind: 'transceiver' | 'transmitter' | 'receiver';
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  readonly addressRange: string;
  readonly enquireLinkMs: number;
  readonly answerMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 ≤ x < 1: spreads the attempts. */
  readonly random: () => number;
}

export interface LinkEvents {
  /** @returns the status to answer with; never rejects */
  delivered(fields: Fields, sequence: number, link: LiveLink): Promise<number>;
  confirmed(connection: number, sequence: number): void;
  bound(connection: number): void;
  ended(connection: number): void;
}

export interface LiveLink {
  /** Of this process. */
  readonly connection: number;
  /** The last request that was sent. */
  sequence(): number;
  /** Asks before long for something, so that it is known what the far side has read. */
  enquireSoon(): void;
}

interface Enquiries {
  stop(): void;
  soon(): void;
}

const CONNECT_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A connection that lived so long was a good one. */
const GOOD_MS = 30_000;
/** The shorter, the fewer texts may have come without our knowing that their answers were read. */
const SOON_MS = 1_000;
const UNBIND_MS = 2_000;
/** SMPP 3.4 §5.2.4. */
const VERSION = 0x34;
// §5.1.3: who says these has to be told something else by an administrator; accounts are locked by those who insist.
const WRONG_LOGIN = new Set([0x0d, 0x0e, 0x0f]);

let connections = 0;

export class SmppLink {
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #session: SmppSession | undefined;
  #state: TransportState = { state: 'unknown' };
  #wake: (() => void) | undefined;

  /** It connects from now on, until it is closed. */
  constructor(options: LinkOptions, events: LinkEvents) {
    this.#options = options;
    this.#events = events;
    this.#done = this.#run();
  }

  get state(): TransportState {
    return this.#state;
  }

  /** Never rejects. */
  ask(command: string, fields: Fields): Promise<Asked> {
    if (this.#session === undefined) return Promise.resolve({ kind: 'ended', sent: false });
    return this.#session.ask(command, fields, this.#options.answerMs);
  }

  /** Says goodbye when what is under way is answered, or after the grace. */
  async close(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    const session = this.#session;
    if (session) {
      await this.#within(graceMs, session.idle());
      await session.ask('unbind', {}, Math.min(UNBIND_MS, this.#options.answerMs));
      session.end('the gateway stops');
    }
    await this.#done;
  }

  async #within(ms: number, work: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms, resolve);
    await Promise.race([work, promise]);
    cancel();
  }

  async #run(): Promise<void> {
    const { clock, endpoints, logger } = this.#options;
    for (let failures = 0, turn = 0; !this.#stop.signal.aborted; turn += 1) {
      const endpoint = endpoints[turn % endpoints.length] ?? endpoints[0];
      const begunAt = clock.now();
      const { why, isWrongLogin } = await this.#live(endpoint);
      if (this.#stop.signal.aborted) break;
      failures = clock.now() - begunAt >= GOOD_MS ? 1 : failures + 1;
      const pauseMs = isWrongLogin ? LONGEST_PAUSE_MS : this.#pauseMs(failures);
      this.#state = { state: 'down', detail: why };
      const facts = { host: endpoint.host, port: endpoint.port, retryInMs: pauseMs };
      logger[failures === 1 || isWrongLogin ? 'warn' : 'debug'](facts, `SMPP is down: ${why}`);
      await this.#pause(pauseMs);
    }
    this.#state = { state: 'down', detail: 'the gateway stops' };
  }

  #pauseMs(failures: number): number {
    const plain = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    return Math.round(plain * (0.8 + 0.4 * this.#options.random()));
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const cancel = this.#options.clock.after(ms, resolve);
    if (this.#stop.signal.aborted) resolve();
    await promise;
    cancel();
    this.#wake = undefined;
  }

  /** One connection from its beginning to its end; never rejects. */
  async #live(endpoint: Endpoint): Promise<{ readonly why: string; readonly isWrongLogin?: boolean }> {
    const { answerMs, clock, logger } = this.#options;
    connections += 1;
    const connection = connections;
    const { promise: over, resolve: end } = Promise.withResolvers<string>();
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    let socket: Awaited<ReturnType<typeof connect>>;
    try {
      socket = await connect(endpoint, CONNECT_MS, this.#stop.signal);
    } catch (error) {
      return { why: error instanceof Error ? error.message : String(error) };
    }
    socket.once('close', close);
    let enquiries: Enquiries | undefined;
    const live: LiveLink = {
      connection,
      sequence: () => session.sequence,
      enquireSoon: () => enquiries?.soon(),
    };
    const session: SmppSession = new SmppSession(socket, clock, {
      delivered: (fields, sequence) => this.#events.delivered(fields, sequence, live),
      confirmed: (sequence) => this.#events.confirmed(connection, sequence),
      unbound: () => session.end('the service centre said goodbye'),
      ended: end,
    });
    const stopped = (): void => session.end('the gateway stops');
    this.#stop.signal.addEventListener('abort', stopped);
    if (this.#stop.signal.aborted) stopped();
    const refused = await this.#bind(session, answerMs);
    this.#stop.signal.removeEventListener('abort', stopped);
    if (refused !== undefined) {
      session.end(refused.why);
      await closed;
      return refused;
    }
    this.#session = session;
    this.#state = { state: 'up' };
    logger.info({ host: endpoint.host, port: endpoint.port, bind: this.#options.bind }, 'SMPP is up');
    this.#events.bound(connection);
    enquiries = this.#enquire(session);
    const why = await over;
    enquiries.stop();
    this.#session = undefined;
    this.#state = { state: 'down', detail: why };
    this.#events.ended(connection);
    // Not before the old one is gone: most service centres allow one (ESME_RALYBND).
    await closed;
    return { why };
  }

  /** @returns why it was refused */
  async #bind(
    session: SmppSession,
    answerMs: number,
  ): Promise<{ readonly why: string; readonly isWrongLogin?: boolean } | undefined> {
    const { bind, systemId, password, systemType, addressRange } = this.#options;
    const asked = await session.ask(
      `bind_${bind}`,
      {
        system_id: systemId,
        password,
        system_type: systemType,
        interface_version: VERSION,
        addr_ton: 0,
        addr_npi: 0,
        address_range: addressRange,
      },
      answerMs,
    );
    switch (asked.kind) {
      case 'answered': {
        const { status } = asked;
        if (status === 0) return undefined;
        const isWrongLogin = WRONG_LOGIN.has(status);
        const advice = isWrongLogin ? '; check system_id, password and system_type' : '';
        return { why: `the bind was refused: ${statusName(status)}${advice}`, isWrongLogin };
      }
      case 'silence':
        return { why: `the bind was not answered in ${answerMs / 1000} s` };
      case 'ended':
        return { why: 'the connection ended before the bind was answered' };
      case 'unwritable':
        return { why: 'system_id, password or system_type is too long', isWrongLogin: true };
    }
  }

  /** SMPP 3.4 §4.11: whether the far side is still there, and how far it has read. */
  #enquire(session: SmppSession): Enquiries {
    const { clock, enquireLinkMs, answerMs } = this.#options;
    let isWanted = false;
    let isUnderWay = false;
    const enquire = async (): Promise<void> => {
      isWanted = false;
      isUnderWay = true;
      const { kind } = await session.ask('enquire_link', {}, answerMs);
      isUnderWay = false;
      if (kind === 'silence') session.end('enquire_link was not answered');
      else if (kind === 'answered') cancel = later(isWanted ? SOON_MS : enquireLinkMs);
    };
    const later = (ms: number) => clock.after(ms, () => void enquire());
    let cancel = later(enquireLinkMs);
    return {
      stop: () => cancel(),
      soon: () => {
        if (isWanted) return;
        isWanted = true;
        if (isUnderWay) return;
        cancel();
        cancel = later(Math.min(SOON_MS, enquireLinkMs));
      },
    };
  }
}
