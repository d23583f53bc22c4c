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
  type SipMessage,
  type SipResponse,
  userText,
} from '../message/index.ts';
import { allowOf, hopUri, parseHostPort, type TrunkSettings, trunkDomain, userUri } from '../trunk/index.ts';
import { placeOf } from './whereabouts.ts';

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
  /** Where the registrar reaches us, `host:port`, when that is not where the server says that we are. */
  readonly at?: string | undefined;
  /** The URI of a Contact of ours that leads nowhere any more. */
  readonly gone?: string | undefined;
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
      // RFC 3261 §10.2.2: in one request with the new one, so that there is a moment with neither none nor one too many.
      Contact: [
        `${contactOf(ids.contactUser, trunk, ids.at)}${smsFeature(trunk)}`,
        ...(ids.gone === undefined ? [] : [`<${ids.gone}>;expires=0`]),
      ].join(', '),
      Expires: String(expiresS),
      // RFC 3327 §5.1: proxies on the way may want to be on the way back.
      Supported: 'path',
      Allow: allowOf(trunk),
      'User-Agent': trunk.userAgent,
    },
  };
}

/** 3GPP TS 24.341 §5.3.2.2: mobile networks send SMS to Contacts that say that they take them. */
function smsFeature({ texts }: TrunkSettings): string {
  return texts.enabled && texts.format === '3gpp' ? ';+g.3gpp.smsip' : '';
}

/**
 * Our Contact.
 * @param at `host:port`; without it the server puts its own address in the place of `localhost`
 */
export function contactOf(user: string, { transport }: Pick<TrunkSettings, 'transport'>, at = 'localhost'): string {
  // A drachtio server does not add what the embedded one does.
  return `<sip:${user}@${at}${transport === 'udp' ? '' : `;transport=${transport}`}>`;
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

interface BoundContact {
  readonly uri: string;
  /** Undefined when it is no SIP URI. */
  readonly user: string | undefined;
  /** How long it lasts yet, when that is said. */
  readonly seconds: number | undefined;
}

/** The Contacts of a REGISTER or its answer. */
export function contactsIn(message: SipMessage): readonly BoundContact[] {
  return (lenient(() => headerList(message, 'contact')) ?? []).flatMap((value) => {
    const address = lenient(() => parseNameAddr(value));
    const uri = address === undefined ? undefined : lenient(() => parseUri(address.uri));
    if (address === undefined || uri === undefined) return [];
    const expires = param(address.params, 'expires');
    const seconds = expires !== undefined && /^\d{1,10}$/.test(expires) ? Number(expires) : undefined;
    return [{ uri: address.uri, user: uri.kind === 'sip' ? userText(uri) : undefined, seconds }];
  });
}

/**
 * How long a 2xx says that a Contact of ours lasts; what was asked for when it does not say.
 * @param place `host:port` of the Contact that was sent: there may be another one of ours, at an address that we have left
 */
export function grantedS(response: SipResponse, contactUser: string, askedS: number, place?: string): number {
  const contacts = contactsIn(response);
  const ours = contacts.filter(({ user }) => user === contactUser);
  const own = ours.find(({ uri }) => place !== undefined && placeOf(uri) === place) ?? ours[0];
  const counts = own ?? (contacts.length === 1 ? contacts[0] : undefined);
  return counts?.seconds ?? deltaSeconds(response, 'expires') ?? askedS;
}

/**
 * The way of later requests (RFC 3608), in order. Path (RFC 3327) is the registrar's own way back to us: there is nothing for us
 * to do with it.
 */
export function serviceRouteOf(response: SipResponse): readonly string[] {
  const values = lenient(() => headerList(response, 'service-route')) ?? [];
  return values.filter((value) => lenient(() => parseUri(parseNameAddr(value).uri))?.kind === 'sip');
}
