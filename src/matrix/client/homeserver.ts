/**
 * The homeserver as the gateway uses it: one request, as the gateway's own user or as a ghost.
 * Built on the bot SDK's MatrixClient (docs/decisions/appservice-library.md says why not on Intent).
 */

import type { Logger } from 'pino';
import type { MatrixUserId } from '../ids.ts';
import { isObject } from '../json.ts';
import { LogService, MatrixClient, MatrixError } from './bot-sdk.ts';
import { HomeserverError } from './errors.ts';

export interface HomeserverRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Path with its parts already encoded, from `/_matrix`. */
  readonly path: string;
  /** What this is for, for errors: "join a room". */
  readonly action: string;
  /** The ghost that acts; the gateway's own user when absent. */
  readonly as?: MatrixUserId;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  /** Default 30 s. */
  readonly timeoutMs?: number;
}

export interface Homeserver {
  /** One try. Settles with the body of a 2xx; rejects with HomeserverError. */
  request(request: HomeserverRequest): Promise<unknown>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** @param url the client-server API; `asToken` is sent with each request and appears nowhere else */
export function connectHomeserver(url: string, asToken: string, logger: Logger): Homeserver {
  quietBotSdk(logger);
  const client = new MatrixClient(url, asToken);
  return {
    async request({ method, path, action, as, query, body, timeoutMs }) {
      // Identity assertion (application service API, "Identity assertion"): one client serves all ghosts.
      const parameters = as === undefined ? { ...query } : { ...query, user_id: as };
      try {
        // The SDK leaves the body out when it is falsy; the API wants `{}` with every POST and PUT.
        const sent = method === 'GET' ? null : (body ?? {});
        return (await client.doRequest(method, path, parameters, sent, timeoutMs ?? DEFAULT_TIMEOUT_MS)) as unknown;
      } catch (error) {
        throw toHomeserverError(error, action);
      }
    },
  };
}

/** What the SDK throws: a MatrixError, the whole response when its body is no Matrix error, or the system's error. */
export function toHomeserverError(error: unknown, action: string): HomeserverError {
  if (error instanceof MatrixError) {
    const { statusCode: status, errcode, retryAfterMs } = error;
    const refused = status < 500 && status !== 429 && status !== 408;
    return new HomeserverError({
      kind: refused ? 'refused' : 'busy',
      action,
      status,
      errcode,
      body: error.body,
      ...(typeof error.error === 'string' ? { detail: withoutUserIds(error.error.slice(0, 300)) } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (isObject(error) && typeof error.statusCode === 'number') {
    const status = error.statusCode;
    // A reverse proxy speaks here, not the homeserver: 404 with an HTML page is a wrong URL, 502 a homeserver that is down.
    const kind = status >= 400 && status < 500 ? 'refused' : 'unreachable';
    return new HomeserverError({ kind, action, status, detail: 'not an answer of a Matrix homeserver' });
  }
  const code = isObject(error) && typeof error.code === 'string' ? error.code : undefined;
  const detail = code ?? (error instanceof Error ? error.message : String(error));
  return new HomeserverError({ kind: 'unreachable', action, detail }, { cause: error });
}

/** A ghost's ID holds a telephone number, which no error should. */
function withoutUserIds(text: string): string {
  return text.replace(/@[^\s:]*:[^\s,;)\]}]+/g, '@…');
}

/** The SDK logs to the console, bodies included. It is told to be silent: our own errors say what happened. */
function quietBotSdk(logger: Logger): void {
  const debug = (module: string) => logger.debug({ module }, 'the Matrix SDK reported a failed request');
  const none = () => {};
  LogService.setLogger({ trace: none, debug: none, info: none, warn: none, error: debug });
}
