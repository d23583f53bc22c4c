/** Whether a place of a trunk takes a TCP or TLS connection, and what certificate it shows (RFC 5922). */
import { connect as connectTcp } from 'node:net';
import type { Destination } from '../dns/index.ts';
import type { TlsSettings } from '../server/index.ts';
import { inspectCertificate, opened, type SeenCertificate } from '../trunks/index.ts';
import { withPort } from './dns.ts';
import type { Finding } from './finding.ts';

const DAY_MS = 86_400_000;
/** Time enough to get a new one. */
const SOON_DAYS = 21;

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
