/** Gathers what a decision needs, asks `decideCall`, and remembers what a number meant at its first use. */
import type { Logger } from 'pino';
import { meaningOf, type NumberBindings, parseDialString } from '../number/index.ts';
import { type CallRules, decideCall } from './decide.ts';
import type { Decide } from './ports.ts';

export interface DeciderParts {
  readonly rules: CallRules;
  readonly bindings: NumberBindings;
  readonly logger: Logger;
}

/** The decision that a call service asks for. */
export function createDecider({ rules, bindings, logger }: DeciderParts): Decide {
  return async ({ callRef, caller, dialled: literal, live }) => {
    const read = parseDialString(literal);
    if (!read.ok) return decideCall({ caller, literal, number: undefined, live }, rules);
    const { dialled } = read;
    let meaning = meaningOf(dialled, rules.numbersOf(caller));
    const bound = meaning.kind === 'e164' ? await bindings.find(caller, literal) : undefined;
    if (bound !== undefined && bound !== meaning.target) meaning = { kind: 'e164', target: bound };
    const decision = decideCall({ caller, literal, number: { dialled, meaning }, live }, rules);
    if (decision.kind === 'allow' && meaning.kind === 'e164' && bound === undefined) {
      // Not waited for: the INVITE does not depend on it, and the same binding would be made next time.
      bindings.bind({ user: caller, literal, e164: meaning.target }).catch((error: unknown) => {
        logger.error({ callRef, err: error }, 'the meaning of a number could not be remembered');
      });
    }
    return decision;
  };
}
