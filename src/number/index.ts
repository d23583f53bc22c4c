/** Numbers: what people dial, what it means, how it is shown. */
export * from './bindings.ts';
export * from './caller-id-code.ts';
export * from './dial-plan.ts';
export * from './dial-string.ts';
export * from './display.ts';
export * from './e164.ts';
export { emergencyIntent } from './emergency.ts';
export * from './ghost-id.ts';
