/** The next INVITE of a call, after a response that asks for another one. Pure. */
import { hostPort, lenient, parseUri } from '../message/index.ts';
import type { InvitePlan } from '../trunk/index.ts';
import type { Retry } from './retry.ts';

/** @returns the plan of the next attempt; CSeq is the sender's business */
export function nextPlan(plan: InvitePlan, retry: Retry): InvitePlan {
  switch (retry.kind) {
    case 'challenge': {
      const headers = withoutAuthorization(plan.headers);
      return {
        ...plan,
        ...(retry.proxy === undefined ? {} : { proxy: retry.proxy }),
        headers: { ...headers, ...(retry.callId === undefined ? {} : { 'Call-ID': retry.callId }), ...retry.headers },
      };
    }
    case 'backup':
      return {
        ...plan,
        proxy: retry.proxy,
        backups: plan.backups?.slice(1) ?? [],
        // A nonce of the one is unknown to the other.
        headers: withoutAuthorization(plan.headers),
      };
    case 'session-interval': {
      const asked = Number(plan.headers['Session-Expires'] ?? '0');
      const supported = tokens(plan.headers.Supported);
      return {
        ...plan,
        headers: {
          ...plan.headers,
          Supported: [...supported.filter((tag) => tag !== 'timer'), 'timer'].join(', '),
          'Session-Expires': String(Math.max(retry.minSeS, asked)),
          // RFC 4028 §7.3: Min-SE of the next request is the largest that was heard of.
          'Min-SE': String(Math.max(retry.minSeS, Number(plan.headers['Min-SE'] ?? '0'))),
        },
      };
    }
    case 'extensions':
      return withExtensions(plan, retry.without, retry.require);
    case 'redirect': {
      const { proxy, ...rest } = plan;
      return {
        ...rest,
        // A place in the same domain is reached the same way; another one names its own.
        ...(proxy !== undefined && hostOf(retry.uri) === hostOf(plan.uri) ? { proxy } : {}),
        uri: retry.uri,
        // The credentials were for the old Request-URI.
        headers: withoutAuthorization(plan.headers),
      };
    }
    default:
      return retry satisfies never;
  }
}

function withExtensions(plan: InvitePlan, without: readonly string[], require: readonly string[]): InvitePlan {
  const { Supported, Require, ...rest } = plan.headers;
  const supported = [...tokens(Supported).filter((tag) => !without.includes(tag)), ...require];
  const required = tokens(Require).filter((tag) => !without.includes(tag));
  const headers: Record<string, string> = { ...rest };
  if (without.includes('timer')) {
    delete headers['Session-Expires'];
    delete headers['Min-SE'];
  }
  if (supported.length > 0) headers.Supported = [...new Set(supported)].join(', ');
  if (required.length > 0) headers.Require = required.join(', ');
  return { ...plan, headers };
}

function withoutAuthorization(headers: InvitePlan['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !/^(?:proxy-)?authorization$/i.test(name)));
}

function hostOf(uri: string): string | undefined {
  const parsed = lenient(() => parseUri(uri));
  return parsed?.kind === 'sip' ? hostPort(parsed.host.toLowerCase(), parsed.port) : undefined;
}

function tokens(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(',').map((tag) => tag.trim());
}
