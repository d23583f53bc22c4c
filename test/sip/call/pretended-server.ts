/** The application's side of drachtio's control protocol, answered by the test: what no well-behaved server would do. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeHeader, type SipRequest, type SipResponse } from '../../../sip/message/index.ts';
import { parseCommand, type RequestCommand } from '../../../sip/server/control/command.ts';
import { encodeFrame, FrameReader } from '../../../sip/server/control/frame.ts';
import { okFrame, refusalFrame, requestSentFrame, sipFrame } from '../../../sip/server/control/reply.ts';
import { Waiting } from '../../world/wait.ts';

const META = { source: 'application', bytes: 0, protocol: 'udp', address: '192.0.2.1', port: 5060 } as const;

export interface PretendedOptions {
  /** What it answers to `authenticate`; default v0.9.10. */
  readonly version?: string;
  /** The secret that it takes; default any. */
  readonly secret?: string;
  /** Speaks TLS with this certificate. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
}

export class PretendedServer {
  readonly port: number;
  /** Every command that came, by type; `authenticate` with its secret. */
  readonly heard: string[] = [];
  /** Connections that it has taken. */
  connections = 0;
  /** While it is, nothing is answered: it hangs. */
  mute = false;
  readonly #options: PretendedOptions;
  readonly requests: RequestCommand[] = [];
  readonly #server: Server;
  readonly #waiting = new Waiting();
  #socket: Socket | undefined;

  private constructor(server: Server, port: number, options: PretendedOptions) {
    this.#server = server;
    this.port = port;
    this.#options = options;
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket) => this.#serve(socket));
  }

  static open(options: PretendedOptions = {}): Promise<PretendedServer> {
    return new Promise((resolve) => {
      const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
      server.on('tlsClientError', () => undefined);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(new PretendedServer(server, typeof address === 'object' && address ? address.port : 0, options));
      });
    });
  }

  /** Makes a connection to an application, as drachtio does for a request that it was told to route there. */
  call(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, resolve);
      socket.on('error', reject);
      this.#serve(socket);
    });
  }

  /** Passes a request from the network up. */
  receive(transactionId: string, method: string, headers: Record<string, string>, body = ''): void {
    const request: SipRequest = {
      kind: 'request',
      method,
      uri: 'sip:us@192.0.2.9',
      headers: [
        makeHeader('Via', `SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK${transactionId}`),
        makeHeader('From', '<sip:far@192.0.2.1>;tag=far'),
        ...Object.entries(headers).map(([name, value]) => makeHeader(name, value)),
      ],
      body: Buffer.from(body),
    };
    this.#write(sipFrame({ ...META, source: 'network' }, transactionId, '', request));
  }

  /** Settles when something that begins so has been heard. */
  async hears(start: string): Promise<void> {
    await this.#waiting.until(() => this.heard.some((one) => one.startsWith(start)));
  }

  /** Settles with the n-th request that it was told to send. */
  request(count: number): Promise<RequestCommand> {
    return this.#waiting.until(() => this.requests[count - 1]);
  }

  /** Says that it has sent the request. */
  sent(command: RequestCommand, transactionId: string): void {
    this.#write(requestSentFrame(command.id, META, transactionId, asRequest(command)));
  }

  /** Says that it will not. */
  refuse(command: RequestCommand, why: string): void {
    this.#write(refusalFrame(command.id, why));
  }

  /** Passes a response to it up. */
  respond(
    command: RequestCommand,
    transactionId: string,
    dialogId: string,
    status: number,
    parts: { headers?: Record<string, string>; body?: string } = {},
  ): void {
    const response: SipResponse = {
      kind: 'response',
      status,
      phrase: 'Pretended',
      headers: [
        ...command.headers.filter(({ key }) => ['from', 'call-id', 'cseq'].includes(key)),
        makeHeader('To', '<sip:far@192.0.2.1>;tag=far'),
        ...Object.entries(parts.headers ?? {}).map(([name, value]) => makeHeader(name, value)),
      ],
      body: Buffer.from(parts.body ?? ''),
    };
    this.#write(sipFrame({ ...META, source: 'network' }, transactionId, dialogId, response));
  }

  /** Writes anything. */
  say(text: string): void {
    this.#write(encodeFrame(text));
  }

  /** Writes bytes that are no frame. */
  sayRaw(text: string): void {
    this.#socket?.write(text);
  }

  cut(): void {
    this.#socket?.destroy();
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #write(frame: Buffer): void {
    this.#socket?.write(frame);
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    this.connections++;
    const { secret, version = 'v0.9.10' } = this.#options;
    const reader = new FrameReader(1_000_000);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of framesOf(reader, chunk, socket)) {
        const command = parseCommand(frame);
        this.heard.push(
          command.type === 'authenticate'
            ? `authenticate ${command.secret}`
            : command.type === 'response'
              ? `response ${command.status} ${command.transactionId}`
              : command.type === 'route'
                ? `route ${command.verb}`
                : command.type,
        );
        if (this.mute) continue;
        if (command.type === 'authenticate') {
          const isRight = secret === undefined || command.secret === secret;
          socket.write(
            isRight ? okFrame(command.id, `udp/192.0.2.9:5060|${version}|`) : refusalFrame(command.id, 'x', 'NO'),
          );
        } else if (command.type === 'ping') socket.write(okFrame(command.id, 'pong'));
        else if (command.type === 'request') this.requests.push(command);
      }
      this.#waiting.announce();
    });
  }
}

/** What is not the protocol, such as a TLS greeting, closes the connection. */
function framesOf(reader: FrameReader, chunk: Buffer, socket: Socket): Buffer[] {
  try {
    return reader.push(chunk);
  } catch {
    socket.destroy();
    return [];
  }
}

function asRequest(command: RequestCommand): SipRequest {
  return {
    kind: 'request',
    method: command.method,
    uri: command.uri,
    headers: [makeHeader('CSeq', `1 ${command.method}`), ...command.headers],
    body: command.body,
  };
}
