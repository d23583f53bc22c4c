/** Rooms: what memberships and state mean for ghosts, and what ghosts say about a room. Pure. */
export { type MembershipAction, type MembershipChange, onMembership, type PortalFacts } from './membership.ts';
export { others, type RoomFacts, roomFacts } from './state.ts';
export { roomWords } from './words.ts';
