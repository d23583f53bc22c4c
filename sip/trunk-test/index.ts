/** Looks at one trunk from this machine, step by step: DNS, TCP or TLS, each account, an OPTIONS round trip. */
export type { Finding, Report } from './finding.ts';
export { type TrunkTestParts, testTrunk } from './test-trunk.ts';
