import {
  header,
  headerHasToken,
  lenient,
  makeHeader,
  makeResponse,
  parseCSeq,
  parseNameAddr,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  sessionExpires,
  tagOf,
} from '../../message/index.ts';
import type { ResponseCommand } from '../control/command.ts';
import { refusalFrame, responseSentFrame, sipFrame } from '../control/reply.ts';
import type { ControlSession } from '../control/session.ts';
import { Dialog, type RemoteInvite } from '../dialog/dialog.ts';
import { uasDialog } from '../dialog/state.ts';
import type { ServerTransaction } from '../transaction/server.ts';
import { type AgentContext, type Answerable, metaOf } from './context.ts';
import { ALLOW, chosenContact, contactFor, DraftError, describedBody, draftResponse, find } from './draft.ts';
import { refreshed, takesUpdate } from './in-dialog.ts';
import { cameThroughNat } from './nat.ts';
import { ReliableProvisionals } from './reliable-provisional.ts';
import { repeatUntilAck } from './repeat-until-ack.ts';
import { armSessionTimer, grantTimer } from './session-timer.ts';
import { newTag } from './tokens.ts';

/** How long an application may let a caller ring without any word. */
const RINGING_LIMIT_MS = 600_000;

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
  readonly #reliable: ReliableProvisionals;
  /** Responses that wait for the PRACK of the one before (RFC 3262 §3). */
  readonly #held: ResponseCommand[] = [];
  /** The application has sent a response: it knows of the call. */
  #rang = false;
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
    this.#reliable = new ReliableProvisionals(context.settings.timers, {
      repeat: (status, bytes) => {
        if (!transaction.answered) transaction.respondBytes(status, bytes);
      },
      giveUp: () => this.#vanished(504),
    });
    this.#guard = this.#startGuard(context.settings.applicationTimeoutMs);
    context.answerables.set(transactionId, this);
    if (dialog !== undefined) dialog.remoteInvite = this;
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  answer(command: ResponseCommand): void {
    clearTimeout(this.#guard);
    if (this.#reliable.waiting && mustWait(command)) {
      this.#held.push(command);
      return;
    }
    try {
      this.#send(command);
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
      this.owner.send(refusalFrame(command.id, error.message));
    }
    if (this.#transaction.answered) return;
    const { applicationTimeoutMs } = this.#context.settings;
    this.#guard = this.#startGuard(this.#rang ? RINGING_LIMIT_MS : applicationTimeoutMs);
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
    if (!this.#reliable.acknowledge(prack, this.#cseq())) return false;
    const next = this.#held.shift();
    // After the PRACK's own response.
    if (next !== undefined) setImmediate(() => this.answer(next));
    return true;
  }

  /** The caller hangs up an early dialog by BYE (RFC 3261 §15.1.2): the INVITE is over. */
  endedByBye(): void {
    this.#vanished(487);
  }

  giveUp(): void {
    if (!this.#transaction.answered) this.#respondLocally(503);
    this.#close();
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
    this.#rang = true;
    if (reliable) this.#reliable.sent(status, bytes);
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
    if (reliable) extra.push(makeHeader('RSeq', String(this.#reliable.nextRSeq)));
    if (command.status >= 200 && command.status < 300) {
      if (find(command.headers, 'allow') === undefined) extra.push(makeHeader('Allow', ALLOW));
      extra.push(...grantTimer(this.request, command.headers));
    }
    return extra;
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
    dialog.throughNat = cameThroughNat(this.request);
    this.#dialog = dialog;
    this.#context.dialogs.add(dialog);
    return dialog;
  }

  #succeed(dialog: Dialog, response: SipResponse, bytes: Buffer): void {
    if (!this.#isNew) refreshed(dialog, this.request);
    repeatUntilAck(this.#context, dialog, this.#transaction, { status: response.status, bytes }, this.#cseq());
    const expires = sessionExpires(response);
    if (expires !== undefined)
      armSessionTimer(this.#context, dialog, expires.seconds, expires.refresher === 'uac' ? 'them' : 'us');
  }

  #cseq(): number {
    return parseCSeq(header(this.request, 'cseq') ?? '').number;
  }

  /** The caller is gone: the INVITE is answered, and the application sees a CANCEL. */
  #vanished(status: number): void {
    if (this.#transaction.answered) return;
    this.#respondLocally(status);
    this.owner.send(this.#cancelFrame());
    this.#close();
  }

  #cancelFrame(): Buffer {
    const headers = this.request.headers.map((one) =>
      one.key === 'cseq' ? { ...one, value: one.value.replace(/\S+$/, 'CANCEL') } : one,
    );
    const cancel: SipRequest = { ...this.request, method: 'CANCEL', headers, body: Buffer.alloc(0) };
    return sipFrame(metaOf('network', this.#transaction.flow, 0), this.transactionId, '', cancel);
  }

  #stopReliable(): void {
    this.#reliable.stop();
    for (const command of this.#held.splice(0))
      this.owner.send(refusalFrame(command.id, 'a final response was sent before this one could be'));
  }

  #close(): void {
    clearTimeout(this.#guard);
    this.#stopReliable();
    this.#context.answerables.delete(this.transactionId);
    const dialog = this.#dialog;
    if (dialog === undefined) return;
    if (dialog.remoteInvite === this) dialog.remoteInvite = undefined;
    if (this.#isNew && !dialog.state.confirmed) this.#context.dialogs.remove(dialog);
  }
}

/** As with drachtio, `Require: 100rel` on a provisional response asks for reliable delivery. */
function isReliable(command: ResponseCommand): boolean {
  return command.status > 100 && command.status < 200 && /\b100rel\b/i.test(find(command.headers, 'require') ?? '');
}

/** RFC 3262 §3: one reliable provisional at a time, and no 2xx before its PRACK. */
function mustWait(command: ResponseCommand): boolean {
  return isReliable(command) || (command.status >= 200 && command.status < 300);
}
