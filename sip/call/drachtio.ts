/** SIP servers over drachtio-srf, one or several, as one `SipStack`. It is the same with drachtio and the embedded server. */
import type { Logger } from 'pino';
import { header, lenient, parseNameAddr, tagOf } from '../message/index.ts';
import type { Clock } from './clock.ts';
import { type DrachtioHealth, healthOf, type KnownServer } from './drachtio-health.ts';
import type { DrachtioLink, LinkParts } from './drachtio-link.ts';
import { DrachtioListener } from './drachtio-listener.ts';
import { DrachtioServer } from './drachtio-server.ts';
import type { DrachtioSettings } from './drachtio-settings.ts';
import type {
  IncomingRequest,
  OutsideMethod,
  SipStack,
  StackRequest,
  StackTransaction,
  TransactionListener,
} from './stack.ts';

/** Requests outside of calls (REGISTER) whose server is remembered, so that the next with their Call-ID goes there too. */
const MOST_REMEMBERED = 5_000;

export interface DrachtioOptions {
  readonly settings: DrachtioSettings;
  readonly logger: Logger;
  readonly clock: Clock;
  /** 0 to 1; default `Math.random`. */
  readonly random?: () => number;
}

/** A server whose connection was lost, or is there. */
export interface ServerEvent {
  readonly server: string;
  /** Whether the server has no other connection: it is there from now on, or gone. */
  readonly isOnly: boolean;
  /** Whether the call with this Call-ID was on that connection. */
  had(callId: string): boolean;
  /** Whether this name of a dialog or transaction is the server's. */
  named(id: string): boolean;
}

interface Attached {
  readonly handle: (request: IncomingRequest) => void;
  readonly logger: Logger;
  link: DrachtioLink | undefined;
}

export class DrachtioStack implements SipStack {
  readonly #options: DrachtioOptions;
  readonly #servers: readonly DrachtioServer[];
  readonly #listener: DrachtioListener | undefined;
  readonly #known: KnownServer[] = [];
  /** The live connections, and whose they are; in the order in which they came up. */
  readonly #links = new Map<DrachtioLink, KnownServer>();
  readonly #attached = new Map<string, Attached>();
  readonly #remembered = new Map<string, DrachtioLink>();
  readonly #outside = new Map<OutsideMethod, (request: IncomingRequest) => void>();
  readonly #upListeners = new Set<(event: ServerEvent) => void>();
  readonly #downListeners = new Set<(event: ServerEvent) => void>();
  #turn = 0;

  /** Begins to connect and to listen; `whenUp` says when a server is there. */
  constructor(options: DrachtioOptions) {
    this.#options = options;
    const { settings, random = Math.random } = options;
    this.#servers = settings.servers.map((server) => {
      const made: DrachtioServer = new DrachtioServer({
        settings: server,
        link: this.#linkParts(() => made.name),
        onGone: (link) => this.#gone(link),
        methods: () => this.#outside.keys(),
        random,
      });
      return made;
    });
    this.#listener =
      settings.listen === undefined
        ? undefined
        : new DrachtioListener({
            settings: settings.listen,
            clock: options.clock,
            logger: options.logger,
            link: (address) => ({ ...this.#linkParts(() => address), onGone: (link) => this.#gone(link) }),
            busy: (link) => [...this.#attached.values()].some((attached) => attached.link === link),
          });
    for (const server of this.#servers) server.open();
    void this.#listener?.open();
  }

  get connected(): boolean {
    return this.#links.size > 0;
  }

  get updateKeepsTimer(): boolean {
    return this.connected && [...this.#links.keys()].every((link) => link.embedded);
  }

  get tellsTrying(): boolean {
    return this.updateKeepsTimer;
  }

  /** The port that servers connect to, once it is listened on. */
  get listenPort(): number | undefined {
    return this.#listener?.port;
  }

  health(): DrachtioHealth {
    return healthOf(this.#servers, this.#listener, this.#known);
  }

  /** `listener` hears of each server that has come up. */
  onUp(listener: (event: ServerEvent) => void): void {
    this.#upListeners.add(listener);
  }

  /** `listener` hears of each connection that is lost. */
  onDown(listener: (event: ServerEvent) => void): void {
    this.#downListeners.add(listener);
  }

  /** Settles with true when any server is there, with false when that has not come about after `timeoutMs`. */
  whenUp(timeoutMs: number): Promise<boolean> {
    if (this.connected) return Promise.resolve(true);
    return new Promise((resolve) => {
      const up = (): void => {
        this.#upListeners.delete(up);
        stop();
        resolve(true);
      };
      const stop = this.#options.clock.after(timeoutMs, () => {
        this.#upListeners.delete(up);
        resolve(false);
      });
      this.#upListeners.add(up);
    });
  }

  send(request: StackRequest, listener: TransactionListener, logger: Logger): StackTransaction {
    const { dialogId, ...rest } = request;
    const link = dialogId === undefined ? this.#linkFor(request.headers['Call-ID']) : this.#linkOfId(dialogId);
    if (link === undefined) {
      queueMicrotask(() => {
        try {
          listener.error({ kind: 'disconnected', message: 'the SIP server is not connected' });
        } catch (error) {
          logger.error({ err: error }, 'a SIP message could not be handled');
        }
      });
      return { transactionId: undefined, cancel: () => undefined, abandon: () => undefined };
    }
    return link.send({ ...rest, ...(dialogId === undefined ? {} : { dialogId: ownId(dialogId) }) }, listener, logger);
  }

  attach(callId: string, handle: (request: IncomingRequest) => void, logger: Logger): () => void {
    const attached: Attached = { handle, logger, link: this.#remembered.get(callId) };
    this.#remembered.delete(callId);
    this.#attached.set(callId, attached);
    return () => {
      if (this.#attached.get(callId) === attached) this.#attached.delete(callId);
    };
  }

  onRequest(method: OutsideMethod, handle: (request: IncomingRequest) => void): void {
    const known = this.#outside.has(method);
    this.#outside.set(method, handle);
    if (known) return;
    for (const server of this.#servers) server.link?.ask(method);
  }

  /** Cancels a transaction that was begun before the connection was lost. */
  cancelLeftBehind(uri: string, transactionId: string, logger: Logger): void {
    this.#linkOfId(transactionId)?.cancel(uri, ownId(transactionId), {}, logger);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    this.#listener?.close();
    this.#links.clear();
  }

  /** The server that the call or registration is on; another when that is gone, in turn over those that are there. */
  #linkFor(callId: string | undefined): DrachtioLink | undefined {
    const attached = callId === undefined ? undefined : this.#attached.get(callId);
    const home = attached?.link ?? (callId === undefined ? undefined : this.#remembered.get(callId));
    // A call is not moved: the other server knows nothing of it.
    if (home?.up || (attached !== undefined && home !== undefined)) return home;
    const link = this.#next();
    if (attached !== undefined) attached.link = link;
    else if (callId !== undefined && link !== undefined) this.#remember(callId, link);
    return link;
  }

  #next(): DrachtioLink | undefined {
    const ours = this.#servers.flatMap(({ link }) => (link?.up ? [link] : []));
    const candidates = ours.length > 0 ? ours : [...this.#links.keys()];
    return candidates[this.#turn++ % candidates.length];
  }

  #remember(callId: string, link: DrachtioLink): void {
    this.#remembered.delete(callId);
    this.#remembered.set(callId, link);
    if (this.#remembered.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }

  #linkOfId(id: string): DrachtioLink | undefined {
    for (const [link, known] of this.#links) if (isNamed(id, known)) return link;
    return undefined;
  }

  #linkParts(name: () => string): Omit<LinkParts, 'onGone'> {
    const { clock, logger } = this.#options;
    let known: KnownServer | undefined;
    const find = (): KnownServer => {
      known ??= this.#know(name());
      return known;
    };
    return {
      clock,
      logger,
      wrap: (id) => `${find().index}~${id}`,
      onUp: (link) => this.#up(link, find()),
      loggerOf: (callId) => this.#attached.get(callId)?.logger ?? logger,
      onRequest: (link, request, callId) => this.#incoming(link, request, callId),
    };
  }

  #know(name: string): KnownServer {
    const found = this.#known.find((one) => one.name === name);
    if (found !== undefined) return found;
    const made: KnownServer = { index: this.#known.length, name, version: undefined, endpoints: undefined };
    this.#known.push(made);
    return made;
  }

  #incoming(link: DrachtioLink, incoming: IncomingRequest, callId: string): void {
    const attached = this.#attached.get(callId);
    const { method } = incoming.message;
    if (incoming.fromServer || hasToTag(incoming)) {
      if (attached !== undefined) attached.handle(incoming);
      // RFC 3261 §12.2.2: no such dialog here.
      else incoming.respond(481);
      return;
    }
    const take = this.#outside.get(method as OutsideMethod);
    // RFC 3261 §8.2.2.2: the same call has come another way, or one of ours has come back to us.
    if (attached !== undefined && method === 'INVITE') incoming.respond(482);
    else if (take !== undefined) {
      if (attached === undefined) this.#remember(callId, link);
      take(incoming);
    } else incoming.respond(405);
  }

  #up(link: DrachtioLink, known: KnownServer): void {
    const { logger } = this.#options;
    const { endpoints, version } = link;
    known.version = version;
    known.endpoints = endpoints;
    this.#links.set(link, known);
    logger.info({ server: known.name, endpoints, version }, 'connected to the SIP server');
    if (isOlder(version)) {
      logger.warn({ server: known.name, version }, `The SIP server ${known.name} is older than 0.9: update it`);
    }
    for (const listener of [...this.#upListeners]) listener(this.#event(link, known));
  }

  #gone(link: DrachtioLink): void {
    const known = this.#links.get(link);
    if (known === undefined) return;
    this.#links.delete(link);
    for (const [callId, of] of this.#remembered) if (of === link) this.#remembered.delete(callId);
    for (const listener of [...this.#downListeners]) listener(this.#event(link, known));
  }

  #event(link: DrachtioLink, known: KnownServer): ServerEvent {
    const others = [...this.#links].filter(([one, of]) => one !== link && of === known);
    return {
      server: known.name,
      isOnly: others.length === 0,
      had: (callId) => this.#attached.get(callId)?.link === link,
      named: (id) => isNamed(id, known),
    };
  }
}

function isNamed(id: string, { index }: KnownServer): boolean {
  return id.startsWith(`${index}~`);
}

/** The name as the server knows it. */
function ownId(id: string): string {
  return id.slice(id.indexOf('~') + 1);
}

/** drachtio-srf 5 wants drachtio-server 0.9. */
function isOlder(version: string | undefined): boolean {
  const [, major = '', minor = ''] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return major !== '' && Number(major) < 1 && Number(minor) < 9;
}

function hasToTag({ message }: IncomingRequest): boolean {
  const to = lenient(() => parseNameAddr(header(message, 'to') ?? ''));
  return to !== undefined && tagOf(to) !== undefined;
}
