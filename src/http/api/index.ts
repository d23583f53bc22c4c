/** The provisioning API: operations over HTTP, with their description. */
export type { ApiToken } from './authentication.ts';
export { type ApiClient, type ApiClientOptions, createApiClient } from './client.ts';
export { describeApi } from './description.ts';
export { openIdOf } from './open-id.ts';
export { API_PREFIX, type ApiOptions, apiRoutes } from './routes.ts';
