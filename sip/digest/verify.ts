import { timingSafeEqual } from 'node:crypto';
import { digestAlgorithm } from './algorithm.ts';
import { parseAuthItems } from './auth-params.ts';
import { digestResponse } from './compute.ts';

/** The credentials of an Authorization or Proxy-Authorization header, not yet believed. */
export interface PresentedDigest {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly algorithm: string | undefined;
  readonly cnonce: string;
  readonly opaque: string | undefined;
  readonly qop: 'auth' | 'auth-int' | undefined;
  /** undefined without qop. */
  readonly nc: number | undefined;
}

/** @returns undefined when it is not Digest, or a parameter that is needed is missing or not valid */
export function parseCredentials(line: string): PresentedDigest | undefined {
  const [item] = parseAuthItems(line);
  if (item?.scheme !== 'digest') return undefined;
  const get = (name: string): string | undefined => item.params.get(name)?.value;
  const [username, realm, nonce] = [get('username'), get('realm'), get('nonce')];
  const [uri, response, qop, nc] = [get('uri'), get('response'), get('qop')?.toLowerCase(), get('nc')];
  if (username === undefined || realm === undefined || nonce === undefined) return undefined;
  if (uri === undefined || response === undefined) return undefined;
  if (qop !== undefined && qop !== 'auth' && qop !== 'auth-int') return undefined;
  if (qop !== undefined && !/^[0-9a-f]{8}$/i.test(nc ?? '')) return undefined;
  return {
    username,
    realm,
    nonce,
    uri,
    response: response.toLowerCase(),
    algorithm: get('algorithm'),
    cnonce: get('cnonce') ?? '',
    opaque: get('opaque'),
    qop,
    nc: qop === undefined ? undefined : Number.parseInt(nc ?? '', 16),
  };
}

/**
 * Whether credentials are those of a password, for this method and body (RFC 7616 §3.4.6). That the nonce was issued
 * here, that `nc` has grown, and that `uri` is the request's, is the caller's to check.
 */
export function verifyDigest(
  presented: PresentedDigest,
  expected: { readonly password: string; readonly method: string; readonly body?: Buffer },
): boolean {
  const algorithm = digestAlgorithm(presented.algorithm);
  if (algorithm === undefined) return false;
  const response = digestResponse({
    algorithm,
    username: presented.username,
    password: expected.password,
    realm: presented.realm,
    nonce: presented.nonce,
    cnonce: presented.cnonce,
    nc: (presented.nc ?? 0).toString(16).padStart(8, '0'),
    qop: presented.qop,
    method: expected.method,
    uri: presented.uri,
    body: expected.body ?? Buffer.alloc(0),
  });
  const [theirs, ours] = [Buffer.from(presented.response), Buffer.from(response)];
  return theirs.length === ours.length && timingSafeEqual(theirs, ours);
}
