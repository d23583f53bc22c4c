/** A server that we connect to: the connection is made again, with back-off, for as long as the gateway runs. */
import type { Logger } from 'pino';
import { DrachtioLink, type LinkParts } from './drachtio-link.ts';
import { type DrachtioServerSettings, faultWords, type LinkFault } from './drachtio-settings.ts';
import type { OutsideMethod } from './stack.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
/** A connection that was up for less did not help: a server that takes it and drops it at once is not asked ever faster. */
const STABLE_MS = 10_000;
/** What only an administrator can mend is not tried often: a wrong secret is an attack in the server's log. */
const MENDED_BY_HAND_MS = 30_000;

/**
 * How long to wait before the next attempt, in ms.
 * @param attempt 1 for the first after a connection was lost or did not come about
 * @param random 0 to 1: gateways that lost one server do not all come back at once
 */
export function reconnectDelay(fault: LinkFault, attempt: number, random: number): number {
  const byHand = fault.kind === 'secret' || fault.kind === 'tls' || fault.kind === 'nonsense';
  const delay = byHand ? MENDED_BY_HAND_MS : Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS);
  return Math.round(delay * (0.75 + random / 2));
}

export interface ServerParts {
  readonly settings: DrachtioServerSettings;
  readonly link: Omit<LinkParts, 'onGone'>;
  readonly onGone: (link: DrachtioLink, fault: LinkFault) => void;
  readonly methods: () => Iterable<OutsideMethod>;
  readonly random: () => number;
}

export class DrachtioServer {
  readonly name: string;
  readonly #parts: ServerParts;
  #link: DrachtioLink | undefined;
  #fault: LinkFault | undefined;
  #attempt = 0;
  #upAt = 0;
  #lost = 0;
  #closed = false;
  #stopRetry: () => void = () => undefined;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.name = serverName(parts.settings);
  }

  get link(): DrachtioLink | undefined {
    return this.#link;
  }

  /** Why it is not connected; undefined when it is, or when nothing has gone wrong yet. */
  get fault(): LinkFault | undefined {
    return this.#fault;
  }

  /** Connections lost since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** Begins to connect. */
  open(): void {
    const { settings, link, methods } = this.#parts;
    this.#link = DrachtioLink.connect(
      settings,
      { ...link, onUp: (up) => this.#up(up), onGone: (gone, fault) => this.#gone(gone, fault) },
      methods(),
    );
  }

  close(): void {
    this.#closed = true;
    this.#stopRetry();
    this.#link?.close();
  }

  #up(link: DrachtioLink): void {
    this.#upAt = this.#parts.link.clock.now();
    this.#fault = undefined;
    this.#parts.link.onUp(link);
  }

  #gone(link: DrachtioLink, fault: LinkFault): void {
    const { clock, logger } = this.#parts.link;
    const wasUp = link.version !== undefined || link.endpoints !== undefined;
    if (wasUp) this.#lost++;
    this.#tell(logger, fault, wasUp);
    this.#fault = fault;
    this.#link = undefined;
    this.#parts.onGone(link, fault);
    if (this.#closed) return;
    if (wasUp && clock.now() - this.#upAt >= STABLE_MS) this.#attempt = 0;
    this.#attempt++;
    const delay = reconnectDelay(fault, this.#attempt, this.#parts.random());
    this.#stopRetry = clock.after(delay, () => this.open());
  }

  /** Once for each kind of fault: a server that is away for a day does not fill the log. */
  #tell(logger: Logger, fault: LinkFault, wasUp: boolean): void {
    const err = 'error' in fault ? fault.error : undefined;
    const sentence = `The SIP server ${this.name} ${faultWords(fault)}`;
    if (wasUp) logger.error({ err, server: this.name }, `${sentence}. Its calls end; it is connected to again`);
    else if (fault.kind !== this.#fault?.kind) logger.error({ err, server: this.name }, sentence);
    else logger.debug({ err, server: this.name, attempt: this.#attempt }, sentence);
  }
}

export function serverName({ name, host, port }: DrachtioServerSettings): string {
  return name ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
}
