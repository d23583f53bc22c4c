/** Gathers what a decision needs, asks `decideOutbound`, and remembers what a number meant at its first use. */
import type { Logger } from 'pino';
import type { Decide, InboundDecided } from '../call/index.ts';
import type { RoomId } from '../matrix/index.ts';
import {
  type Dialled,
  type Meaning,
  meaningOf,
  type NumberBindings,
  type NumberRules,
  parseDialString,
  splitCallerIdCode,
} from '../number/index.ts';
import type { DestinationGuard } from './limits/index.ts';
import { extensionFor } from './line-book.ts';
import { decideOutbound, type InsideCaller, type OutboundMoment, type OutboundRules } from './outbound.ts';
import type { Prices } from './rating/index.ts';
import type { Availability } from './trunk-rules.ts';

/** What users chose for themselves. */
export interface LineChoices {
  /** The number to be shown: the room's, else the user's; undefined when nothing was chosen. */
  line(user: string, room?: RoomId): Promise<string | undefined>;
  /** Whether the user wants no number to be shown: in the room, else at all. */
  withheld(user: string, room?: RoomId): Promise<boolean>;
}

export interface NamedAvailability extends Availability {
  readonly name: string;
}

export interface OutboundDecisionParts {
  readonly rules: OutboundRules;
  readonly bindings: NumberBindings;
  readonly choices: LineChoices;
  /** How the trunks are; asked once for each call. */
  readonly trunks: () => readonly NamedAvailability[];
  /** Whom a number of our own rings; undefined for numbers that are not ours. */
  readonly own: (called: string, caller: InsideCaller) => InboundDecided | undefined;
  readonly random: () => number;
  /** Default: nothing is charged. */
  readonly prices?: Pick<Prices, 'call'>;
  /** Default: no limits against fraud. */
  readonly guard?: DestinationGuard;
  /** ms since 1970. */
  readonly now?: () => number;
  readonly logger: Logger;
}

/** The decision that a call service asks for. */
export function createOutboundDecision(parts: OutboundDecisionParts): Decide {
  const { rules, bindings, choices, logger } = parts;
  return async (request) => {
    const { callRef, caller, dialled: literal, live } = request;
    const [chosen, alwaysWithheld] = await Promise.all([
      choices.line(caller, request.roomId),
      choices.withheld(caller, request.roomId),
    ]);
    const common = {
      caller,
      literal,
      live,
      ...(chosen === undefined ? {} : { chosen }),
      ...(request.isTransfer === undefined ? {} : { isTransfer: true }),
      ...(request.maxForwards === undefined ? {} : { hopsLeft: request.maxForwards }),
    };
    const read = parseDialString(literal);
    const moment = momentOf(parts);
    if (!read.ok) return decideOutbound({ ...common, number: undefined, withheld: alwaysWithheld }, rules, moment);
    const hasExtension = extensionFor(rules.lines, caller, chosen) !== undefined;
    const meant = readMeaning(read.dialled, rules.numbersOf(caller), hasExtension);
    const { dialled, withheld = alwaysWithheld } = meant;
    let { meaning } = meant;
    const bound = meaning.kind === 'e164' ? await bindings.find(caller, literal) : undefined;
    if (bound !== undefined && bound !== meaning.target) meaning = { kind: 'e164', target: bound };
    const decision = decideOutbound({ ...common, number: { dialled, meaning }, withheld }, rules, moment);
    if (decision.kind !== 'refuse' && meaning.kind === 'e164' && bound === undefined) {
      // Not waited for: the INVITE does not depend on it, and the same binding would be made next time.
      bindings.bind({ user: caller, literal, e164: meaning.target }).catch((error: unknown) => {
        logger.error({ callRef, err: error }, 'the meaning of a number could not be remembered');
      });
    }
    return decision;
  };
}

function momentOf({ trunks, random, own, prices, guard, now }: OutboundDecisionParts): OutboundMoment {
  const byName = new Map(trunks().map((trunk) => [trunk.name, trunk]));
  return {
    availability: (name) => byName.get(name),
    random,
    own,
    ...(prices === undefined ? {} : { prices }),
    ...(guard === undefined ? {} : { guard }),
    ...(now === undefined ? {} : { now: now() }),
  };
}

interface Meant {
  readonly dialled: Dialled;
  readonly meaning: Meaning;
  /** Undefined: no code said so. */
  readonly withheld?: boolean;
}

/** A code for caller ID is ours to understand, unless the dial plan has it or a PBX does. */
function readMeaning(dialled: Dialled, rules: NumberRules, hasExtension: boolean): Meant {
  const meaning = meaningOf(dialled, rules);
  if (dialled.kind !== 'digits' || meaning.kind !== 'code' || hasExtension) return { dialled, meaning };
  const { dial, withheld } = splitCallerIdCode(dialled.dial);
  if (withheld === undefined) return { dialled, meaning };
  const bare: Dialled = { ...dialled, dial };
  return { dialled: bare, meaning: meaningOf(bare, rules), withheld };
}
