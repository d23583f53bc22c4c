/** The provisioning API: each operation at its address, by one and the same way from request to answer. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import {
  actorOf,
  admitted,
  type Caller,
  execute,
  mayDo,
  type Operation,
  OperationError,
  type OperationParts,
} from '../../operations/index.ts';
import { type AuthenticationOptions, createAuthentication } from './authentication.ts';
import { describeApi } from './description.ts';
import { fieldsOf, hasBody, type InputFields, inputOf } from './input.ts';
import { PROBLEMS, Problem, type ProblemKind, sendProblem } from './problem.ts';
import { keyOf, Repeats } from './repeats.ts';

export const API_PREFIX = '/_trunkline/v1';

export interface ApiOptions extends Omit<AuthenticationOptions, 'now'> {
  readonly operations: readonly Operation[];
  /** Asked for at each request: parts come up one after the other. Undefined: not yet. */
  readonly parts: () => OperationParts | undefined;
  readonly logger: Logger;
}

/** Files of rates are long. */
const LARGEST_FILE = 64 * 1_048_576;
const FILE_TYPES = ['text/csv', 'text/plain'];

/** To be mounted at `API_PREFIX`. */
export function apiRoutes(options: ApiOptions): FastifyPluginAsync {
  const { operations, logger } = options;
  const now = (): number => options.parts()?.now() ?? Date.now();
  const authentication = createAuthentication({ ...options, now });
  const repeats = new Repeats(now);
  const callers = new WeakMap<FastifyRequest, Caller>();
  const description = JSON.stringify(describeApi(operations));

  return async (app) => {
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const problem = problemOf(error);
      if (problem.kind === 'gateway-trouble' || problem.kind === 'unavailable') {
        const { method, routeOptions } = request;
        logger.error({ err: error, method, route: routeOptions.url }, 'A request of the API failed');
      }
      return sendProblem(reply, problem);
    });
    app.setNotFoundHandler((_request, reply) =>
      sendProblem(
        reply,
        new Problem('not-found', 'There is nothing at this address. See /_trunkline/v1/openapi.json.'),
      ),
    );
    // Pages of elsewhere may ask, as they may the homeserver: who asks shows a token each time, and no cookie counts here.
    app.addHook('onRequest', async (_request, reply) => void reply.header('access-control-allow-origin', '*'));
    app.options('/*', async (_request, reply) =>
      reply
        .code(204)
        .headers({
          'access-control-allow-methods': 'GET, POST, PUT, DELETE',
          'access-control-allow-headers': 'Authorization, Content-Type, Idempotency-Key',
          'access-control-max-age': '86400',
        })
        .send(),
    );
    app.removeContentTypeParser('text/plain');
    app.addContentTypeParser(FILE_TYPES, { parseAs: 'string' }, (_request, body, done) => done(null, body));
    app.get('/openapi.json', async (_request, reply) => reply.type('application/json').send(description));
    app.get<{ Params: { kind: string } }>('/problems/:kind', async ({ params: { kind } }, reply) => {
      if (!Object.hasOwn(PROBLEMS, kind)) throw new Problem('not-found', 'There is no such kind of problem.');
      return reply.send(PROBLEMS[kind as ProblemKind]);
    });
    for (const operation of operations) mount(app, operation);
  };

  function mount(app: FastifyInstance, operation: Operation): void {
    const fields = fieldsOf(operation);
    app.route({
      method: operation.http.method,
      url: operation.http.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      ...(operation.command?.file === undefined ? {} : { bodyLimit: LARGEST_FILE }),
      // Before the body is read: nobody who may not do it makes us read one.
      onRequest: async (request) => {
        const caller = await authentication.callerOf(request.headers.authorization, request.ip);
        if (!mayDo(operation, caller)) throw new Problem('forbidden', 'Only administrators may do this.');
        callers.set(request, caller);
      },
      handler: (request, reply) => answer(operation, fields, request, reply),
    });
  }

  async function answer(
    operation: Operation,
    fields: InputFields,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const parts = options.parts();
    const caller = callers.get(request);
    if (parts === undefined || caller === undefined) throw new Problem('unavailable', 'The gateway is still starting.');
    if (!hasBody(operation) && request.body !== undefined) {
      throw new Problem('invalid', 'This request takes no body: its fields are in the query.');
    }
    const input = inputOf(operation, fields, request);
    const actor = actorOf(caller);
    const given = operation.changes ? keyOf(request.headers['idempotency-key']) : undefined;
    const key = `api ${given === undefined ? randomUUID() : `${actor} ${given}`}`;
    const context = { caller, key, parts };
    reply.header('cache-control', 'no-store');
    if (operation.download !== undefined) {
      const { mediaType, fileName, chunks } = operation.download(context, admitted(operation, input, context));
      return reply
        .type(mediaType)
        .header('content-disposition', `attachment; filename="${fileName.replaceAll(/[^\w.-]/g, '_')}"`)
        .send(Readable.from(chunks));
    }
    const run = async (): Promise<string> => {
      const output = await execute(operation, input, context);
      if (operation.changes) logger.info({ by: actor, operation: operation.name }, `${operation.name} was done`);
      return JSON.stringify(output ?? null);
    };
    const body = given === undefined ? await run() : await repeats.once(key, [operation.name, input], run);
    return reply.type('application/json').send(body);
  }
}

/** What was thrown on the way, in the words of the API. */
function problemOf(error: FastifyError | Problem | OperationError): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof OperationError) {
    const errors = error.faults.map(({ field, words }) => ({ field, detail: words }));
    return new Problem(error.code, error.message, { errors, cause: error });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return new Problem('too-large', 'The body is larger than this request may be.');
  if (status >= 400 && status < 500) return new Problem('unreadable', 'The body must be a JSON object.');
  return new Problem('gateway-trouble', 'It was not done, or not wholly. The log of the gateway says why.');
}
