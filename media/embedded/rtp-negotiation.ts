/** What one offer/answer exchange with a telephone has come to. A transfer to another telephone begins a second one. */

import { randomBytes } from 'node:crypto';
import type { RtpOfferOptions, SrtpPolicy } from '../engine.ts';
import {
  type CodecEntry,
  createSdesKeys,
  type G711,
  G711_CODECS,
  type MediaLine,
  offerLines,
  type RtpDescription,
  type SdesKey,
} from '../sdp/index.ts';
import { STATIC_PAYLOAD_TYPE } from './audio/g711.ts';

/** In an offer of ours; an answer repeats the peer's. */
export const TELEPHONE_EVENT = 101;
export const COMFORT_NOISE = 13;

export interface RtpNegotiation {
  readonly sessionId: string;
  version: number;
  codecs: readonly G711[];
  policy: SrtpPolicy;
  hasEvents: boolean;
  localKeys: readonly SdesKey[];
  lines: readonly MediaLine[];
  audioIndex: number;
  telephoneEvent: number;
  peer?: RtpDescription;
  codec?: CodecEntry;
  forkId?: string;
  /** We made its first offer. */
  readonly isOfferer: boolean;
  /** By a final answer, or an offer of the telephone that we answered. */
  isAnswered: boolean;
}

/** The telephone makes the first offer. */
export function answerer(): RtpNegotiation {
  return {
    sessionId: BigInt.asUintN(62, randomBytes(8).readBigUInt64BE()).toString(),
    version: 1,
    codecs: G711_CODECS,
    policy: 'off',
    hasEvents: true,
    localKeys: [],
    lines: offerLines(false),
    audioIndex: 0,
    telephoneEvent: TELEPHONE_EVENT,
    isOfferer: false,
    isAnswered: false,
  };
}

/** We make the first offer: keys of its own for each attempt. */
export function offerer(codecs: readonly G711[], options: RtpOfferOptions): RtpNegotiation {
  return {
    ...answerer(),
    codecs,
    policy: options.srtp,
    hasEvents: options.events !== false,
    localKeys: options.srtp === 'off' ? [] : createSdesKeys(),
    lines: offerLines(options.srtp === 'required'),
    isOfferer: true,
  };
}

/** Every codec that may be offered, with its static payload type; the agreed one first, as it is numbered there. */
export function offeredCodecs({ codecs, codec }: RtpNegotiation): CodecEntry[] {
  const all = codecs.map((law) => ({ codec: law, payloadType: STATIC_PAYLOAD_TYPE[law] }));
  return codec ? [codec, ...all.filter((entry) => entry.codec !== codec.codec)] : all;
}
