/** Identifiers that must not be mixed up. */
export type MatrixUserId = string & { readonly __brand: 'MatrixUserId' };
export type RoomId = string & { readonly __brand: 'RoomId' };
export type EventId = string & { readonly __brand: 'EventId' };
/** `call_id` of `m.call.*`. */
export type CallId = string & { readonly __brand: 'CallId' };
