/** Which payload type is what: static types without rtpmap, names in any case, and the agreement of both sides. */

import type { MediaDescription } from 'sdp-transform';
import type { RtpCodec } from '../engine.ts';
import { type ParsedMedia, payloadTypes } from './parse.ts';

/** What the embedded engine relays. */
export type G711 = Extract<RtpCodec, 'PCMU' | 'PCMA'>;

/** In the order that is offered when nothing else is wanted. */
export const G711_CODECS: readonly G711[] = ['PCMU', 'PCMA'];

export function isG711(codec: RtpCodec): codec is G711 {
  return codec === 'PCMU' || codec === 'PCMA';
}

export interface CodecEntry<C extends RtpCodec = G711> {
  readonly codec: C;
  readonly payloadType: number;
}

/** What of an audio m-line the gateway can use; in the order of the m-line, which is the order of preference. */
export interface AudioFormats<C extends RtpCodec = G711> {
  readonly codecs: readonly CodecEntry<C>[];
  /** RFC 4733 at 8000 Hz, the clock rate of G.711; the event's timestamps share it. */
  readonly telephoneEvent?: number;
  /** RFC 3389. */
  readonly comfortNoise?: number;
}

/** RFC 3551 §6: types that need no rtpmap. */
const STATIC: Readonly<Record<number, string>> = { 0: 'PCMU/8000', 8: 'PCMA/8000', 9: 'G722/8000', 13: 'CN/8000' };

/** As rtpmaps name them; G.722's clock rate is a known error of RFC 3551 §4.5.2. */
const CODEC_OF: Readonly<Record<string, RtpCodec>> = {
  'PCMU/8000': 'PCMU',
  'PCMA/8000': 'PCMA',
  'G722/8000': 'G722',
  'OPUS/48000/2': 'opus',
};

/** Reads the formats of an audio m-line, its G.711 only. */
export function readFormats(media: ParsedMedia): AudioFormats {
  const formats = readAllFormats(media);
  const codecs = formats.codecs.filter((entry): entry is CodecEntry => isG711(entry.codec));
  return { ...formats, codecs };
}

/** Reads the formats of an audio m-line, with every codec that some engine knows. */
export function readAllFormats(media: ParsedMedia): AudioFormats<RtpCodec> {
  const mapped = new Map<number, string>();
  for (const { payload, codec, rate, encoding } of media.rtp) {
    const channels = encoding === undefined || String(encoding) === '1' ? '' : `/${encoding}`;
    mapped.set(Number(payload), `${String(codec).toUpperCase()}/${rate ?? 8000}${channels}`);
  }
  const codecs: CodecEntry<RtpCodec>[] = [];
  let telephoneEvent: number | undefined;
  let comfortNoise: number | undefined;
  for (const payloadType of payloadTypes(media)) {
    const name = mapped.get(payloadType) ?? STATIC[payloadType] ?? '';
    const codec = CODEC_OF[name];
    if (codec) codecs.push({ codec, payloadType });
    else if (name === 'TELEPHONE-EVENT/8000') telephoneEvent ??= payloadType;
    else if (name === 'CN/8000') comfortNoise ??= payloadType;
  }
  return {
    codecs,
    ...(telephoneEvent !== undefined && { telephoneEvent }),
    ...(comfortNoise !== undefined && { comfortNoise }),
  };
}

/** Our own formats as an m-line of G.711 writes them: the codecs in their order, comfort noise, telephone events. */
export function writeFormats({
  codecs,
  comfortNoise,
  telephoneEvent,
}: AudioFormats): Pick<MediaDescription, 'payloads' | 'rtp' | 'fmtp'> {
  const rtp: MediaDescription['rtp'] = codecs.map(({ codec, payloadType }) => ({
    payload: payloadType,
    codec,
    rate: 8000,
  }));
  const fmtp: MediaDescription['fmtp'] = [];
  if (comfortNoise !== undefined) rtp.push({ payload: comfortNoise, codec: 'CN', rate: 8000 });
  if (telephoneEvent !== undefined) {
    rtp.push({ payload: telephoneEvent, codec: 'telephone-event', rate: 8000 });
    // RFC 4733 §2.4.1: the sixteen keys.
    fmtp.push({ payload: telephoneEvent, config: '0-15' });
  }
  return { payloads: rtp.map((entry) => entry.payload).join(' '), rtp, fmtp };
}

/** The first of our preferences that the other side has, with the other side's payload type. */
export function agreeCodec<C extends RtpCodec>(
  formats: AudioFormats<C>,
  preferences: readonly RtpCodec[],
): CodecEntry<C> | undefined {
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
