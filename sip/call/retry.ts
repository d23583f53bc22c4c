/** Which final responses to an INVITE are answered with another INVITE, and with which. Digest challenges are apart. */
import {
  deltaSeconds,
  headerList,
  lenient,
  param,
  parseNameAddr,
  parseUri,
  type SipResponse,
  userText,
} from '../message/index.ts';

export type Retry =
  /** The same INVITE with credentials (401, 407). `callId`: under another Call-ID. */
  | {
      readonly kind: 'challenge';
      readonly headers: Readonly<Record<string, string>>;
      readonly proxy?: string;
      readonly callId?: string;
    }
  /** A longer session interval (422, RFC 4028 §7.3). */
  | { readonly kind: 'session-interval'; readonly minSeS: number }
  /** Without the extensions that the peer does not know (420), or with those that it insists on (421). */
  | { readonly kind: 'extensions'; readonly without: readonly string[]; readonly require: readonly string[] }
  /** To the next place of the trunk, because nobody answers at this one. */
  | { readonly kind: 'backup'; readonly proxy: string }
  /** To another place of the same trunk (3xx). */
  | { readonly kind: 'redirect'; readonly uri: string; readonly user: string | undefined };

/** What this call has been through, over all its INVITEs. */
export interface RetryHistory {
  readonly sessionInterval: number;
  readonly extensions: number;
  readonly redirects: number;
  /** URIs that were tried. */
  readonly tried: readonly string[];
}

export const NO_RETRIES: RetryHistory = { sessionInterval: 0, extensions: 0, redirects: 0, tried: [] };

export interface RetryPolicy {
  /** Redirections that are followed in one call. */
  readonly maxRedirects: number;
  /** Host parts that belong to the trunk: its domain, its address. In lower case. */
  readonly ownHosts: readonly string[];
  /** Whether a number may be called: the permission and the price of the new one are not those of the old. */
  readonly mayCall: (user: string) => boolean;
  /** Extensions that we can do without and can do. */
  readonly known: readonly string[];
}

/** @returns the INVITE to send instead, and the history with it; undefined when the response stands */
export function planRetry(
  response: SipResponse,
  history: RetryHistory,
  policy: RetryPolicy,
): { readonly retry: Retry; readonly history: RetryHistory } | undefined {
  switch (response.status) {
    case 422: {
      const minSeS = deltaSeconds(response, 'min-se');
      if (minSeS === undefined || history.sessionInterval >= 2) return undefined;
      return {
        retry: { kind: 'session-interval', minSeS },
        history: { ...history, sessionInterval: history.sessionInterval + 1 },
      };
    }
    case 420:
    case 421: {
      if (history.extensions >= 1) return undefined;
      const named = listOf(response, response.status === 420 ? 'unsupported' : 'require').map((tag) =>
        tag.toLowerCase(),
      );
      const usable = named.filter((tag) => policy.known.includes(tag));
      // RFC 3261 §8.1.3.5: only when every extension named is one that we can leave out, or can do.
      if (usable.length === 0 || usable.length < named.length) return undefined;
      return {
        retry:
          response.status === 420
            ? { kind: 'extensions', without: usable, require: [] }
            : { kind: 'extensions', without: [], require: usable },
        history: { ...history, extensions: history.extensions + 1 },
      };
    }
    case 300:
    case 301:
    case 302:
      // 305 (Use Proxy) and 380 (Alternative Service) ask for something else than another Request-URI: they stand.
      return planRedirect(response, history, policy);
    default:
      return undefined;
  }
}

function planRedirect(
  response: SipResponse,
  history: RetryHistory,
  policy: RetryPolicy,
): { readonly retry: Retry; readonly history: RetryHistory } | undefined {
  if (history.redirects >= policy.maxRedirects) return undefined;
  for (const contact of contacts(response)) {
    if (history.tried.includes(contact.uri)) continue;
    if (!policy.ownHosts.includes(contact.host)) continue;
    if (contact.user !== undefined && !policy.mayCall(contact.user)) continue;
    return {
      retry: { kind: 'redirect', uri: contact.uri, user: contact.user },
      history: { ...history, redirects: history.redirects + 1, tried: [...history.tried, contact.uri] },
    };
  }
  return undefined;
}

/** The contacts of a 3xx, the most wanted first (RFC 3261 §8.1.3.4: by `q`). */
function contacts(response: SipResponse): { uri: string; host: string; user: string | undefined; q: number }[] {
  const found: { uri: string; host: string; user: string | undefined; q: number }[] = [];
  for (const element of listOf(response, 'contact')) {
    const address = lenient(() => parseNameAddr(element));
    const uri = address === undefined ? undefined : lenient(() => parseUri(address.uri));
    // A URI with headers would write into our request; one with another scheme cannot be called here.
    if (address === undefined || uri?.kind !== 'sip' || uri.headers !== undefined) continue;
    // RFC 3263 §4: maddr stands in for the host, so it is what must belong to the trunk.
    const host = param(uri.params, 'maddr') || uri.host;
    const q = Number(param(address.params, 'q') ?? '1');
    found.push({
      uri: address.uri,
      host: host.toLowerCase(),
      user: userText(uri),
      q: Number.isFinite(q) ? q : 0,
    });
  }
  return found.sort((a, b) => b.q - a.q);
}

function listOf(response: SipResponse, key: 'contact' | 'unsupported' | 'require'): string[] {
  return lenient(() => headerList(response, key)) ?? [];
}
