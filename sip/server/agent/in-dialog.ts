/** Requests that we send inside a dialog (RFC 3261 §12.2.1). */
import {
  header,
  makeHeader,
  NO_BODY,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  serialize,
} from '../../message/index.ts';
import { sipFrame } from '../control/reply.ts';
import type { Dialog } from '../dialog/dialog.ts';
import { routeRequest } from '../dialog/route-set.ts';
import { advanceLocal, refreshTarget } from '../dialog/state.ts';
import type { Flow, Target } from '../transport/types.ts';
import { type AgentContext, metaOf } from './context.ts';
import { draftRequest } from './draft.ts';
import { behindNat } from './nat.ts';
import { Outgoing, type OutgoingUser, withVia } from './outgoing.ts';
import { targetsOf, UnreachableError } from './targets.ts';
import { newBranch } from './tokens.ts';

/** What goes into a request besides what the dialog gives. */
export interface InDialogParts {
  readonly headers: readonly SipHeader[];
  readonly body: Buffer;
  /** Whether it carries our Contact: a target refresh, or REFER. */
  readonly contact: string | undefined;
}

/** @returns the next request of this dialog, without Via; its CSeq number is used up */
export function draftInDialog(context: AgentContext, dialog: Dialog, method: string, parts: InDialogParts): SipRequest {
  dialog.state = advanceLocal(dialog.state);
  return draftWithCSeq(context, dialog, method, dialog.state.localSeq, parts);
}

function draftWithCSeq(
  context: AgentContext,
  dialog: Dialog,
  method: string,
  cseq: number,
  parts: InDialogParts,
): SipRequest {
  const { state } = dialog;
  const routed = routeRequest(state.remoteTarget, state.routeSet);
  return draftRequest(
    method,
    {
      uri: routed.uri,
      from: state.localAddress,
      to: state.remoteAddress,
      callId: state.callId,
      cseq,
      contact: parts.contact,
      routes: routed.routes,
    },
    parts,
    dialog.flow.local,
    context.settings.userAgent,
  );
}

/**
 * Sends a request of this dialog to its next hop.
 * @param user hears of a failure even when no way was found
 */
export function sendInDialog(context: AgentContext, dialog: Dialog, draft: SipRequest, user: OutgoingUser): Outgoing {
  const found = nextHop(context, dialog);
  const preferred = openConnection(dialog, found instanceof Promise ? undefined : found);
  const outgoing = new Outgoing(context, draft, found, user, preferred);
  outgoing.start();
  return outgoing;
}

/** Where the requests of a dialog go: by its routes, or back to where it came from when its Contact cannot be reached. */
function nextHop(context: AgentContext, dialog: Dialog): readonly Target[] | Promise<readonly Target[]> {
  const { state, flow } = dialog;
  const back: Target = { transport: flow.transport, address: flow.remoteAddress, port: flow.remotePort };
  const { nextHop: uri } = routeRequest(state.remoteTarget, state.routeSet);
  if (state.routeSet.length === 0 && (dialog.throughNat || behindNat(uri, flow.remoteAddress))) return [back];
  try {
    const targets = targetsOf(uri, context.locate);
    return targets instanceof Promise ? targets : targets.map((target) => withServerName(target, flow));
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return [];
  }
}

/** A Contact gives an address; the certificate of the host there is for the name that the call was made to (RFC 5922 §7). */
function withServerName(target: Target, flow: Flow): Target {
  const same = target.transport === 'tls' && target.address === flow.remoteAddress && flow.serverName !== undefined;
  return same ? { ...target, serverName: flow.serverName } : target;
}

/** A connection that the dialog has is used while it is open and leads to the same host (RFC 5923 §5). */
function openConnection(dialog: Dialog, targets: readonly Target[] | undefined): Flow | undefined {
  const { flow } = dialog;
  if (!flow.reliable || flow.closed === true) return undefined;
  if (targets === undefined) return flow;
  const fits = targets.some((one) => one.transport === flow.transport && one.address === flow.remoteAddress);
  return fits ? flow : undefined;
}

/** Sends the ACK for a 2xx and keeps it for the 2xx that come again (RFC 3261 §13.2.2.4). */
export function sendAck(
  context: AgentContext,
  dialog: Dialog,
  cseq: number,
  parts: { readonly headers: readonly SipHeader[]; readonly body: Buffer },
): { request: SipRequest; flow: Flow } {
  const draft = draftWithCSeq(context, dialog, 'ACK', cseq, { ...parts, contact: undefined });
  const found = nextHop(context, dialog);
  const targets = found instanceof Promise ? [] : found;
  const target = targets[0];
  const flow = openConnection(dialog, targets) ?? (target && context.transport.flowTo(target)) ?? dialog.flow;
  const request = withVia(draft, flow, newBranch());
  const bytes = serialize(request);
  dialog.rememberAck(cseq, bytes, flow);
  flow.send(bytes, (error) => context.logger.debug({ err: error, dialog: dialog.id }, 'an ACK could not be sent'));
  return { request, flow };
}

/** The 2xx came again: its ACK was lost. @returns whether there was one to repeat */
export function repeatAck(dialog: Dialog, response: SipResponse): boolean {
  const cseq = Number.parseInt(header(response, 'cseq') ?? '', 10);
  const sent = dialog.sentAcks.get(cseq);
  sent?.flow.send(sent.bytes, () => undefined);
  return sent !== undefined;
}

/**
 * Ends a dialog on the server's own decision and tells the application, which sees an unsolicited BYE.
 * @param why goes into Reason, as drachtio writes it
 * @param tell `silent` for a dialog that the application never heard of
 */
export function endDialog(context: AgentContext, dialog: Dialog, why: string, tell: 'tell' | 'silent' = 'tell'): void {
  if (dialog.ended) return;
  dialog.cancelInvite?.();
  const reason = makeHeader('Reason', `SIP ;cause=200 ;text="${why}"`);
  const draft = draftInDialog(context, dialog, 'BYE', { headers: [reason], body: NO_BODY, contact: undefined });
  let told = tell === 'silent';
  context.dialogs.remove(dialog);
  sendInDialog(context, dialog, draft, {
    onSent: (request, flow) => {
      if (told) return;
      told = true;
      dialog.tell(sipFrame(metaOf('application', flow, 0), 'unsolicited', dialog.id, request));
    },
    onResponse: () => undefined,
    onFailed: (status, reasonText) =>
      context.logger.debug({ dialog: dialog.id, status, reasonText }, 'a BYE of our own was not answered'),
  });
}

/** Our own 2xx to a target refresh, or the far side's, moves the target. */
export function refreshed(dialog: Dialog, message: SipRequest | SipResponse): void {
  dialog.state = refreshTarget(dialog.state, message);
  if (header(message, 'allow') !== undefined) dialog.remoteTakesUpdate = takesUpdate(message);
}

/** Whether the far side's Allow lists UPDATE (RFC 3311 §4). */
export function takesUpdate(message: SipRequest | SipResponse): boolean {
  return message.headers.some((one) => one.key === 'allow' && /(^|[\s,])UPDATE($|[\s,])/.test(one.value));
}
