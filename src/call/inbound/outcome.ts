/** What the telephone network is told of a call that nobody took, and under which cause it goes into the records. */
import type { Refusal } from '../../../sip/index.ts';
import type { CallRoomFailure } from '../../matrix/index.ts';
import type { InboundOutcome, InboundPlan, NobodyTook } from '../ports.ts';
import { type CauseKey, causeOfFailure, type Explanation, explainMedia, type TelephoneCause } from '../reasons.ts';
import type { Onward } from '../transfer/onward.ts';
import type { Ring, Verdict } from './state.ts';

/** Seconds after which a caller may try again when the gateway is full or its homeserver is away. */
const retryAfterS = 30;

/** A refusal and what is written down of it. */
export interface NotTaken {
  readonly refusal: Refusal;
  readonly cause: CauseKey;
  readonly admin: string;
}

/** The homeserver is away: Q.850 cause 41, temporary failure. */
const homeserverAway: Refusal = { status: 503, q850: 41, text: 'Temporary failure', retryAfterS };
/** Somebody tried to answer and could not: Q.850 cause 31, normal, unspecified. */
const noMicrophone: Refusal = { status: 480, q850: 31, text: 'Normal, unspecified' };

/** Somebody here ended it: Q.850 cause 31, normal, unspecified. */
export const cleared: Refusal = { status: 480, q850: 31, text: 'Normal, unspecified' };

const causes: Readonly<Record<NobodyTook, CauseKey>> = {
  rejected: 'declined',
  busy: 'line-busy',
  'no-answer': 'no-answer',
  'nobody-reachable': 'not-reachable',
};

const unreachable: ReadonlySet<Verdict> = new Set<CallRoomFailure>([
  'no-such-user',
  'no-such-room',
  'not-joined',
  'encrypted',
  'homeserver',
]);

/** Of several verdicts the first of these counts: what a person said before what a network did not do. */
export function whyNobodyTook(rings: readonly Ring[]): NobodyTook {
  const has = (verdict: Verdict): boolean => rings.some((ring) => ring.verdict === verdict);
  if (has('rejected') || rings.some(({ declined }) => declined)) return 'rejected';
  if (has('busy')) return 'busy';
  if (has('no-answer')) return 'no-answer';
  return 'nobody-reachable';
}

/** Where a call goes that nobody took, when it is to go on. */
export function goesOnTo(rings: readonly Ring[], plan: InboundPlan): Onward | undefined {
  const outcome = plan.outcomes[whyNot(rings, plan)];
  return outcome.kind === 'forward' ? { to: outcome.to, by: outcome.by } : undefined;
}

const whyNot = (rings: readonly Ring[], { instead }: InboundPlan): NobodyTook =>
  rings.length === 0 && instead !== undefined ? instead : whyNobodyTook(rings);

export function notTaken(rings: readonly Ring[], plan: InboundPlan): NotTaken {
  const why = whyNot(rings, plan);
  const cause = causes[why];
  const said = rings.map(({ verdict }) => verdict).join(', ');
  const planned = plan.outcomes[why];
  if (planned.kind !== 'refuse') return { ...redirected(planned), cause, admin: `${why} (${said}); redirected` };
  const admin = `${why} (${said})`;
  if (why === 'nobody-reachable' && rings.length > 0 && rings.every(({ verdict }) => verdict === 'homeserver')) {
    return { refusal: homeserverAway, cause: 'gateway-problem', admin: 'the homeserver could not be reached' };
  }
  if (why === 'no-answer' && rings.some(({ mediaFailed }) => mediaFailed)) {
    return { refusal: noMicrophone, cause, admin: `${admin}; a client could not open its microphone` };
  }
  return { refusal: planned.refusal, cause, admin };
}

function redirected({ to }: Extract<InboundOutcome, { kind: 'redirect' | 'forward' }>): { readonly refusal: Refusal } {
  return { refusal: { status: 302, contact: to } };
}

/** What a refusal that was decided before anybody rang counts as. */
export function causeOfRefusal({ status, q850 }: Refusal): CauseKey {
  return causeOfFailure({
    status,
    phrase: '',
    ...(q850 === undefined ? {} : { q850 }),
    sawProvisional: true,
    origin: 'remote',
  });
}

type MediaCode = Parameters<typeof explainMedia>[0];

/** The media for it could not be set up. RFC 3261 §21.4.26: 488 when the offer cannot be met. */
export function mediaRefusal(code: MediaCode, message: string): NotTaken {
  const { cause } = explainMedia(code, 'rtp', message);
  return { refusal: refusalForCause(cause), cause, admin: message };
}

function refusalForCause(cause: CauseKey): Refusal {
  switch (cause) {
    case 'no-common-codec':
    case 'technical-error':
      // Q.850 cause 88: incompatible destination.
      return { status: 488, q850: 88, text: 'Incompatible destination' };
    case 'gateway-full':
      // Q.850 cause 34: no circuit available.
      return { status: 503, q850: 34, text: 'No circuit available', retryAfterS };
    default:
      return { status: 503, q850: 41, text: 'Temporary failure', retryAfterS };
  }
}

/** The gateway cannot go on with a call that nobody has answered yet. */
export function gatewayRefusal({ cause, admin }: Pick<Explanation, 'cause' | 'admin'>): NotTaken {
  return { refusal: refusalForCause(cause), cause, admin };
}

/**
 * The final answer to an INVITE in place of a hang-up, when the client's side ends between its answer and our 200 (RFC 3398
 * §8.2.6 and the statuses that networks give for these causes).
 */
export function asRefusal({ q850, text }: TelephoneCause): Refusal {
  switch (q850) {
    case 17:
      return { status: 486, q850, text };
    case 21:
      return { status: 603, q850, text };
    case 88:
      return { status: 488, q850, text };
    // No audio between the client and us: the caller's own network is in order.
    case 41:
      return noMicrophone;
    default:
      return { status: 480, q850, text };
  }
}

export const isUnreachable = (verdict: Verdict | undefined): boolean =>
  verdict !== undefined && unreachable.has(verdict);
