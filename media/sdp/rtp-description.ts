/** What the gateway reads from an RTP description of the telephone network (offer or answer), and how it writes its own. */

import { type MediaDescription, type SessionDescription, write } from 'sdp-transform';
import { type Direction, MediaError, type RtpCodec, type SrtpPolicy } from '../engine.ts';
import {
  type AudioFormats,
  agreeCodec,
  type CodecEntry,
  describeFormats,
  type G711,
  readFormats,
  writeFormats,
} from './codecs.ts';
import { intersect } from './direction.ts';
import { directionOf, findAudio, type ParsedMedia, type ParsedSdp, parseSdp } from './parse.ts';
import { readCryptoAttributes, type SdesKey, toCryptoAttribute } from './sdes.ts';
import { refusedSection } from './webrtc-answer.ts';
import { type MediaLine, toMediaLine } from './webrtc-offer.ts';

/** An address and port as SDP gives it; `host` may be a name (RFC 8866 §5.7). */
export interface RtpAddress {
  readonly host: string;
  readonly port: number;
}

export interface RtpDescription<C extends RtpCodec = G711> {
  readonly lines: readonly MediaLine[];
  readonly audioIndex: number;
  readonly rtp: RtpAddress;
  readonly rtcp: RtpAddress;
  readonly rtcpMux: boolean;
  readonly formats: AudioFormats<C>;
  /** As the peer sees it; `c=0.0.0.0` (RFC 3264 §8.4, RFC 2543's hold) has already taken the peer's receiving away. */
  readonly direction: Direction;
  readonly secure: boolean;
  readonly crypto: readonly SdesKey[];
  readonly ptimeMs?: number;
  readonly maxptimeMs?: number;
}

/**
 * Reads an RTP description of the telephone network.
 * @param read which codecs count; G.711 when absent
 * @throws MediaError `malformed-sdp`, `no-audio` or `no-common-codec`
 */
export function readRtpDescription(text: string): RtpDescription;
export function readRtpDescription<C extends RtpCodec>(
  text: string,
  read: (media: ParsedMedia) => AudioFormats<C>,
): RtpDescription<C>;
export function readRtpDescription(text: string, read = readFormats): RtpDescription {
  const sdp = parseSdp(text);
  const { audio, index } = findAudio(sdp);
  const protocol = String(audio.protocol).toUpperCase();
  if (!/^RTP\/S?AVPF?$/.test(protocol)) {
    throw new MediaError(
      'no-audio',
      `the audio m-line has the protocol ${audio.protocol}, which is not RTP/AVP or RTP/SAVP`,
    );
  }
  const formats = read(audio);
  if (formats.codecs.length === 0) {
    throw new MediaError('no-common-codec', `the peer has no codec that can be used; it has ${describeFormats(audio)}`);
  }
  const host = connectionHost(sdp, audio);
  const isHeld = host === '0.0.0.0' || host === '::';
  const written = directionOf(sdp, audio);
  return {
    lines: sdp.media.map(toMediaLine),
    audioIndex: index,
    rtp: { host, port: audio.port },
    rtcp: rtcpAddress(audio, host),
    rtcpMux: audio.rtcpMux !== undefined,
    formats,
    direction: isHeld ? intersect(written, 'sendonly') : written,
    secure: protocol.startsWith('RTP/SAVP'),
    crypto: readCryptoAttributes(audio),
    ...(typeof audio.ptime === 'number' && audio.ptime > 0 && { ptimeMs: audio.ptime }),
    ...(typeof audio.maxptime === 'number' && audio.maxptime > 0 && { maxptimeMs: audio.maxptime }),
  };
}

/** The media's `c=`, else the session's (RFC 8866 §5.7); without any the description is of no use. */
function connectionHost(sdp: ParsedSdp, audio: ParsedMedia): string {
  const ip = audio.connection?.ip ?? sdp.session.connection?.ip;
  if (ip === undefined) throw new MediaError('malformed-sdp', 'the SDP has no c= line for its audio');
  // A multicast address carries a TTL: `224.2.1.1/127`.
  const host = String(ip).split('/')[0] ?? '';
  if (!/^[0-9A-Za-z.:_-]{1,255}$/.test(host))
    throw new MediaError('malformed-sdp', `cannot read the address "${host.slice(0, 80)}" in c=`);
  return host;
}

/** RFC 3605: `a=rtcp:<port> [IN IP4 <address>]`; by default the port above, at the same address. */
function rtcpAddress(audio: ParsedMedia, host: string): RtpAddress {
  const { port, address } = audio.rtcp ?? {};
  const usable = typeof port === 'number' && port > 0 && port <= 65_535;
  return { host: usable ? (address ?? host) : host, port: usable ? port : Math.min(audio.port + 1, 65_535) };
}

/** Our half of an RTP description. */
export interface LocalRtp {
  readonly sessionId: string;
  readonly sessionVersion: number;
  /** Numeric, IPv4 or IPv6. */
  readonly address: string;
  readonly rtpPort: number;
  readonly rtcpPort: number;
  readonly direction: Direction;
  /** In order of preference; the payload types of the peer in an answer. */
  readonly codecs: readonly CodecEntry[];
  readonly telephoneEvent?: number;
  readonly comfortNoise?: number;
  readonly rtcpMux: boolean;
  readonly secure: boolean;
  readonly crypto: readonly SdesKey[];
}

/** The lines of an offer of ours: one audio line. */
export function offerLines(secure: boolean): readonly MediaLine[] {
  return [{ type: 'audio', protocol: secure ? 'RTP/SAVP' : 'RTP/AVP', payloads: '', rejected: false }];
}

/** Writes a description: an offer (`offerLines`), or an answer to the lines of an offer, all but the audio one refused. */
export function writeRtpDescription(lines: readonly MediaLine[], audioIndex: number, local: LocalRtp): string {
  const ipVer = local.address.includes(':') ? 6 : 4;
  const session: SessionDescription = {
    version: 0,
    origin: {
      username: '-',
      sessionId: local.sessionId,
      sessionVersion: local.sessionVersion,
      netType: 'IN',
      ipVer,
      address: local.address,
    },
    name: '-',
    connection: { version: ipVer, ip: local.address },
    timing: { start: 0, stop: 0 },
    media: lines.map((line, i) => (i === audioIndex ? audioSection(line, local) : refusedRtp(line))),
  };
  return write(session);
}

function refusedRtp(line: MediaLine): MediaDescription {
  const { connection: _connection, direction: _direction, ...rest } = refusedSection(line);
  return rest;
}

function audioSection(line: MediaLine, local: LocalRtp): MediaDescription {
  return {
    type: 'audio',
    port: local.rtpPort,
    protocol: line.protocol,
    ...writeFormats(local),
    ...(local.rtcpPort !== local.rtpPort + 1 && !local.rtcpMux && { rtcp: { port: local.rtcpPort } }),
    ...(local.crypto.length > 0 && { crypto: local.crypto.map(toCryptoAttribute) }),
    ...(local.rtcpMux && { rtcpMux: 'rtcp-mux' }),
    direction: local.direction,
    ptime: 20,
  };
}

/**
 * Decides on SRTP from what was asked of us and what the peer answered or offered.
 * @returns the peer's crypto line to use, or undefined for plain RTP
 * @throws MediaError `srtp-required` when the peer wants none or has none that we know, `srtp-not-allowed` when it insists on it
 */
export function agreeSrtp(peer: Pick<RtpDescription, 'secure' | 'crypto'>, policy: SrtpPolicy): SdesKey | undefined {
  const usable = peer.crypto[0];
  switch (policy) {
    case 'off':
      if (peer.secure)
        throw new MediaError('srtp-not-allowed', 'the peer wants SRTP (RTP/SAVP), but it is off for this trunk');
      return undefined;
    case 'optional':
      if (peer.secure && !usable) {
        throw new MediaError(
          'srtp-required',
          'the peer wants SRTP but has no a=crypto line with AES_CM_128_HMAC_SHA1_80 or _32',
        );
      }
      // RTP/AVP with crypto lines is the usual way to offer SRTP as an option.
      return usable;
    case 'required':
      if (!usable)
        throw new MediaError(
          'srtp-required',
          'SRTP is required for this trunk, but the peer has no usable a=crypto line',
        );
      return usable;
    default:
      return policy satisfies never;
  }
}

/**
 * The peer's codec for sending: of ours, in the peer's order of preference (RFC 3264 §7: send the first that both know).
 * @throws MediaError `no-common-codec`
 */
export function agreeRtpCodec<C extends RtpCodec>(
  peer: Pick<RtpDescription<C>, 'formats'>,
  ours: readonly RtpCodec[],
): CodecEntry<C> {
  const agreed = agreeCodec(
    peer.formats,
    peer.formats.codecs.map((entry) => entry.codec).filter((codec) => ours.includes(codec)),
  );
  if (!agreed) {
    const theirs = peer.formats.codecs.map((entry) => entry.codec).join(', ');
    throw new MediaError('no-common-codec', `the peer has ${theirs}, we may use ${ours.join(', ')}`);
  }
  return agreed;
}
