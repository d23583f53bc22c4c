/** What the homeserver is answered. */
import type { Logger } from 'pino';
import { HomeserverError } from '../client/errors.ts';
import { type Clock, pause } from '../clock.ts';
import type { Ghosts } from '../ghosts/ghosts.ts';
import type { RateLimit } from '../ghosts/rate-limit.ts';
import type { MatrixUserId } from '../ids.ts';
import type { Seldom } from '../seldom.ts';
import type { Answer } from './plugin.ts';
import type { AppserviceRequest } from './route.ts';
import { isOurProtocol, PROTOCOL, thirdPartyUser } from './third-party.ts';

/**
 * A lookup waits so long for its ghost to be registered: a client that transfers a call reads the ghost's profile right
 * after the lookup and fails without one. Whoever waits notices nothing of it.
 */
const REGISTRATION_HEAD_START_MS = 200;

export interface AnswersParts {
  readonly ghosts: Ghosts;
  readonly bot: MatrixUserId;
  readonly registrations: RateLimit;
  /** For the line that the limit is reached. */
  readonly limitReached: Seldom;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The user who is given in place of the ghost; undefined: the ghost. Never rejects. */
  realUser?(dialled: string): Promise<MatrixUserId | undefined>;
  acceptTransaction(txnId: string, body: unknown): Promise<void>;
  /** Called for each request of the homeserver. */
  onRequest(): void;
}

const OK: Answer = { status: 200, body: {} };
const NOBODY: Answer = { status: 200, body: [] };

export function createAnswers(parts: AnswersParts): (request: AppserviceRequest, body: unknown) => Promise<Answer> {
  return async (request, body) => {
    parts.onRequest();
    switch (request.type) {
      case 'transaction':
        await parts.acceptTransaction(request.txnId, body);
        return OK;
      case 'ping':
        return OK;
      case 'user-query':
        return userQuery(parts, request.userId);
      case 'room-query':
        // Rooms with numbers are direct chats: there is none behind an alias that could be created.
        return notFound('There is no room behind this alias.');
      case 'protocol':
        return isOurProtocol(request.protocol)
          ? { status: 200, body: PROTOCOL }
          : notFound('Not a protocol of this bridge.');
      case 'user-lookup':
        return lookUp(parts, request.protocol, request.phone);
      case 'user-reverse':
        return reverse(parts, request.userId);
      case 'location':
        return NOBODY;
      default:
        return request satisfies never;
    }
  };
}

/** The homeserver met an ID of our namespace that it does not know: confirmed, it exists from then on. */
async function userQuery({ ghosts, bot, logger }: AnswersParts, userId: string): Promise<Answer> {
  if (userId === bot) return OK;
  if (ghosts.dialable(userId) === undefined) return notFound('There is no such user.');
  try {
    // Without the limit of lookups: homeservers ask this only when somebody is about to reach the ghost.
    await ghosts.ensure(userId as MatrixUserId);
    return OK;
  } catch (error) {
    if (!(error instanceof HomeserverError)) throw error;
    logger.warn(error.message);
    return { status: 502, body: { errcode: 'M_UNKNOWN', error: 'The ghost cannot be registered now.' } };
  }
}

async function lookUp(parts: AnswersParts, protocol: string, phone: string | undefined): Promise<Answer> {
  if (!isOurProtocol(protocol) || phone === undefined) return NOBODY;
  const ghost = parts.ghosts.forDialled(phone);
  if (ghost === undefined) return NOBODY;
  // The ghost is made in any case, so that neither the time nor the ghost tells whose a number is.
  const [user] = await Promise.all([parts.realUser?.(phone), prepare(parts, ghost)]);
  return { status: 200, body: [thirdPartyUser(user ?? ghost, protocol, phone)] };
}

function reverse({ ghosts }: AnswersParts, userId: string | undefined): Answer {
  const address = userId === undefined ? undefined : ghosts.dialable(userId);
  if (userId === undefined || address === undefined) return NOBODY;
  return { status: 200, body: [thirdPartyUser(userId, 'm.protocol.pstn', address.dialled)] };
}

/** Registers the ghost on the way. Anybody may look up anything, so there is a limit to it; the answer is the same. */
async function prepare(parts: AnswersParts, ghost: MatrixUserId): Promise<void> {
  const { ghosts, registrations, limitReached, clock, logger } = parts;
  if (ghosts.isReady(ghost)) return;
  if (!registrations.take()) {
    limitReached.run((leftOut) => {
      logger.warn(
        { leftOut },
        'more numbers are looked up than ghosts may be registered; others are when they are called',
      );
    });
    return;
  }
  const registered = ghosts.ensure(ghost).catch((error: unknown) => {
    logger.warn(error instanceof Error ? error.message : String(error));
  });
  const waiting = new AbortController();
  await Promise.race([registered, pause(clock, REGISTRATION_HEAD_START_MS, waiting.signal)]);
  waiting.abort();
}

function notFound(error: string): Answer {
  return { status: 404, body: { errcode: 'M_NOT_FOUND', error } };
}
