/** The embedded SIP server: UDP, TCP and TLS, transactions and dialogs, behind drachtio's control protocol. */
export { type Locate, locateByDns, UnreachableError } from './agent/targets.ts';
export { type EmbeddedSipServer, type RequestSource, startEmbeddedSipServer } from './server.ts';
export type { EmbeddedSipSettings, ListenerSettings, TlsSettings } from './settings.ts';
export type { TimerBase } from './transaction/timers.ts';
export { ListenError } from './transport/listen-error.ts';
export type { LocalPoint, Target } from './transport/types.ts';
