/** Between a Matrix client's WebRTC descriptions and FreeSWITCH's. */

import type { Direction, RtpCodec } from '../../engine.ts';
import { type MediaLine, readAllFormats, readWebRtcDescription, type WebRtcDescription } from '../../sdp/index.ts';
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

export type ClientDescription = WebRtcDescription<RtpCodec>;

export const CLIENT_CODECS: readonly RtpCodec[] = ['opus', 'G722', 'PCMU', 'PCMA'];

/**
 * FreeSWITCH answers 488 to a client without any candidate; where checks come from it finds out by itself. The address is
 * one that nobody has (RFC 5737).
 */
const PLACEHOLDER = 'candidate:1 1 udp 1 203.0.113.1 9 typ host';
const MAX_CANDIDATES = 12;

/** @throws MediaError as `readWebRtcDescription` does */
export function readClient(text: string): ClientDescription {
  return readWebRtcDescription(text, readAllFormats);
}

/** Only UDP, only addresses (mDNS names cannot be looked up from here), only the multiplexed component. */
function isUsableCandidate(candidate: string): boolean {
  const [, component, transport, , host = ''] = candidate.replace(/^a=/, '').split(/\s+/);
  return (
    candidate.includes('candidate:') && component === '1' && /^udp$/i.test(transport ?? '') && !/\.local$/i.test(host)
  );
}

/**
 * A client's offer or answer as an offer to FreeSWITCH: its audio alone, the codecs that both know, no telephone events
 * at 48 kHz (FreeSWITCH does not rescale their durations: 100 ms became 600), candidates that can be used. Short, because
 * SIP servers have limits: a browser's offer has several kilobytes.
 * @param trickled candidates that came beside the description
 * @param setup the client's part in the DTLS handshake where it leaves the choice to us; the roles of the first handshake stay
 */
export function clientForFreeswitch(
  text: string,
  client: ClientDescription,
  options: {
    readonly origin: Origin;
    readonly direction: Direction;
    readonly trickled: readonly string[];
    /** The codec of the telephone. */
    readonly preferred: RtpCodec | undefined;
    readonly setup: 'active' | 'passive';
  },
): string {
  const lines = splitSections(text).media[client.audioIndex] ?? [];
  const { protocol } = readMLine(lines);
  const payloads = allowedPayloads({ ...client.formats, codecs: inOrder(client, options.preferred) }, CLIENT_CODECS);
  const inline = client.candidates.map((entry) => entry.candidate);
  const usable = [...inline, ...options.trickled].filter(isUsableCandidate).slice(0, MAX_CANDIDATES);
  const candidates = (usable.length > 0 ? usable : [PLACEHOLDER]).map((line) => line.replace(/^a=/, ''));
  const setup = client.setup === 'actpass' ? options.setup : client.setup;
  const maps = lines.filter((line) => /^a=(rtpmap|fmtp):/.test(line) && concerns(line, payloads));
  return joinLines([
    ...sessionLines(options.origin),
    // With no port and no address the description would be one on hold.
    `m=audio ${candidatePort(candidates[0])} ${protocol} ${payloads.join(' ')}`,
    `c=IN IP4 ${candidateHost(candidates[0])}`,
    ...maps,
    `a=ice-ufrag:${client.iceUfrag}`,
    `a=ice-pwd:${client.icePwd}`,
    ...client.fingerprints.map(({ algorithm, value }) => `a=fingerprint:${algorithm} ${value}`),
    `a=setup:${setup}`,
    'a=rtcp-mux',
    ...candidates.map((candidate) => `a=${candidate}`),
    'a=end-of-candidates',
    ...lines.filter((line) => /^a=(ptime|maxptime):/.test(line)),
    `a=${options.direction}`,
  ]);
}

/**
 * The client's order, except that the wideband codecs come first, and of the others what the telephone speaks: it need not
 * be transcoded.
 */
function inOrder(client: ClientDescription, preferred: RtpCodec | undefined): ClientDescription['formats']['codecs'] {
  const rank = (codec: RtpCodec) => (codec === 'opus' ? 0 : codec === preferred ? 1 : codec === 'G722' ? 2 : 3);
  return [...client.formats.codecs].sort((a, b) => rank(a.codec) - rank(b.codec));
}

const candidateHost = (candidate = PLACEHOLDER): string => {
  const host = candidate.split(/\s+/)[4] ?? '';
  return host.includes(':') ? '203.0.113.1' : host;
};
const candidatePort = (candidate = PLACEHOLDER): string => candidate.split(/\s+/)[5] ?? '9';

/**
 * FreeSWITCH's answer or offer as the client gets it. FreeSWITCH writes neither `a=mid` nor a BUNDLE group, without which
 * a browser with `bundlePolicy: max-bundle` refuses it, and knows of no m-line but the audio one.
 * @param lines of the client's offer, or the audio line of an offer of ours
 */
export function freeswitchForClient(
  text: string,
  lines: readonly MediaLine[],
  audioIndex: number,
  options: { readonly origin: Origin; readonly direction: Direction; readonly setup?: 'actpass' },
): string {
  const audio = audioLines(text);
  const { port, payloads: offered } = readMLine(audio);
  const slow = offered.filter(
    (payload) => !audio.some((line) => line.startsWith(`a=rtpmap:${payload} telephone-event/48000`)),
  );
  const { mid, protocol } = lines[audioIndex] ?? {};
  const bundle = mid === undefined ? [] : [`a=group:BUNDLE ${mid}`];
  return joinLines([
    ...sessionLines(options.origin),
    ...bundle,
    ...lines.flatMap((line, i) =>
      i === audioIndex
        ? withDirection(
            [
              `m=audio ${port} ${protocol} ${slow.join(' ')}`,
              `c=IN IP4 ${options.origin.address}`,
              ...(mid === undefined ? [] : [`a=mid:${mid}`]),
              ...audio.slice(1).filter((entry) => isForClient(entry) && concerns(entry, slow)),
              ...streamLines(audio),
              ...(options.setup ? [`a=setup:${options.setup}`] : audio.filter((entry) => entry.startsWith('a=setup:'))),
              'a=rtcp-mux',
            ],
            options.direction,
          )
        : refusedLines(line),
    ),
  ]);
}

/** What is left out is written anew, is for one component only, or nobody knows any more. */
function isForClient(line: string): boolean {
  if (/^a=candidate:\S+ 2 /.test(line)) return false;
  return !/^(c=|a=(setup|rtcp-mux|rtcp:|ssrc|silenceSupp|mid|end-of-candidates)\b)/.test(line) && !isDirection(line);
}

/** One stream with one track; clients play nothing that belongs to none. */
function streamLines(audio: readonly string[]): string[] {
  const ssrc = audio.map((line) => /^a=ssrc:(\d+) cname:(\S+)/.exec(line)).find(Boolean);
  const stream = audio.map((line) => /^a=ssrc:\d+ msid:(\S+) (\S+)/.exec(line)).find(Boolean);
  return [
    ...(stream ? [`a=msid:${stream[1]} ${stream[2]}`] : []),
    ...(ssrc ? [`a=ssrc:${ssrc[1]} cname:${ssrc[2]}`] : []),
    'a=end-of-candidates',
  ];
}

/** The audio line of an offer of ours. */
export const OUR_OFFER_LINES: readonly MediaLine[] = [
  { type: 'audio', protocol: 'UDP/TLS/RTP/SAVPF', payloads: '', mid: '0', rejected: false },
];
