/** Rooms with several telephones: what one of them writes is passed on to the others. */
export { GroupRelay, type GroupRelayParts, type ToRelay } from './relay.ts';
