/** The application's side of drachtio's control protocol, answered by the test: what no well-behaved server would do. */
import { createServer, type Server, type Socket } from 'node:net';
import { makeHeader, type SipRequest, type SipResponse } from '../../../sip/message/index.ts';
import { parseCommand, type RequestCommand } from '../../../sip/server/control/command.ts';
import { encodeFrame, FrameReader } from '../../../sip/server/control/frame.ts';
import { okFrame, refusalFrame, requestSentFrame, sipFrame } from '../../../sip/server/control/reply.ts';

const META = { source: 'application', bytes: 0, protocol: 'udp', address: '192.0.2.1', port: 5060 } as const;

export class PretendedServer {
  readonly port: number;
  readonly requests: RequestCommand[] = [];
  readonly #server: Server;
  readonly #checks = new Set<() => void>();
  #socket: Socket | undefined;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static open(): Promise<PretendedServer> {
    return new Promise((resolve) => {
      const server = createServer();
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(new PretendedServer(server, typeof address === 'object' && address ? address.port : 0));
      });
    });
  }

  /** Settles with the n-th request that it was told to send. */
  request(count: number): Promise<RequestCommand> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = this.requests[count - 1];
        if (found === undefined) return;
        this.#checks.delete(check);
        resolve(found);
      };
      this.#checks.add(check);
      check();
    });
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
    const reader = new FrameReader(1_000_000);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) {
        const command = parseCommand(frame);
        if (command.type === 'authenticate') socket.write(okFrame(command.id, 'udp/192.0.2.9:5060|v0.9.10|'));
        else if (command.type === 'request') this.requests.push(command);
      }
      for (const check of [...this.#checks]) check();
    });
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
