import type { SipRequest, SipResponse } from '../../message/index.ts';
import { requestSentFrame, sipFrame } from '../control/reply.ts';
import type { ControlSession } from '../control/session.ts';
import type { Flow } from '../transport/types.ts';
import { metaOf } from './context.ts';
import { localResponse } from './draft.ts';
import type { OutgoingUser } from './outgoing.ts';

/** Tells the application that its request went out, and of the responses. */
export class Reporter {
  readonly #session: ControlSession;
  readonly #commandId: string;
  readonly #transactionId: string;
  readonly #dialogId: string;
  readonly #draft: SipRequest;
  #sent: SipRequest | undefined;
  #flow: Flow | undefined;

  constructor(session: ControlSession, commandId: string, transactionId: string, dialogId: string, draft: SipRequest) {
    this.#session = session;
    this.#commandId = commandId;
    this.#transactionId = transactionId;
    this.#dialogId = dialogId;
    this.#draft = draft;
  }

  /** @param heard is called before each response goes on */
  user(heard: (response: SipResponse) => void = () => undefined): OutgoingUser {
    return {
      onSent: (request, flow) => {
        this.#flow = flow;
        if (this.#sent === undefined) this.#reply(request);
      },
      onResponse: (response, flow) => {
        if (response.status === 100) return;
        heard(response);
        this.#deliver(response, flow);
      },
      onFailed: (status, why, isUnsent) => {
        if (this.#sent === undefined) this.#reply(this.#draft);
        this.#deliver(localResponse(this.#sent ?? this.#draft, status, why, isUnsent), undefined);
      },
    };
  }

  #reply(request: SipRequest): void {
    this.#sent = request;
    const meta = this.#meta('application', this.#flow, request.body.length);
    this.#session.send(requestSentFrame(this.#commandId, meta, this.#transactionId, request));
  }

  #deliver(response: SipResponse, flow: Flow | undefined): void {
    const meta = this.#meta('network', flow ?? this.#flow, response.body.length);
    this.#session.send(sipFrame(meta, this.#transactionId, this.#dialogId, response));
  }

  #meta(source: 'network' | 'application', flow: Flow | undefined, bytes: number) {
    return flow === undefined ? { source, bytes, protocol: 'udp', address: '', port: 0 } : metaOf(source, flow, bytes);
  }
}
