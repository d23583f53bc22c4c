/** How a text has to be cut for a trunk. Pure, and of the configuration alone: the parts of a text stay the same over restarts. */
import type { TextLimits } from '../text.ts';
import type { TrunkSettings } from '../trunk/index.ts';

/** RFC 3428 §8, RFC 3261 §18.1.1: a MESSAGE by UDP is 1300 bytes long at most, if nothing is known of the way. */
const PACKET_BYTES = 1300;
/** Start line, Via, From, To, Call-ID and the like. */
const HEAD_BYTES = 550;
const AUTHORIZATION_BYTES = 250;
const LEAST_BYTES = 160;
/** A drachtio server reads no more than 12 000 bytes of an application's request. */
const STREAM_BYTES = 10_000;

export function limitsOf(trunk: TrunkSettings): TextLimits {
  const { format, maxBytes, maxCharacters } = trunk.texts;
  return {
    maxBytes: Math.min(maxBytes ?? Number.POSITIVE_INFINITY, roomIn(trunk)),
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
    isSms: format === '3gpp',
  };
}

/** What is left for the text. */
function roomIn({ texts, transport, udpOnly, credentials, registration, extraHeaders }: TrunkSettings): number {
  if (transport !== 'udp' || (texts.long === 'tcp' && !udpOnly)) return STREAM_BYTES;
  const extra = Object.entries(extraHeaders).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  const learned = registration === undefined ? 0 : 100;
  const envelope = texts.format === 'cpim' ? 350 : 0;
  const authorization = credentials === undefined ? 0 : AUTHORIZATION_BYTES;
  return Math.max(LEAST_BYTES, PACKET_BYTES - HEAD_BYTES - authorization - learned - envelope - extra);
}
