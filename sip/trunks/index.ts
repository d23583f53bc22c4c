/** The trunks as they are at this moment: whose requests come in, who is registered, what is up. */
export { inspectCertificate, opened, type SeenCertificate } from './certificate.ts';
export { sendOptions } from './keep-alive.ts';
export { LiveTrunk, type LiveTrunkParts } from './live-trunk.ts';
export { Pace } from './pace.ts';
export { Trunks, type TrunksParts } from './trunks.ts';
