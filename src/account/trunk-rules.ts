/** Trunks as decisions see them. */
import type { Route } from '../call/index.ts';

/** What is laid down for calls on a trunk. */
export interface TrunkRules {
  readonly name: string;
  readonly rtp: Route['rtp'];
  readonly earlyMedia: Route['earlyMedia'];
  readonly ringTimeoutMs: number;
  readonly responseTimeoutMs?: number;
  readonly advanceOn?: readonly number[];
  readonly dtmf: 'rtp' | 'info';
  /** Who is named when a user has no line: `anonymous`, or undefined for the trunk's own number. */
  readonly callerId?: string;
  /** Dial what the user typed instead of the number in E.164. */
  readonly asDialled?: boolean;
  /** It takes REFER from us. */
  readonly refer?: boolean;
  /** Calls that somebody sends on go back to the network with the new number (302), which makes the call. Default: we make it. */
  readonly forwards?: 'redirect';
  /** Share of the calls, for routes by weight. */
  readonly weight: number;
}

/** How a trunk is at this moment. */
export interface Availability {
  readonly state: 'up' | 'down' | 'unknown';
  readonly calls: number;
  readonly maxCalls?: number;
}
