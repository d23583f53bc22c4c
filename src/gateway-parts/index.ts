/** Parts that take some steps to start; `gateway.ts` puts them together. */
export { type Calls, createCalls } from './calls.ts';
export { startHttp } from './http.ts';
export { realUsers, sharedLines, startLines } from './lines.ts';
export { startMedia } from './media.ts';
export { type Money, startMoney } from './money.ts';
export { liveParts, type OperationSources, operationParts } from './operations.ts';
export { type Registrations, registrationsOf } from './registrations.ts';
export { startSipServer } from './sip-server.ts';
export { createTexts, type Texts } from './texts.ts';
