/**
 * What stands between the gateway and a registrar: a NAT, or just the network. The gateway sends to its inner side; the registrar
 * sees its outer side, whose address and port can change. Nothing in the messages is changed, as home routers do.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket as TcpSocket } from 'node:net';
import { lenient, parseMessage, type SipMessage } from '../../../sip/message/index.ts';

async function bound(host: string, port = 0): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  return socket;
}

export class NatRouter {
  /** What came through, from either side. */
  readonly messages: SipMessage[] = [];
  readonly #inner: Socket;
  readonly #registrarPort: number;
  #outer: Socket | undefined;
  #inside = { address: '', port: 0 };

  private constructor(inner: Socket, registrarPort: number) {
    this.#inner = inner;
    this.#registrarPort = registrarPort;
    inner.on('message', (bytes, from) => {
      this.#inside = from;
      this.#keep(bytes);
      this.#outer?.send(bytes, this.#registrarPort, '127.0.0.1');
    });
  }

  static async open(registrarPort: number, outerHost: string): Promise<NatRouter> {
    const router = new NatRouter(await bound('127.0.0.1'), registrarPort);
    await router.move(outerHost);
    return router;
  }

  /** Where the gateway finds the registrar. */
  get port(): number {
    return this.#inner.address().port;
  }

  /** How the registrar sees the gateway. */
  get outside(): { readonly address: string; readonly port: number } {
    if (this.#outer === undefined) throw new Error('the router is between two addresses');
    return this.#outer.address();
  }

  /** The outer side is elsewhere from now on; what is sent to the old address is lost. */
  async move(host: string, port?: number): Promise<void> {
    const before = this.#outer;
    this.#outer = undefined;
    before?.close();
    const outer = await bound(host, port);
    outer.on('message', (bytes) => {
      this.#keep(bytes);
      this.#inner.send(bytes, this.#inside.port, this.#inside.address);
    });
    this.#outer = outer;
  }

  close(): void {
    this.#inner.close();
    this.#outer?.close();
  }

  #keep(bytes: Buffer): void {
    const message = lenient(() => parseMessage(bytes));
    if (message !== undefined) this.messages.push(message);
  }
}

/** The same for TCP: connections, which do not outlive a change of address. */
export class TcpNatRouter {
  readonly #server: Server;
  readonly #sockets = new Set<TcpSocket>();
  #outer: TcpSocket | undefined;
  #host: string;

  private constructor(server: Server, registrarPort: number, outerHost: string) {
    this.#server = server;
    this.#host = outerHost;
    server.on('connection', (inner) => {
      const outer = connect({ host: '127.0.0.1', port: registrarPort, localAddress: this.#host });
      this.#outer = outer;
      for (const [one, other] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.#sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  static async open(registrarPort: number, outerHost: string): Promise<TcpNatRouter> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpNatRouter(server, registrarPort, outerHost);
  }

  /** Where the gateway finds the registrar. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How the registrar sees the gateway's last connection, `host:port`. */
  get outside(): string {
    return `${this.#outer?.localAddress}:${this.#outer?.localPort}`;
  }

  /** Connections end; those that follow come from elsewhere. */
  move(host: string): void {
    this.#host = host;
    this.#cut();
  }

  close(): void {
    this.#cut();
    this.#server.close();
  }

  #cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
