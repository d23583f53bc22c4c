/** The routes that the homeserver calls, as a fastify plugin. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Seldom } from '../seldom.ts';
import { checkToken } from './auth.ts';
import { type AppserviceRequest, type Routed, routeRequest } from './route.ts';

/** An answer: status and JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface AppserviceHttpOptions {
  readonly hsToken: string;
  readonly bodyLimitBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with requests of the homeserver only. `body` is parsed JSON, for those that have one. */
  answer(request: AppserviceRequest, body: unknown): Promise<Answer>;
}

type Found = Extract<Routed, { type: 'found' }>;
const FOUND = Symbol('what the request asks for');
interface Marked extends FastifyRequest {
  [FOUND]?: Found;
}

/**
 * For `fastify.register(plugin)` without a prefix: paths of the application service API are fixed. It takes
 * `/_matrix/*` and, for old homeservers, `/transactions/*`, `/users/*` and `/rooms/*`; other paths are left to others.
 * `logLevel`: fastify's own request log would print tokens of legacy homeservers, so it is silent here.
 */
export function appserviceHttp(options: AppserviceHttpOptions): FastifyPluginAsync {
  const refusals = new Seldom(options.clock);
  return async (fastify: FastifyInstance) => {
    // Whatever Content-Type says, the body is JSON; it is parsed after the token was checked.
    fastify.removeAllContentTypeParsers();
    const parse = { parseAs: 'string', bodyLimit: options.bodyLimitBytes } as const;
    fastify.addContentTypeParser('*', parse, (_request, body, done) => done(null, body));
    fastify.setErrorHandler((error: { statusCode?: number; message?: string }, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) options.logger.error({ err: error }, 'a request of the homeserver could not be answered');
      return send(reply, faultOf(status));
    });
    for (const url of ['/_matrix/*', '/transactions/*', '/users/*', '/rooms/*']) {
      fastify.all(url, {
        logLevel: 'silent',
        bodyLimit: options.bodyLimitBytes,
        onRequest: async (request, reply) => admit(options, refusals, request, reply),
        handler: async (request, reply) => {
          const found = (request as Marked)[FOUND];
          if (found === undefined) return send(reply, faultOf(404));
          const body = parseBody(found.request, request.body);
          return send(reply, body.ok ? await options.answer(found.request, body.value) : body.answer);
        },
      });
    }
  };
}

/** Refuses before the body is read: who has no token sends nothing. */
async function admit(
  options: AppserviceHttpOptions,
  refusals: Seldom,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const target = request.raw.url ?? '/';
  const routed = routeRequest(request.method, target);
  if (routed.type === 'unknown-path') return send(reply, faultOf(404));
  if (routed.type === 'wrong-method') return send(reply.header('allow', routed.allow), faultOf(405));
  const query = routed.legacy ? new URLSearchParams(target.split('?')[1] ?? '').get('access_token') : null;
  const verdict = checkToken(options.hsToken, request.headers.authorization, query ?? undefined);
  if (verdict !== 'ok') {
    refusals.run((leftOut) => {
      const facts = { from: request.ip, token: verdict, leftOut };
      options.logger.warn(facts, 'refused a request that does not come from the homeserver');
    });
    return send(reply, verdict === 'missing' ? MISSING_TOKEN : WRONG_TOKEN);
  }
  (request as Marked)[FOUND] = routed;
  return undefined;
}

function parseBody(
  request: AppserviceRequest,
  text: unknown,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly answer: Answer } {
  if (request.type !== 'transaction') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(String(text ?? '')) as unknown };
  } catch {
    return { ok: false, answer: { status: 400, body: { errcode: 'M_NOT_JSON', error: 'The body is not JSON.' } } };
  }
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  return reply.code(status).send(body);
}

const MISSING_TOKEN: Answer = { status: 401, body: { errcode: 'M_MISSING_TOKEN', error: 'No token was given.' } };
const WRONG_TOKEN: Answer = { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'The token is not the hs_token.' } };

function faultOf(status: number): Answer {
  switch (status) {
    case 404:
      return { status, body: { errcode: 'M_UNRECOGNIZED', error: 'There is nothing here.' } };
    case 405:
      return { status, body: { errcode: 'M_UNRECOGNIZED', error: 'This path does not know that method.' } };
    case 413:
      return { status, body: { errcode: 'M_TOO_LARGE', error: 'The body is too large.' } };
    default:
      return {
        status,
        body: { errcode: 'M_UNKNOWN', error: status < 500 ? 'Bad request.' : 'Something went wrong here.' },
      };
  }
}
