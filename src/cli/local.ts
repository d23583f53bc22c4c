/** Where a gateway with this configuration is reached from its own machine. */
import type { Config } from '../../config/index.ts';

/** Pages for people, and the API: `http://127.0.0.1:9993`, without a slash at its end. */
export function localUrl({ http, appservice }: Pick<Config, 'http' | 'appservice'>): string {
  const { host, port } = http.listen ?? appservice.listen;
  const local = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${local}:${port}`;
}
