/** The Matrix side in its own words. */
import type { Config, Registration } from '../../config/index.ts';
import type { MatrixSettings } from '../matrix/index.ts';

export function matrixSettings(config: Config, registration: Registration): MatrixSettings {
  const { homeserver, appservice, ghosts, limits } = config;
  return {
    homeserverUrl: homeserver.url,
    serverName: homeserver.domain,
    appserviceId: registration.id,
    appserviceUrl: appservice.url,
    senderLocalpart: registration.senderLocalpart,
    asToken: registration.asToken,
    hsToken: registration.hsToken,
    ghostPrefix: ghosts.prefix,
    gatewayHost: ghosts.gateway_host,
    ghostEscape: ghosts.escape,
    registrationsPerSecond: ghosts.registrations_per_second,
    bodyLimitBytes: limits.request_bytes,
  };
}
