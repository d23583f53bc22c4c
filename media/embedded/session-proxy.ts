/** A session of a worker, as the caller in the main thread sees it. */

import type { Direction, IceCandidate, MediaSession, MediaStats, RtpCodec, RtpOfferOptions } from '../engine.ts';
import type { WorkerHandle } from './worker-handle.ts';

export class SessionProxy implements MediaSession {
  readonly #sessionId: number;
  readonly #worker: WorkerHandle;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | undefined;

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

  startRingback(country?: string): void {
    this.#worker.tell(this.#sessionId, 'startRingback', [country]);
  }

  stopRingback(): void {
    this.#worker.tell(this.#sessionId, 'stopRingback', []);
  }

  sendDtmf(digit: string, durationMs: number): void {
    this.#worker.tell(this.#sessionId, 'sendDtmf', [digit, durationMs]);
  }

  async stats(): Promise<MediaStats> {
    return (await this.#worker.call(this.#sessionId, 'stats', [])) as MediaStats;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }
}
