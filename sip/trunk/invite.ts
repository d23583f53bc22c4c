/** The INVITE of a call on a trunk, as plain data. */
import type { OutboundCallRequest } from '../leg.ts';
import { parseUri, type SipUri, stringifyUri } from '../message/index.ts';
import { identityHeaders, userUri } from './identity.ts';
import { formatNumber } from './number-format.ts';
import { type TrunkSettings, trunkDomain } from './settings.ts';

/** A request outside a dialog, before the server adds Via, CSeq, Contact and Max-Forwards. */
export interface InvitePlan {
  readonly uri: string;
  /** Where it is sent when that is not what `uri` says. No Route header stands for it on the wire. */
  readonly proxy?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface InviteIds {
  readonly callId: string;
  readonly fromTag: string;
}

/** What was dialled cannot be put into a Request-URI. */
export class TargetError extends Error {
  constructor(options?: ErrorOptions) {
    super('the target is neither a number nor a SIP URI; check the dial plan that produced it', options);
    this.name = 'TargetError';
  }
}

/** The methods that a call of ours understands from its peer. */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, UPDATE, INFO, PRACK, OPTIONS, REFER, NOTIFY';

/**
 * Builds the INVITE of a call.
 * @throws TargetError when the target cannot be written as a URI
 */
export function buildInvite(
  trunk: TrunkSettings,
  request: Pick<OutboundCallRequest, 'target' | 'callerId' | 'callerName' | 'sdp'>,
  ids: InviteIds,
): InvitePlan {
  const { uri, to, proxy } = requestTarget(trunk, request.target);
  const { From, ...identity } = identityHeaders(trunk, request);
  const { offer, expiresS, minSeS } = trunk.sessionTimers;
  const supported = [...(trunk.rel100 === 'supported' ? ['100rel'] : []), ...(offer ? ['timer'] : [])];
  return {
    uri,
    ...(proxy === undefined ? {} : { proxy }),
    headers: {
      From: `${From};tag=${ids.fromTag}`,
      To: `<${to}>`,
      'Call-ID': ids.callId,
      ...identity,
      Allow: ALLOW,
      ...(supported.length === 0 ? {} : { Supported: supported.join(', ') }),
      ...(trunk.rel100 === 'required' ? { Require: '100rel' } : {}),
      ...(offer ? { 'Session-Expires': String(expiresS), 'Min-SE': String(minSeS) } : {}),
      'User-Agent': trunk.userAgent,
      ...trunk.extraHeaders,
      'Content-Type': 'application/sdp',
    },
    body: request.sdp,
  };
}

/**
 * The URI that stands for a target in To, Refer-To and the like.
 * @throws TargetError when the target cannot be written as a URI
 */
export function targetAddress(trunk: TrunkSettings, target: string): string {
  return requestTarget(trunk, target).to;
}

/** Where a request of the trunk goes: `sip:host:port;transport=…`. */
export function trunkAddress(trunk: TrunkSettings): string {
  return `sip:${hostAndPort(trunk)}${transportParam(trunk)}`;
}

function requestTarget(trunk: TrunkSettings, target: string): { uri: string; to: string; proxy?: string } {
  if (/^sips?:/i.test(target)) {
    const uri = sipTarget(target);
    const text = stringifyUri({ ...uri, params: uri.params.filter(({ name }) => name.toLowerCase() !== 'method') });
    // A URI of another domain still leaves through this trunk.
    const direct = uri.host.toLowerCase() === trunk.host.toLowerCase() && (uri.port ?? 0) === (trunk.port ?? 0);
    return { uri: text, to: text, ...(direct ? {} : { proxy: trunkAddress(trunk) }) };
  }
  const number = /^tel:/i.test(target)
    ? target
        .slice(4)
        .replace(/;.*$/, '')
        .replace(/[-.()]/g, '')
    : target;
  const user = formatNumber(number, trunk.numberFormat);
  if (user === '' || /\p{Cc}/u.test(user)) throw new TargetError();
  const to = userUri(user, trunk);
  if (trunkDomain(trunk).toLowerCase() !== trunk.host.toLowerCase()) {
    return { uri: to, to, proxy: trunkAddress(trunk) };
  }
  const atAddress = userUri(user, { ...trunk, userPhone: false }).replace(/@.*$/, `@${hostAndPort(trunk)}`);
  return { uri: `${atAddress}${transportParam(trunk)}${trunk.userPhone ? ';user=phone' : ''}`, to };
}

function sipTarget(target: string): SipUri {
  try {
    const uri = parseUri(target);
    if (uri.kind !== 'sip') throw new TargetError();
    // RFC 3261 §19.1.1: headers in a URI would write into our request; a dialled string has no business there.
    const { headers: _headers, password: _password, ...rest } = uri;
    return rest;
  } catch (error) {
    throw error instanceof TargetError ? error : new TargetError({ cause: error });
  }
}

function hostAndPort(trunk: TrunkSettings): string {
  const { host, port } = trunk;
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}

function transportParam(trunk: TrunkSettings): string {
  // With an explicit transport=udp the server does not move a large request to TCP.
  if (trunk.transport === 'udp') return trunk.udpOnly ? ';transport=udp' : '';
  return `;transport=${trunk.transport}`;
}
