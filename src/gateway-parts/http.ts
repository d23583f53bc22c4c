/** The HTTP listeners: for the homeserver, and for people. */
import type { FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import { API_PREFIX, apiRoutes, openIdOf } from '../http/api/index.ts';
import { dialer, downloadRoutes, type HttpServerOptions, startHttpServer } from '../http/index.ts';
import type { Started } from '../lifecycle.ts';
import { OPERATIONS, type OperationParts } from '../operations/index.ts';
import type { Store } from '../store/index.ts';

export interface ApiParts {
  readonly isAdministrator: (user: string) => boolean;
  /** Undefined while the gateway starts. */
  readonly operations: () => OperationParts | undefined;
}

/** One listener for all, or two when people have their own. */
export async function startHttp(
  config: Config,
  logger: Logger,
  started: Started,
  homeserverRoutes: FastifyPluginAsync,
  status: FastifyPluginAsync,
  store: Pick<Store, 'mediaLinks'>,
  asToken: string,
  api: ApiParts,
): Promise<void> {
  const { url: linksUrl, max_megabytes: maxMegabytes } = config.texts.media_links;
  const forPeople: HttpServerOptions['mounts'] = [
    { plugin: status },
    ...(linksUrl === undefined
      ? []
      : [
          {
            plugin: downloadRoutes({
              book: store.mediaLinks,
              homeserverUrl: config.homeserver.url,
              token: asToken,
              maxBytes: maxMegabytes * 1_000_000,
              now: Date.now,
              logger,
            }),
          },
        ]),
    ...(config.api.enabled ? [{ prefix: API_PREFIX, plugin: provisioningApi(config, api, logger) }] : []),
    ...(config.dialer.enabled
      ? [
          {
            prefix: '/dialer',
            plugin: dialer({
              homeserverUrl: config.dialer.homeserver_url ?? config.homeserver.url,
              gatewayUsers: [`@${config.appservice.sender_localpart}:`, `@${config.ghosts.prefix}`, '@.tel.'],
            }),
          },
        ]
      : []),
  ];
  const { listen } = config.http;
  const common = { bodyLimit: config.limits.request_bytes, logger };
  const mounts = [{ plugin: homeserverRoutes }, ...(listen === undefined ? forPeople : [])];
  const servers = [{ ...common, name: 'homeserver', listen: config.appservice.listen, mounts }];
  if (listen !== undefined) servers.push({ ...common, name: 'people', listen, mounts: [...forPeople] });
  for (const options of servers) {
    const server = await startHttpServer(options);
    started.add(`HTTP listener for the ${options.name}`, () => server.close());
    const { host, port } = server.address;
    logger.info({ host, port }, `HTTP for the ${options.name} at ${host}:${port}`);
  }
}

function provisioningApi(
  { api, homeserver }: Config,
  { isAdministrator, operations }: ApiParts,
  logger: Logger,
): FastifyPluginAsync {
  return apiRoutes({
    operations: OPERATIONS,
    parts: operations,
    // The checks of the configuration let none through that has no token.
    tokens: api.tokens.flatMap(({ name, token, access }) => (token === undefined ? [] : [{ name, token, access }])),
    ...(api.openid ? { openId: openIdOf(homeserver) } : {}),
    isAdministrator,
    logger,
  });
}
