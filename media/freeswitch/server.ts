/** One FreeSWITCH of the pool: connected, watched, connected again; and whose channels its events are about. */

import type { Logger } from 'pino';
import { MediaError, type MediaServerStatus } from '../engine.ts';
import type { ChannelEvent, EventSocket, EventSocketListener, EventSocketOptions } from './fsmrf.ts';
import type { FreeswitchServerSettings } from './settings.ts';

export type ConnectEventSocket = (options: EventSocketOptions, listener: EventSocketListener) => Promise<EventSocket>;

/** What a leg needs of its server. */
export interface ServerLink {
  readonly name: string;
  readonly profile: string;
  readonly sipAddress: string;
  command(text: string): Promise<string>;
  start(command: string): void;
  /** Hears the events of a channel until the function that is returned is called. */
  follow(uuid: string, listener: (event: ChannelEvent) => void): () => void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** How long to wait before the next try to connect: twice as long each time. */
export function retryDelayMs(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1), LONGEST_RETRY_MS);
}

export class Server implements ServerLink {
  readonly name: string;
  readonly profile: string;
  readonly weight: number;
  readonly isDraining: boolean;
  /** Sessions of ours on it. */
  sessions = 0;
  readonly #settings: FreeswitchServerSettings;
  readonly #connect: ConnectEventSocket;
  readonly #logger: Logger;
  readonly #timeouts: { readonly healthIntervalMs: number; readonly requestTimeoutMs: number };
  readonly #onLost: (server: Server, reason: string) => void;
  readonly #followers = new Map<string, (event: ChannelEvent) => void>();
  #socket: EventSocket | undefined;
  #failures = 0;
  #detail = 'not connected yet';
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(
    settings: FreeswitchServerSettings,
    timeouts: { readonly healthIntervalMs: number; readonly requestTimeoutMs: number },
    connect: ConnectEventSocket,
    onLost: (server: Server, reason: string) => void,
    logger: Logger,
  ) {
    this.#settings = settings;
    this.#timeouts = timeouts;
    this.#connect = connect;
    this.#onLost = onLost;
    this.name = settings.name ?? `${settings.host}:${settings.port ?? 8021}`;
    this.profile = settings.profile ?? 'trunkline';
    this.weight = settings.weight ?? 1;
    this.isDraining = settings.draining ?? false;
    this.#logger = logger.child({ mediaServer: this.name });
  }

  get isUp(): boolean {
    return this.#socket !== undefined;
  }

  get sipAddress(): string {
    return this.#require().sipAddress;
  }

  get status(): MediaServerStatus {
    const state = !this.isUp ? 'down' : this.isDraining ? 'draining' : 'up';
    return { name: this.name, state, sessions: this.sessions, ...(this.#detail && { detail: this.#detail }) };
  }

  /** The less the better: sessions of ours, and channels of whoever else uses it (two make a session), by its weight. */
  get load(): number {
    return Math.max(this.sessions, (this.#socket?.channels ?? 0) / 2) / this.weight;
  }

  /** The first try to connect; settles when it is over, whichever way. Later ones go on by themselves. */
  async open(): Promise<void> {
    if (this.#isClosed) return;
    const { host, port = 8021, secret } = this.#settings;
    const { requestTimeoutMs: timeoutMs, healthIntervalMs } = this.#timeouts;
    try {
      const socket = await this.#connect(
        { host, port, secret, profile: this.profile, timeoutMs },
        {
          event: (event) => this.#followers.get(event.uuid)?.(event),
          ended: () => this.#lose('its connection was closed'),
        },
      );
      if (this.#isClosed) {
        socket.close();
        return;
      }
      this.#socket = socket;
      this.#failures = 0;
      this.#detail = `FreeSWITCH ${socket.version}`;
      this.#logger.info({ version: socket.version }, 'connected to a media server');
      this.#timer = setTimeout(() => void this.#check(), healthIntervalMs);
    } catch (error) {
      this.#retry(error instanceof Error ? error.message : String(error));
    }
  }

  command(text: string): Promise<string> {
    return this.#require().command(text);
  }

  start(command: string): void {
    this.#require().start(command);
  }

  follow(uuid: string, listener: (event: ChannelEvent) => void): () => void {
    this.#followers.set(uuid, listener);
    return () => this.#followers.delete(uuid);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = undefined;
  }

  async #check(): Promise<void> {
    const socket = this.#socket;
    try {
      await socket?.command('status');
    } catch (error) {
      if (socket === this.#socket) this.#lose(error instanceof Error ? error.message : String(error));
      return;
    }
    if (socket === this.#socket && !this.#isClosed) {
      this.#timer = setTimeout(() => void this.#check(), this.#timeouts.healthIntervalMs);
    }
  }

  #lose(reason: string): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = undefined;
    clearTimeout(this.#timer);
    socket.close();
    this.#logger.error({ sessions: this.sessions, reason }, 'a media server is lost; its calls are, too');
    this.#onLost(this, reason);
    this.#retry(reason);
  }

  #retry(reason: string): void {
    if (this.#isClosed) return;
    this.#failures++;
    this.#detail = reason;
    const delayMs = retryDelayMs(this.#failures);
    // Once is news; the tries after it are not.
    this.#logger[this.#failures === 1 ? 'warn' : 'debug']({ reason, delayMs }, 'a media server cannot be used now');
    this.#timer = setTimeout(() => void this.open(), delayMs);
  }

  #require(): EventSocket {
    if (!this.#socket) throw new MediaError('engine-failed', `the media server ${this.name} is down: ${this.#detail}`);
    return this.#socket;
  }
}
