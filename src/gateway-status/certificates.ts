/** Certificates of our own listeners, and when they end. */
import { X509Certificate } from 'node:crypto';
import type { PartHealth } from '../http/index.ts';

export interface Certificate {
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** Two weeks: time enough to find out why it was not renewed. */
const SOON_MS = 14 * 24 * 3_600_000;

/** The first certificate of each PEM file: the one of the server itself. What is none is left out: start tells of it. */
export function certificatesOf(files: Readonly<Record<string, string | Buffer | undefined>>): Certificate[] {
  return Object.entries(files).flatMap(([name, pem]): Certificate[] => {
    if (pem === undefined) return [];
    try {
      return [{ name, expiresAt: Date.parse(new X509Certificate(pem).validTo) }];
    } catch {
      return [];
    }
  });
}

/** @param now milliseconds since the Unix epoch */
export function certificatesHealth(certificates: readonly Certificate[], now: number): PartHealth {
  return {
    state: certificates.some((each) => isEndingSoon(each, now)) ? 'degraded' : 'ok',
    detail: certificates.map((each) => certificateWords(each, now)).join(' '),
  };
}

export function isEndingSoon({ expiresAt }: Certificate, now: number): boolean {
  return expiresAt - now < SOON_MS;
}

export function certificateWords({ name, expiresAt }: Certificate, now: number): string {
  const day = new Date(expiresAt).toISOString().slice(0, 10);
  return `The certificate ${name} ${expiresAt <= now ? 'ended' : 'ends'} on ${day}.`;
}
