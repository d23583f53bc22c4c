/** A session of a worker, as the caller in the main thread sees it. */

import { MessageChannel } from 'node:worker_threads';
import {
  type Direction,
  type IceCandidate,
  MediaError,
  type MediaSession,
  type MediaSide,
  type MediaStats,
  type RtpCodec,
  type RtpOfferOptions,
} from '../engine.ts';
import type { WorkerHandle } from './worker-handle.ts';

export class SessionProxy implements MediaSession {
  readonly #sessionId: number;
  readonly #worker: WorkerHandle;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | undefined;
  #playId = 0;

  constructor(sessionId: number, worker: WorkerHandle, close: () => Promise<void>) {
    this.#sessionId = sessionId;
    this.#worker = worker;
    this.#close = close;
  }

  async acceptWebRtcOffer(sdp: string): Promise<void> {
    await this.#worker.call(this.#sessionId, 'acceptWebRtcOffer', [sdp]);
  }

  async addWebRtcCandidates(candidates: readonly IceCandidate[]): Promise<void> {
    await this.#worker.call(this.#sessionId, 'addWebRtcCandidates', [candidates]);
  }

  async createWebRtcAnswer(): Promise<string> {
    return (await this.#worker.call(this.#sessionId, 'createWebRtcAnswer', [])) as string;
  }

  async createWebRtcOffer(): Promise<string> {
    return (await this.#worker.call(this.#sessionId, 'createWebRtcOffer', [])) as string;
  }

  async acceptWebRtcAnswer(sdp: string): Promise<void> {
    await this.#worker.call(this.#sessionId, 'acceptWebRtcAnswer', [sdp]);
  }

  async renegotiateWebRtc(sdp: string): Promise<{ sdp: string; direction: Direction; iceRestart: boolean }> {
    const result = await this.#worker.call(this.#sessionId, 'renegotiateWebRtc', [sdp]);
    return result as { sdp: string; direction: Direction; iceRestart: boolean };
  }

  async createWebRtcReoffer(direction: Direction): Promise<string> {
    return (await this.#worker.call(this.#sessionId, 'createWebRtcReoffer', [direction])) as string;
  }

  async acceptWebRtcReanswer(sdp: string): Promise<void> {
    await this.#worker.call(this.#sessionId, 'acceptWebRtcReanswer', [sdp]);
  }

  async createRtpOffer(options: RtpOfferOptions): Promise<string> {
    return (await this.#worker.call(this.#sessionId, 'createRtpOffer', [options])) as string;
  }

  async acceptRtpAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ codec: RtpCodec }> {
    return (await this.#worker.call(this.#sessionId, 'acceptRtpAnswer', [sdp, options])) as { codec: RtpCodec };
  }

  async acceptRtpOffer(sdp: string, options?: RtpOfferOptions): Promise<{ sdp: string; direction: Direction }> {
    const result = await this.#worker.call(this.#sessionId, 'acceptRtpOffer', [sdp, options]);
    return result as { sdp: string; direction: Direction };
  }

  async createRtpReoffer(direction: Direction): Promise<string> {
    return (await this.#worker.call(this.#sessionId, 'createRtpReoffer', [direction])) as string;
  }

  async acceptRtpReanswer(sdp: string): Promise<{ direction: Direction }> {
    return (await this.#worker.call(this.#sessionId, 'acceptRtpReanswer', [sdp])) as { direction: Direction };
  }

  connect(): void {
    this.#worker.tell(this.#sessionId, 'connect', []);
  }

  startRingback(country?: string, side?: MediaSide): void {
    this.#worker.tell(this.#sessionId, 'startRingback', [country, side]);
  }

  stopRingback(side?: MediaSide): void {
    this.#worker.tell(this.#sessionId, 'stopRingback', [side]);
  }

  beep(side: MediaSide): void {
    this.#worker.tell(this.#sessionId, 'beep', [side]);
  }

  sendDtmf(digit: string, durationMs: number): void {
    this.#worker.tell(this.#sessionId, 'sendDtmf', [digit, durationMs]);
  }

  async play(side: MediaSide, file: string): Promise<{ stop(): void; readonly done: Promise<void> }> {
    const playId = ++this.#playId;
    await this.#worker.call(this.#sessionId, 'startPlaying', [playId, side, file]);
    const done = this.#worker.call(this.#sessionId, 'whenPlayed', [playId]).then(() => {});
    // Whoever does not wait for the end must not be told of a worker's death here as well.
    done.catch(() => {});
    return { done, stop: () => this.#worker.tell(this.#sessionId, 'stopPlaying', [playId]) };
  }

  async record(): Promise<never> {
    throw new MediaError('not-supported', 'the embedded media engine does not record; FreeSWITCH does');
  }

  async joinTelephones(other: MediaSession): Promise<void> {
    if (!(other instanceof SessionProxy) || other === this) {
      throw new MediaError('not-supported', 'only two sessions of the embedded media engine can be joined');
    }
    // Both must be alive before either loses its client.
    await Promise.all([this.stats(), other.stats()]);
    const { port1, port2 } = new MessageChannel();
    await this.#worker.bridge(this.#sessionId, port1);
    await other.#worker.bridge(other.#sessionId, port2);
  }

  async stats(): Promise<MediaStats> {
    return (await this.#worker.call(this.#sessionId, 'stats', [])) as MediaStats;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }
}
