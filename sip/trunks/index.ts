/** The trunks as they are at this moment: whose requests come in, who is registered, what is up. */
export { type Lookup, TrunkDirectory } from './directory.ts';
export { LiveTrunk, type LiveTrunkParts } from './live-trunk.ts';
