/** TURN servers of the homeserver, kept until shortly before their password expires. */
import type { Logger } from 'pino';
import type { CallSignalling } from '../call-events.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Clock } from '../clock.ts';
import { finiteNumber, objectOr } from '../json.ts';

type Turn = Awaited<ReturnType<CallSignalling['turnServer']>>;

/** A call waits no longer than this for TURN: most need none. */
const TIMEOUT_MS = 2_000;
const AFTER_FAILURE_MS = 60_000;
const WITHOUT_TURN_MS = 3_600_000;
/** A call that starts just before the password expires must still be able to use it. */
const MARGIN_MS = 5 * 60_000;

export class TurnServers {
  readonly #homeserver: Homeserver;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #known: { readonly turn: Turn; readonly until: number } | undefined;
  #asking: Promise<Turn> | undefined;

  constructor(homeserver: Homeserver, clock: Clock, logger: Logger) {
    this.#homeserver = homeserver;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Never rejects: without an answer calls go on without TURN. */
  async get(): Promise<Turn> {
    if (this.#known !== undefined && this.#clock.now() < this.#known.until) return this.#known.turn;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<Turn> {
    try {
      const path = '/_matrix/client/v3/voip/turnServer';
      const action = 'ask for TURN servers';
      const reply = await this.#homeserver.request({ method: 'GET', path, action, timeoutMs: TIMEOUT_MS });
      const { turn, ttlMs } = parseTurnServer(reply);
      const keepMs = turn === undefined ? WITHOUT_TURN_MS : Math.max(ttlMs - MARGIN_MS, ttlMs / 2);
      this.#known = { turn, until: this.#clock.now() + keepMs };
      return turn;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#logger.debug(`${why}; calls go on without TURN`);
      this.#known = { turn: undefined, until: this.#clock.now() + AFTER_FAILURE_MS };
      return undefined;
    }
  }
}

/** `GET /voip/turnServer`: empty when the homeserver has none (client-server API, "Voice over IP"). */
export function parseTurnServer(reply: unknown): { readonly turn: Turn; readonly ttlMs: number } {
  const { uris, username, password, ttl } = objectOr(reply);
  const list = Array.isArray(uris) ? uris.filter((uri): uri is string => typeof uri === 'string') : [];
  const ttlMs = Math.min(Math.max(finiteNumber(ttl) ?? 0, 60), 7 * 86_400) * 1_000;
  if (list.length === 0 || typeof username !== 'string' || typeof password !== 'string') {
    return { turn: undefined, ttlMs };
  }
  return { turn: { uris: list, username, password }, ttlMs };
}
