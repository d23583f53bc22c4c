/** A media worker: a thread that carries the sessions it is given. Everything it is told and tells is in `protocol.ts`. */

import { parentPort } from 'node:worker_threads';
import { MediaError } from '../engine.ts';
import { FrameClock } from './frame-clock.ts';
import type { Failure, FromWorker, LogLevel, OpenSession, SessionMethod, ToWorker } from './protocol.ts';
import { EmbeddedSession } from './session.ts';
import { PortInUseError } from './udp.ts';
import { type Certificate, createCertificate } from './webrtc/dtls.ts';

const TICK_MS = 500;

if (!parentPort) throw new Error('media/embedded/worker.ts runs as a worker thread only');
const port = parentPort;
const sessions = new Map<number, EmbeddedSession>();
const clock = new FrameClock();
const certificate = createCertificate();

const post = (message: FromWorker): void => port.postMessage(message);

/**
 * The handshake library has loose promises that a malformed packet can reject. One call's bad packet must not take the
 * other calls of the thread with it.
 */
process.on('unhandledRejection', (reason) => reportStray('unhandled rejection', reason));
process.on('uncaughtException', (error) => reportStray('uncaught exception', error));

function reportStray(what: string, error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  post({ type: 'log', level: 'warn', message: `${what} in a media worker: ${message}` });
}

port.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'open':
      void answer(message.requestId, () => open(message.session));
      break;
    case 'call':
      void answer(message.requestId, () => call(message.sessionId, message.method, message.args));
      break;
    case 'close':
      void answer(message.requestId, () => close(message.sessionId));
      break;
    default:
      message satisfies never;
  }
});

setInterval(() => {
  const nowMs = performance.now();
  for (const session of sessions.values()) session.tick(nowMs);
}, TICK_MS);

post({ type: 'ready' });

async function open(options: OpenSession): Promise<void> {
  const { sessionId, callRef } = options;
  const ready: Certificate = await certificate;
  const session = await EmbeddedSession.open(options, {
    certificate: ready,
    clock,
    emit: (event) => {
      if (sessions.has(sessionId)) post({ type: 'event', sessionId, event });
    },
    log: (level: LogLevel, text, facts) =>
      post({ type: 'log', level, callRef, message: text, ...(facts && { facts }) }),
  });
  sessions.set(sessionId, session);
}

function call(sessionId: number, method: SessionMethod, args: readonly unknown[]): unknown {
  const session = sessions.get(sessionId);
  if (!session) throw new MediaError('wrong-state', 'the media session is closed');
  const run = session[method] as (...args: unknown[]) => unknown;
  return run.apply(session, [...args]);
}

async function close(sessionId: number): Promise<void> {
  const session = sessions.get(sessionId);
  sessions.delete(sessionId);
  await session?.close();
}

async function answer(requestId: number | undefined, run: () => unknown): Promise<void> {
  try {
    const value = await run();
    if (requestId !== undefined) post({ type: 'result', requestId, value });
  } catch (error) {
    if (requestId !== undefined) post({ type: 'result', requestId, failure: toFailure(error) });
    else reportStray('error', error);
  }
}

function toFailure(error: unknown): Failure {
  if (error instanceof MediaError) return { kind: 'media', code: error.code, message: error.message };
  if (error instanceof PortInUseError) return { kind: 'port-in-use', port: error.port };
  return { kind: 'other', message: error instanceof Error ? error.message : String(error) };
}
