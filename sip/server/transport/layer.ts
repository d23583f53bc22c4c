import { connect as connectTcp, createServer, isIP, isIPv6, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { Logger } from 'pino';
import { bracketed, DEFAULT_LIMITS, defaultPort, type ParseLimits, type SipMessage } from '../../message/index.ts';
import type { ListenerSettings, ResolvedSettings, TlsSettings } from '../settings.ts';
import { ListenError } from './listen-error.ts';
import { ReplyFlow } from './reply-flow.ts';
import { StreamConnection } from './stream.ts';
import { tlsClientOptions, tlsServerOptions } from './tls.ts';
import type { Arrival, Flow, LocalPoint, Target } from './types.ts';
import { UdpListener } from './udp.ts';
import { responseAddress, topVia } from './via.ts';

interface OpenListener {
  readonly settings: ListenerSettings;
  readonly local: LocalPoint;
  readonly udp?: UdpListener;
  readonly server?: Server;
}

type Movable = { -readonly [Key in keyof LocalPoint]: LocalPoint[Key] };

/** Every socket of the SIP server: where it listens, what it connected to, what connected to it (RFC 3261 §18). */
export class TransportLayer {
  readonly #settings: ResolvedSettings;
  readonly #logger: Logger;
  readonly #arrived: (arrival: Arrival) => void;
  readonly #parseLimits: ParseLimits;
  readonly #listeners: OpenListener[] = [];
  /** By transport, remote address, port and certificate name. */
  readonly #connections = new Map<string, StreamConnection>();
  readonly #incomingBySource = new Map<string, number>();
  #incoming = 0;
  #closing = false;

  constructor(settings: ResolvedSettings, logger: Logger, arrived: (arrival: Arrival) => void) {
    this.#settings = settings;
    this.#logger = logger;
    this.#arrived = arrived;
    this.#parseLimits = {
      ...DEFAULT_LIMITS,
      headBytes: settings.maxMessageBytes,
      bodyBytes: settings.maxMessageBytes,
    };
  }

  /** Where we are, in the order of the settings. */
  get locals(): readonly LocalPoint[] {
    return this.#listeners.map((listener) => listener.local);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** @throws ListenError when an address cannot be bound; nothing stays open then */
  async open(): Promise<void> {
    try {
      for (const listener of this.#settings.listeners) {
        const opened = await this.#open(listener).catch((error: unknown) => {
          throw new ListenError(listener, error);
        });
        this.#listeners.push(opened);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const connection of this.#connections.values()) connection.destroy();
    this.#connections.clear();
    const open = this.#listeners.splice(0);
    await Promise.all(
      open.map(async ({ udp, server }) => {
        await udp?.close();
        if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
      }),
    );
  }

  /** The local point that requests to this target leave from, or undefined when its transport is not configured. */
  localFor(target: Pick<Target, 'transport' | 'address'>): LocalPoint | undefined {
    return this.#listenerFor(target)?.local;
  }

  /** What listens on all addresses is at this one from now on, for Via and Contact. */
  move(host: string): void {
    for (const { settings, local } of this.#listeners) {
      const isSameFamily = isIPv6(settings.host) === isIPv6(host);
      // The point stays the same one: flows and dialogs that have it say the new address, too.
      if (isWildcard(settings.host) && isSameFamily) (local as Movable).advertisedHost = bracketed(host);
    }
  }

  /** Whether a host (as in a URI) and port are ours. */
  isLocal(host: string, port: number): boolean {
    return this.#listeners.some(
      ({ local }) =>
        (local.advertisedHost === host && local.advertisedPort === port) ||
        (bracketed(local.host) === host && local.port === port),
    );
  }

  /**
   * A way to a target: the UDP socket, a connection that is open already, or a new one that queues what is sent until
   * it is made.
   * @param connectTimeoutMs how long a new connection may take; that of the settings when absent
   * @returns undefined when the transport is not configured
   */
  flowTo(target: Target, connectTimeoutMs = this.#settings.connectTimeoutMs): Flow | undefined {
    const listener = this.#listenerFor(target);
    if (listener === undefined) return undefined;
    if (listener.udp !== undefined) return listener.udp.flowTo(target.address, target.port);
    const open = this.#connections.get(connectionKey(target));
    if (open !== undefined && !open.closed) return open;
    return this.#connect(target, listener, connectTimeoutMs);
  }

  /**
   * The way back of a message's responses (RFC 3261 §18.2.2): the connection it came on, or on UDP the address that its
   * topmost Via gives, from the socket it came to.
   */
  replyFlow(message: SipMessage, arrival: Flow): Flow {
    if (arrival.reliable) return new ReplyFlow(arrival, () => this.#reopen(message, arrival));
    const udp = this.#listeners.find(({ local }) => local === arrival.local)?.udp;
    if (udp === undefined) return arrival;
    const { address, port } = responseAddress(topVia(message), 'udp');
    // A name in a Via that we put no `received` into is not looked up: the source is as good.
    return isIP(address) === 0 ? arrival : udp.flowTo(address, port);
  }

  /** RFC 3261 §18.2.2: when the connection is gone, the response goes to where the sender says that it listens. */
  #reopen(message: SipMessage, arrival: Flow): Flow | undefined {
    const { address, port } = responseAddress(topVia(message), arrival.transport);
    return isIP(address) === 0 ? undefined : this.flowTo({ transport: arrival.transport, address, port });
  }

  #listenerFor(target: Pick<Target, 'transport' | 'address'>): OpenListener | undefined {
    const family = isIPv6(target.address);
    const loopback = isLoopback(target.address);
    const fitting = this.#listeners.filter(
      ({ settings }) => settings.transport === target.transport && isIPv6(settings.host) === family,
    );
    // A socket bound to the loopback reaches nothing else, and a wildcard reaches all.
    return fitting.find(({ settings }) => isLoopback(settings.host) === loopback) ?? fitting[0];
  }

  async #open(settings: ListenerSettings): Promise<OpenListener> {
    const wanted = wantedPoint(settings);
    switch (settings.transport) {
      case 'udp': {
        const udp = await UdpListener.open(wanted, this.#parseLimits, this.#arrived, (error) =>
          this.#logger.error({ err: error }, 'the UDP socket reported an error'),
        );
        return { settings, local: udp.local, udp };
      }
      case 'tcp':
        return await this.#listen(settings, wanted, createServer());
      case 'tls': {
        const options = tlsServerOptions(settings.tls ?? {}, this.#settings.connectTimeoutMs);
        if (options === undefined) return { settings, local: outgoingOnly(wanted) };
        return await this.#listen(settings, wanted, createTlsServer(options));
      }
      default:
        return settings.transport satisfies never;
    }
  }

  async #listen(settings: ListenerSettings, wanted: LocalPoint, server: Server): Promise<OpenListener> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(
        { host: settings.host, port: settings.port, exclusive: true, ipv6Only: isIPv6(settings.host) },
        () => {
          server.off('error', reject);
          resolve();
        },
      );
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : settings.port;
    const local = { ...wanted, port, advertisedPort: wanted.advertisedPort === 0 ? port : wanted.advertisedPort };
    server.on('error', (error) => this.#logger.error({ err: error }, `the ${local.transport} listener failed`));
    server.on('tlsClientError', (error: Error) =>
      this.#logger.debug({ err: error }, 'a TLS client did not complete its handshake'),
    );
    // TLS is ready for data later than the connection is there; both count against the limits from the beginning.
    server.on('connection', (socket: Socket) => {
      if (!this.#admit(socket)) socket.destroy();
    });
    server.on(settings.transport === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => {
      if (!socket.destroyed) this.#accept(socket, local);
    });
    return { settings, local, server };
  }

  /** Counts an incoming connection against the limits. */
  #admit(socket: Socket): boolean {
    const source = socket.remoteAddress;
    if (source === undefined || this.#closing) return false;
    const bySource = this.#incomingBySource.get(source) ?? 0;
    if (this.#incoming >= this.#settings.maxConnections || bySource >= this.#settings.maxConnectionsPerSource)
      return false;
    this.#incoming += 1;
    this.#incomingBySource.set(source, bySource + 1);
    socket.once('close', () => {
      this.#incoming -= 1;
      const left = (this.#incomingBySource.get(source) ?? 1) - 1;
      if (left === 0) this.#incomingBySource.delete(source);
      else this.#incomingBySource.set(source, left);
    });
    return true;
  }

  #accept(socket: Socket, local: LocalPoint): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    this.#adopt(socket, local, { transport: local.transport, address: remoteAddress, port: remotePort });
  }

  #connect(target: Target, listener: OpenListener, connectTimeoutMs: number): StreamConnection {
    const { settings, local } = listener;
    const tls: TlsSettings | undefined = target.transport === 'tls' ? (settings.tls ?? {}) : undefined;
    const socket =
      tls === undefined
        ? connectTcp({ host: target.address, port: target.port, ...bindTo(settings) })
        : connectTls({ ...tlsClientOptions(tls, target), ...bindTo(settings) });
    const connection = this.#adopt(socket, local, target);
    const timer = setTimeout(
      () => connection.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
    return connection;
  }

  #adopt(socket: Socket, local: LocalPoint, target: Target): StreamConnection {
    const key = connectionKey(target);
    const connection: StreamConnection = new StreamConnection(
      socket,
      { local, target },
      { parse: this.#parseLimits, idleMs: this.#settings.idleConnectionMs },
      this.#arrived,
      () => {
        if (this.#connections.get(key) === connection) this.#connections.delete(key);
      },
    );
    this.#connections.set(key, connection);
    return connection;
  }
}

/** A certificate was checked for one name: a connection is good for that name alone (RFC 5923 §9.1). */
function connectionKey(target: Target): string {
  return `${target.transport}/${target.address}/${target.port}/${target.serverName ?? ''}`;
}

/** Connections leave from the address that the listener has, unless that is all of them. */
function bindTo(settings: ListenerSettings): { localAddress?: string } {
  return isWildcard(settings.host) ? {} : { localAddress: settings.host };
}

function wantedPoint(settings: ListenerSettings): LocalPoint {
  return {
    transport: settings.transport,
    host: settings.host,
    port: settings.port,
    advertisedHost: bracketed(settings.advertisedHost ?? reachableAddress(settings.host)),
    advertisedPort: settings.advertisedPort ?? settings.port,
  };
}

/** A wildcard is nobody's address: the machine's first own one stands for it, until `advertisedHost` says better. */
function reachableAddress(host: string): string {
  if (!isWildcard(host)) return host;
  const family = host === '::' ? 'IPv6' : 'IPv4';
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => address.family === family && !address.internal && !address.address.startsWith('fe80:'));
  return own?.address ?? (family === 'IPv6' ? '::1' : '127.0.0.1');
}

function outgoingOnly(wanted: LocalPoint): LocalPoint {
  const advertisedPort = wanted.advertisedPort === 0 ? defaultPort(wanted.transport) : wanted.advertisedPort;
  return { ...wanted, port: 0, advertisedPort };
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
