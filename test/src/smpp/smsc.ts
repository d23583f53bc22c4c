/** A service centre for tests: SMPP 3.4 on a port of its own, with every mood that real ones have. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Fields } from '../../../src/smpp/codec/index.ts';
import { Frames } from '../../../src/smpp/session/frames.ts';
import { type Pdu, readPdu, writePdu } from '../../../src/smpp/session/pdu.ts';
import { Waiting } from '../../world/wait.ts';

export const ACCOUNT = { systemId: 'trunkline', password: 'secret08' };

export interface SmscOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface SubmitAnswer {
  readonly status?: number;
  readonly messageId?: string;
}

/** What it says to a submit_sm; undefined: nothing. */
export type OnSubmit = (fields: Fields, count: number) => SubmitAnswer | undefined;

export class Smsc {
  readonly port: number;
  /** Everything that came, in order. */
  readonly seen: Pdu[] = [];
  readonly sessions: SmscSession[] = [];
  /** The most connections there were at one time. */
  mostSessions = 0;
  onSubmit: OnSubmit = (_, count) => ({ messageId: String(count) });
  /** What it says to a bind in place of yes. */
  bindStatus: number | undefined;
  answersEnquiries = true;
  readonly #server: Server;
  readonly #waiting = new Waiting();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start({ tls }: SmscOptions = {}): Promise<Smsc> {
    const take = (socket: Socket): void => smsc.#take(socket);
    const server = tls === undefined ? createServer(take) : createTlsServer({ ...tls }, take);
    server.on('tlsClientError', () => smsc.announce());
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, '127.0.0.1', resolve);
    await promise;
    const smsc: Smsc = new Smsc(server);
    return smsc;
  }

  get submits(): readonly Fields[] {
    return this.seen.filter(({ command }) => command === 'submit_sm').map(({ fields }) => fields);
  }

  bound(): Promise<SmscSession> {
    return this.until(() => this.sessions.find(({ isBound }) => isBound));
  }

  until<T>(look: () => T | undefined | false): Promise<T> {
    return this.#waiting.until(look);
  }

  announce(): void {
    this.#waiting.announce();
  }

  /** Answers a submit_sm by hand. */
  answer({ sequence }: Pdu, { status = 0, messageId = '' }: SubmitAnswer): void {
    for (const { isBound, socket } of this.sessions) {
      if (isBound) socket.write(writePdu('submit_sm_resp', sequence, { status, fields: { message_id: messageId } }));
    }
  }

  /** Cuts every connection. */
  drop(): void {
    for (const session of [...this.sessions]) session.socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const { socket } of [...this.sessions]) socket.destroy();
    await promise;
  }

  #take(socket: Socket): void {
    const session = new SmscSession(socket, this);
    this.sessions.push(session);
    this.mostSessions = Math.max(this.mostSessions, this.sessions.length);
    socket.on('close', () => {
      this.sessions.splice(this.sessions.indexOf(session), 1);
      this.announce();
    });
  }
}

export class SmscSession {
  readonly socket: Socket;
  readonly #smsc: Smsc;
  readonly #frames = new Frames();
  readonly #answers = new Map<number, (pdu: Pdu | undefined) => void>();
  bind: Pdu | undefined;
  isBound = false;
  #sequence = 0;

  constructor(socket: Socket, smsc: Smsc) {
    this.socket = socket;
    this.#smsc = smsc;
    socket.on('error', () => {});
    socket.on('data', (octets) => {
      for (const frame of this.#frames.push(octets)) this.#took(readPdu(frame));
    });
    socket.on('close', () => {
      for (const settle of this.#answers.values()) settle(undefined);
    });
  }

  /** @returns the answer; undefined when the connection ended before it */
  ask(command: string, fields: Fields, sequence?: number): Promise<Pdu | undefined> {
    this.#sequence += 1;
    const number = sequence ?? this.#sequence;
    const { promise, resolve } = Promise.withResolvers<Pdu | undefined>();
    this.#answers.set(number, resolve);
    this.socket.write(writePdu(command, number, { fields }));
    return promise;
  }

  /** The status that a text got; undefined when the connection ended before it. */
  async deliver(fields: Fields, sequence?: number): Promise<number | undefined> {
    const answer = await this.ask('deliver_sm', { ...toUs, ...fields }, sequence);
    return answer?.status;
  }

  #took(pdu: Pdu): void {
    this.#smsc.seen.push(pdu);
    if (pdu.isResponse) this.#answers.get(pdu.sequence)?.(pdu);
    else this.#asked(pdu);
    this.#smsc.announce();
  }

  #asked(pdu: Pdu): void {
    const { command, sequence } = pdu;
    switch (command) {
      case 'bind_transceiver':
      case 'bind_transmitter':
      case 'bind_receiver':
        this.#bind(pdu);
        return;
      case 'submit_sm':
        this.#submit(pdu);
        return;
      case 'enquire_link':
        if (this.#smsc.answersEnquiries) this.#answer('enquire_link_resp', sequence);
        return;
      case 'unbind':
        this.isBound = false;
        this.#answer('unbind_resp', sequence);
        return;
      default:
        this.#answer('generic_nack', sequence, { status: 3 });
    }
  }

  #bind(pdu: Pdu): void {
    const { command, sequence, fields } = pdu;
    const isRight = fields.system_id === ACCOUNT.systemId && fields.password === ACCOUNT.password;
    const status = this.#smsc.bindStatus ?? (isRight ? 0 : 0x0e);
    this.bind = pdu;
    this.isBound = status === 0;
    this.#answer(`${command}_resp`, sequence, { status, fields: { system_id: 'SMSC' } });
  }

  #submit({ sequence, fields }: Pdu): void {
    const answer = this.#smsc.onSubmit(fields, this.#smsc.submits.length);
    if (answer === undefined) return;
    const { status = 0, messageId = '' } = answer;
    this.#answer('submit_sm_resp', sequence, { status, fields: { message_id: messageId } });
  }

  #answer(command: string, sequence: number, body: { readonly status?: number; readonly fields?: Fields } = {}): void {
    if (this.socket.writable) this.socket.write(writePdu(command, sequence, body));
  }
}

/** A text from +447700900123 to +441818118181. */
export const toUs: Fields = {
  source_addr_ton: 1,
  source_addr_npi: 1,
  source_addr: '447700900123',
  dest_addr_ton: 1,
  dest_addr_npi: 1,
  destination_addr: '441818118181',
  data_coding: 0,
};
