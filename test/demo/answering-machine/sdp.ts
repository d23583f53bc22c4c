/** The answering machine's half of offer and answer (RFC 3264): one G.711 stream, telephone-event beside it. */
import { parse, write } from 'sdp-transform';
import type { Law } from '../../world/audio.ts';

/** What was agreed. */
export interface Agreed {
  readonly answer: string;
  readonly remote: { readonly host: string; readonly port: number };
  readonly law: Law;
  readonly payloadType: number;
  readonly eventPayloadType?: number;
  /** Whether we may send now; not while the caller holds us. */
  readonly maySend: boolean;
}

const STATIC: Readonly<Record<number, Law>> = { 0: 'PCMU', 8: 'PCMA' };
const MIRROR: Readonly<Record<string, string>> = {
  sendrecv: 'sendrecv',
  sendonly: 'recvonly',
  recvonly: 'sendonly',
  inactive: 'inactive',
};

/** Answers an offer; undefined when it has no G.711 audio (488). */
export function answerOffer(offer: string, host: string, port: number, version: number): Agreed | undefined {
  const session = parse(offer);
  const audio = session.media.find((media) => media.type === 'audio' && media.port !== 0);
  if (audio === undefined) return undefined;
  const formats = String(audio.payloads ?? '')
    .split(' ')
    .map(Number);
  const nameOf = (format: number) => audio.rtp.find((entry) => entry.payload === format)?.codec ?? STATIC[format];
  const payloadType = formats.find((format) => ['PCMU', 'PCMA'].includes(nameOf(format)?.toUpperCase() ?? ''));
  if (payloadType === undefined) return undefined;
  const law = nameOf(payloadType)?.toUpperCase() as Law;
  const eventPayloadType = formats.find((format) => nameOf(format)?.toLowerCase() === 'telephone-event');
  const address = audio.connection?.ip ?? session.connection?.ip ?? '0.0.0.0';
  // RFC 3264 §8.4: the old way of holding is an address of zeros.
  const offered = address === '0.0.0.0' ? 'inactive' : (audio.direction ?? session.direction ?? 'sendrecv');
  const direction = MIRROR[offered] ?? 'sendrecv';
  const answer = write({
    version: 0,
    origin: { username: '-', sessionId: 1, sessionVersion: version, netType: 'IN', ipVer: 4, address: host },
    name: '-',
    connection: { version: 4, ip: host },
    timing: { start: 0, stop: 0 },
    media: session.media.map((media) =>
      media === audio
        ? {
            type: 'audio',
            port,
            protocol: 'RTP/AVP',
            payloads: [payloadType, eventPayloadType].filter((format) => format !== undefined).join(' '),
            rtp: [
              { payload: payloadType, codec: law, rate: 8000 },
              ...(eventPayloadType === undefined
                ? []
                : [{ payload: eventPayloadType, codec: 'telephone-event', rate: 8000 }]),
            ],
            fmtp: eventPayloadType === undefined ? [] : [{ payload: eventPayloadType, config: '0-15' }],
            ptime: 20,
            direction: direction as 'sendrecv',
          }
        : { type: media.type, port: 0, protocol: media.protocol, payloads: media.payloads, rtp: [], fmtp: [] },
    ),
  });
  return {
    answer,
    remote: { host: address, port: audio.port },
    law,
    payloadType,
    ...(eventPayloadType === undefined ? {} : { eventPayloadType }),
    maySend: direction === 'sendrecv' || direction === 'sendonly',
  };
}
