/** HTTP: one listener with its security headers, limits and errors, on which parts mount their routes. */
import { type FastifyError, type FastifyInstance, type FastifyPluginAsync, fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { askHealth, type HealthCheck } from './health.ts';
import { type Metric, metricsText } from './metrics.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
}

export interface HttpServerOptions {
  /** `homeserver` or `people`, for the log. */
  readonly name: string;
  readonly listen: ListenAddress;
  /** Largest request body, in bytes. */
  readonly bodyLimit: number;
  readonly logger: Logger;
  /** Each is registered in a scope of its own, under its prefix. */
  readonly mounts: readonly { readonly prefix?: string; readonly plugin: FastifyPluginAsync }[];
}

export interface HttpServer {
  /** Where it listens: the port that the system chose, when it was 0. */
  readonly address: ListenAddress;
  /** Takes no new requests, answers those that are there, then settles. */
  close(): Promise<void>;
}

/** It cannot listen; `message` says what to do. */
export class ListenError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ListenError';
  }
}

/** A request, headers and body, must be there in this time. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Requests that are being answered get this long when the listener closes. */
const CLOSE_GRACE_MS = 2_000;

/** @throws ListenError when the address cannot be had */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const app = createHttpApp(options);
  const { host, port } = options.listen;
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new ListenError(listenProblem(options, error), { cause: error });
  }
  const [bound] = app.addresses();
  const close = async () => {
    // Who sends half a request and waits must not hold up the end of the process.
    const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
    await app.close();
    clearTimeout(timer);
  };
  return { address: { host, port: typeof bound === 'object' ? bound.port : port }, close };
}

function listenProblem({ name, listen }: HttpServerOptions, error: unknown): string {
  const where = `${listen.host}:${listen.port}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `The HTTP listener for the ${name} cannot have ${where}: another program has it.`;
  if (code === 'EACCES')
    return `The HTTP listener for the ${name} may not have ${where}: ports below 1024 need a privilege.`;
  return `The HTTP listener for the ${name} cannot have ${where} (${error instanceof Error ? error.message : error}).`;
}

/** The application without a listener: for tests, and for `startHttpServer`. */
export function createHttpApp(options: Omit<HttpServerOptions, 'listen' | 'name'>): FastifyInstance {
  // The cast forgets the logger's type, which plugins should not have to name.
  const app = fastify({
    bodyLimit: options.bodyLimit,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // What it does itself is told in our words; of fastify's only what went wrong is of use.
    loggerInstance: options.logger.child(
      {},
      { level: options.logger.isLevelEnabled('warn') ? 'warn' : options.logger.level },
    ),
    logController: new LogController({ disableRequestLogging: true }),
    // The homeserver keeps its connection; without this, stopping would wait for it.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1024 },
  }) as unknown as FastifyInstance;
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    // What has no policy of its own is no page: nothing in it may be run or framed.
    if (!reply.hasHeader('content-security-policy')) {
      reply.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    }
  });
  // Matrix specification, client-server API, "Standard error response".
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ errcode: 'M_UNRECOGNIZED', error: 'There is nothing at this address.' }),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'A request failed');
    return reply.code(status).send(errorBody(error, status));
  });
  for (const { prefix, plugin } of options.mounts) app.register(plugin, prefix === undefined ? {} : { prefix });
  return app;
}

function errorBody(error: FastifyError, status: number): { readonly errcode: string; readonly error: string } {
  if (status === 413) return { errcode: 'M_TOO_LARGE', error: 'The request is too large.' };
  if (status >= 500) return { errcode: 'M_UNKNOWN', error: 'The gateway could not do this; its log says why.' };
  if (
    error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' ||
    error.code?.startsWith('FST_ERR_CTP_') ||
    error instanceof SyntaxError
  ) {
    return { errcode: 'M_NOT_JSON', error: 'The request must be JSON.' };
  }
  return { errcode: 'M_UNKNOWN', error: error.message };
}

export interface StatusOptions {
  readonly checks: Readonly<Record<string, HealthCheck>>;
  readonly metrics: readonly Metric[];
}

/** `/health` (every part in words), `/health/live` and `/health/ready` for orchestrators, `/metrics` for Prometheus. */
export function statusRoutes({ checks, metrics }: StatusOptions): FastifyPluginAsync {
  return async (app) => {
    app.get('/health/live', async () => ({ status: 'alive' }));
    for (const url of ['/health', '/health/ready']) {
      app.get(url, async (_request, reply) => {
        const health = await askHealth(checks);
        return reply
          .code(health.status === 'ready' ? 200 : 503)
          .header('cache-control', 'no-store')
          .send(health);
      });
    }
    app.get('/metrics', async (_request, reply) =>
      reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(metrics)),
    );
  };
}
