/** The embedded media engine, seen from the main thread: spreads sessions over worker threads and gives them their ports. */

import { availableParallelism, networkInterfaces } from 'node:os';
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
import { G711_CODECS } from '../sdp/index.ts';
import { PortPool } from './port-pool.ts';
import type { FromWorker } from './protocol.ts';
import { SessionProxy } from './session-proxy.ts';
import {
  DEFAULT_PORT_QUARANTINE_MS,
  DEFAULT_RTP_PORTS,
  DEFAULT_WEBRTC_PORTS,
  type EmbeddedMediaSettings,
  type SessionSettings,
  sessionSettings,
} from './settings.ts';
import { PortInUseError } from './udp.ts';
import { WorkerHandle } from './worker-handle.ts';

/** Ports of the range that other programs hold are passed over, but not without end. */
const MAX_PORT_TRIES = 50;
/** A worker that dies at once again and again must not keep the processor busy. */
const RESTART_DELAY_MS = 1_000;

/**
 * Starts the engine and waits until its workers are ready.
 * @throws MediaError `engine-failed` when a worker cannot start
 */
export async function createEmbeddedMediaEngine(settings: EmbeddedMediaSettings, logger: Logger): Promise<MediaEngine> {
  const engine = new EmbeddedMediaEngine(settings, logger);
  await engine.start();
  return engine;
}

interface LiveSession {
  readonly worker: WorkerHandle;
  readonly listener: MediaListener;
  readonly rtpPort: number;
  readonly webrtcPort: number;
}

class EmbeddedMediaEngine implements MediaEngine {
  readonly capabilities: MediaCapabilities = {
    rtpCodecs: G711_CODECS,
    transcodes: false,
    play: true,
    record: false,
    trickle: true,
  };
  readonly #logger: Logger;
  readonly #workerCount: number;
  readonly #settings: EmbeddedMediaSettings;
  readonly #rtpPorts: PortPool;
  readonly #webrtcPorts: PortPool;
  readonly #workers: WorkerHandle[] = [];
  readonly #sessions = new Map<number, LiveSession>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #sessionId = 0;
  #isClosed = false;

  constructor(settings: EmbeddedMediaSettings, logger: Logger) {
    this.#logger = logger;
    this.#workerCount = Math.max(1, settings.workers ?? availableParallelism() - 1);
    this.#settings = settings;
    const quarantineMs = settings.portQuarantineMs ?? DEFAULT_PORT_QUARANTINE_MS;
    this.#rtpPorts = new PortPool('RTP', settings.rtp?.ports ?? DEFAULT_RTP_PORTS, quarantineMs);
    this.#webrtcPorts = new PortPool('WebRTC', settings.webrtc?.ports ?? DEFAULT_WEBRTC_PORTS, quarantineMs);
  }

  async start(): Promise<void> {
    for (let i = 0; i < this.#workerCount; i++) this.#workers.push(this.#startWorker());
    await Promise.all(this.#workers.map((worker) => worker.ready()));
    const { rtpPublicAddress, webrtcPublicAddresses, webrtcBindAddresses } = this.#sessionSettings();
    this.#logger.info(
      {
        workers: this.#workerCount,
        rtpAddress: rtpPublicAddress,
        webrtcAddresses: webrtcPublicAddresses.length > 0 ? webrtcPublicAddresses : webrtcBindAddresses,
      },
      'the embedded media engine is ready',
    );
  }

  /** Looked at for each session: a machine's addresses come and go. */
  #sessionSettings(): SessionSettings {
    const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
    return sessionSettings(this.#settings, addresses);
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get servers(): readonly MediaServerStatus[] {
    const sessions = this.#sessions.size;
    const alive = this.#workers.filter((worker) => worker.isAlive).length;
    if (alive === this.#workerCount) return [{ name: 'embedded', state: 'up', sessions }];
    const detail = `${alive} of ${this.#workerCount} media workers run; the others are being restarted`;
    return [{ name: 'embedded', state: alive > 0 ? 'up' : 'down', sessions, detail }];
  }

  async createSession(options: MediaSessionOptions, listener: MediaListener): Promise<MediaSession> {
    if (this.#isClosed) throw new MediaError('engine-failed', 'the media engine is closed');
    const worker = this.#leastLoaded();
    worker.load++;
    const sessionId = ++this.#sessionId;
    try {
      const ports = await this.#open(worker, sessionId, options);
      if (!worker.isAlive) throw new MediaError('engine-failed', 'the media worker died while the session was opened');
      this.#sessions.set(sessionId, { worker, listener, ...ports });
      return new SessionProxy(sessionId, worker, () => this.#close(sessionId));
    } catch (error) {
      worker.load--;
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    await Promise.allSettled([...this.#sessions.keys()].map((sessionId) => this.#close(sessionId)));
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  async #open(
    worker: WorkerHandle,
    sessionId: number,
    options: MediaSessionOptions,
  ): Promise<{ rtpPort: number; webrtcPort: number }> {
    for (let tries = 0; tries < MAX_PORT_TRIES; tries++) {
      const rtpPort = this.#rtpPorts.take();
      let webrtcPort: number;
      try {
        webrtcPort = this.#webrtcPorts.take();
      } catch (error) {
        this.#rtpPorts.release(rtpPort);
        throw error;
      }
      try {
        await worker.open({
          sessionId,
          callRef: options.callRef,
          settings: this.#sessionSettings(),
          rtpPort,
          webrtcPort,
          ...(options.turn && { turn: options.turn }),
        });
        return { rtpPort, webrtcPort };
      } catch (error) {
        this.#rtpPorts.release(rtpPort);
        this.#webrtcPorts.release(webrtcPort);
        if (!(error instanceof PortInUseError)) throw error;
        this.#logger.debug({ callRef: options.callRef, port: error.port }, 'a media port is in use by another program');
      }
    }
    throw new MediaError('no-port-free', `${MAX_PORT_TRIES} media ports in a row are in use by other programs`);
  }

  async #close(sessionId: number): Promise<void> {
    const session = this.#sessions.get(sessionId);
    if (!session) return;
    this.#sessions.delete(sessionId);
    session.worker.load--;
    try {
      await session.worker.closeSession(sessionId);
    } catch {
      // The worker has died, and its sockets with it.
    } finally {
      this.#rtpPorts.release(session.rtpPort);
      this.#webrtcPorts.release(session.webrtcPort);
    }
  }

  #leastLoaded(): WorkerHandle {
    const alive = this.#workers.filter((worker) => worker.isAlive);
    const best = alive.reduce<WorkerHandle | undefined>(
      (least, worker) => (least && least.load <= worker.load ? least : worker),
      undefined,
    );
    if (!best) throw new MediaError('engine-failed', 'no media worker is alive; one is being restarted');
    return best;
  }

  #startWorker(): WorkerHandle {
    const worker: WorkerHandle = new WorkerHandle({
      message: (message) => this.#onMessage(message),
      died: (reason) => this.#onDeath(worker, reason),
    });
    return worker;
  }

  #onMessage(message: Extract<FromWorker, { type: 'event' | 'log' }>): void {
    if (message.type === 'event') {
      this.#sessions.get(message.sessionId)?.listener(message.event);
      return;
    }
    const { level, callRef, facts } = message;
    this.#logger[level]({ ...(callRef !== undefined && { callRef }), ...facts }, message.message);
  }

  #onDeath(worker: WorkerHandle, reason: string): void {
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    this.#logger.error({ sessions: worker.load, reason }, 'a media worker died; its calls are lost');
    for (const [sessionId, session] of this.#sessions) {
      if (session.worker !== worker) continue;
      void this.#close(sessionId);
      session.listener({ type: 'engine-failed', message: `the media worker of this call died (${reason})` });
    }
    if (this.#isClosed) return;
    const isLast = this.#workers.length === 0;
    const timer = setTimeout(
      () => {
        this.#restarts.delete(timer);
        this.#workers.push(this.#startWorker());
      },
      isLast ? 0 : RESTART_DELAY_MS,
    );
    this.#restarts.add(timer);
  }
}
