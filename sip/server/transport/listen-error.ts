import { bracketed, hostPort, type TransportName } from '../../message/index.ts';

/** A listener could not be opened; the message says which and what to do. */
export class ListenError extends Error {
  readonly transport: TransportName;
  readonly host: string;
  readonly port: number;
  /** The system's code, such as EADDRINUSE; undefined for TLS material that cannot be used. */
  readonly code: string | undefined;

  constructor(where: { transport: TransportName; host: string; port: number }, cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    const place = `${where.transport} ${hostPort(bracketed(where.host), where.port)}`;
    super(`The SIP server cannot listen at ${place}: ${inWords(code, cause)}`, { cause });
    this.name = 'ListenError';
    this.transport = where.transport;
    this.host = where.host;
    this.port = where.port;
    this.code = code;
  }
}

function inWords(code: string | undefined, cause: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has this port. Stop it, or choose another port.';
    case 'EADDRNOTAVAIL':
      return 'this machine does not have this address. Choose one of its own, or 0.0.0.0 for all.';
    case 'EACCES':
      return 'ports below 1024 need a privilege. Choose a port from 1024 up, or grant it (CAP_NET_BIND_SERVICE).';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}
