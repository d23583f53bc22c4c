/** Looks at one trunk from this machine, step by step: DNS, TCP or TLS, each account, an OPTIONS round trip. */
export { connectionFinding, inspectCertificate, type SeenCertificate } from './connection.ts';
export type { Finding, Report } from './finding.ts';
export { type TrunkTestParts, testTrunk } from './test-trunk.ts';
