import {
  deltaSeconds,
  header,
  headerHasToken,
  lenient,
  MIN_SESSION_EXPIRES_S,
  makeHeader,
  makeResponse,
  parseCSeq,
  parseNameAddr,
  rack,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  sessionExpires,
  stringifySessionExpires,
  tagOf,
} from '../../message/index.ts';
import type { ResponseCommand } from '../control/command.ts';
import { refusalFrame, responseSentFrame, sipFrame } from '../control/reply.ts';
import type { ControlSession } from '../control/session.ts';
import { Dialog, type RemoteInvite } from '../dialog/dialog.ts';
import { uasDialog } from '../dialog/state.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { transactionTimeoutMs } from '../transaction/timers.ts';
import { type AgentContext, type Answerable, metaOf } from './context.ts';
import { ALLOW, chosenContact, contactFor, DraftError, describedBody, draftResponse, find } from './draft.ts';
import { endDialog, refreshed, takesUpdate } from './in-dialog.ts';
import { armSessionTimer } from './session-timer.ts';
import { newTag } from './tokens.ts';

/** How long an application may let a caller ring without any word. */
const RINGING_LIMIT_MS = 600_000;

interface ReliableProvisional {
  readonly rseq: number;
  timer: NodeJS.Timeout | undefined;
}

/** An INVITE of the network and what the application answers: a new call, or a re-INVITE in its dialog. */
export class UasInvite implements Answerable, RemoteInvite {
  readonly owner: ControlSession;
  readonly transactionId: string;
  readonly #context: AgentContext;
  readonly #transaction: ServerTransaction;
  /** Of a re-INVITE from the beginning; of a new call from our first tagged response on. */
  #dialog: Dialog | undefined;
  readonly #isNew: boolean;
  #toTag: string;
  #nextRSeq = 1 + Math.floor(Math.random() * 0x7fff_0000);
  #unacknowledged: ReliableProvisional | undefined;
  /** Responses that wait for the PRACK of the one before (RFC 3262 §3). */
  readonly #held: ResponseCommand[] = [];
  #guard: NodeJS.Timeout;

  constructor(
    context: AgentContext,
    owner: ControlSession,
    transactionId: string,
    transaction: ServerTransaction,
    dialog: Dialog | undefined,
  ) {
    this.#context = context;
    this.owner = owner;
    this.transactionId = transactionId;
    this.#transaction = transaction;
    this.#dialog = dialog;
    this.#isNew = dialog === undefined;
    this.#toTag = dialog?.state.localTag ?? newTag();
    this.#guard = this.#startGuard(context.settings.applicationTimeoutMs);
    context.answerables.set(transactionId, this);
    if (dialog !== undefined) dialog.remoteInvite = this;
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  answer(command: ResponseCommand): void {
    clearTimeout(this.#guard);
    if (this.#unacknowledged !== undefined && this.#mustWait(command)) {
      this.#held.push(command);
      return;
    }
    try {
      this.#send(command);
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
      this.owner.send(refusalFrame(command.id, error.message));
    }
    if (!this.#transaction.answered) this.#guard = this.#startGuard(RINGING_LIMIT_MS);
  }

  /** The CANCEL of the network: 487, and the application hears of it. */
  cancelled(cancel: SipRequest, bytes: number): void {
    if (this.#transaction.answered) return;
    this.#respondLocally(487);
    const meta = metaOf('network', this.#transaction.flow, bytes);
    this.owner.send(sipFrame(meta, this.transactionId, '', cancel));
    this.#close();
  }

  /** A PRACK. @returns whether it was for the provisional response that waits (RFC 3262 §3) */
  acknowledge(prack: SipRequest): boolean {
    const waiting = this.#unacknowledged;
    const given = rack(prack);
    const cseq = lenient(() => parseCSeq(header(this.request, 'cseq') ?? ''));
    if (waiting === undefined || given === undefined || given.rseq !== waiting.rseq) return false;
    if (given.cseq !== cseq?.number || given.method !== 'INVITE') return false;
    clearTimeout(waiting.timer);
    this.#unacknowledged = undefined;
    const next = this.#held.shift();
    // After the PRACK's own response.
    if (next !== undefined) setImmediate(() => this.answer(next));
    return true;
  }

  giveUp(): void {
    if (!this.#transaction.answered) this.#respondLocally(503);
    this.#close();
  }

  /** RFC 3262 §3: one reliable provisional at a time, and no 2xx before its PRACK. */
  #mustWait(command: ResponseCommand): boolean {
    return isReliable(command) || (command.status >= 200 && command.status < 300);
  }

  #startGuard(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#context.logger.warn({ transactionId: this.transactionId }, 'the application did not answer an INVITE');
      this.#respondLocally(this.#dialog === undefined ? 480 : 500);
      this.#close();
    }, ms);
  }

  #respondLocally(status: number): void {
    const extra = status === 503 ? [makeHeader('Retry-After', '5')] : [];
    this.#transaction.respond(makeResponse(this.request, status, { toTag: this.#toTag, headers: extra }));
  }

  #send(command: ResponseCommand): void {
    const { status } = command;
    if (this.#isNew && this.#dialog === undefined) this.#takeTag(command);
    const reliable = isReliable(command);
    if (reliable && !this.#peerTakesReliable()) throw new DraftError('Remote endpoint does not support 100rel');
    const forms = status > 100 && status < 300;
    const extra = this.#extraHeaders(command, forms, reliable);
    const response = draftResponse(this.request, command, {
      toTag: this.#toTag,
      local: this.#transaction.flow.local,
      server: this.#context.settings.userAgent,
      extra,
    });
    const dialog = forms ? this.#dialogOf(response) : this.#dialog;
    if (dialog !== undefined && forms) dialog.localBody = describedBody(response) ?? dialog.localBody;
    const bytes = this.#transaction.respond(response);
    if (reliable) this.#repeatUntilPrack(bytes, status);
    if (status >= 300) this.#stopReliable();
    this.owner.send(
      responseSentFrame(
        command.id,
        metaOf('application', this.#transaction.flow, bytes.length),
        this.transactionId,
        dialog?.id ?? '',
        response,
      ),
    );
    if (status >= 200 && status < 300 && dialog !== undefined) {
      dialog.announce();
      this.#succeed(dialog, response, bytes);
    }
    if (status >= 300 && this.#isNew && this.#dialog !== undefined) this.#context.dialogs.remove(this.#dialog);
    if (status >= 200) this.#close();
  }

  /** The application may choose the To-tag, as with drachtio. */
  #takeTag(command: ResponseCommand): void {
    const to = find(command.headers, 'to');
    const tag = to === undefined ? undefined : lenient(() => tagOf(parseNameAddr(to)));
    if (tag !== undefined) this.#toTag = tag;
  }

  #peerTakesReliable(): boolean {
    return headerHasToken(this.request, 'supported', '100rel') || headerHasToken(this.request, 'require', '100rel');
  }

  #extraHeaders(command: ResponseCommand, forms: boolean, reliable: boolean): SipHeader[] {
    const { local } = this.#transaction.flow;
    const extra: SipHeader[] = [];
    if (forms) {
      const secure = this.request.uri.startsWith('sips:');
      const contact =
        chosenContact(command.headers, local, this.#dialog?.localContact ?? contactFor(local, secure)) ?? '';
      extra.push(makeHeader('Contact', contact));
    }
    if (reliable) extra.push(makeHeader('RSeq', String(this.#nextRSeq)));
    if (command.status >= 200 && command.status < 300) {
      if (find(command.headers, 'allow') === undefined) extra.push(makeHeader('Allow', ALLOW));
      extra.push(...this.#sessionTimerHeaders(command));
    }
    return extra;
  }

  /** RFC 4028 §9: the caller's wish is granted, as a drachtio server does when the application says nothing. */
  #sessionTimerHeaders(command: ResponseCommand): SipHeader[] {
    const wish = sessionExpires(this.request);
    if (wish === undefined || find(command.headers, 'session-expires') !== undefined) return [];
    const seconds = Math.max(wish.seconds, MIN_SESSION_EXPIRES_S, deltaSeconds(this.request, 'min-se') ?? 0);
    const peerTakesTimer = headerHasToken(this.request, 'supported', 'timer');
    const refresher = wish.refresher ?? (peerTakesTimer ? 'uac' : 'uas');
    const headers = [makeHeader('Session-Expires', stringifySessionExpires({ seconds, refresher }))];
    // RFC 4028 §9: the UAC must know that it is the one to refresh.
    if (refresher === 'uac' && peerTakesTimer && find(command.headers, 'require') === undefined)
      headers.push(makeHeader('Require', 'timer'));
    return headers;
  }

  /** The dialog that a response makes or belongs to (RFC 3261 §12.1.1). */
  #dialogOf(response: SipResponse): Dialog {
    const confirmed = response.status >= 200;
    const contact = header(response, 'contact') ?? '';
    const known = this.#dialog;
    if (known !== undefined) {
      known.localContact = contact;
      known.state = { ...known.state, confirmed: known.state.confirmed || confirmed };
      return known;
    }
    const state = uasDialog(this.request, this.#toTag, header(response, 'to') ?? '', confirmed);
    const dialog = new Dialog(state, this.owner, this.#transaction.flow, contact);
    dialog.remoteInvite = this;
    dialog.remoteTakesUpdate = takesUpdate(this.request);
    this.#dialog = dialog;
    this.#context.dialogs.add(dialog);
    return dialog;
  }

  /** RFC 3261 §13.3.1.4: the 2xx is repeated until its ACK comes, on every transport; without one the call is ended. */
  #succeed(dialog: Dialog, response: SipResponse, bytes: Buffer): void {
    const { timers } = this.#context.settings;
    const { number } = parseCSeq(header(this.request, 'cseq') ?? '');
    if (!this.#isNew) refreshed(dialog, this.request);
    let intervalMs = timers.t1Ms;
    let repeat: NodeJS.Timeout;
    const again = (): void => {
      this.#transaction.respondBytes(response.status, bytes);
      intervalMs = Math.min(intervalMs * 2, timers.t2Ms);
      repeat = setTimeout(again, intervalMs);
    };
    repeat = setTimeout(again, intervalMs);
    const giveUp = setTimeout(() => {
      clearTimeout(repeat);
      dialog.ackReceived = undefined;
      endDialog(this.#context, dialog, 'ACK timeout');
    }, transactionTimeoutMs(timers));
    dialog.ackReceived = (cseq) => {
      if (cseq !== number) return false;
      clearTimeout(repeat);
      clearTimeout(giveUp);
      dialog.ackReceived = undefined;
      return true;
    };
    dialog.onEnd = () => {
      clearTimeout(repeat);
      clearTimeout(giveUp);
    };
    const expires = sessionExpires(response);
    if (expires !== undefined)
      armSessionTimer(this.#context, dialog, expires.seconds, expires.refresher === 'uac' ? 'them' : 'us');
  }

  #repeatUntilPrack(bytes: Buffer, status: number): void {
    const { timers } = this.#context.settings;
    const waiting: ReliableProvisional = { rseq: this.#nextRSeq, timer: undefined };
    this.#nextRSeq += 1;
    this.#unacknowledged = waiting;
    const limitMs = transactionTimeoutMs(timers);
    let intervalMs = timers.t1Ms;
    let spentMs = 0;
    const again = (): void => {
      spentMs += intervalMs;
      intervalMs = Math.min(intervalMs * 2, limitMs - spentMs);
      if (this.#transaction.answered) return;
      if (spentMs >= limitMs) {
        // RFC 3262 §3: no PRACK in 64·T1 means that the call is refused.
        this.#respondLocally(504);
        this.owner.send(this.#cancelFrame());
        this.#close();
        return;
      }
      this.#transaction.respondBytes(status, bytes);
      waiting.timer = setTimeout(again, intervalMs);
    };
    waiting.timer = setTimeout(again, intervalMs);
  }

  /** To the application, a caller who vanished looks like one who cancelled. */
  #cancelFrame(): Buffer {
    const headers = this.request.headers.map((one) =>
      one.key === 'cseq' ? { ...one, value: one.value.replace(/\S+$/, 'CANCEL') } : one,
    );
    const cancel: SipRequest = { ...this.request, method: 'CANCEL', headers, body: Buffer.alloc(0) };
    return sipFrame(metaOf('network', this.#transaction.flow, 0), this.transactionId, '', cancel);
  }

  /** The caller hangs up an early dialog by BYE (RFC 3261 §15.1.2): the INVITE is over. */
  endedByBye(): void {
    if (this.#transaction.answered) return;
    this.#respondLocally(487);
    this.owner.send(this.#cancelFrame());
    this.#close();
  }

  #stopReliable(): void {
    clearTimeout(this.#unacknowledged?.timer);
    this.#unacknowledged = undefined;
    for (const command of this.#held.splice(0))
      this.owner.send(refusalFrame(command.id, 'a final response was sent before this one could be'));
  }

  #close(): void {
    clearTimeout(this.#guard);
    this.#stopReliable();
    this.#context.answerables.delete(this.transactionId);
    const dialog = this.#dialog;
    if (dialog === undefined) return;
    dialog.remoteInvite = undefined;
    if (this.#isNew && !dialog.state.confirmed) this.#context.dialogs.remove(dialog);
  }
}

/** As with drachtio, `Require: 100rel` on a provisional response asks for reliable delivery. */
function isReliable(command: ResponseCommand): boolean {
  return command.status > 100 && command.status < 200 && /\b100rel\b/i.test(find(command.headers, 'require') ?? '');
}
