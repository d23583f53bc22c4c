/** The provisioning API as its own command line uses it. */
import { type Operation, OperationError, type OperationErrorCode } from '../../operations/index.ts';

export interface ApiClientOptions {
  /** With the API's own part of the path. */
  readonly url: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
}

export interface ApiClient {
  /** Settles with the operation's output. Rejects with OperationError. */
  run(operation: Operation, input: unknown, key: string): Promise<unknown>;
}

const TIMEOUT_MS = 60_000;

const CODES: Readonly<Record<number, OperationErrorCode>> = {
  400: 'invalid',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'invalid',
};

export function createApiClient({ url, token, fetch: ask = fetch }: ApiClientOptions): ApiClient {
  return {
    async run({ http, changes }, input, key) {
      const { path, rest } = placed(http.path, input as Readonly<Record<string, unknown>>);
      const hasBody = http.method === 'POST' || http.method === 'PUT';
      const query = new URLSearchParams(hasBody ? {} : textsOf(rest));
      const response = await ask(`${url}${path}${query.size === 0 ? '' : `?${query}`}`, {
        method: http.method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
          ...(changes ? { 'idempotency-key': key } : {}),
        },
        ...(hasBody ? { body: JSON.stringify(rest) } : {}),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((cause: unknown) => {
        throw new OperationError(
          'unavailable',
          `Nothing answers at ${url}: is the gateway running, with this configuration?`,
          { cause },
        );
      });
      const body: unknown = await response.json().catch(() => undefined);
      if (response.ok) return body;
      throw new OperationError(CODES[response.status] ?? 'unavailable', detailOf(body, response.status));
    },
  };
}

function textsOf(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

/** Fields that are in the path, and the rest. @throws OperationError when one of the path is missing */
function placed(template: string, input: Readonly<Record<string, unknown>>) {
  const rest: Record<string, unknown> = { ...input };
  const path = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = rest[name];
    if (value === undefined) throw new OperationError('invalid', `Say which: give the ${name}.`);
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { path, rest };
}

/** RFC 9457. */
function detailOf(body: unknown, status: number): string {
  const { detail, title } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (typeof detail === 'string') return detail;
  return typeof title === 'string' ? `${title}.` : `The gateway answered ${status}, which says no more.`;
}
