/** Where a side hands on what it received: the other side of its call, or a side of another call that it was joined to. */

import type { G711 } from '../sdp/index.ts';
import type { RtpFields } from './rtp/packet.ts';

export interface RelayTarget {
  /** @param isAllowed the direction agreed with the source lets it be heard; otherwise only its numbers are followed */
  forwardAudio(packet: Uint8Array, from: RtpFields, codec: G711, isAllowed: boolean, nowMs: number): void;
  forwardComfortNoise(packet: Uint8Array, from: RtpFields, isAllowed: boolean, nowMs: number): void;
  /** A packet of the source is left out on purpose. */
  skip(from: RtpFields, nowMs: number): void;
  pressDigit(event: number): void;
  holdDigit(durationMs: number): void;
  releaseDigit(durationMs: number): void;
}
