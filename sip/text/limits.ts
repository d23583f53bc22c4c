/** How a text has to be cut for a trunk. Pure, and of the configuration alone: the parts of a text stay the same over restarts. */
import type { TextLimits } from '../text.ts';
import type { TrunkSettings } from '../trunk/index.ts';

/** RFC 3428 §8, RFC 3261 §18.1.1: a MESSAGE by UDP is 1300 bytes long at most, if nothing is known of the way. */
const PACKET_BYTES = 1300;
/** Start line, Via, From, To, Call-ID and the like. */
const HEAD_BYTES = 550;
const AUTHORIZATION_BYTES = 250;
const LEAST_BYTES = 160;

export function limitsOf(trunk: TrunkSettings): TextLimits {
  const { format, maxBytes, maxCharacters } = trunk.texts;
  const packet = packetBytes(trunk);
  const most = maxBytes === undefined || packet === undefined ? (maxBytes ?? packet) : Math.min(maxBytes, packet);
  return {
    ...(most === undefined ? {} : { maxBytes: most }),
    ...(maxCharacters === undefined ? {} : { maxCharacters }),
    isSms: format === '3gpp',
  };
}

/** What is left of a packet for the text; undefined by TCP. */
function packetBytes({
  texts,
  transport,
  udpOnly,
  credentials,
  registration,
  extraHeaders,
}: TrunkSettings): number | undefined {
  if (transport !== 'udp' || (texts.long === 'tcp' && !udpOnly)) return undefined;
  const extra = Object.entries(extraHeaders).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  const learned = registration === undefined ? 0 : 100;
  const envelope = texts.format === 'cpim' ? 350 : 0;
  const authorization = credentials === undefined ? 0 : AUTHORIZATION_BYTES;
  return Math.max(LEAST_BYTES, PACKET_BYTES - HEAD_BYTES - authorization - learned - envelope - extra);
}
