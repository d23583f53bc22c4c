/**
 * Our WebRTC offers and answers. The rules come from JSEP (RFC 8829 §5.3.1), BUNDLE (RFC 9143) and from what a
 * real Chromium accepts: the offered mid in a BUNDLE group, rtcp-mux, an ICE password of at least 22 characters,
 * setup active or passive, every m-line answered in order.
 */

import { type MediaDescription, type SessionDescription, write } from 'sdp-transform';
import type { Direction } from '../engine.ts';
import { type CodecEntry, writeFormats } from './codecs.ts';
import type { Fingerprint } from './parse.ts';
import type { DtlsSetup, MediaLine } from './webrtc-offer.ts';

/** A candidate of ours, as RFC 8839 §5.1 writes it. */
export interface LocalCandidate {
  readonly foundation: string;
  readonly priority: number;
  readonly ip: string;
  readonly port: number;
  readonly type: 'host' | 'srflx' | 'relay';
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
}

export interface LocalWebRtc {
  readonly sessionId: string;
  /** Counts up with each description (RFC 3264 §8). */
  readonly sessionVersion: number;
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprint: Fingerprint;
  readonly setup: DtlsSetup;
  readonly candidates: readonly LocalCandidate[];
  readonly direction: Direction;
  /** One in an answer and in a later offer; all that we can do in an offer whose codec is the client's choice. */
  readonly codecs: readonly CodecEntry[];
  readonly telephoneEvent?: number;
  readonly comfortNoise?: number;
  /** Milliseconds of audio a packet that we would like to get (RFC 8866 §6.4); the telephone's wish is the client's to fulfil. */
  readonly ptimeMs?: number;
  readonly ssrc: number;
  readonly cname: string;
  /** One stream, one track; js-sdk plays nothing for `a=msid:-`. */
  readonly streamId: string;
  readonly trackId: string;
}

/**
 * Writes a description with all candidates inline: an answer to `lines`, a re-offer of the same lines, or the offer of
 * `webrtcOfferLines`.
 * Every line but the audio one is refused with port 0.
 */
export function writeWebRtcDescription(lines: readonly MediaLine[], audioIndex: number, local: LocalWebRtc): string {
  const mid = lines[audioIndex]?.mid;
  const session: SessionDescription = {
    version: 0,
    origin: {
      username: '-',
      sessionId: local.sessionId,
      sessionVersion: local.sessionVersion,
      netType: 'IN',
      ipVer: 4,
      address: '127.0.0.1',
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    ...(mid !== undefined && { groups: [{ type: 'BUNDLE', mids: mid }] }),
    msidSemantic: { semantic: 'WMS', token: local.streamId },
    media: lines.map((line, i) => (i === audioIndex ? audioSection(line, local) : refusedSection(line))),
  };
  return write(session);
}

/** The lines of a first offer of ours: audio alone (clients take any `m=video` for a video call). */
export function webrtcOfferLines(): readonly MediaLine[] {
  return [{ type: 'audio', protocol: 'UDP/TLS/RTP/SAVPF', payloads: '', mid: '0', rejected: false }];
}

/** An m-line refused as RFC 3264 §6 says: port 0, the rest as offered. */
export function refusedSection(line: MediaLine): MediaDescription {
  return {
    type: line.type,
    port: 0,
    protocol: line.protocol,
    payloads: line.payloads,
    connection: { version: 4, ip: '0.0.0.0' },
    ...(line.mid !== undefined && { mid: line.mid }),
    direction: 'inactive',
    rtp: [],
    fmtp: [],
  };
}

function audioSection(line: MediaLine, local: LocalWebRtc): MediaDescription {
  const msid = { id: local.streamId, appdata: local.trackId };
  return {
    type: 'audio',
    port: 9,
    protocol: line.protocol,
    ...writeFormats(local),
    connection: { version: 4, ip: '0.0.0.0' },
    ...(line.mid !== undefined && { mid: line.mid }),
    iceUfrag: local.iceUfrag,
    icePwd: local.icePwd,
    iceOptions: 'trickle',
    fingerprint: { type: local.fingerprint.algorithm, hash: local.fingerprint.value },
    setup: local.setup,
    direction: local.direction,
    rtcpMux: 'rtcp-mux',
    ptime: local.ptimeMs ?? 20,
    msid: [msid],
    ssrcs: [{ id: local.ssrc, attribute: 'cname', value: local.cname }],
    candidates: local.candidates.map((candidate) => ({
      foundation: candidate.foundation,
      component: 1,
      transport: 'udp',
      priority: candidate.priority,
      ip: candidate.ip,
      port: candidate.port,
      type: candidate.type,
      ...(candidate.relatedAddress !== undefined && { raddr: candidate.relatedAddress }),
      ...(candidate.relatedPort !== undefined && { rport: candidate.relatedPort }),
    })),
    endOfCandidates: 'end-of-candidates',
  };
}
