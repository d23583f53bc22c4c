/** Whether a place of a trunk takes a TCP or TLS connection, and what certificate it shows (RFC 5922). */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { Destination } from '../dns/index.ts';
import type { TlsSettings } from '../server/index.ts';
import { withPort } from './dns.ts';
import type { Finding } from './finding.ts';

const CONNECT_MS = 5_000;
const DAY_MS = 86_400_000;
/** Time enough to get a new one. */
const SOON_DAYS = 21;

export interface SeenCertificate {
  /** Names that it is for. */
  readonly names: readonly string[];
  /** ms since 1970. */
  readonly expiresAt: number;
  /** Why it is not trusted, as the TLS library says; undefined: it is. */
  readonly distrust: string | undefined;
}

/** @returns one finding; never rejects */
export async function connectionFinding(
  { transport, address, port, domain }: Destination,
  tls: TlsSettings,
  clock: { readonly now: () => number; readonly epochMs: () => number },
): Promise<Finding & { readonly certificate?: SeenCertificate }> {
  const begun = clock.now();
  const where = withPort(address, port);
  if (transport === 'udp')
    return { step: 'UDP', verdict: 'note', words: `${where}: UDP shows only with the next steps` };
  const step = transport.toUpperCase();
  try {
    if (transport === 'tcp') {
      const socket = await opened(connectTcp({ host: address, port }), 'connect');
      socket.destroy();
      return { step, verdict: 'ok', words: `${where} takes the connection`, ms: clock.now() - begun };
    }
    const certificate = await inspectCertificate(address, port, domain, tls);
    return {
      ...certificateFinding(certificate, domain, tls.verifyServer !== false, clock.epochMs()),
      step,
      certificate,
      ms: clock.now() - begun,
    };
  } catch (error) {
    const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    const words = `${where} takes no connection (${why}): check port and transport, and the firewalls on the way`;
    return { step, verdict: 'wrong', words, ms: clock.now() - begun };
  }
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
  const socket = connectTls({
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

function certificateFinding(
  { names, expiresAt, distrust }: SeenCertificate,
  domain: string,
  isVerified: boolean,
  now: number,
): Pick<Finding, 'verdict' | 'words'> {
  const day = Number.isNaN(expiresAt) ? 'an unknown day' : new Date(expiresAt).toISOString().slice(0, 10);
  const facts = `certificate for ${names.join(', ') || 'nobody'}, valid until ${day}`;
  if (distrust !== undefined) {
    const fault = `${facts}: ${distrustWords(distrust, domain)}`;
    return isVerified
      ? { verdict: 'wrong', words: fault }
      : { verdict: 'note', words: `${fault}; it is taken all the same (verify_server: false)` };
  }
  const days = Math.floor((expiresAt - now) / DAY_MS);
  if (days < SOON_DAYS) return { verdict: 'note', words: `${facts}: it expires in ${days} days` };
  return { verdict: 'ok', words: facts };
}

function distrustWords(code: string, domain: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return 'it has expired; whoever runs the trunk has to renew it';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `it is not for ${domain}; give the name that it is for as host`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'no authority that is known here vouches for it; give the one that does as sip.embedded.tls.ca';
    default:
      return `it is not trusted (${code})`;
  }
}

function namesOf({ subjectaltname, subject }: PeerCertificate): string[] {
  const alternative = (subjectaltname ?? '')
    .split(', ')
    .flatMap((one) => (/^(?:DNS|IP Address|URI):/.test(one) ? [one.replace(/^(?:DNS|IP Address|URI):/, '')] : []));
  const common = [subject?.CN ?? []].flat();
  return alternative.length > 0 ? alternative : common;
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
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
