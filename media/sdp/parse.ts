/** The guard in front of sdp-transform: what comes from outside is checked before anything else looks at it. */

import { type MediaDescription, parse, type SessionDescription } from 'sdp-transform';
import { type Direction, MediaError } from '../engine.ts';

/** More than any real client sends (a ten-stream offer of Chromium has 15 KB), and quick to refuse. */
export const MAX_SDP_BYTES = 100_000;
const MAX_MEDIA_LINES = 32;

export type ParsedMedia = MediaDescription & {
  /** Every fingerprint, of the media or else of the session level (RFC 8122 §5 allows several). */
  readonly fingerprints: readonly Fingerprint[];
};

export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

export interface ParsedSdp {
  readonly session: SessionDescription;
  /** In the order of the SDP; an answer has as many. */
  readonly media: readonly ParsedMedia[];
}

/**
 * Parses an SDP from outside.
 * @throws MediaError `malformed-sdp` when it is too large, is not SDP, or has a line that cannot be understood and matters
 */
export function parseSdp(text: string): ParsedSdp {
  if (typeof text !== 'string') throw new MediaError('malformed-sdp', 'the SDP is not text');
  if (text.length > MAX_SDP_BYTES) {
    throw new MediaError('malformed-sdp', `the SDP has ${text.length} characters, the limit is ${MAX_SDP_BYTES}`);
  }
  const lines = text.split(/\r\n|\r|\n/);
  if (lines[0]?.trim() !== 'v=0') throw new MediaError('malformed-sdp', 'the SDP does not begin with "v=0"');
  const mediaLines = lines.filter((line) => line.startsWith('m='));
  if (mediaLines.length > MAX_MEDIA_LINES) {
    throw new MediaError('malformed-sdp', `the SDP has ${mediaLines.length} m-lines, the limit is ${MAX_MEDIA_LINES}`);
  }
  mediaLines.forEach(checkMediaLine);

  const session = parseGuarded(lines.map(withoutPortCount).join('\r\n'));
  const fingerprints = collectFingerprints(lines);
  const sessionFingerprints = fingerprints[0] ?? [];
  const media = session.media.map((section, i) => {
    const own = fingerprints[i + 1] ?? [];
    return { ...section, fingerprints: own.length > 0 ? own : sessionFingerprints };
  });
  return { session, media };
}

function parseGuarded(text: string): SessionDescription {
  try {
    return parse(text);
  } catch (cause) {
    throw new MediaError('malformed-sdp', 'the SDP cannot be parsed', { cause });
  }
}

/** `m=<media> <port>[/<count>] <proto> <fmt> …` (RFC 8866 §5.14). */
const MEDIA_LINE = /^m=[\w.+-]+ (\d+)(?:\/\d+)? [\w/.+-]+(?: .*)?$/;

function checkMediaLine(line: string): void {
  const port = MEDIA_LINE.exec(line.trimEnd())?.[1];
  if (port === undefined) throw new MediaError('malformed-sdp', `cannot read "${line.slice(0, 80)}"`);
  if (Number(port) > 65_535)
    throw new MediaError('malformed-sdp', `port ${port} in "${line.slice(0, 80)}" is above 65535`);
}

/** sdp-transform does not know `m=audio 4000/2`; we use the first port of such a pair anyhow. */
function withoutPortCount(line: string): string {
  return line.startsWith('m=') ? line.trimEnd().replace(/^(m=\S+ \d+)\/\d+ /, '$1 ') : line;
}

/** sdp-transform keeps only the last fingerprint of a section. Element 0 is the session level. */
function collectFingerprints(lines: readonly string[]): Fingerprint[][] {
  const sections: Fingerprint[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([]);
    const match = /^a=fingerprint:(\S+)\s+([0-9A-Fa-f:]+)\s*$/.exec(line);
    if (match?.[1] && match[2]) {
      sections.at(-1)?.push({ algorithm: match[1].toLowerCase(), value: match[2].toUpperCase() });
    }
  }
  return sections;
}

/** The first m-line that is audio and not refused. */
export function findAudio(sdp: ParsedSdp): { readonly audio: ParsedMedia; readonly index: number } {
  const index = sdp.media.findIndex((media) => media.type === 'audio' && media.port !== 0);
  const audio = sdp.media[index];
  if (!audio) {
    const refused = sdp.media.some((media) => media.type === 'audio');
    throw new MediaError('no-audio', refused ? 'the audio m-line is refused (port 0)' : 'the SDP has no audio m-line');
  }
  return { audio, index };
}

/** The direction in force for an m-line: its own, else the session's, else sendrecv (RFC 8866 §6.7). */
export function directionOf(sdp: ParsedSdp, media: ParsedMedia): Direction {
  return media.direction ?? sdp.session.direction ?? 'sendrecv';
}

/** The payload types of an m-line as numbers; what is not a payload type is left out. */
export function payloadTypes(media: ParsedMedia): number[] {
  return String(media.payloads ?? '')
    .split(/\s+/)
    .filter((payload) => /^\d{1,3}$/.test(payload))
    .map(Number)
    .filter((payload) => payload <= 127);
}
