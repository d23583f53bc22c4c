/**
 * One table between what the telephone network says and what people hear: SIP status and Q.850 cause ⇒ Matrix reason,
 * sentence, advice. Statuses: RFC 3261 §21, 4412, 5393, 8197, 8688; causes: ITU-T Q.850; their mapping: RFC 3398, 6432.
 */
import type { MediaErrorCode } from '../../media/index.ts';
import type { SipEnd, SipFailure } from '../../sip/index.ts';
import type { HangupReason } from '../matrix/index.ts';
import type { SentenceKey } from './sentences.ts';

/** Whether another trunk may be tried: `preset` leaves it to the trunk's settings. */
export type RouteAdvance = 'yes' | 'no' | 'preset';

export interface Row {
  /** SIP statuses that select this row. */
  readonly statuses: readonly number[];
  /** Q.850 causes that select this row. Of several rows with a cause the one with the status wins, else the first. */
  readonly q850: readonly number[];
  /** What goes on the wire to the client: only what the specification lists (Android drops any other). */
  readonly reason: HangupReason;
  /** The sentence in the room; undefined where silence is right. */
  readonly sentence: SentenceKey | undefined;
  readonly routeAdvance: RouteAdvance;
  /** Whether trying again later makes sense. */
  readonly retryHint: boolean;
  /** Whether the administrator has to act. */
  readonly alertAdmin?: true;
}

const row = (
  statuses: readonly number[],
  q850: readonly number[],
  reason: HangupReason,
  sentence: SentenceKey | undefined,
  routeAdvance: RouteAdvance = 'no',
  more: { readonly retryHint?: true; readonly alertAdmin?: true } = {},
): Row => ({
  statuses,
  q850,
  reason,
  sentence,
  routeAdvance,
  retryHint: more.retryHint ?? false,
  ...(more.alertAdmin ? { alertAdmin: true } : {}),
});

const retry = { retryHint: true } as const;
const alert = { alertAdmin: true } as const;

/** The order matters for causes that stand in several rows: the first is the one for a status that is in none of them. */
export const networkRows = {
  'line-busy': row([486, 600], [17], 'user_busy', 'line-busy', 'no', retry),
  'no-answer': row([480], [18, 19], 'invite_timeout', 'no-answer', 'no', retry),
  'not-reachable': row([], [20], 'invite_timeout', 'not-reachable', 'no', retry),
  'not-completed': row([], [31], 'unknown_error', 'not-completed'),
  'server-error': row([500], [], 'unknown_error', 'not-completed', 'yes'),
  'number-not-in-service': row([404, 604, 485], [1], 'unknown_error', 'number-not-in-service'),
  'no-transit-route': row([], [2], 'unknown_error', 'no-route'),
  'no-route': row([], [3], 'unknown_error', 'no-route', 'yes'),
  'number-changed': row([410], [22], 'unknown_error', 'number-changed'),
  'number-incomplete': row([484, 414, 416], [28], 'unknown_error', 'number-incomplete'),
  declined: row([603], [21], 'user_busy', 'declined'),
  'not-allowed': row([403], [55, 57, 87, 21], 'unknown_error', 'not-allowed', 'preset'),
  // ATIS-1000099: a 603 that says it comes from an analytics engine, not from a person.
  'network-blocked': row([], [], 'unknown_error', 'network-blocked'),
  'callee-unwilling': row([607], [21], 'user_busy', 'callee-unwilling'),
  'unwanted-by-network': row([608], [21], 'unknown_error', 'unwanted-by-network'),
  'trunk-login': row([401, 407], [21, 57], 'unknown_error', 'trunk-login', 'yes', alert),
  'provider-credit': row([402], [21], 'unknown_error', 'provider-credit', 'yes', alert),
  'not-supported': row([405, 501], [29, 63, 79], 'unknown_error', 'not-supported'),
  'no-common-codec': row([406, 415, 488, 606], [58, 65, 88, 79], 'unknown_error', 'no-common-codec', 'yes'),
  'technical-error': row([400, 413, 420, 421, 482, 513], [95, 100, 111, 127], 'unknown_error', 'technical-error'),
  looped: row([483], [25], 'unknown_error', 'looped'),
  'dialog-lost': row([481], [111, 127], 'unknown_error', 'connection-lost'),
  // Our own CANCEL never asks here, its call is over by then: this is a network that gave up by itself.
  cancelled: row([487], [16, 127], 'invite_timeout', 'not-completed'),
  'still-retrying': row([422, 423, 491], [], 'unknown_error', 'not-completed'),
  'caller-id-signature': row([428, 436, 437, 438], [], 'unknown_error', 'caller-id-signature', 'yes', alert),
  'destination-out-of-order': row([502], [27, 38], 'unknown_error', 'destination-out-of-order', 'yes'),
  'network-busy': row([503], [34, 41, 42, 44, 47], 'unknown_error', 'network-busy', 'yes', retry),
  'no-network-reply': row([504, 408], [102], 'unknown_error', 'no-network-reply', 'yes'),
  'trunk-unreachable': row([], [], 'unknown_error', 'trunk-unreachable', 'yes', { ...retry, ...alert }),
  'forward-not-allowed': row([300, 301, 302, 305, 380], [23], 'unknown_error', 'forward-not-allowed'),
} as const satisfies Record<string, Row>;

export type NetworkCause = keyof typeof networkRows;

/** Causes that arise here and not in the telephone network. */
export const gatewayRows = {
  normal: { reason: 'user_hangup', sentence: undefined },
  'ended-at-once': { reason: 'user_hangup', sentence: 'ended-at-once' },
  'connection-lost': { reason: 'unknown_error', sentence: 'connection-lost' },
  'ring-timeout': { reason: 'invite_timeout', sentence: 'no-answer' },
  'invite-stale': { reason: 'invite_timeout', sentence: undefined },
  'answered-elsewhere': { reason: 'user_hangup', sentence: undefined },
  'room-left': { reason: 'user_hangup', sentence: undefined },
  'not-ours': { reason: 'user_hangup', sentence: undefined },
  'media-lost': { reason: 'ice_timeout', sentence: 'media-lost' },
  'media-never': { reason: 'ice_failed', sentence: 'media-never' },
  'credit-used-up': { reason: 'user_hangup', sentence: 'credit-used-up' },
  'longest-call': { reason: 'user_hangup', sentence: 'longest-call' },
  'gateway-problem': { reason: 'unknown_error', sentence: 'gateway-problem' },
  'gateway-full': { reason: 'unknown_error', sentence: 'gateway-full' },
  'gateway-stopping': { reason: 'unknown_error', sentence: 'gateway-stopping' },
  'gateway-restarted': { reason: 'unknown_error', sentence: 'gateway-restarted' },
  'client-offer-unusable': { reason: 'unknown_error', sentence: 'client-offer-unusable' },
  'transfer-too-early': { reason: 'user_hangup', sentence: 'transfer-too-early' },
  'transfer-failed': { reason: 'unknown_error', sentence: 'transfer-failed' },
  forwarded: { reason: 'user_hangup', sentence: undefined },
  transferred: { reason: 'user_hangup', sentence: 'transferred' },
  'destination-denied': { reason: 'unknown_error', sentence: 'destination-denied' },
  'no-way': { reason: 'unknown_error', sentence: 'no-route' },
  'nobody-there': { reason: 'unknown_error', sentence: 'nobody-there' },
  'own-number': { reason: 'user_busy', sentence: 'own-number' },
  'goes-round': { reason: 'unknown_error', sentence: 'looped' },
  'caller-limit': { reason: 'unknown_error', sentence: 'caller-limit' },
  'room-busy': { reason: 'user_busy', sentence: 'room-busy' },
  'not-permitted': { reason: 'unknown_error', sentence: 'not-permitted' },
  'federated-caller': { reason: 'unknown_error', sentence: 'federated-caller' },
  'number-unusable': { reason: 'unknown_error', sentence: 'number-unusable' },
  'emergency-blocked': { reason: 'unknown_error', sentence: 'emergency-blocked' },
  'no-trunk': { reason: 'unknown_error', sentence: 'no-trunk' },
  'credit-too-low': { reason: 'unknown_error', sentence: 'credit-too-low' },
  'no-rate': { reason: 'unknown_error', sentence: 'no-rate' },
  'price-too-high': { reason: 'unknown_error', sentence: 'price-too-high' },
  // `limit` says which, in words.
  'limit-reached': { reason: 'unknown_error', sentence: 'limit-reached' },
  'destination-closed': { reason: 'unknown_error', sentence: 'destination-closed' },
  'ended-by-administrator': { reason: 'user_hangup', sentence: 'ended-by-administrator' },
} as const satisfies Record<string, { readonly reason: HangupReason; readonly sentence: SentenceKey | undefined }>;

export type GatewayCause = keyof typeof gatewayRows;
export type CauseKey = NetworkCause | GatewayCause;

/** What a cause means for everybody concerned. */
export interface Explanation {
  readonly cause: CauseKey;
  readonly reason: HangupReason;
  readonly sentence: SentenceKey | undefined;
  /** The network's own words, for administrators only. */
  readonly admin: string;
  readonly routeAdvance: RouteAdvance;
  readonly retryHint: boolean;
  readonly alertAdmin: boolean;
}

const rows = Object.entries(networkRows) as readonly (readonly [NetworkCause, Row])[];

const lastOfStatusClass: Readonly<Record<number, NetworkCause>> = {
  3: 'forward-not-allowed',
  4: 'technical-error',
  5: 'server-error',
  6: 'line-busy',
};

/** Causes that say nothing beyond "it is over" when they come with a refusal: the status says more. */
const emptyCauses: ReadonlySet<number> = new Set([16]);

/**
 * What a call that failed before its answer is called. The Q.850 cause wins over the status (RFC 6432); a cause that
 * is in no row leaves it to the status; a status that is in no row counts as the x00 of its class (RFC 3261 §8.1.3.2).
 */
export function causeOfFailure(failure: SipFailure): NetworkCause {
  if (isNetworkBlock(failure)) return 'network-blocked';
  if (failure.q850 !== undefined && !emptyCauses.has(failure.q850)) {
    const cause = failure.q850;
    const candidates = rows.filter(([, { q850 }]) => q850.includes(cause));
    const chosen = candidates.find(([, { statuses }]) => statuses.includes(failure.status)) ?? candidates[0];
    if (chosen) return chosen[0];
  }
  if (failure.status === 408) return failure.sawProvisional ? 'no-answer' : timeoutCause(failure);
  if (failure.status === 503 && (failure.origin === 'transport' || failure.origin === 'local')) {
    return 'trunk-unreachable';
  }
  const byStatus = rows.find(([, { statuses }]) => statuses.includes(failure.status));
  return byStatus?.[0] ?? lastOfStatusClass[Math.floor(failure.status / 100)] ?? 'technical-error';
}

function timeoutCause(failure: SipFailure): NetworkCause {
  return failure.origin === 'transport' ? 'trunk-unreachable' : 'no-network-reply';
}

/** ATIS-1000099: `603 Network Blocked` with `Reason: SIP;cause=603;text="v=analytics1;…"`. */
function isNetworkBlock({ status, phrase, reasonText }: SipFailure): boolean {
  return status === 603 && (/^network blocked$/i.test(phrase.trim()) || /\bv=analytics\d/i.test(reasonText ?? ''));
}

export function explainFailure(failure: SipFailure): Explanation {
  const cause = causeOfFailure(failure);
  const { reason, sentence, routeAdvance, retryHint }: Row = networkRows[cause];
  return {
    cause,
    reason,
    sentence,
    admin: adminText(failure),
    routeAdvance,
    retryHint,
    alertAdmin: needsAdministrator(cause),
  };
}

/** The network's words on one line: status, phrase, cause, texts, where it was decided. */
function adminText({ status, phrase, q850, reasonText, warning, retryAfterS, origin }: SipFailure): string {
  return [
    `${status} ${phrase}`.trim(),
    q850 === undefined ? undefined : `Q.850 cause ${q850}`,
    reasonText,
    warning === undefined ? undefined : `warning: ${warning}`,
    retryAfterS === undefined ? undefined : `retry after ${retryAfterS} s`,
    origin === 'remote' ? undefined : `decided by ${origin}`,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join('; ');
}

/** Causes of the gateway that are the administrator's to see to. */
const gatewayAlerts: ReadonlySet<CauseKey> = new Set<CauseKey>(['gateway-problem', 'no-trunk']);

/** Whether an administrator has to do something about calls that end so. */
export function needsAdministrator(cause: CauseKey): boolean {
  if (gatewayAlerts.has(cause)) return true;
  return cause in networkRows && (networkRows[cause as NetworkCause] as Row).alertAdmin === true;
}

export function explainGateway(cause: GatewayCause, admin = ''): Explanation {
  return explainHere(cause, gatewayRows[cause], admin);
}

/** What the gateway decided by itself: there is no other route to try, and no network that a later try would find changed. */
function explainHere(cause: CauseKey, row: Pick<Explanation, 'reason' | 'sentence'>, admin: string): Explanation {
  const { reason, sentence } = row;
  return {
    cause,
    reason,
    sentence,
    admin,
    routeAdvance: 'no',
    retryHint: false,
    alertAdmin: needsAdministrator(cause),
  };
}

/** Q.850 causes with which a telephone simply hangs up. */
const plainEndings: ReadonlySet<number> = new Set([16, 17, 18, 19, 21, 31]);

/** Why an answered call ended, when it did not end here. */
export function explainEnd(end: SipEnd): Explanation {
  const admin = [end.by, end.q850 === undefined ? undefined : `Q.850 cause ${end.q850}`, end.text]
    .filter((part) => part !== undefined)
    .join('; ');
  if (end.by === 'session-timer' || end.by === 'dialog-lost') return explainGateway('connection-lost', admin);
  if (end.by === 'remote' && end.q850 !== undefined && !plainEndings.has(end.q850)) {
    return explainGateway('connection-lost', admin);
  }
  return explainGateway('normal', admin);
}

const causesOfMediaErrors: Readonly<Record<MediaErrorCode, { readonly webrtc: CauseKey; readonly rtp: CauseKey }>> = {
  'malformed-sdp': { webrtc: 'client-offer-unusable', rtp: 'technical-error' },
  'no-audio': { webrtc: 'client-offer-unusable', rtp: 'no-common-codec' },
  'no-common-codec': { webrtc: 'no-common-codec', rtp: 'no-common-codec' },
  'no-dtls': { webrtc: 'client-offer-unusable', rtp: 'technical-error' },
  'srtp-required': { webrtc: 'client-offer-unusable', rtp: 'no-common-codec' },
  'srtp-not-allowed': { webrtc: 'client-offer-unusable', rtp: 'no-common-codec' },
  'no-port-free': { webrtc: 'gateway-full', rtp: 'gateway-full' },
  'not-supported': { webrtc: 'gateway-problem', rtp: 'gateway-problem' },
  'wrong-state': { webrtc: 'gateway-problem', rtp: 'gateway-problem' },
  'engine-failed': { webrtc: 'gateway-problem', rtp: 'gateway-problem' },
};

/** Why the media of a call could not be set up. `side`: whose SDP was being handled. */
export function explainMedia(code: MediaErrorCode | 'unknown', side: 'webrtc' | 'rtp', admin: string): Explanation {
  const cause = code === 'unknown' ? 'gateway-problem' : causesOfMediaErrors[code][side];
  const row = cause in networkRows ? networkRows[cause as NetworkCause] : gatewayRows[cause as GatewayCause];
  return explainHere(cause, row, admin);
}

/** A Q.850 cause with its text, for the Reason header of our BYE or CANCEL (RFC 3326). */
export interface TelephoneCause {
  readonly q850: number;
  readonly text: string;
}

/** Another Matrix user took the call (Q.850 cause 26). */
export const answeredElsewhere: TelephoneCause = { q850: 26, text: 'Non-selected user clearing' };

const causesForTheTelephone: Readonly<Record<HangupReason, TelephoneCause>> = {
  user_hangup: { q850: 16, text: 'Normal call clearing' },
  user_busy: { q850: 17, text: 'User busy' },
  invite_timeout: { q850: 19, text: 'No answer from user' },
  user_media_failed: { q850: 31, text: 'Normal, unspecified' },
  ice_failed: { q850: 41, text: 'Temporary failure' },
  ice_timeout: { q850: 41, text: 'Temporary failure' },
  unknown_error: { q850: 31, text: 'Normal, unspecified' },
  answered_elsewhere: answeredElsewhere,
};

/** What the telephone is told when the Matrix side ends the call; an unknown or missing reason is a plain hang-up. */
export function telephoneCause(reason: string | undefined): TelephoneCause {
  return Object.hasOwn(causesForTheTelephone, reason ?? '')
    ? causesForTheTelephone[reason as HangupReason]
    : causesForTheTelephone.user_hangup;
}
