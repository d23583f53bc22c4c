/** What the gateway reads from a WebRTC description of the client (offer, re-offer, answer to our re-offer). */

import { type Direction, type IceCandidate, MediaError, type RtpCodec } from '../engine.ts';
import { type AudioFormats, describeFormats, type G711, readFormats } from './codecs.ts';
import { directionOf, type Fingerprint, findAudio, type ParsedMedia, type ParsedSdp, parseSdp } from './parse.ts';

export type DtlsSetup = 'active' | 'passive' | 'actpass';

/** One m-line as far as an answer must repeat it. */
export interface MediaLine {
  readonly type: string;
  readonly protocol: string;
  readonly payloads: string;
  readonly mid?: string;
  readonly rejected: boolean;
}

export interface WebRtcDescription<C extends RtpCodec = G711> {
  readonly lines: readonly MediaLine[];
  /** Which of the lines is the audio of the call. */
  readonly audioIndex: number;
  readonly formats: AudioFormats<C>;
  readonly direction: Direction;
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly iceLite: boolean;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: DtlsSetup;
  readonly candidates: readonly IceCandidate[];
  readonly hasBundle: boolean;
}

/**
 * Reads a client's WebRTC description.
 * @param read which codecs count; G.711 when absent
 * @throws MediaError when it is not SDP, has no usable audio, no G.711, no ICE credentials, no DTLS fingerprint, or no rtcp-mux
 */
export function readWebRtcDescription(text: string): WebRtcDescription;
export function readWebRtcDescription<C extends RtpCodec>(
  text: string,
  read: (media: ParsedMedia) => AudioFormats<C>,
): WebRtcDescription<C>;
export function readWebRtcDescription(text: string, read = readFormats): WebRtcDescription {
  const sdp = parseSdp(text);
  const { audio, index } = findAudio(sdp);
  const formats = read(audio);
  if (formats.codecs.length === 0) {
    throw new MediaError(
      'no-common-codec',
      `the client has no codec that can be used; it has ${describeFormats(audio)}`,
    );
  }
  if (audio.fingerprints.length === 0) {
    throw new MediaError(
      'no-dtls',
      'the client gave no DTLS fingerprint (a=fingerprint), so its audio cannot be secured',
    );
  }
  const iceUfrag = audio.iceUfrag ?? sdp.session.iceUfrag;
  const icePwd = audio.icePwd ?? sdp.session.icePwd;
  if (iceUfrag === undefined || icePwd === undefined) {
    throw new MediaError('malformed-sdp', 'the client gave no ICE credentials (a=ice-ufrag, a=ice-pwd)');
  }
  // RFC 8834 §4.5: every WebRTC endpoint multiplexes RTCP, and we open one port only.
  if (audio.rtcpMux === undefined)
    throw new MediaError('malformed-sdp', 'the client does not multiplex RTCP (a=rtcp-mux)');
  return {
    lines: sdp.media.map(toMediaLine),
    audioIndex: index,
    formats,
    direction: directionOf(sdp, audio),
    // Numeric credentials come as numbers from the parser.
    iceUfrag: String(iceUfrag),
    icePwd: String(icePwd),
    iceLite: sdp.session.icelite !== undefined,
    fingerprints: audio.fingerprints,
    setup: readSetup(sdp, audio),
    candidates: readCandidates(text, index),
    hasBundle: (sdp.session.groups ?? []).some((group) => group.type === 'BUNDLE'),
  };
}

/** RFC 8842 §5.3: an offer without a=setup counts as actpass here, an answer's as active. */
function readSetup(sdp: ParsedSdp, audio: ParsedMedia): DtlsSetup {
  const setup = audio.setup ?? sdp.session.setup;
  return setup === 'active' || setup === 'passive' ? setup : 'actpass';
}

export function toMediaLine(media: ParsedMedia): MediaLine {
  return {
    type: media.type,
    protocol: media.protocol,
    payloads: String(media.payloads ?? '0'),
    ...(media.mid !== undefined && { mid: String(media.mid) }),
    rejected: media.port === 0,
  };
}

/** The candidate lines of one m-line, untouched: ICE parses them. */
function readCandidates(text: string, index: number): IceCandidate[] {
  const section = text.split(/^m=/m)[index + 1] ?? '';
  return section
    .split(/\r\n|\r|\n/)
    .filter((line) => line.startsWith('a=candidate:'))
    .slice(0, 100)
    .map((line) => ({ candidate: line.slice(2), sdpMLineIndex: index }));
}
