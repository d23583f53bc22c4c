/** Between the telephone network's RTP descriptions and FreeSWITCH's. */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Direction, MediaError, type RtpCodec, type SrtpPolicy } from '../../engine.ts';
import {
  agreeRtpCodec,
  agreeSrtp,
  type MediaLine,
  type RtpDescription,
  readAllFormats,
  readRtpDescription,
  type SdesKey,
  toCryptoAttribute,
} from '../../sdp/index.ts';
import {
  allowedPayloads,
  audioLines,
  concerns,
  isDirection,
  joinLines,
  type Origin,
  readMLine,
  refusedLines,
  sessionLines,
  splitSections,
  withDirection,
} from './section.ts';

export type TelephoneDescription = RtpDescription<RtpCodec>;

export const TELEPHONE_CODECS: readonly RtpCodec[] = ['opus', 'G722', 'PCMU', 'PCMA'];

/** @throws MediaError as `readRtpDescription` does */
export function readTelephone(text: string): TelephoneDescription {
  return readRtpDescription(text, readAllFormats);
}

/** What the trunk allows. */
export interface TelephoneRules {
  readonly codecs: readonly RtpCodec[];
  readonly srtp: SrtpPolicy;
  readonly events: boolean;
}

export interface AgreedTelephone {
  readonly codec: RtpCodec;
  /** The crypto line in use; none for plain RTP. */
  readonly key?: SdesKey;
}

/** @throws MediaError `no-common-codec`, `srtp-required`, `srtp-not-allowed` */
export function agreeTelephone(peer: TelephoneDescription, rules: TelephoneRules): AgreedTelephone {
  const { codec } = agreeRtpCodec(peer, rules.codecs);
  const key = agreeSrtp(peer, rules.srtp);
  return { codec, ...(key && { key }) };
}

/**
 * The peer's address as a number. `0.0.0.0` (RFC 3264 §8.4) stands for the one before: the hold is in the direction.
 * @throws MediaError `malformed-sdp`
 */
export async function resolveHost(host: string, previous: string | undefined): Promise<string> {
  if (host === '0.0.0.0' || host === '::') return previous ?? host;
  if (isIP(host) === 4) return host;
  if (isIP(host) === 6) {
    throw new MediaError('malformed-sdp', `the peer's media address ${host} is not IPv4, as that of FreeSWITCH is`);
  }
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch (cause) {
    throw new MediaError('malformed-sdp', `the address "${host}" in c= cannot be resolved (IPv4)`, { cause });
  }
}

/**
 * A telephone's offer or answer as a description for FreeSWITCH: its audio alone, what the trunk allows of it.
 * @param host numeric
 */
export function telephoneForFreeswitch(
  text: string,
  peer: TelephoneDescription,
  rules: TelephoneRules,
  options: { readonly origin: Origin; readonly direction: Direction; readonly host: string; readonly key?: SdesKey },
): string {
  const lines = splitSections(text).media[peer.audioIndex] ?? [];
  const payloads = allowedPayloads(peer.formats, rules.codecs, rules.events);
  const { host, key } = options;
  return joinLines([
    ...sessionLines(options.origin),
    `m=audio ${peer.rtp.port} ${key ? 'RTP/SAVP' : 'RTP/AVP'} ${payloads.join(' ')}`,
    `c=IN IP4 ${host}`,
    ...lines.filter((line) => /^a=(rtpmap|fmtp):/.test(line) && concerns(line, payloads)),
    ...(key ? [cryptoLine(key)] : []),
    ...(peer.rtcpMux ? ['a=rtcp-mux'] : []),
    ...lines.filter((line) => /^a=(ptime|maxptime|rtcp):/.test(line)),
    `a=${options.direction}`,
  ]);
}

/** `optional` was offered on two lines by FreeSWITCH: the one that was not taken is refused. */
export function answerBothLines(sdp: string, isSecure: boolean, payload: string): string {
  const refused = `m=audio 0 ${isSecure ? 'RTP/AVP' : 'RTP/SAVP'} ${payload}\r\n`;
  if (isSecure) return sdp + refused;
  const at = sdp.indexOf('m=audio');
  return sdp.slice(0, at) + refused + sdp.slice(at);
}

function cryptoLine(key: SdesKey): string {
  const { id, suite, config } = toCryptoAttribute(key);
  return `a=crypto:${id} ${suite} ${config}`;
}

/**
 * FreeSWITCH's offer or answer as the telephone gets it.
 * @param lines of the telephone's offer, or the audio line of ours
 * @param protocol of the audio line: `RTP/AVP` with crypto lines offers SRTP as an option
 */
export function freeswitchForTelephone(
  text: string,
  lines: readonly MediaLine[],
  audioIndex: number,
  options: { readonly origin: Origin; readonly direction: Direction; readonly protocol: string },
): string {
  const audio = audioLines(text);
  const { port, payloads } = readMLine(audio);
  return joinLines([
    ...sessionLines(options.origin),
    ...lines.flatMap((line, i) =>
      i === audioIndex
        ? withDirection(
            [
              `m=audio ${port} ${options.protocol} ${payloads.join(' ')}`,
              `c=IN IP4 ${options.origin.address}`,
              ...audio.slice(1).filter(isForTelephone),
            ],
            options.direction,
          )
        : refusedLines(line),
    ),
  ]);
}

function isForTelephone(line: string): boolean {
  if (line.startsWith('a=crypto:')) return / AES_CM_128_HMAC_SHA1_(80|32) /.test(line);
  return !/^(c=|a=silenceSupp)/.test(line) && !isDirection(line);
}

/** The address in FreeSWITCH's c= line. */
export function addressOf(text: string): string {
  return /^c=IN IP[46] (\S+)/m.exec(text)?.[1] ?? '127.0.0.1';
}
