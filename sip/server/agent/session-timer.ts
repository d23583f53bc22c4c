/** Session timers (RFC 4028), kept by the server as a drachtio server keeps them: the application need not refresh. */
import {
  deltaSeconds,
  headerHasToken,
  MIN_SESSION_EXPIRES_S,
  makeHeader,
  NO_BODY,
  type SessionExpires,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  sessionExpires,
  stringifySessionExpires,
} from '../../message/index.ts';
import type { Dialog } from '../dialog/dialog.ts';
import type { AgentContext } from './context.ts';
import { draftInDialog, endDialog, refreshed, sendAck, sendInDialog } from './in-dialog.ts';
import { PendingInvite } from './pending-invite.ts';

export type Refresher = 'us' | 'them';

/** RFC 4028 §10: the side that does not refresh gives up a little before the interval is over. */
function graceS(seconds: number): number {
  return Math.min(32, Math.floor(seconds / 3));
}

/**
 * The headers of a 2xx to an INVITE with which the caller's wish for a timer is granted, as a drachtio server does it when
 * the application says nothing (RFC 4028 §9).
 * @param given what the application says
 */
export function grantTimer(request: SipRequest, given: readonly SipHeader[]): SipHeader[] {
  const wish = sessionExpires(request);
  if (wish === undefined || given.some((one) => one.key === 'session-expires')) return [];
  const seconds = Math.max(wish.seconds, MIN_SESSION_EXPIRES_S, deltaSeconds(request, 'min-se') ?? 0);
  const peerTakesTimer = headerHasToken(request, 'supported', 'timer');
  const refresher = wish.refresher ?? (peerTakesTimer ? 'uac' : 'uas');
  const headers = [makeHeader('Session-Expires', stringifySessionExpires({ seconds, refresher }))];
  // The UAC must know that it is the one to refresh.
  const required = refresher === 'uac' && peerTakesTimer && !given.some((one) => one.key === 'require');
  return required ? [...headers, makeHeader('Require', 'timer')] : headers;
}

/** Starts, restarts or stops the timer after a 2xx to an INVITE or UPDATE of ours (RFC 4028 §7.2). */
export function armUacSessionTimer(context: AgentContext, dialog: Dialog, response: SipResponse): void {
  const expires = sessionExpires(response);
  if (expires === undefined) {
    // RFC 4028 §7.2: a 2xx without Session-Expires means that the session has no timer from now on.
    clearTimeout(dialog.sessionTimer);
    return;
  }
  armSessionTimer(context, dialog, expires.seconds, expires.refresher === 'uas' ? 'them' : 'us');
}

/**
 * Runs the timer of a session: half the interval when we refresh (RFC 4028 §10), all of it but a grace when they do.
 * @param seconds the interval that was agreed on
 */
export function armSessionTimer(context: AgentContext, dialog: Dialog, seconds: number, refresher: Refresher): void {
  clearTimeout(dialog.sessionTimer);
  if (dialog.ended) return;
  const agreed = Math.max(seconds, MIN_SESSION_EXPIRES_S);
  const waitS = refresher === 'us' ? agreed / 2 : agreed - graceS(agreed);
  dialog.sessionTimer = setTimeout(() => {
    if (refresher === 'us') refresh(context, dialog, agreed);
    else endDialog(context, dialog, 'Session timer expired');
  }, waitS * 1000);
}

/** Refreshes by UPDATE without a description where the far side takes it, or by an INVITE with our last one (§7.4). */
function refresh(context: AgentContext, dialog: Dialog, seconds: number): void {
  if (dialog.ended) return;
  if (dialog.awaitedAck !== undefined || dialog.remoteInvite !== undefined || dialog.cancelInvite !== undefined) {
    // Another INVITE is under way, and its 2xx starts the timer anew; if it does not, we ask again.
    armSessionTimer(context, dialog, seconds, 'us');
    return;
  }
  const expires: SessionExpires = { seconds, refresher: 'uac' };
  const headers = [
    makeHeader('Session-Expires', stringifySessionExpires(expires)),
    makeHeader('Min-SE', String(MIN_SESSION_EXPIRES_S)),
    makeHeader('Supported', 'timer'),
  ];
  const described = dialog.remoteTakesUpdate ? undefined : dialog.localBody;
  const method = dialog.remoteTakesUpdate ? 'UPDATE' : 'INVITE';
  if (described !== undefined) headers.push(makeHeader('Content-Type', described.contentType));
  const draft = draftInDialog(context, dialog, method, {
    headers,
    body: described?.body ?? NO_BODY,
    contact: dialog.localContact,
  });
  const cseq = dialog.state.localSeq;
  const pending = method === 'INVITE' ? new PendingInvite(context, dialog, () => undefined) : undefined;
  const outgoing = sendInDialog(context, dialog, draft, {
    onResponse: (response) => {
      pending?.responded(response.status);
      if (response.status < 200) return;
      if (response.status < 300) {
        if (method === 'INVITE') sendAck(context, dialog, cseq, { headers: [], body: NO_BODY });
        refreshed(dialog, response);
        const answered = sessionExpires(response) ?? expires;
        armSessionTimer(context, dialog, answered.seconds, answered.refresher === 'uas' ? 'them' : 'us');
      } else if (response.status === 491 || response.status === 500) {
        // Glare: both sides refresh at once. The timer asks again long before the interval is over.
        dialog.sessionTimer = setTimeout(() => refresh(context, dialog, seconds), 5_000);
      } else if (response.status === 405 || response.status === 501) {
        dialog.remoteTakesUpdate = false;
        refresh(context, dialog, seconds);
      } else endDialog(context, dialog, 'Session timer expired');
    },
    onFailed: () => {
      pending?.over();
      endDialog(context, dialog, 'Session timer expired');
    },
  });
  pending?.sentBy(outgoing);
}
