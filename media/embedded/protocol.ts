/** What the main thread and a media worker say to each other. Plain data: it is cloned on the way. */

import type { MessagePort } from 'node:worker_threads';
import type { MediaErrorCode, MediaEvent, MediaSession, MediaSide, TurnServer } from '../engine.ts';
import type { SessionSettings } from './settings.ts';

/** A session as its worker has it: what needs another session, or gives handles back, is split into plain requests. */
export interface WorkerSession extends Omit<MediaSession, 'joinTelephones' | 'play' | 'record'> {
  /** The telephone's side joined to the session at the other end of the port. */
  bridge(port: MessagePort): Promise<void>;
  /** Begins to play; `playId` is the caller's, for the two below. */
  startPlaying(playId: number, side: MediaSide, file: string): Promise<void>;
  /** Settles when it has ended or was stopped. */
  whenPlayed(playId: number): Promise<void>;
  stopPlaying(playId: number): void;
}

/** The methods of a session that are called across the threads. */
export type SessionMethod = Exclude<keyof WorkerSession, 'close'>;

export interface OpenSession {
  readonly sessionId: number;
  readonly callRef: string;
  readonly settings: SessionSettings;
  /** Even; RTCP takes the next. */
  readonly rtpPort: number;
  readonly webrtcPort: number;
  readonly turn?: TurnServer;
}

export type ToWorker =
  | { readonly type: 'open'; readonly requestId: number; readonly session: OpenSession }
  | {
      readonly type: 'call';
      /** Absent for methods without a result. */
      readonly requestId?: number;
      readonly sessionId: number;
      readonly method: SessionMethod;
      readonly args: readonly unknown[];
    }
  | { readonly type: 'close'; readonly requestId: number; readonly sessionId: number };

export type Failure =
  | { readonly kind: 'media'; readonly code: MediaErrorCode; readonly message: string }
  | { readonly kind: 'port-in-use'; readonly port: number }
  | { readonly kind: 'other'; readonly message: string };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly requestId: number; readonly value?: unknown; readonly failure?: Failure }
  | { readonly type: 'event'; readonly sessionId: number; readonly event: MediaEvent }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly callRef?: string;
      readonly message: string;
      readonly facts?: Readonly<Record<string, string | number | boolean>>;
    };
