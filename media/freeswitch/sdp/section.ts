/** SDP as lines: FreeSWITCH's own descriptions and those for it pass through us nearly unchanged. */

import type { Direction, RtpCodec } from '../../engine.ts';
import type { AudioFormats, MediaLine } from '../../sdp/index.ts';

const DIRECTION = /^a=(sendrecv|sendonly|recvonly|inactive)$/;

/** The m-lines of a description, each with the lines behind it. */
export interface Sections {
  readonly session: readonly string[];
  readonly media: readonly (readonly string[])[];
}

export function splitSections(text: string): Sections {
  const [session = [], ...media] = text
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '')
    .reduce<string[][]>(
      (parts, line) => {
        if (line.startsWith('m=')) parts.push([]);
        parts.at(-1)?.push(line);
        return parts;
      },
      [[]],
    );
  return { session, media };
}

/** The lines of the first audio section that is not refused. */
export function audioLines(text: string): readonly string[] {
  return splitSections(text).media.find((lines) => /^m=audio [1-9]/.test(lines[0] ?? '')) ?? [];
}

export interface MLine {
  readonly port: number;
  readonly protocol: string;
  readonly payloads: readonly string[];
}

export function readMLine(lines: readonly string[]): MLine {
  const [, port = '0', protocol = 'RTP/AVP', ...payloads] = (lines[0] ?? '').split(' ');
  return { port: Number.parseInt(port, 10), protocol, payloads };
}

/** Everything that is agreed on, and nothing else: codecs, and digits at the clock rate that they all share with telephones. */
export function allowedPayloads(formats: AudioFormats<RtpCodec>, codecs: readonly RtpCodec[], events = true): string[] {
  const allowed = formats.codecs.filter((entry) => codecs.includes(entry.codec)).map((entry) => entry.payloadType);
  if (events && formats.telephoneEvent !== undefined) allowed.push(formats.telephoneEvent);
  return allowed.map(String);
}

/** Whether a line is about one of the payload types, or about none in particular. */
export function concerns(line: string, payloads: readonly string[]): boolean {
  const payload = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+) /.exec(line)?.[1];
  return payload === undefined || payloads.includes(payload);
}

export const isDirection = (line: string): boolean => DIRECTION.test(line);

export interface Origin {
  readonly sessionId: string;
  readonly version: number;
  readonly address: string;
}

/** The lines before the first m-line. */
export function sessionLines({ sessionId, version, address }: Origin): string[] {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  return ['v=0', `o=- ${sessionId} ${version} IN ${family} ${address}`, 's=-', 't=0 0'];
}

/** A line of an offer that we refuse (RFC 3264 §6). */
export function refusedLines(line: MediaLine): string[] {
  const mid = line.mid === undefined ? [] : [`a=mid:${line.mid}`];
  return [`m=${line.type} 0 ${line.protocol} ${line.payloads}`, 'c=IN IP4 0.0.0.0', ...mid, 'a=inactive'];
}

export const joinLines = (lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

/** A description's audio direction, as its author wrote it. */
export function withDirection(lines: readonly string[], direction: Direction): string[] {
  return [...lines.filter((line) => !isDirection(line)), `a=${direction}`];
}
