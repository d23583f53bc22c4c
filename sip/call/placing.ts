/** What a call is placed with, or why it is not. */
import { randomBytes } from 'node:crypto';
import type { OutboundCallRequest, SipFailure, SipLegListener } from '../leg.ts';
import { buildInvite, type InvitePlan, TargetError, type TrunkSettings, trunkSettings } from '../trunk/index.ts';
import type { LiveTrunk } from '../trunks/index.ts';
import { sanitise } from './failure.ts';
import { redactNumbers } from './redact.ts';

export interface Placing {
  /** As the account of the call sees it. */
  readonly trunk: TrunkSettings;
  /** Absent: nothing is sent. */
  readonly live?: LiveTrunk;
  readonly plan: InvitePlan | SipFailure;
  /** Until it is its turn. */
  readonly waitMs: number;
}

export interface PlacingFacts {
  readonly live: LiveTrunk | undefined;
  readonly closing: boolean;
  /** Calls of the trunk at this moment. */
  readonly calls: number;
  readonly callId: string;
}

/** A call that is sent takes its turn at the trunk's pace. */
export function placingOf(request: OutboundCallRequest, { live, closing, calls, callId }: PlacingFacts): Placing {
  const trunk = live?.as(request.account) ?? live?.settings ?? NO_TRUNK;
  const refuse = (status: number, phrase: string, q850?: number): Placing => {
    const cause = q850 === undefined ? {} : { q850 };
    return { trunk, plan: { status, phrase, ...cause, sawProvisional: false, origin: 'local' }, waitMs: 0 };
  };
  if (closing) return refuse(503, 'The gateway is stopping');
  if (live === undefined) return refuse(500, `There is no trunk of the name ${sanitise(request.trunk)}`);
  if (live.as(request.account) === undefined)
    return refuse(500, `The trunk has no account ${redactNumbers(sanitise(request.account ?? ''))}`);
  if (trunk.maxCalls !== undefined && calls >= trunk.maxCalls)
    return refuse(503, 'All lines of the trunk are in use', 34);
  const { serviceRoute, contact } = live.learned(request.account);
  let plan: InvitePlan;
  try {
    plan = buildInvite(trunk, request, { callId, fromTag: randomBytes(8).toString('hex') }, serviceRoute);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    return refuse(484, 'The number cannot be dialled');
  }
  const waitMs = live.turn();
  if (waitMs === undefined) return refuse(503, 'The trunk takes no more calls at this moment', 42);
  // The registrar knows us by this Contact; some take calls from no other.
  const headers = contact === undefined ? plan.headers : { ...plan.headers, Contact: contact };
  return { trunk, live, plan: { ...plan, headers }, waitMs };
}

/**
 * The trunk hears what its calls say about it.
 * @param isConnected whether our own SIP server is there: what it cannot send says nothing about the trunk
 */
export function heardBy(
  live: LiveTrunk | undefined,
  listener: SipLegListener,
  isConnected: () => boolean,
): SipLegListener {
  if (live === undefined) return listener;
  return (event) => {
    if (event.type === 'provisional' || event.type === 'answered') live.callAnswered();
    else if (event.type === 'failed' && isConnected()) live.callFailed(event.failure);
    listener(event);
  };
}

/** Stands in where a call names a trunk that is not there: nothing is sent to it. */
const NO_TRUNK = trunkSettings({ name: '', host: 'trunk.invalid' });
