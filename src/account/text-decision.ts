/** Gathers what a decision about a text needs, asks for it, and remembers what a number meant at its first use. */
import type { Logger } from 'pino';
import type { DecideInboundText, DecideText } from '../message/index.ts';
import { type Meaning, meaningOf, type NumberBindings, parseDialString } from '../number/index.ts';
import type { DestinationGuard } from './limits/index.ts';
import type { LineChoices, NamedAvailability } from './outbound-decision.ts';
import type { Prices } from './rating/index.ts';
import { decideInboundText, decideText, type TextRules } from './texting.ts';

export interface TextDecisionParts {
  readonly rules: TextRules;
  readonly bindings: NumberBindings;
  readonly choices: Pick<LineChoices, 'line'>;
  /** How the trunks are; asked once for each text. */
  readonly trunks: () => readonly Pick<NamedAvailability, 'name' | 'state'>[];
  readonly random: () => number;
  /** Default: nothing is charged. */
  readonly prices?: Pick<Prices, 'text'>;
  /** Default: no limits against fraud. */
  readonly guard?: DestinationGuard;
  /** ms since 1970. */
  readonly now?: () => number;
  readonly logger: Logger;
}

export function createTextDecision({
  rules,
  bindings,
  choices,
  trunks,
  random,
  prices,
  guard,
  now,
  logger,
}: TextDecisionParts): DecideText {
  return async ({ user, roomId, dialled: literal }) => {
    const chosen = await choices.line(user, roomId);
    const byName = new Map(trunks().map((trunk) => [trunk.name, trunk]));
    const moment = {
      availability: (name: string) => byName.get(name),
      random,
      ...(prices === undefined ? {} : { prices }),
      ...(guard === undefined ? {} : { guard }),
      ...(now === undefined ? {} : { now: now() }),
    };
    const common = { user, ...(chosen === undefined ? {} : { chosen }) };
    const read = parseDialString(literal);
    if (!read.ok) return decideText({ ...common, number: undefined }, rules, moment);
    let meaning: Meaning = meaningOf(read.dialled, rules.numbersOf(user));
    const bound = meaning.kind === 'e164' ? await bindings.find(user, literal) : undefined;
    if (bound !== undefined) meaning = { kind: 'e164', target: bound };
    const decided = decideText({ ...common, number: { dialled: read.dialled, meaning } }, rules, moment);
    if (decided.kind === 'allow' && meaning.kind === 'e164' && bound === undefined) {
      // Not waited for: the same binding would be made next time.
      bindings.bind({ user, literal, e164: meaning.target }).catch((error: unknown) => {
        logger.error({ err: error }, 'the meaning of a number could not be remembered');
      });
    }
    return decided;
  };
}

/** @param now ms since 1970 */
export function createInboundTextDecision(rules: TextRules, now: () => number): DecideInboundText {
  return (request) => decideInboundText(request, rules, now());
}
