/** What no key can tell alone: that keys do not go together. */
import type { Path } from '../describe.ts';

export interface Conflict {
  readonly path: Path;
  /** Other keys that it was judged by: when one of them is wrong itself, nothing is said. */
  readonly about?: readonly Path[];
  readonly problem: string;
  readonly expected: string;
  readonly found?: string;
  /** YAML that is right. */
  readonly example: string;
}

/** Reads a file that the configuration names; throws when it cannot. */
export type ReadFile = (path: string) => string;

const UNSPECIFIED = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

/** An address to listen on, which nobody can connect to. */
export function isUnspecified(host: string): boolean {
  return UNSPECIFIED.has(host.replace(/^\[|\]$/g, ''));
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Whether two listeners of the same transport want the same port; 0 is a free one. */
export function overlaps(a: Address, b: Address): boolean {
  const sameHost = a.host === b.host || isUnspecified(a.host) || isUnspecified(b.host);
  return a.port !== 0 && a.port === b.port && sameHost;
}

/** Whether a host of a URL or of a listener is this machine alone. */
export function isThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare.startsWith('127.') || bare === '::1';
}
