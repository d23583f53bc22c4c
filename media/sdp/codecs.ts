/** Which payload type is what: static types without rtpmap, names in any case, and the agreement of both sides. */

import type { RtpCodec } from '../engine.ts';
import { type ParsedMedia, payloadTypes } from './parse.ts';

/** What the embedded engine relays. */
export type G711 = Extract<RtpCodec, 'PCMU' | 'PCMA'>;

/** In the order that is offered when nothing else is wanted. */
export const G711_CODECS: readonly G711[] = ['PCMU', 'PCMA'];

export function isG711(codec: RtpCodec): codec is G711 {
  return codec === 'PCMU' || codec === 'PCMA';
}

export interface CodecEntry {
  readonly codec: G711;
  readonly payloadType: number;
}

/** What of an audio m-line the gateway can use; in the order of the m-line, which is the order of preference. */
export interface AudioFormats {
  readonly codecs: readonly CodecEntry[];
  /** RFC 4733 at 8000 Hz, the clock rate of G.711; the event's timestamps share it. */
  readonly telephoneEvent?: number;
  /** RFC 3389. */
  readonly comfortNoise?: number;
}

/** RFC 3551 §6: types that need no rtpmap. */
const STATIC: Readonly<Record<number, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 13: 'CN/8000' };

/** Reads the formats of an audio m-line. */
export function readFormats(media: ParsedMedia): AudioFormats {
  const mapped = new Map<number, string>();
  for (const { payload, codec, rate, encoding } of media.rtp) {
    const channels = encoding === undefined || String(encoding) === '1' ? '' : `/${encoding}`;
    mapped.set(Number(payload), `${String(codec).toUpperCase()}/${rate ?? 8000}${channels}`);
  }
  const codecs: CodecEntry[] = [];
  let telephoneEvent: number | undefined;
  let comfortNoise: number | undefined;
  for (const payloadType of payloadTypes(media)) {
    switch (mapped.get(payloadType) ?? STATIC[payloadType]) {
      case 'PCMU/8000':
        codecs.push({ codec: 'PCMU', payloadType });
        break;
      case 'PCMA/8000':
        codecs.push({ codec: 'PCMA', payloadType });
        break;
      case 'TELEPHONE-EVENT/8000':
        telephoneEvent ??= payloadType;
        break;
      case 'CN/8000':
        comfortNoise ??= payloadType;
        break;
      default:
    }
  }
  return {
    codecs,
    ...(telephoneEvent !== undefined && { telephoneEvent }),
    ...(comfortNoise !== undefined && { comfortNoise }),
  };
}

/** The first of our preferences that the other side has, with the other side's payload type. */
export function agreeCodec(formats: AudioFormats, preferences: readonly RtpCodec[]): CodecEntry | undefined {
  for (const codec of preferences) {
    const entry = formats.codecs.find((candidate) => candidate.codec === codec);
    if (entry) return entry;
  }
  return undefined;
}

/** The names of everything an m-line offers, for an error message. */
export function describeFormats(media: ParsedMedia): string {
  const names = payloadTypes(media).map((payloadType) => {
    const map = media.rtp.find((entry) => Number(entry.payload) === payloadType);
    return map ? `${map.codec}/${map.rate}` : (STATIC[payloadType] ?? `payload type ${payloadType}`);
  });
  return names.length > 0 ? names.slice(0, 20).join(', ') : 'nothing';
}
