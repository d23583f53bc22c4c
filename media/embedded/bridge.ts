/**
 * Two telephones of different calls joined (a transfer inside the gateway). Their calls may live in different threads, so
 * what one side received goes to the other as messages; a call that was not transferred never comes here.
 */

import type { MessagePort } from 'node:worker_threads';
import type { G711 } from '../sdp/index.ts';
import type { RelayTarget } from './relay-target.ts';
import { createRtpFields, type RtpFields, readRtp } from './rtp/packet.ts';

type BridgeMessage =
  | { readonly type: 'audio'; readonly packet: Uint8Array; readonly codec: G711; readonly isAllowed: boolean }
  | { readonly type: 'comfort-noise'; readonly packet: Uint8Array; readonly isAllowed: boolean }
  | { readonly type: 'skip'; readonly ssrc: number; readonly sequence: number; readonly timestamp: number }
  | { readonly type: 'press'; readonly event: number }
  | { readonly type: 'hold'; readonly durationMs: number }
  | { readonly type: 'release'; readonly durationMs: number };

const fields: RtpFields = createRtpFields();

/** One end: sends what its side received, and gives its side what the other end sends. */
export class Bridge implements RelayTarget {
  readonly #port: MessagePort;

  constructor(port: MessagePort, side: RelayTarget) {
    this.#port = port;
    port.on('message', (message: BridgeMessage) => deliver(message, side));
  }

  forwardAudio(packet: Uint8Array, from: RtpFields, codec: G711, isAllowed: boolean): void {
    this.#post({ type: 'audio', packet: copyOf(packet, from), codec, isAllowed });
  }

  forwardComfortNoise(packet: Uint8Array, from: RtpFields, isAllowed: boolean): void {
    this.#post({ type: 'comfort-noise', packet: copyOf(packet, from), isAllowed });
  }

  skip({ ssrc, sequence, timestamp }: RtpFields): void {
    this.#post({ type: 'skip', ssrc, sequence, timestamp });
  }

  pressDigit(event: number): void {
    this.#post({ type: 'press', event });
  }

  holdDigit(durationMs: number): void {
    this.#post({ type: 'hold', durationMs });
  }

  releaseDigit(durationMs: number): void {
    this.#post({ type: 'release', durationMs });
  }

  /** The other end may go on posting: nobody hears it. */
  close(): void {
    this.#port.close();
  }

  #post(message: BridgeMessage): void {
    this.#port.postMessage(message);
  }
}

/** The clocks of two threads do not begin at the same moment: a packet is as old as its arrival here. */
function deliver(message: BridgeMessage, side: RelayTarget): void {
  const nowMs = performance.now();
  switch (message.type) {
    case 'audio':
      if (readPlain(message.packet)) side.forwardAudio(message.packet, fields, message.codec, message.isAllowed, nowMs);
      break;
    case 'comfort-noise':
      if (readPlain(message.packet)) side.forwardComfortNoise(message.packet, fields, message.isAllowed, nowMs);
      break;
    case 'skip':
      fields.ssrc = message.ssrc;
      fields.sequence = message.sequence;
      fields.timestamp = message.timestamp;
      side.skip(fields, nowMs);
      break;
    case 'press':
      side.pressDigit(message.event);
      break;
    case 'hold':
      side.holdDigit(message.durationMs);
      break;
    case 'release':
      side.releaseDigit(message.durationMs);
      break;
    default:
      message satisfies never;
  }
}

/** The padding was cut off with the end of the payload, so its bit says nothing any more. */
function readPlain(packet: Uint8Array): boolean {
  packet[0] = (packet[0] as number) & ~0x20;
  return readRtp(packet, packet.length, fields);
}

/** Of the packet alone: a view would take its whole buffer along. */
function copyOf(packet: Uint8Array, from: RtpFields): Uint8Array {
  return new Uint8Array(packet.subarray(0, from.payloadEnd));
}
