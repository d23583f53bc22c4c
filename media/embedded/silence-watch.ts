/** Notices that a side has died: nothing came from it for the configured time, and no hold explains that. */

type Side = 'webrtc' | 'rtp';

export class SilenceWatch {
  /** 0: never. */
  readonly limitMs: number;
  #sinceMs = Number.POSITIVE_INFINITY;
  readonly #isSilent: Record<Side, boolean> = { webrtc: false, rtp: false };

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  /** From now on both sides are due. */
  start(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** Silence is explained: not connected, not answered, or on hold. */
  pause(): void {
    this.#sinceMs = Number.POSITIVE_INFINITY;
  }

  /** The sides that have just been silent for too long; each silence is told once. */
  check(nowMs: number, webrtcReceivedMs: number, rtpReceivedMs: number): Side[] {
    if (this.limitMs <= 0) return [];
    const received = { webrtc: webrtcReceivedMs, rtp: rtpReceivedMs };
    return (['webrtc', 'rtp'] as const).filter((side) => {
      const wasSilent = this.#isSilent[side];
      this.#isSilent[side] = nowMs - Math.max(received[side], this.#sinceMs) > this.limitMs;
      return this.#isSilent[side] && !wasSilent;
    });
  }
}
