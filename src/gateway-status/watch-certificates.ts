/** The certificate of our own SIP listeners: it ends some day, and nobody thinks of it. */
import { readFileSync } from 'node:fs';
import type { HealthCheck, Metric } from '../http/index.ts';
import { certificatesHealth, certificatesOf } from './certificates.ts';
import { certificateMetrics } from './metrics.ts';

/**
 * Looks at the file each time it is asked, so that a renewed one is seen.
 * @param file PEM @param now milliseconds since the Unix epoch
 */
export function watchCertificate(
  file: string,
  now: () => number,
): { readonly check: HealthCheck; readonly metrics: readonly Metric[] } {
  const certificates = () => certificatesOf({ [file]: readIfThere(file) });
  return { check: () => certificatesHealth(certificates(), now()), metrics: certificateMetrics(certificates) };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
