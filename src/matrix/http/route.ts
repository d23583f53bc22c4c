/** What a homeserver asks of an application service: paths and methods of the application service API. Pure. */

export const PROTOCOLS = ['m.protocol.pstn', 'im.vector.protocol.pstn'] as const;

/** Where the telephone number stands in a lookup (MSC2845). */
export const PHONE_FIELD = 'm.id.phone';

export type AppserviceRequest =
  | { readonly type: 'transaction'; readonly txnId: string }
  | { readonly type: 'user-query'; readonly userId: string }
  | { readonly type: 'room-query'; readonly alias: string }
  | { readonly type: 'ping' }
  | { readonly type: 'protocol'; readonly protocol: string }
  | { readonly type: 'user-lookup'; readonly protocol: string; readonly phone: string | undefined }
  | { readonly type: 'user-reverse'; readonly userId: string | undefined }
  | { readonly type: 'location' };

export type Routed =
  /** `legacy`: one of the paths from before version 1, whose homeservers put their token into the query. */
  | { readonly type: 'found'; readonly request: AppserviceRequest; readonly legacy: boolean }
  | { readonly type: 'wrong-method'; readonly allow: string }
  | { readonly type: 'unknown-path' };

const V1 = '/_matrix/app/v1';
/** Legacy fallback of the specification ("Legacy routes"): third-party lookups here, all else at the root. */
const UNSTABLE_THIRD_PARTY = '/_matrix/app/unstable/thirdparty';

/** @param target path and query as they stand in the request line */
export function routeRequest(method: string, target: string): Routed {
  const { path, query } = split(target);
  const place = locate(path);
  const parts = place && decodeAll(place.parts);
  if (place === undefined || parts === undefined) return { type: 'unknown-path' };
  const match = requestFor(parts, query);
  if (match === undefined || (place.legacy && match.request.type === 'ping')) return { type: 'unknown-path' };
  if (place.only !== undefined && !place.only.includes(parts[0] ?? '')) return { type: 'unknown-path' };
  if (match.method !== method) return { type: 'wrong-method', allow: match.method };
  return { type: 'found', request: match.request, legacy: place.legacy };
}

interface Place {
  readonly parts: readonly string[];
  readonly legacy: boolean;
  /** The first parts that exist there. */
  readonly only?: readonly string[];
}

function locate(path: string): Place | undefined {
  if (path.startsWith(`${V1}/`)) return { parts: path.slice(V1.length + 1).split('/'), legacy: false };
  if (path.startsWith(`${UNSTABLE_THIRD_PARTY}/`)) {
    const rest = path.slice(UNSTABLE_THIRD_PARTY.length + 1);
    return { parts: ['thirdparty', ...rest.split('/')], legacy: true };
  }
  if (path.startsWith('/_matrix/')) return undefined;
  return { parts: path.slice(1).split('/'), legacy: true, only: ['transactions', 'users', 'rooms'] };
}

function requestFor(
  parts: readonly string[],
  query: URLSearchParams,
): { readonly method: 'GET' | 'PUT' | 'POST'; readonly request: AppserviceRequest } | undefined {
  const [noun, first, second] = parts;
  switch (parts.length) {
    case 1:
      return noun === 'ping' ? { method: 'POST', request: { type: 'ping' } } : undefined;
    case 2:
      if (first === undefined || first === '') return undefined;
      if (noun === 'transactions') return { method: 'PUT', request: { type: 'transaction', txnId: first } };
      if (noun === 'users') return { method: 'GET', request: { type: 'user-query', userId: first } };
      if (noun === 'rooms') return { method: 'GET', request: { type: 'room-query', alias: first } };
      if (noun === 'thirdparty' && first === 'location') return { method: 'GET', request: { type: 'location' } };
      if (noun === 'thirdparty' && first === 'user') {
        return { method: 'GET', request: { type: 'user-reverse', userId: query.get('userid') ?? undefined } };
      }
      return undefined;
    case 3:
      if (noun !== 'thirdparty' || second === undefined || second === '') return undefined;
      if (first === 'protocol') return { method: 'GET', request: { type: 'protocol', protocol: second } };
      if (first === 'location') return { method: 'GET', request: { type: 'location' } };
      if (first === 'user') {
        // A field may come once (MSC2845); were it repeated, the first counts.
        const phone = query.get(PHONE_FIELD) ?? undefined;
        return { method: 'GET', request: { type: 'user-lookup', protocol: second, phone } };
      }
      return undefined;
    default:
      return undefined;
  }
}

function split(target: string): { readonly path: string; readonly query: URLSearchParams } {
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  return { path, query: new URLSearchParams(at === -1 ? '' : target.slice(at + 1)) };
}

/** undefined when an escape is broken. */
function decodeAll(parts: readonly string[]): readonly string[] | undefined {
  try {
    return parts.map((part) => decodeURIComponent(part));
  } catch {
    return undefined;
  }
}
