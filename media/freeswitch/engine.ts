/** The FreeSWITCH engine: a pool of servers, and the sessions on them. */

import type { Logger } from 'pino';
import {
  type MediaCapabilities,
  type MediaEngine,
  MediaError,
  type MediaListener,
  type MediaServerStatus,
  type MediaSession,
  type MediaSessionOptions,
} from '../engine.ts';
import { openEventSocket } from './fsmrf.ts';
import { chooseServer } from './pool.ts';
import { TELEPHONE_CODECS } from './sdp/telephone.ts';
import { type ConnectEventSocket, Server } from './server.ts';
import { FreeswitchSession } from './session.ts';
import { type EngineSettings, engineSettings, type FreeswitchMediaSettings } from './settings.ts';
import { openSignalling, type Signalling } from './signalling.ts';

/** What of the world outside a test may replace. */
export interface FreeswitchParts {
  readonly signalling: Signalling;
  readonly connect: ConnectEventSocket;
}

/**
 * Starts the engine: settles when each server has been tried once. Servers that are down are tried again and again, and the
 * gateway runs meanwhile.
 */
export async function createFreeswitchMediaEngine(
  settings: FreeswitchMediaSettings,
  logger: Logger,
  parts?: FreeswitchParts,
): Promise<MediaEngine> {
  const signalling = parts?.signalling ?? openSignalling(settings.signalling, logger);
  const connect: ConnectEventSocket =
    parts?.connect ?? ((options, listener) => openEventSocket(signalling.srf, options, listener));
  const engine = new FreeswitchMediaEngine(settings, signalling, connect, logger);
  await engine.start();
  return engine;
}

class FreeswitchMediaEngine implements MediaEngine {
  readonly capabilities: MediaCapabilities = {
    rtpCodecs: TELEPHONE_CODECS,
    transcodes: true,
    play: true,
    record: true,
    trickle: false,
  };
  readonly #settings: EngineSettings;
  readonly #servers: readonly Server[];
  readonly #signalling: Signalling;
  readonly #logger: Logger;
  readonly #sessions = new Map<FreeswitchSession, Server>();
  #isClosed = false;

  constructor(settings: FreeswitchMediaSettings, signalling: Signalling, connect: ConnectEventSocket, logger: Logger) {
    this.#settings = engineSettings(settings);
    this.#signalling = signalling;
    this.#logger = logger;
    const onLost = (server: Server, reason: string) => this.#onLost(server, reason);
    this.#servers = settings.servers.map((server) => new Server(server, this.#settings, connect, onLost, logger));
  }

  async start(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.open()));
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get servers(): readonly MediaServerStatus[] {
    return this.#servers.map((server) => server.status);
  }

  async createSession(options: MediaSessionOptions, listener: MediaListener): Promise<MediaSession> {
    if (this.#isClosed) throw new MediaError('engine-failed', 'the media engine is closed');
    if (!this.#signalling.isConnected) {
      throw new MediaError('engine-failed', 'the SIP server that leads to the media servers is not connected');
    }
    const server = chooseServer(this.#servers);
    if (!server) {
      const states = this.servers.map(({ name, state, detail }) => `${name} is ${state} (${detail ?? ''})`).join('; ');
      throw new MediaError('engine-failed', `no media server takes calls: ${states || 'none is configured'}`);
    }
    server.sessions++;
    const session: FreeswitchSession = new FreeswitchSession({
      host: {
        server,
        signalling: this.#signalling,
        sipAddress: this.#settings.sipAddress,
        timeoutMs: this.#settings.requestTimeoutMs,
      },
      settings: this.#settings,
      listener,
      logger: this.#logger.child({ callRef: options.callRef, mediaServer: server.name }),
      onClosed: () => {
        if (this.#sessions.delete(session)) server.sessions--;
      },
    });
    this.#sessions.set(session, server);
    return session;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled([...this.#sessions.keys()].map((session) => session.close()));
    for (const server of this.#servers) server.close();
    this.#signalling.close();
  }

  #onLost(lost: Server, reason: string): void {
    for (const [session, server] of this.#sessions) if (server === lost) session.lose(reason);
  }
}
