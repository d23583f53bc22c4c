/** The base values from which every timer of RFC 3261 §17 is derived (appendix A, table 4), in milliseconds. */
export interface TimerBase {
  /** Estimate of the round trip; 500 ms by default. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of a non-INVITE request and of an INVITE's response; 4 s by default. */
  readonly t2Ms: number;
  /** How long the network may hold a message; 5 s by default. */
  readonly t4Ms: number;
}

export const RFC3261_TIMERS: TimerBase = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000 };

/** What a machine needs to know of the world: its base values, and whether the transport loses messages. */
export interface TransactionConditions extends TimerBase {
  /** TCP and TLS: nothing is retransmitted and nothing is waited for (RFC 3261 §17.1.1.1). */
  readonly reliable: boolean;
}

/** Timers B, F, H, J, L and M: how long an exchange may last. */
export function transactionTimeoutMs(base: TimerBase): number {
  return 64 * base.t1Ms;
}

/** Timer D: at least 32 s on an unreliable transport (RFC 3261 §17.1.1.2), so 64·T1 with the usual T1. */
export function timerDMs(base: TimerBase): number {
  return 64 * base.t1Ms;
}

/** The names the four machines use. A…K are of RFC 3261, L and M of RFC 6026. */
export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M';
