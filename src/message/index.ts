/** Texts: out and in, what becomes of them, groups, lent numbers, consent. Others use only what is exported here. */
export type { InboundOptions } from './inbound/index.ts';
export type { MessageCounts, MessageService, MessageServiceOptions } from './message-service.ts';
export { defaultOutboundPolicy, type OutboundPolicy } from './outbound/policy.ts';
export type { MessageBooks, NumberPool } from './parts.ts';
export * from './ports.ts';
export * from './transport.ts';
