/**
 * Whose request is it? Nothing in it is believed that its sender could write: the address it came from, a token that only our
 * registrar was told, or digest credentials decide. Who is nobody of ours gets no answer, so that scanners find nothing.
 */
import {
  header,
  headerLines,
  lenient,
  parseNameAddr,
  parseUri,
  type SipRequest,
  type SipUri,
} from '../message/index.ts';
import { type TrunkSettings, trunkDomain } from '../trunk/index.ts';
import { userOf } from './number.ts';

/** What is known of the trunks at this moment. */
export interface InboundDirectory {
  /** In the order of the configuration. */
  readonly trunks: readonly TrunkSettings[];
  /**
   * Whether requests of this trunk may come from an address: it is configured, or one that the trunk's names lead to now, or
   * that a live registration of it leads to. Quick: it is asked for each request.
   */
  isFrom(trunk: TrunkSettings, address: string): boolean;
  /**
   * The registration that has this user part in its Contact: an unguessable token. `account`: of an extension; absent for the
   * trunk's own.
   */
  registrationOf(token: string): { readonly trunk: string; readonly account?: string } | undefined;
}

export type Verdict =
  /** `token`: the user part of our Contact, by which its registration was recognised. */
  | { readonly kind: 'trunk'; readonly trunk: TrunkSettings; readonly account?: string; readonly token?: string }
  /** The trunk with the credentials that the request names: it must prove that it has them. */
  | { readonly kind: 'challenge'; readonly trunk: TrunkSettings }
  | { readonly kind: 'nobody' };

export type TrunkVerdict = Extract<Verdict, { kind: 'trunk' }>;

/**
 * @param address where the request came from
 * @param proven the trunk whose credentials the request carries, checked
 */
export function whose(
  request: SipRequest,
  address: string,
  directory: InboundDirectory,
  proven?: TrunkSettings,
): Verdict {
  const target = lenient(() => parseUri(request.uri));
  const token = target?.kind === 'sip' ? userOf(target) : undefined;
  const registration = token === undefined ? undefined : directory.registrationOf(token);
  const registered = directory.trunks.find(({ name }) => name === registration?.trunk);
  if (registered !== undefined && registration !== undefined && token !== undefined) {
    const { account } = registration;
    return { kind: 'trunk', trunk: registered, token, ...(account === undefined ? {} : { account }) };
  }
  if (proven !== undefined) return { kind: 'trunk', trunk: proven };
  const candidates = directory.trunks.filter((trunk) => directory.isFrom(trunk, address));
  const trunk = likeliest(candidates, request, target?.kind === 'sip' ? target : undefined);
  if (trunk !== undefined) return { kind: 'trunk', trunk };
  const claimed = directory.trunks.find((one) => claims(request, one));
  return claimed === undefined ? { kind: 'nobody' } : { kind: 'challenge', trunk: claimed };
}

/** Several trunks of one provider come from one address: what the request names tells which it is. */
function likeliest(
  candidates: readonly TrunkSettings[],
  request: SipRequest,
  target: SipUri | undefined,
): TrunkSettings | undefined {
  if (candidates.length < 2) return candidates[0];
  const to = uriIn(request, 'to');
  const from = uriIn(request, 'from');
  const users = new Set([target, to].map((uri) => (uri === undefined ? undefined : userOf(uri))));
  const hosts = new Set([target, to, from].map((uri) => uri?.host.toLowerCase()));
  return (
    candidates.find(({ credentials }) => credentials !== undefined && users.has(credentials.username)) ??
    candidates.find((trunk) => hosts.has(trunkDomain(trunk).toLowerCase())) ??
    candidates[0]
  );
}

/**
 * Whether it names the user of a trunk that calls with credentials: in them, or as its From before it was asked for them. A
 * challenge is an answer, so nobody else gets one.
 */
function claims(request: SipRequest, { inbound: { credentials } }: TrunkSettings): boolean {
  if (credentials === undefined) return false;
  const presented = headerLines(request, 'authorization').some((line) => namesUser(line, credentials.username));
  const from = uriIn(request, 'from');
  return presented || (from !== undefined && userOf(from) === credentials.username);
}

function namesUser(authorization: string, username: string): boolean {
  return /\busername\s*=\s*"([^"\\]*)"/i.exec(authorization)?.[1] === username;
}

function uriIn(request: SipRequest, key: 'from' | 'to'): SipUri | undefined {
  const value = header(request, key);
  const address = value === undefined ? undefined : lenient(() => parseNameAddr(value));
  const uri = address === undefined ? undefined : lenient(() => parseUri(address.uri));
  return uri?.kind === 'sip' ? uri : undefined;
}
