/** The certificate that a trunk shows (RFC 5922): looked at whether it is trusted or not. */
import { isIP, type Socket } from 'node:net';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { TlsSettings } from '../server/index.ts';

const CONNECT_MS = 5_000;

export interface SeenCertificate {
  /** Names that it is for. */
  readonly names: readonly string[];
  /** ms since 1970. */
  readonly expiresAt: number;
  /** Why it is not trusted, as the TLS library says; undefined: it is. */
  readonly distrust: string | undefined;
}

/**
 * Connects, and looks at the certificate whether it is trusted or not.
 * @param name what it has to be for
 * @throws when there is no TLS to be had there
 */
export async function inspectCertificate(
  address: string,
  port: number,
  name: string,
  { ca, cert, key }: TlsSettings,
): Promise<SeenCertificate> {
  const socket = connect({
    host: address,
    port,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca: ca as string }),
    ...(cert === undefined ? {} : { cert, key }),
    minVersion: 'TLSv1.2',
    // It is looked at here, and what is wrong with it is said in words.
    rejectUnauthorized: false,
  });
  const open = (await opened(socket, 'secureConnect')) as TLSSocket;
  const shown = open.getPeerCertificate();
  const seen = {
    names: namesOf(shown),
    expiresAt: Date.parse(shown.valid_to),
    distrust: open.authorized ? undefined : String(open.authorizationError),
  };
  open.destroy();
  return seen;
}

function namesOf({ subjectaltname, subject }: PeerCertificate): string[] {
  const alternative = (subjectaltname ?? '')
    .split(', ')
    .flatMap((one) => (/^(?:DNS|IP Address|URI):/.test(one) ? [one.replace(/^(?:DNS|IP Address|URI):/, '')] : []));
  const common = [subject?.CN ?? []].flat();
  return alternative.length > 0 ? alternative : common;
}

/** Settles when the socket is open; rejects when it cannot be, or not in time. */
export function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(CONNECT_MS, () => failed(new Error('no answer in time')));
    socket.once('error', failed);
    socket.once(event, () => {
      socket.setTimeout(0);
      socket.off('error', failed);
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}
