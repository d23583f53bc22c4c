/** Calls: the machine of one call, the live calls, why calls end. Others use only what is exported here. */
export type { CallAttempt } from './attempts.ts';
export { type CallService, type CallServiceOptions, type CallStats, createCallService } from './call-service.ts';
export type { CallDirectory } from './directory.ts';
export { missedCall } from './inbound/index.ts';
export type { EndedCall, LiveCall } from './live-call.ts';
export type { Decided, EarlyMediaPolicy, Plan, Route } from './machine.ts';
export { type Naming, namingBy } from './naming.ts';
export * from './ports.ts';
export * from './reasons.ts';
export * from './record.ts';
export * from './sentences.ts';
