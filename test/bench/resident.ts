/** How much memory another process holds. */
import { readFileSync } from 'node:fs';
import { rounded } from './figure.ts';

/** Resident memory (RSS) of a process, MiB. */
export function residentMib(pid: number): number {
  const kib = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmRSS:\s+(\d+) kB/m)?.[1];
  return rounded(Number(kib) / 1024);
}
