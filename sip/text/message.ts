/** The MESSAGE that a text becomes (RFC 3428 §4). Pure. */
import {
  type CallerIdentity,
  identityHeaders,
  nextHops,
  requestTarget,
  type TrunkSettings,
  wayOf,
} from '../trunk/index.ts';
import { IDEMPOTENCY_HEADER, type TextIds } from './ids.ts';

/** What stands in a MESSAGE. */
export interface TextContent {
  readonly contentType: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MessagePlan {
  readonly method: 'MESSAGE';
  readonly uri: string;
  readonly proxy?: string;
  /** Where it is sent in this order when the place before cannot be reached. */
  readonly backups: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface MessageRequest {
  /** A user part or a whole SIP URI. */
  readonly target: string;
  /** The number that it comes from; absent: the trunk's default. */
  readonly sender?: string;
  readonly ids: Pick<TextIds, 'callId' | 'fromTag'>;
  readonly content: TextContent;
  /** What the registration learned (RFC 3608): the way of every request outside of dialogs. */
  readonly serviceRoute: readonly string[];
}

/**
 * RFC 3261 §18.1.1: a request that is longer may not go by UDP; the top Via and credentials are not counted yet, so that there
 * is room for them.
 */
const MOST_BY_UDP = 1300;
const ROOM_BYTES = 450;

/** @throws TargetError when the target cannot be written as a URI */
export function buildMessage(trunk: TrunkSettings, request: MessageRequest): MessagePlan {
  const { ids, content, sender, serviceRoute } = request;
  const { uri, to } = requestTarget(trunk, request.target);
  const identity: CallerIdentity = sender === undefined ? {} : { callerId: sender };
  const { From, ...more } = identityHeaders(trunk, identity);
  const { route, proxy, backups = [] } = wayOf(trunk, uri, serviceRoute);
  const headers = {
    ...(route === '' ? {} : { Route: route }),
    From: `${From};tag=${ids.fromTag}`,
    To: `<${to}>`,
    'Call-ID': ids.callId,
    ...more,
    [IDEMPOTENCY_HEADER]: ids.callId.split('@', 1)[0] ?? '',
    'User-Agent': trunk.userAgent,
    ...content.headers,
    'Content-Type': content.contentType,
  };
  const byTcp = trunk.texts.long === 'tcp' && trunk.transport === 'udp' && !trunk.udpOnly;
  const isLong = byTcp && sizeOf(headers, content.body) > MOST_BY_UDP - ROOM_BYTES;
  const hop = isLong ? overTcp(proxy ?? nextHops(trunk)[0]) : proxy;
  return {
    method: 'MESSAGE',
    uri,
    ...(hop === undefined ? {} : { proxy: hop }),
    backups: isLong ? backups.map(overTcp) : backups,
    headers,
    body: content.body,
  };
}

function sizeOf(headers: Readonly<Record<string, string>>, body: Buffer): number {
  let bytes = body.length;
  for (const [name, value] of Object.entries(headers)) bytes += name.length + Buffer.byteLength(value) + 4;
  return bytes;
}

/** The same place by TCP. */
function overTcp(hop: string): string {
  return `${hop.replace(/;transport=[a-z]+/i, '')};transport=tcp`;
}
