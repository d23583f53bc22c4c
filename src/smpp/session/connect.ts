/** The way to a service centre: TCP, or TLS with its certificate checked. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, rootCertificates } from 'node:tls';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls?: {
    /** The name in its certificate, when it is not `host`. */
    readonly serverName?: string;
    /** Certificates (PEM) that are trusted beside the well-known ones. */
    readonly ca?: string;
  };
}

/** No connection; the message says why, in words. */
export class SmppConnectError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SmppConnectError';
  }
}

const KEEP_ALIVE_MS = 60_000;

/**
 * @param signal ends the attempt
 * @throws SmppConnectError
 */
export async function connect(endpoint: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls } = endpoint;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = tls === undefined ? connectTcp({ host, port }) : connectTls(tlsOptions(endpoint, tls));
  // Whoever gets the socket listens for themselves; an error in between must not be nobody's.
  socket.on('error', () => {});
  const closed = (): void => reject(new Error('the far side closed the connection'));
  const stopped = (): void => reject(new Error('it was not waited for'));
  const timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs / 1000} s`)), timeoutMs);
  socket.once(tls === undefined ? 'connect' : 'secureConnect', resolve);
  socket.once('error', reject);
  socket.once('close', closed);
  signal.addEventListener('abort', stopped);
  if (signal.aborted) stopped();
  try {
    await promise;
  } catch (cause) {
    socket.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SmppConnectError(`no connection to ${host}:${port}: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stopped);
    socket.off('error', reject).off('close', closed);
  }
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

function tlsOptions({ host, port }: Endpoint, { serverName = host, ca }: NonNullable<Endpoint['tls']>) {
  return {
    host,
    port,
    // RFC 6066 §3: no addresses there.
    ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
    ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  } as const;
}
