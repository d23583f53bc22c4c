/**
 * Session timers (RFC 4028), as far as they are the application's: the SIP server (drachtio and the embedded one alike) keeps
 * the timer of a dialog by the Session-Expires headers that pass through it, refreshes when it is our turn, and ends the call
 * when the peer missed its turn. What is left to say here is what we answer when the peer asks for a timer.
 */
import { type SessionExpires, stringifySessionExpires } from '../message/index.ts';

export type TimerAnswer =
  /** 422 with our Min-SE (RFC 4028 §9). */
  | { readonly verdict: 'too-small'; readonly headers: Readonly<Record<string, string>> }
  /** Headers for the 2xx; none when the peer asked for no timer. */
  | { readonly verdict: 'ok'; readonly headers: Readonly<Record<string, string>> };

/**
 * Answers the session-timer part of an INVITE or UPDATE from the peer.
 * @param request its Session-Expires, and whether it says `Supported: timer`
 * @param minSeS the shortest interval in seconds that we accept
 * @param wishS the interval in seconds of the timer that we set up when the peer asks for none but knows them (RFC 4028 §9)
 */
export function answerTimer(
  request: { readonly sessionExpires: SessionExpires | undefined; readonly supportsTimer: boolean },
  minSeS: number,
  wishS?: number,
): TimerAnswer {
  const { sessionExpires, supportsTimer } = request;
  if (sessionExpires === undefined || sessionExpires.seconds === 0) {
    if (wishS === undefined || !supportsTimer) return { verdict: 'ok', headers: {} };
    const wish = stringifySessionExpires({ seconds: wishS, refresher: 'uac' });
    return { verdict: 'ok', headers: { 'Session-Expires': wish, Require: 'timer' } };
  }
  // A peer that does not know the extension would not understand 422; a proxy on the way has put the header in.
  if (sessionExpires.seconds < minSeS && supportsTimer) {
    return { verdict: 'too-small', headers: { 'Min-SE': String(minSeS) } };
  }
  // RFC 4028 §9, table 2: the request decides; when it does not, the one who has just refreshed goes on. A peer without
  // `timer` cannot refresh.
  const refresher = supportsTimer ? (sessionExpires.refresher ?? 'uac') : 'uas';
  return {
    verdict: 'ok',
    headers: {
      'Session-Expires': stringifySessionExpires({ seconds: sessionExpires.seconds, refresher }),
      ...(supportsTimer && refresher === 'uac' ? { Require: 'timer' } : {}),
    },
  };
}

/**
 * A timer that runs must be asked for again in every re-INVITE, or its 2xx would end it (RFC 4028 §7.2, §7.4).
 * @param current the timer as the last 2xx set it up, from our side: `us` or `peer` refreshes
 */
export function reofferTimerHeaders(
  current: RunningTimer | undefined,
  minSeS: number,
): Readonly<Record<string, string>> {
  if (current === undefined) return {};
  return {
    Supported: 'timer',
    'Session-Expires': stringifySessionExpires({
      seconds: current.seconds,
      refresher: current.refresher === 'us' ? 'uac' : 'uas',
    }),
    'Min-SE': String(Math.min(minSeS, current.seconds)),
  };
}

/** The timer of a dialog. */
export interface RunningTimer {
  readonly seconds: number;
  readonly refresher: 'us' | 'peer';
}

/**
 * The timer that the 2xx to a request of ours sets up, or none. A peer may set one up though we did not ask; when it names no
 * refresher, it is us.
 */
export function timerFromResponse(expires: SessionExpires | undefined): RunningTimer | undefined {
  if (expires === undefined || expires.seconds === 0) return undefined;
  return { seconds: expires.seconds, refresher: expires.refresher === 'uas' ? 'peer' : 'us' };
}

/** The timer that our 2xx to a request of the peer sets up, or none. */
export function timerFromRequest(ours: Readonly<Record<string, string>>): RunningTimer | undefined {
  const match = /^(\d+)(?:;refresher=(uac|uas))?$/.exec(ours['Session-Expires'] ?? '');
  return match === null ? undefined : { seconds: Number(match[1]), refresher: match[2] === 'uas' ? 'us' : 'peer' };
}
