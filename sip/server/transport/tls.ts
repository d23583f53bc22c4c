import { isIP } from 'node:net';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import type { TlsSettings } from '../settings.ts';
import type { Target } from './types.ts';

/** The oldest version that RFC 8996 allows. */
const MIN_VERSION = 'TLSv1.2';

/** Options of the listening side; undefined when there is no certificate to listen with. */
export function tlsServerOptions(settings: TlsSettings, handshakeTimeoutMs: number): TlsOptions | undefined {
  if (settings.cert === undefined) return undefined;
  const verify = settings.verifyClient === true;
  return {
    ...material(settings),
    minVersion: MIN_VERSION,
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: verify,
    rejectUnauthorized: verify,
  };
}

/**
 * Options of the connecting side: SNI and the certificate's name are those of the domain that was asked for, not of the
 * host that DNS gave (RFC 5922 §7.1, RFC 3263 §4).
 */
export function tlsClientOptions(settings: TlsSettings, target: Target): ConnectionOptions {
  const name = target.serverName ?? target.address;
  return {
    ...material(settings),
    minVersion: MIN_VERSION,
    host: target.address,
    port: target.port,
    // RFC 6066 §3: an address is no server name.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: settings.verifyServer !== false,
  };
}

function material(settings: TlsSettings): Pick<TlsOptions, 'cert' | 'key' | 'ca'> {
  const { cert, key, ca } = settings;
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca: Array.isArray(ca) ? [...ca] : (ca as string | Buffer) }),
  };
}
