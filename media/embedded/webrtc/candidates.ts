/** ICE candidates: which of the client's are of use, and how ours are told (RFC 8445 §5.1, RFC 8839 §5.1). */

import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { Candidate } from 'werift';
import type { LocalCandidate } from '../../sdp/index.ts';

const HOST_TYPE_PREFERENCE = 126;
/** RFC 8445 §6.1.2.5 caps the check list at 100 pairs; a client has a handful of candidates. */
export const MAX_REMOTE_CANDIDATES = 40;

/**
 * Reads a candidate line of the client (`candidate:…`, with or without `a=`).
 * @param ufrag the client's current one; candidates of an older generation name another
 * @returns undefined for what we cannot use: mDNS names (the client's checks reach us all the same, and make it a
 *   peer-reflexive candidate), TCP, component 2, other generations, and what cannot be read
 */
export function readRemoteCandidate(line: string, ufrag: string): Candidate | undefined {
  const text = line.trim().replace(/^a=/, '');
  if (!text.startsWith('candidate:') || text.length > 1000) return undefined;
  const parts = text.slice('candidate:'.length).split(/\s+/);
  const [foundation, component, transport, priority, host, port, , type] = parts;
  if (foundation === undefined || component !== '1' || transport?.toLowerCase() !== 'udp') return undefined;
  const portNumber = Number(port);
  const priorityNumber = Number(priority);
  if (!host || isIP(host) === 0 || !Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65_535)
    return undefined;
  if (!Number.isInteger(priorityNumber) || priorityNumber < 0 || priorityNumber > 0xffffffff) return undefined;
  if (type !== 'host' && type !== 'srflx' && type !== 'prflx' && type !== 'relay') return undefined;
  const ufragAt = parts.indexOf('ufrag', 8);
  if (ufragAt > 0 && parts[ufragAt + 1] !== ufrag) return undefined;
  // No generation: ours counts from zero with each restart, the client's goes on.
  return new Candidate(foundation, 1, 'udp', priorityNumber, host, portNumber, type === 'prflx' ? 'srflx' : type);
}

/**
 * Our host candidates. Public addresses stand for the local ones of their family; equal ones are told once.
 * @param bound the local addresses with their sockets' ports
 */
export function hostCandidates(
  bound: readonly { readonly address: string; readonly port: number }[],
  publicAddresses: readonly string[],
): LocalCandidate[] {
  const told: { address: string; port: number }[] = [];
  for (const { address, port } of bound) {
    const sameFamily = publicAddresses.filter((candidate) => candidate.includes(':') === address.includes(':'));
    for (const shown of sameFamily.length > 0 ? sameFamily : [address]) {
      if (!told.some((entry) => entry.address === shown && entry.port === port)) told.push({ address: shown, port });
    }
  }
  return told.map(({ address, port }, i) => ({
    foundation: createHash('sha1').update(`host ${address}`).digest('hex').slice(0, 8),
    // RFC 8445 §5.1.2.1; a preference of its own for each, so that no two are equal.
    priority: HOST_TYPE_PREFERENCE * 0x1000000 + (65_535 - i) * 0x100 + 255,
    ip: address,
    port,
    type: 'host',
  }));
}
