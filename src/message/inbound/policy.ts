/** What the administrator chose for texts that come in. */
import type { OptOutPolicy } from '../consent/opt-out.ts';

export interface InboundPolicy {
  /** So many texts of one telephone to one number of ours are shown within a minute; more are kept and shown after it. */
  readonly perMinute: number;
  /** By transport, in ms: texts that come so close together are joined when they look like parts of a long one. */
  readonly join: ReadonlyMap<string, number>;
  /** By transport, in ms: the same words of the same sender within this while are the same text. */
  readonly duplicates: ReadonlyMap<string, number>;
  /** How long the parts of a long text are waited for; then what is there is shown. */
  readonly partsWaitMs: number;
  readonly optOut: OptOutPolicy;
  /** Telephones in one room get one another's texts, where the room has not chosen otherwise. */
  readonly relay: boolean;
  /** Texts of telephones that are passed on to the others of one room within a minute. */
  readonly relayedPerMinute: number;
}

/** What holds when the administrator says nothing. */
export const defaultInboundPolicy: InboundPolicy = {
  perMinute: 30,
  join: new Map(),
  duplicates: new Map(),
  partsWaitMs: 3 * 60_000,
  optOut: { enabled: true, answers: true },
  relay: true,
  relayedPerMinute: 30,
};
