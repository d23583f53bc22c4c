/** The INVITE of a call on a trunk, as plain data. */
import type { OutboundCallRequest, Party } from '../leg.ts';
import { isToken, parseNameAddr, parseUri, type SipUri, stringifyUri } from '../message/index.ts';
import { hopUri, nextHops } from './hosts.ts';
import { identityHeaders, userUri } from './identity.ts';
import { formatNumber } from './number-format.ts';
import { type TrunkSettings, trunkDomain } from './settings.ts';

/** A request outside a dialog, before the server adds Via, CSeq, Contact and Max-Forwards. */
export interface InvitePlan {
  readonly uri: string;
  /** Where it is sent when that is not what `uri` or its Route says. No Route header stands for it on the wire. */
  readonly proxy?: string;
  /** Where it is sent next, in this order, when nobody answers there. */
  readonly backups?: readonly string[];
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

/** The methods that we understand outside of calls. */
export function allowOf({ texts }: Pick<TrunkSettings, 'texts'>): string {
  return texts.enabled ? `${ALLOW}, MESSAGE` : ALLOW;
}

export type InviteRequest = Pick<OutboundCallRequest, 'target' | 'callerId' | 'callerName' | 'sdp'> &
  Partial<Pick<OutboundCallRequest, 'divertedBy' | 'maxForwards' | 'replaces' | 'referredBy' | 'extraHeaders'>>;

/**
 * Builds the INVITE of a call.
 * @param serviceRoute what the registration learned (RFC 3608): the way of every request outside of dialogs
 * @throws TargetError when the target cannot be written as a URI
 */
export function buildInvite(
  trunk: TrunkSettings,
  request: InviteRequest,
  ids: InviteIds,
  serviceRoute: readonly string[] = [],
): InvitePlan {
  const { uri, to } = requestTarget(trunk, request.target);
  const { From, ...identity } = identityHeaders(trunk, request);
  const { offer, expiresS, minSeS } = trunk.sessionTimers;
  const { divertedBy = [], maxForwards, replaces, referredBy } = request;
  const supported = ['replaces', ...(trunk.rel100 === 'supported' ? ['100rel'] : []), ...(offer ? ['timer'] : [])];
  // RFC 3891 §4: who does not know Replaces must not ring for a new call.
  const required = [
    ...(trunk.rel100 === 'required' ? ['100rel'] : []),
    ...(replaces === undefined ? [] : ['replaces']),
  ];
  const diversion = trunk.diversion ? diversionHeader(trunk, divertedBy) : '';
  const { route, ...way } = wayOf(trunk, uri, serviceRoute);
  return {
    uri,
    ...way,
    headers: {
      ...(route === '' ? {} : { Route: route }),
      From: `${From};tag=${ids.fromTag}`,
      To: `<${to}>`,
      'Call-ID': ids.callId,
      ...(maxForwards === undefined ? {} : { 'Max-Forwards': String(maxForwards) }),
      ...identity,
      ...(diversion === '' ? {} : { Diversion: diversion }),
      ...(replaces === undefined ? {} : { Replaces: replaces }),
      ...(referredBy === undefined ? {} : { 'Referred-By': `<${userUri(referredBy, trunk)}>` }),
      Allow: ALLOW,
      Supported: supported.join(', '),
      ...(required.length === 0 ? {} : { Require: required.join(', ') }),
      ...(offer ? { 'Session-Expires': String(expiresS), 'Min-SE': String(minSeS) } : {}),
      'User-Agent': trunk.userAgent,
      ...trunk.extraHeaders,
      ...ownHeaders(request.extraHeaders),
      'Content-Type': 'application/sdp',
    },
    body: request.sdp,
  };
}

/** What makes a request what it is: a call's own headers do not change it. */
const IDENTITY =
  /^(?:via|v|route|record-route|from|f|to|t|call-id|i|cseq|contact|m|max-forwards|content-type|c|content-length|l|authorization|proxy-authorization)$/i;

function ownHeaders(headers: InviteRequest['extraHeaders']): Record<string, string> {
  const fit = Object.entries(headers ?? {}).filter(([name]) => isToken(name) && !IDENTITY.test(name));
  return Object.fromEntries(fit.map(([name, value]) => [name, value.replace(/\p{Cc}+/gu, ' ').trim()]));
}

/** The way of a request that is outside of dialogs. */
export interface RequestWay {
  readonly proxy?: string;
  readonly backups?: readonly string[];
  /** Value of the Route header; '' for none. */
  readonly route: string;
}

/** @param uri the Request-URI */
export function wayOf(trunk: TrunkSettings, uri: string, serviceRoute: readonly string[]): RequestWay {
  const [first, ...backups] = nextHops(trunk);
  const ownRoute = trunk.proxyRoute && trunk.outboundProxy !== undefined ? [`<${first};lr>`] : [];
  const route = [...ownRoute, ...serviceRoute].join(', ');
  const [next] = serviceRoute;
  if (next !== undefined) {
    // A certificate is for the trunk's name, and not for the address that stands there. A drachtio server drops Route from new
    // requests: then they take the right way at least.
    const named = trunk.outboundProxy !== undefined || trunk.transport === 'tls';
    return { proxy: named ? first : parseNameAddr(next).uri, route };
  }
  return {
    ...(leadsTo(uri, trunk) ? {} : { proxy: first }),
    ...(backups.length === 0 ? {} : { backups }),
    route,
  };
}

/** Whether the Request-URI is sent where the trunk is without being told so. */
function leadsTo(uri: string, trunk: TrunkSettings): boolean {
  if (trunk.outboundProxy !== undefined) return false;
  const parsed = parseUri(uri);
  if (parsed.kind !== 'sip') return false;
  const host = trunk.host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return parsed.host.replace(/^\[(.*)\]$/, '$1').toLowerCase() === host && parsed.port === trunk.port;
}

/** RFC 5806 §3: last first. Who withholds the number is not named at all. */
function diversionHeader(trunk: TrunkSettings, parties: readonly Party[]): string {
  const { techPrefix: _customers, ...format } = trunk.numberFormat;
  return parties
    .flatMap(({ number, withheld }) => (number === undefined || withheld ? [] : [number]))
    .map((number) => `<${userUri(formatNumber(number, format), trunk)}>;reason=unknown;counter=1;privacy=off`)
    .join(', ');
}

/**
 * The URI that stands for a target in To, Refer-To and the like.
 * @throws TargetError when the target cannot be written as a URI
 */
export function targetAddress(trunk: TrunkSettings, target: string): string {
  return requestTarget(trunk, target).to;
}

/** Where a request of the trunk goes first: `sip:host:port;transport=…`. */
export function trunkAddress(trunk: TrunkSettings): string {
  return nextHops(trunk)[0];
}

/**
 * Request-URI and To of a request for a target.
 * @throws TargetError when the target cannot be written as a URI
 */
export function requestTarget(trunk: TrunkSettings, target: string): { uri: string; to: string } {
  if (/^sips?:/i.test(target)) {
    const uri = sipTarget(target);
    const text = stringifyUri({ ...uri, params: uri.params.filter(({ name }) => name.toLowerCase() !== 'method') });
    return { uri: text, to: text };
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
  const isElsewhere = trunkDomain(trunk).toLowerCase() !== trunk.host.toLowerCase();
  if (isElsewhere || trunk.outboundProxy !== undefined) return { uri: to, to };
  const { host, port } = trunk;
  const address = hopUri(trunk, { host: host.replace(/^\[(.*)\]$/, '$1'), ...(port === undefined ? {} : { port }) });
  const atAddress = userUri(user, { ...trunk, userPhone: false }).replace(/@.*$/, `@${address.slice('sip:'.length)}`);
  return { uri: `${atAddress}${trunk.userPhone ? ';user=phone' : ''}`, to };
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
