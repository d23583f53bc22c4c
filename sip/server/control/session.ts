import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { type Command, parseCommand, type RequestCommand, type ResponseCommand } from './command.ts';
import { ControlProtocolError, FrameReader } from './frame.ts';
import { okFrame, refusalFrame } from './reply.ts';

/** Unauthenticated connections are closed after this long. */
const AUTHENTICATION_MS = 5_000;
/** An application that does not read its messages is cut off. */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

/** Who serves the commands of authenticated sessions. */
export interface CommandHandler {
  request(session: ControlSession, command: RequestCommand): void;
  response(session: ControlSession, command: ResponseCommand): void;
  /** The application is gone. */
  gone(session: ControlSession): void;
}

export interface SessionSettings {
  readonly secret: string;
  /** `proto/host:port,…` as advertised, the version, and the same as bound: what `authenticate` is answered. */
  readonly welcome: string;
  readonly maxFrameBytes: number;
}

/** One application: a connection that speaks drachtio's control protocol. */
export class ControlSession {
  readonly #socket: Socket;
  readonly #settings: SessionSettings;
  readonly #handler: CommandHandler;
  readonly #logger: Logger;
  readonly #reader: FrameReader;
  readonly #verbs = new Set<string>();
  readonly #deadline: NodeJS.Timeout;
  #authenticated = false;
  #corked = false;

  constructor(socket: Socket, settings: SessionSettings, handler: CommandHandler, logger: Logger) {
    this.#socket = socket;
    this.#settings = settings;
    this.#handler = handler;
    this.#logger = logger;
    this.#reader = new FrameReader(settings.maxFrameBytes);
    this.#deadline = setTimeout(() => socket.destroy(), AUTHENTICATION_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#logger.debug({ err: error }, 'the control connection failed'));
    socket.on('close', () => {
      clearTimeout(this.#deadline);
      if (this.#authenticated) this.#handler.gone(this);
    });
  }

  get open(): boolean {
    return this.#authenticated && !this.#socket.destroyed;
  }

  /** Whether the application asked for requests with this method. */
  wants(method: string): boolean {
    return this.open && this.#verbs.has(method.toLowerCase());
  }

  /** Queues a frame; all frames of one turn leave together. */
  send(frame: Buffer): void {
    if (this.#socket.destroyed) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(frame);
    if (this.#socket.writableLength > MAX_UNREAD_BYTES) {
      this.#logger.error('the application does not read its control connection: closing it');
      this.#socket.destroy();
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#handleGuarded(parseCommand(frame));
    } catch (error) {
      if (!(error instanceof ControlProtocolError)) throw error;
      this.#logger.warn({ err: error }, 'closing a control connection that does not speak the protocol');
      this.#socket.destroy();
    }
  }

  /** A fault of ours in one command is answered, and the others are served. */
  #handleGuarded(command: Command): void {
    try {
      this.#handle(command);
    } catch (error) {
      this.#logger.error({ err: error, command: command.type }, 'a command of the application failed');
      this.send(refusalFrame(command.id, 'Server error: the command failed'));
    }
  }

  #handle(command: Command): void {
    if (command.type === 'authenticate') {
      this.#authenticate(command.id, command.secret);
      return;
    }
    if (!this.#authenticated) {
      const reason = command.type === 'refused' ? command.reason : 'not authenticated';
      this.send(refusalFrame(command.id, reason, 'NO'));
      this.#socket.end();
      return;
    }
    switch (command.type) {
      case 'ping':
        this.send(okFrame(command.id, 'pong'));
        break;
      case 'route':
        this.#verbs.add(command.verb);
        this.send(okFrame(command.id));
        break;
      case 'removeRoute':
        this.#verbs.delete(command.verb);
        this.send(okFrame(command.id));
        break;
      case 'request':
        this.#handler.request(this, command);
        break;
      case 'response':
        this.#handler.response(this, command);
        break;
      case 'refused':
        this.#logger.warn({ reason: command.reason }, 'refused what the application asked for');
        this.send(refusalFrame(command.id, command.reason));
        break;
      default:
        command satisfies never;
    }
  }

  #authenticate(id: string, secret: string): void {
    if (!sameSecret(secret, this.#settings.secret)) {
      this.#logger.warn('a control connection gave a wrong secret');
      this.send(refusalFrame(id, 'incorrect secret', 'NO'));
      this.#socket.end();
      return;
    }
    clearTimeout(this.#deadline);
    this.#authenticated = true;
    this.send(okFrame(id, this.#settings.welcome));
  }
}

function sameSecret(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}
