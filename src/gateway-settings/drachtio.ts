/** The drachtio servers in the words of `sip`. Reads the files of their authorities. */
import { readFileSync } from 'node:fs';
import type { Config } from '../../config/index.ts';
import type { DrachtioSettings } from '../../sip/index.ts';
import { present } from './present.ts';

export function drachtioSettings({ sip }: Config): DrachtioSettings {
  const { servers, listen } = sip.drachtio;
  return {
    servers: servers.map(({ name, host, port, secret = '', tls, ca, verify_server }) => ({
      host,
      port,
      secret,
      ...present({ name }),
      ...(tls
        ? {
            tls: {
              verifyServer: verify_server,
              ...present({ ca: ca === undefined ? undefined : readFileSync(ca) }),
            },
          }
        : {}),
    })),
    ...(listen === undefined
      ? {}
      : {
          listen: {
            host: listen.host,
            port: listen.port,
            secret: listen.secret ?? '',
            ...(listen.allow_from.length === 0 ? {} : { allowFrom: listen.allow_from }),
          },
        }),
  };
}
