/** INVITEs that come in: whose they are, what RFC 3261 §8.2 asks to be checked first, and the call that is made of them. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import {
  type AdmissionParts,
  admitted,
  calledIn,
  callerOf,
  changedPartyOf,
  divertedBy,
  type TrunkVerdict,
  whose,
} from '../inbound/index.ts';
import type { InboundCall, Refusal, SipLeg } from '../leg.ts';
import {
  header,
  headerHasToken,
  headerList,
  lenient,
  maxForwards,
  parseNameAddr,
  type SipMessage,
  type SipRequest,
  sessionDescription,
  sessionExpires,
} from '../message/index.ts';
import { ALLOW, allowOf, type TrunkSettings } from '../trunk/index.ts';
import type { DialogFacts } from './dialog-facts.ts';
import { reasonHeader } from './failure.ts';
import { InboundCallLeg } from './inbound-leg.ts';
import type { LegWorld } from './leg-world.ts';
import { redactNumbers } from './redact.ts';
import { type Replaced, replacedBy } from './replaced.ts';
import { answerTimer } from './session-timer.ts';
import type { IncomingRequest, Source } from './stack.ts';

/** Option tags that an INVITE may require (RFC 3261 §8.2.2.3). */
const KNOWN_EXTENSIONS: ReadonlySet<string> = new Set(['100rel', 'timer', 'replaces', 'norefersub']);

/** What a leg of a trunk needs, for one new leg. */
export type WorldOf = (
  trunk: TrunkSettings,
  account: string | undefined,
  logger: Logger,
) => { readonly world: LegWorld; bind(leg: InboundCallLeg): void };

export interface InboundCallsParts extends AdmissionParts {
  readonly logger: Logger;
  readonly world: WorldOf;
  /** Live legs and what their dialogs are called. */
  readonly dialogs: () => Iterable<{ readonly leg: SipLeg; readonly dialog: DialogFacts }>;
  /** Whether a dialog was ended a moment ago (RFC 3891 §3 tells it from one that never was). */
  readonly endedLately: (dialogKey: string) => boolean;
  /** Why no call can be taken now: the gateway stops, all lines of the trunk are in use. */
  readonly refusal: (trunk: TrunkSettings) => Refusal | undefined;
}

export class InboundCalls {
  readonly #parts: InboundCallsParts;
  #take: ((call: InboundCall) => void) | undefined;

  constructor(parts: InboundCallsParts) {
    this.#parts = parts;
  }

  onCall(take: (call: InboundCall) => void): void {
    this.#take = take;
  }

  /** Whether a request from outside of calls gets any answer at all: a server can ask before it keeps anything of it. */
  mayTalk(request: SipRequest, source: Source): boolean {
    const { directory, drops } = this.#parts;
    // Credentials are checked when the request is taken: here it is enough that they are claimed.
    const known = whose(request, source.address, directory).kind !== 'nobody';
    if (!known) drops.dropped(source.address, request.method);
    return known;
  }

  /** Takes an INVITE without a To-tag. */
  invite(request: IncomingRequest): void {
    const verdict = admitted(request, this.#parts);
    if (verdict !== undefined) this.#of(verdict, request);
  }

  /** Answers an OPTIONS without a To-tag (RFC 3261 §11.2): trunks ask so whether we are there. */
  options(request: IncomingRequest, closing: boolean): void {
    const { message, source } = request;
    if (!this.mayTalk(message, source)) return;
    const foreign = unknownExtensions(message);
    const texting = this.#parts.directory.trunks.find(({ texts }) => texts.enabled);
    if (foreign.length > 0) request.respond(420, { headers: { Unsupported: foreign.join(', ') } });
    else
      request.respond(closing ? 503 : 200, {
        headers: {
          Allow: texting === undefined ? ALLOW : allowOf(texting),
          Accept: 'application/sdp',
          Supported: [...KNOWN_EXTENSIONS].join(', '),
        },
      });
  }

  #of(verdict: TrunkVerdict, request: IncomingRequest): void {
    const { trunk, account } = verdict;
    const { message } = request;
    const callRef = `in-${randomBytes(6).toString('hex')}`;
    const logger = this.#parts.logger.child({ trunk: trunk.name, callRef, sipCallId: header(message, 'call-id') });
    const refuse = (status: number, headers: Readonly<Record<string, string>> = {}, why?: string): void => {
      logger.info({ status, from: request.source.address }, why ?? 'a call that came in is refused');
      request.respond(status, { headers });
    };
    const fault = faultOf(message);
    if (fault !== undefined) {
      refuse(fault.status, fault.headers);
      return;
    }
    const timer = answerTimer(
      { sessionExpires: sessionExpires(message), supportsTimer: headerHasToken(message, 'supported', 'timer') },
      trunk.sessionTimers.minSeS,
      trunk.sessionTimers.offer ? trunk.sessionTimers.expiresS : undefined,
    );
    if (timer.verdict === 'too-small') {
      refuse(422, timer.headers);
      return;
    }
    const take = this.#take;
    const no = take === undefined ? { status: 503, retryAfterS: 5 } : this.#parts.refusal(trunk);
    if (take === undefined || no !== undefined) {
      const { status = 503, q850, retryAfterS } = no ?? {};
      refuse(status, {
        ...(q850 === undefined ? {} : { Reason: reasonHeader({ q850 }) }),
        ...(retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }),
      });
      return;
    }
    const replaced = this.#replaced(trunk, message);
    if (replaced.kind === 'refused') {
      refuse(replaced.status, {}, 'a call that would take the place of another is refused');
      return;
    }
    const called = calledIn(message, trunk.inbound, verdict);
    if (called === undefined && replaced.kind !== 'replaces') {
      refuse(404, {}, 'a call that came in names nobody in the places of `inbound.did_from`');
      return;
    }
    const caller = callerOf(message, trunk.inbound);
    const { world, bind } = this.#parts.world(trunk, account, logger);
    const leg = new InboundCallLeg({ ...world, invite: request, account, caller, timerHeaders: timer.headers });
    bind(leg);
    const sdp = lenient(() => sessionDescription(message));
    logger.info(
      {
        called: redactNumbers(called ?? ''),
        caller: redactNumbers(caller.number ?? ''),
        withheld: caller.withheld,
        ...(account === undefined ? {} : { account }),
        ...(sdp === undefined ? { lateOffer: true } : {}),
      },
      'a call comes in',
    );
    try {
      take({
        leg,
        callRef,
        trunk: trunk.name,
        ...(account === undefined ? {} : { account }),
        called: called ?? '',
        caller,
        divertedBy: divertedBy(message, trunk.inbound),
        ...(sdp === undefined ? {} : { sdp }),
        ...(replaced.kind === 'replaces' ? { replaces: replaced.leg } : {}),
        maxForwards: maxForwards(message),
        listen: (listener) => leg.listen(listener),
      });
    } catch (error) {
      logger.error({ err: error }, 'a call that came in could not be handled');
      leg.reject({ status: 503, retryAfterS: 5 });
    }
  }

  #replaced(trunk: TrunkSettings, message: SipRequest): Replaced {
    return replacedBy(message, trunk.name, this.#parts.dialogs(), this.#parts.endedLately);
  }
}

/** What is wrong with an INVITE, in the order of RFC 3261 §8.2. */
function faultOf(
  message: SipRequest,
): { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined {
  const foreign = unknownExtensions(message);
  if (foreign.length > 0) return { status: 420, headers: { Unsupported: foreign.join(', ') } };
  // The gateway calls on in the caller's place: for it that was the last hop (RFC 3261 §16.3).
  if (maxForwards(message) === 0) return { status: 483, headers: {} };
  const from = lenient(() => parseNameAddr(header(message, 'from') ?? ''));
  const [contact] = lenient(() => headerList(message, 'contact')) ?? [];
  // A From without a tag is one of RFC 2543: the tag is empty then (RFC 3261 §12.1.1).
  if (from === undefined || contact === undefined) return { status: 400, headers: {} };
  if (message.body.length > 0 && !describes(message))
    return { status: 415, headers: { Accept: 'application/sdp', Allow: ALLOW } };
  return undefined;
}

function unknownExtensions(message: SipRequest): string[] {
  const required = lenient(() => headerList(message, 'require')) ?? [];
  return required.filter((tag) => !KNOWN_EXTENSIONS.has(tag.toLowerCase()));
}

/**
 * A body that is no session description of ours and that we need not understand is passed over (RFC 3261 §20.11: by its
 * Content-Disposition); what the sender wants to be handled is not.
 */
function describes(message: SipMessage): boolean {
  if (lenient(() => sessionDescription(message)) !== undefined) return true;
  return /handling\s*=\s*"?optional/i.test(header(message, 'content-disposition') ?? '');
}

/** The party that a message inside a call names. */
export function partyReader(trunk: TrunkSettings): LegWorld['readParty'] {
  return (message) => changedPartyOf(message, trunk.inbound);
}
