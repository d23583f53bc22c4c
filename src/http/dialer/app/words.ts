/** What the page says: why a call ended, how long it was, what went wrong at log-in. */

/**
 * Why a call ended, for when the gateway has not written its own sentence.
 * @param by who ended it
 * @param reason `reason` of `m.call.hangup` or `m.call.reject`, or a code of the browser's side of the call
 * @param talked whether the call had been answered
 */
export function sentenceFor(by: 'us' | 'them', reason: string, talked: boolean): string {
  switch (reason) {
    case 'user_busy':
      return 'The line is busy.';
    case 'invite_timeout':
      return 'Nobody answered.';
    case 'ice_failed':
      return 'No audio connection could be made.';
    case 'ice_timeout':
      return 'The audio connection was lost.';
    case 'user_media_failed':
      return 'The other side has no common audio format.';
    case 'no_user_media':
      return 'The microphone cannot be used. Allow it for this page, then call again.';
    case 'user_hangup':
      if (by === 'us') return talked ? 'You hung up.' : 'You cancelled the call.';
      return talked ? 'The other side hung up.' : 'The call was declined.';
    default:
      return talked ? 'The call was cut off.' : 'The call could not be completed.';
  }
}

/** Why a call that rang here rings no more. */
export function sentenceForRinging(by: 'us' | 'them', reason: string): string {
  if (reason === 'answered_elsewhere') return 'The call was answered elsewhere.';
  if (by === 'us') return 'You declined the call.';
  return reason === 'user_hangup' || reason === 'invite_timeout'
    ? 'You missed the call.'
    : sentenceFor(by, reason, false);
}

/** `75` → `1:15`, `3675` → `1:01:15`. */
export function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `75` → `1 minute 15 seconds`: a length as a screen reader should say it. */
export function spokenLength(seconds: number): string {
  const parts: string[] = [];
  const [m, s] = [Math.floor(seconds / 60), Math.floor(seconds) % 60];
  if (m > 0) parts.push(`${m} ${m === 1 ? 'minute' : 'minutes'}`);
  if (s > 0 || m === 0) parts.push(`${s} ${s === 1 ? 'second' : 'seconds'}`);
  return parts.join(' ');
}

/** Why the log-in failed. `error` is what the homeserver (its `errcode`) or the browser's fetch said. */
export function logInProblem(error: unknown): string {
  const { errcode, name, message } = (error ?? {}) as { errcode?: unknown; name?: unknown; message?: unknown };
  switch (errcode) {
    case 'M_FORBIDDEN':
      return 'The user name or the password is wrong.';
    case 'M_LIMIT_EXCEEDED':
      return 'Too many attempts. Wait a minute, then try again.';
    case 'M_USER_DEACTIVATED':
      return 'This account has been deactivated.';
    case 'M_UNKNOWN':
      return 'The homeserver does not offer log-in with a password.';
    default:
      break;
  }
  if (name === 'ConnectionError' || name === 'TypeError') {
    return 'The homeserver cannot be reached. Is its address right?';
  }
  return `The homeserver refused the log-in: ${typeof message === 'string' ? message : 'no reason given'}`;
}
