/** The REGISTER of an account, and what its answer says (RFC 3261 §10). Pure. */
import { createHmac } from 'node:crypto';
import {
  deltaSeconds,
  headerList,
  lenient,
  param,
  parseNameAddr,
  parseUri,
  quote,
  type SipRequest,
  type SipResponse,
  topVia,
  userText,
} from '../message/index.ts';
import { ALLOW, hopUri, parseHostPort, type TrunkSettings, trunkDomain, userUri } from '../trunk/index.ts';

/** A request outside of dialogs, before its sender adds CSeq and the server Via and Max-Forwards. */
export interface RegisterPlan {
  readonly uri: string;
  readonly proxy: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RegisterIds {
  readonly callId: string;
  readonly fromTag: string;
  readonly contactUser: string;
}

/**
 * Builds a REGISTER.
 * @param trunk as the account sees it, with credentials
 * @param hop where it is sent
 * @param expiresS 0 ends the registration
 */
export function buildRegister(trunk: TrunkSettings, hop: string, ids: RegisterIds, expiresS: number): RegisterPlan {
  const { credentials, outboundProxy, proxyRoute } = trunk;
  const address = userUri(credentials?.username ?? '', trunk);
  const name = trunk.callerId.sendName === false ? undefined : trunk.callerId.defaultName;
  const who = name === undefined ? `<${address}>` : `${quote(name)} <${address}>`;
  return {
    // RFC 3261 §10.2: the domain alone. With a user part some registrars (FRITZ!Box) do not even answer.
    uri: registrarUri(trunk),
    proxy: hop,
    headers: {
      ...(proxyRoute && outboundProxy !== undefined ? { Route: `<${hop};lr>` } : {}),
      From: `${who};tag=${ids.fromTag}`,
      To: who,
      'Call-ID': ids.callId,
      // The server puts its own address in the place of `localhost`.
      Contact: contactOf(ids.contactUser, trunk),
      Expires: String(expiresS),
      // RFC 3327 §5.1: proxies on the way may want to be on the way back.
      Supported: 'path',
      Allow: ALLOW,
      'User-Agent': trunk.userAgent,
    },
  };
}

/** Our Contact; the server puts its own address in the place of `localhost`. */
export function contactOf(user: string, { transport }: Pick<TrunkSettings, 'transport'>): string {
  // A drachtio server does not add what the embedded one does.
  return `<sip:${user}@localhost${transport === 'udp' ? '' : `;transport=${transport}`}>`;
}

/**
 * The domain that is registered at and asked by OPTIONS. An address that stands in for one keeps its port: a proxy takes
 * `sip:192.0.2.1` for another server when it listens elsewhere.
 */
export function registrarUri(trunk: TrunkSettings): string {
  const { domain, registration, host, port } = trunk;
  const plain = { transport: 'udp', udpOnly: false } as const;
  if (domain !== undefined) return hopUri(plain, { host: parseHostPort(domain).host });
  const at = registration?.registrar === undefined ? parseHostPort(host) : parseHostPort(registration.registrar);
  const ownPort = registration?.registrar === undefined ? (registration?.port ?? port) : registration.port;
  return hopUri(plain, { host: at.host, ...(ownPort === undefined ? {} : { port: ownPort }) });
}

/**
 * The user part of a Contact that nobody can guess: calls to it are those that our registrar sends. The same after a restart,
 * so that the old Contact is replaced and not one more.
 */
export function contactToken(trunk: TrunkSettings, account: string): string {
  const { password = '' } = trunk.credentials ?? {};
  const key = ['trunkline contact', trunk.name, account, trunkDomain(trunk)].join('\n');
  return `t${createHmac('sha256', password).update(key).digest('hex').slice(0, 24)}`;
}

/** How long a 2xx says that the Contact with this user part lasts; what was asked for when it does not say. */
export function grantedS(response: SipResponse, contactUser: string, askedS: number): number {
  const contacts = (lenient(() => headerList(response, 'contact')) ?? []).flatMap((value) => {
    const address = lenient(() => parseNameAddr(value));
    const uri = address === undefined ? undefined : lenient(() => parseUri(address.uri));
    if (address === undefined || uri === undefined) return [];
    const expires = param(address.params, 'expires');
    const seconds = expires !== undefined && /^\d{1,10}$/.test(expires) ? Number(expires) : undefined;
    return [{ user: uri.kind === 'sip' ? userText(uri) : undefined, seconds }];
  });
  const ours = contacts.find(({ user }) => user === contactUser) ?? (contacts.length === 1 ? contacts[0] : undefined);
  return ours?.seconds ?? deltaSeconds(response, 'expires') ?? askedS;
}

/**
 * The way of later requests (RFC 3608), in order. Path (RFC 3327) is the registrar's own way back to us: there is nothing for us
 * to do with it.
 */
export function serviceRouteOf(response: SipResponse): readonly string[] {
  const values = lenient(() => headerList(response, 'service-route')) ?? [];
  return values.filter((value) => lenient(() => parseUri(parseNameAddr(value).uri))?.kind === 'sip');
}

/** The address that the far side saw us at (RFC 3581), `address:port`; undefined when it does not say. */
export function seenAs(message: SipRequest | SipResponse): string | undefined {
  const via = lenient(() => topVia(message));
  if (via === undefined) return undefined;
  const received = param(via.params, 'received');
  const rport = param(via.params, 'rport');
  return received === undefined && (rport === undefined || rport === '')
    ? undefined
    : `${received ?? ''}:${rport ?? ''}`;
}
