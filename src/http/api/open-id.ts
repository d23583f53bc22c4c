/** Asks the homeserver whose OpenID token it is. */

/** The homeserver did not answer, or not as it should. */
export class OpenIdError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OpenIdError';
  }
}

const ASK_TIMEOUT_MS = 5_000;

/**
 * Server-server API, “OpenID”: `GET /_matrix/federation/v1/openid/userinfo`. Tokens of other homeservers are nobody's here.
 * @param homeserver its URL and server name
 */
export function openIdOf({ url, domain }: { readonly url: string; readonly domain: string }) {
  return async (token: string): Promise<string | undefined> => {
    const address = `${url}/_matrix/federation/v1/openid/userinfo?access_token=${encodeURIComponent(token)}`;
    const response = await ask(address);
    if (response.status === 401 || response.status === 403) return undefined;
    const isMissing = response.status === 404;
    if (!response.ok) {
      throw new OpenIdError(
        `The homeserver answered ${response.status} when it was asked whose OpenID token it is${
          isMissing ? ': does its listener have the resource “openid” or “federation”?' : '.'
        }`,
      );
    }
    const { sub } = (await response.json().catch(() => ({}))) as { readonly sub?: unknown };
    return typeof sub === 'string' && /^@[^:\s]+:/.test(sub) && sub.endsWith(`:${domain}`) ? sub : undefined;
  };
}

/** The address has the token in it: it must not get into an error. */
async function ask(address: string): Promise<Response> {
  try {
    return await fetch(address, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), redirect: 'error' });
  } catch (error) {
    const code = error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no answer in time';
    throw new OpenIdError(`The homeserver could not be asked whose OpenID token it is (${code}).`);
  }
}
