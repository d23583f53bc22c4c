/** The decision about calls from the telephone, bound to its rules and to the clock. */
import type { DecideInbound, InboundDecided } from '../call/index.ts';
import { decideInbound, INSIDE, type InboundRules, isOwnNumber } from './inbound.ts';
import type { InsideCaller } from './outbound.ts';

export interface InboundDecisionParts {
  readonly rules: InboundRules;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

export interface InboundDecision {
  readonly decide: DecideInbound;
  /** Whom a number of our own rings when somebody here calls it; undefined for numbers that are not ours. */
  readonly own: (called: string, caller: InsideCaller) => InboundDecided | undefined;
}

export function createInboundDecision({ rules, now }: InboundDecisionParts): InboundDecision {
  return {
    decide: (request) => decideInbound(request, rules, now()),
    own(called, caller) {
      if (!isOwnNumber(called, rules)) return undefined;
      const trunk = rules.lines.lineOf(called)?.trunk ?? INSIDE;
      // How many calls there are was judged already: this one is among them.
      return decideInbound({ callRef: '', trunk, called, caller, live: 0 }, rules, now());
    },
  };
}
