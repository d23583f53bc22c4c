/** HTTP of the gateway: listeners, health and metrics, the dialer. What the homeserver calls is in `matrix`. */
export { dialer } from './dialer/index.ts';
export {
  createMediaLinks,
  type DownloadOptions,
  downloadRoutes,
  type LinkedMedia,
  type MediaLinkBook,
} from './downloads/index.ts';
export type { Health, HealthCheck, PartHealth } from './health.ts';
export { type Metric, processMetrics, type Sample } from './metrics.ts';
export { type HttpServer, type HttpServerOptions, ListenError, startHttpServer, statusRoutes } from './server.ts';
