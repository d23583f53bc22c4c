import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import type { Logger } from 'pino';
import { type CommandHandler, ControlSession, type SessionSettings } from './session.ts';

/** The loopback port that applications connect to; each start has a port and a secret of its own. */
export class ControlServer {
  readonly secret = randomBytes(24).toString('hex');
  readonly #sessions = new Set<ControlSession>();
  readonly #logger: Logger;
  #server: Server | undefined;
  #turn = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @returns the port */
  async open(settings: Omit<SessionSettings, 'secret'>, handler: CommandHandler): Promise<number> {
    const server = createServer((socket) => {
      const session = new ControlSession(socket, { ...settings, secret: this.secret }, handler, this.#logger);
      this.#sessions.add(session);
      socket.on('close', () => this.#sessions.delete(session));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    this.#server = server;
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the control port has no address');
    return address.port;
  }

  /** Whether any application is connected. */
  get connected(): boolean {
    return [...this.#sessions].some((session) => session.open);
  }

  /** The next application, in turn, that asked for requests with this method. */
  sessionFor(method: string): ControlSession | undefined {
    const willing = [...this.#sessions].filter((session) => session.wants(method));
    this.#turn += 1;
    return willing[this.#turn % willing.length];
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.close();
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
