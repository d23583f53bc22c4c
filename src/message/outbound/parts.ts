/** What the outbound side works with. */
import type { MessageParts } from '../parts.ts';
import type { DecideText, MediaLinks, TextCharging } from '../ports.ts';
import type { OutboundPolicy } from './policy.ts';

export interface OutboundParts extends MessageParts {
  readonly decide: DecideText;
  readonly policy: OutboundPolicy;
  readonly media?: MediaLinks;
  /** Absent: texts cost nothing. */
  readonly charging?: TextCharging;
}

/** Rooms and ghosts of answers that the gateway itself gives (to STOP, HELP): nobody is shown what becomes of them. */
export const NOWHERE = '';
