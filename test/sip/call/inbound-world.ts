/** A gateway's SIP side on the embedded server, and one who calls it by hand. */
import { createSipCalls, type SipCallsOptions, type TrunkCalls } from '../../../sip/call/index.ts';
import type { InboundCall } from '../../../sip/index.ts';
import { header, makeHeader, type SipHeader, type SipRequest, type SipResponse } from '../../../sip/message/index.ts';
import type { EmbeddedSipServer } from '../../../sip/server/index.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { EMBEDDED, type ServerUnderTest } from '../contract/servers.ts';
import { RawPeer } from '../server/raw-peer.ts';
import { keptLog, OFFER, TestCall } from './world.ts';

export interface CallIn extends TestCall {
  readonly call: InboundCall;
}

export interface InboundWorld {
  /** Undefined when it is a drachtio server. */
  readonly embedded: EmbeddedSipServer | undefined;
  readonly calls: TrunkCalls;
  readonly peer: RawPeer;
  readonly log: string[];
  /** host:port of the server. */
  readonly address: string;
  /** The next call that comes in. */
  next(): Promise<CallIn>;
  /** Calls that came in so far. */
  readonly came: readonly CallIn[];
  close(): Promise<void>;
}

export interface InboundWorldOptions {
  readonly server?: ServerUnderTest;
  readonly trunk?: Partial<TrunkInput>;
  readonly calls?: Partial<SipCallsOptions>;
  /** Of the embedded server. */
  readonly t1Ms?: number;
}

export async function inboundWorld(options: InboundWorldOptions = {}): Promise<InboundWorld> {
  const { logger, lines } = keptLog();
  const { server: under = EMBEDDED, t1Ms } = options;
  const server = await under.start(t1Ms === undefined ? {} : { t1Ms }, logger);
  // The calls must know where their trunk is before they say where the server is.
  const peer = await RawPeer.open();
  const calls = await createSipCalls({
    connection: server.connection,
    trunks: [trunkSettings({ name: 'test', host: '127.0.0.1', port: peer.port, ...options.trunk })],
    logger,
    ...options.calls,
  });
  const [, address = ''] = /udp\/([^,]+)/.exec(calls.health().servers[0]?.endpoints ?? '') ?? [];
  peer.server = Number(address.split(':').at(-1));
  server.embedded?.screen((request, source) => calls.mayTalk(request, source));
  if (server.embedded === undefined) await toldOf(peer);
  const came: CallIn[] = [];
  const waiting: ((call: CallIn) => void)[] = [];
  let taken = 0;
  calls.onCall((call) => {
    const heard = Object.assign(new TestCall(), { call }) as CallIn;
    heard.leg = call.leg;
    call.listen((event) => heard.heard(event));
    came.push(heard);
    waiting.shift()?.(heard);
  });
  return {
    embedded: server.embedded,
    calls,
    peer,
    log: lines,
    address,
    came,
    next: () => {
      const found = came[taken++];
      return found === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(found);
    },
    async close() {
      // Calls that the test left open end at once.
      for (const _ of came)
        peer.request('BYE').then(
          (bye) => peer.answer(bye, 200),
          () => undefined,
        );
      await calls.close(0);
      peer.close();
      await server.close();
    },
  };
}

/**
 * A drachtio server gives requests to its applications in turn, and for a moment to one that has just gone, too: waits until
 * every one comes here.
 */
export async function toldOf(peer: RawPeer): Promise<void> {
  for (let round = 0; round < 50; round++) {
    const ids = [1, 2, 3].map((each) => `ready-${round}-${each}`);
    for (const id of ids) peer.send(peer.write('OPTIONS', { 'Call-ID': id }));
    const answered = (id: string): boolean =>
      peer.seen.some((one) => one.kind === 'response' && one.status === 200 && header(one, 'call-id') === id);
    for (let look = 0; look < 20 && !ids.every(answered); look++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    if (ids.every(answered)) break;
  }
  peer.forget();
}

/** One call as its caller writes it. */
export class Caller {
  readonly #world: InboundWorld;
  readonly #id: string;
  #cseq = 0;
  #invite = '';
  #branch = '';
  #to = '';

  constructor(world: InboundWorld, id = `in-${Math.random().toString(36).slice(2)}`) {
    this.#world = world;
    this.#id = id;
  }

  get callId(): string {
    return this.#id;
  }

  /** Our tag, as the caller has it. */
  get remoteTag(): string {
    return /;tag=([^;>]+)/.exec(this.#to)?.[1] ?? '';
  }

  readonly tag = 'caller-tag';

  /** Sends an INVITE. @param headers one with the value '' is left out */
  invite(headers: Readonly<Record<string, string>> = {}, body: string = OFFER): void {
    this.#branch = `z9hG4bK${Math.random().toString(36).slice(2)}`;
    this.#cseq++;
    this.#invite = this.#write(
      'INVITE',
      { ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }), ...headers },
      body,
    );
    this.#world.peer.send(this.#invite);
  }

  /** The same bytes again. */
  repeat(): void {
    this.#world.peer.send(this.#invite);
  }

  /** The final response to the INVITE; notes our tag. */
  async response(status: number): Promise<SipResponse> {
    const response = await this.#world.peer.response(status, 'INVITE');
    this.#to = header(response, 'to') ?? '';
    return response;
  }

  ack(body = '', response?: SipResponse): void {
    if (response !== undefined) this.#to = header(response, 'to') ?? this.#to;
    const branch = this.#branch;
    this.#branch = `z9hG4bK${Math.random().toString(36).slice(2)}`;
    this.#world.peer.send(
      this.#write(
        'ACK',
        { CSeq: `${this.#inviteCSeq} ACK`, ...(body === '' ? {} : { 'Content-Type': 'application/sdp' }) },
        body,
      ),
    );
    this.#branch = branch;
  }

  cancel(headers: Readonly<Record<string, string>> = {}): void {
    this.#world.peer.send(
      this.#write('CANCEL', {
        CSeq: `${this.#cseq} CANCEL`,
        Contact: '',
        To: `<sip:service@${this.#world.address}>`,
        ...headers,
      }),
    );
  }

  /** A request inside the dialog. */
  send(method: string, headers: Readonly<Record<string, string>> = {}, body = ''): void {
    this.#cseq++;
    this.#branch = `z9hG4bK${Math.random().toString(36).slice(2)}`;
    this.#world.peer.send(
      this.#write(
        method,
        { ...(body === '' || 'Content-Type' in headers ? {} : { 'Content-Type': 'application/sdp' }), ...headers },
        body,
      ),
    );
  }

  #inviteCSeqNumber = 1;
  get #inviteCSeq(): number {
    return this.#inviteCSeqNumber;
  }

  /** From now on the ACK is for the INVITE that was sent last inside the dialog. */
  ackLast(body = ''): void {
    this.#inviteCSeqNumber = this.#cseq;
    this.ack(body);
  }

  #write(method: string, headers: Readonly<Record<string, string>>, body = ''): string {
    const { peer } = this.#world;
    return peer.write(
      method,
      {
        Via: `SIP/2.0/UDP 127.0.0.1:${peer.port};branch=${this.#branch}`,
        From: `"A Caller" <sip:+4930901820@127.0.0.1>;tag=${this.tag}`,
        To: this.#to === '' ? `<sip:service@${this.#world.address}>` : this.#to,
        'Call-ID': this.#id,
        CSeq: `${this.#cseq} ${method}`,
        ...headers,
      },
      body,
    );
  }

  /** Answers a request of ours. */
  answer(request: SipRequest, status: number, more: { headers?: SipHeader[]; sdp?: boolean } = {}): void {
    this.#world.peer.answer(request, status, more);
  }
}

export { makeHeader };
