/** Servers that connect to us: drachtio makes a connection for each request that starts something, and we decide how long it stays. */
import { BlockList, createServer, isIP, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import { DrachtioLink, type LinkParts } from './drachtio-link.ts';
import { type DrachtioListenSettings, faultWords } from './drachtio-settings.ts';

/** A connection on which nothing happens for so long is closed, unless it is the server's only one. */
const IDLE_MS = 60_000;
/** Connections at a time: the one of a call stays for as long as the call. */
const MOST_LINKS = 2_000;
const THIS_MACHINE = ['127.0.0.0/8', '::1'];

/** One server, by its address, with its connections. */
interface Caller {
  readonly links: Set<DrachtioLink>;
  lost: number;
}

export interface ListenerParts {
  readonly settings: DrachtioListenSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What links of the server with this address need. */
  readonly link: (address: string) => LinkParts;
  /** Whether calls are on the link. */
  readonly busy: (link: DrachtioLink) => boolean;
}

export class DrachtioListener {
  readonly #parts: ListenerParts;
  readonly #server: Server;
  readonly #callers = new Map<string, Caller>();
  readonly #allowed: BlockList;
  readonly #stops = new Map<DrachtioLink, () => void>();
  #error: Error | undefined;

  /** @throws RangeError for an `allowFrom` that is neither an address nor a network */
  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#allowed = allowList(parts.settings.allowFrom ?? THIS_MACHINE);
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = MOST_LINKS;
  }

  /** Settles when it listens, or could not: then `error` says why, and calls come in by other servers. */
  open(): Promise<void> {
    const { host, port } = this.#parts.settings;
    return new Promise((resolve) => {
      this.#server.on('error', (error) => {
        this.#error = error;
        this.#parts.logger.error({ err: error, host, port }, 'SIP servers cannot connect to the gateway');
        resolve();
      });
      this.#server.listen({ host, port }, resolve);
    });
  }

  get error(): Error | undefined {
    return this.#error;
  }

  /** The port, once it listens. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get callers(): ReadonlyMap<string, Readonly<Caller>> {
    return this.#callers;
  }

  close(): void {
    this.#server.close();
    for (const { links } of this.#callers.values()) for (const link of links) link.close();
    for (const stop of this.#stops.values()) stop();
  }

  #accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '');
    socket.on('error', () => undefined);
    if (isIP(address) === 0 || !this.#allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) {
      this.#parts.logger.warn(
        { source: address },
        'refused a connection to the port for SIP servers: not allowed from there',
      );
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const caller = this.#callers.get(address) ?? { links: new Set(), lost: 0 };
    this.#callers.set(address, caller);
    const parts = this.#parts.link(address);
    const link = DrachtioLink.accept(socket, this.#parts.settings.secret, {
      ...parts,
      onGone: (gone, fault) => {
        this.#forget(caller, gone);
        if (this.#parts.busy(gone)) {
          caller.lost++;
          const sentence = `The SIP server ${address} ${faultWords(fault)}. The calls of the connection end`;
          parts.logger.error({ server: address }, sentence);
        } else if (fault.kind === 'secret') {
          parts.logger.error({ server: address }, `The SIP server ${address} ${faultWords(fault)}`);
        }
        parts.onGone(gone, fault);
      },
    });
    caller.links.add(link);
    this.#watch(caller, link, parts);
  }

  #watch(caller: Caller, link: DrachtioLink, parts: LinkParts): void {
    const stop = this.#parts.clock.after(IDLE_MS, () => {
      if (link.pending > 0 || this.#parts.busy(link) || caller.links.size === 1) {
        this.#watch(caller, link, parts);
        return;
      }
      this.#forget(caller, link);
      link.close();
      parts.onGone(link, { kind: 'closed' });
    });
    this.#stops.set(link, stop);
  }

  #forget(caller: Caller, link: DrachtioLink): void {
    this.#stops.get(link)?.();
    this.#stops.delete(link);
    caller.links.delete(link);
  }
}

/** `::ffff:192.0.2.1` is 192.0.2.1. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function allowList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (isIP(address) === 0) throw new RangeError(`${entry} is neither an address nor a network`);
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return list;
}
