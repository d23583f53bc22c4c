import type { Logger } from 'pino';
import type { SipHeader } from '../../message/index.ts';
import type { ResponseCommand } from '../control/command.ts';
import type { MessageMeta } from '../control/reply.ts';
import type { ControlServer } from '../control/server.ts';
import type { ControlSession } from '../control/session.ts';
import type { DialogRegistry } from '../dialog/registry.ts';
import type { ResolvedSettings } from '../settings.ts';
import type { TransactionLayer } from '../transaction/layer.ts';
import type { TransportLayer } from '../transport/layer.ts';
import type { Flow } from '../transport/types.ts';
import type { RecentFailures } from './recent-failures.ts';
import type { Locate } from './targets.ts';

/** A request of the network that waits for the application's response. */
export interface Answerable {
  readonly owner: ControlSession;
  answer(command: ResponseCommand): void;
  /** The application is gone, or the server stops. */
  giveUp(): void;
}

/** An INVITE of the application without a final response. */
export interface Cancellable {
  readonly owner: ControlSession;
  /** Asks for its end; idempotent. */
  cancel(reason?: string): void;
  /** Forgets it without a word to anybody. */
  abandon(): void;
}

/** What the parts of the user agent core share. */
export interface AgentContext {
  readonly settings: ResolvedSettings;
  readonly logger: Logger;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogRegistry;
  readonly control: ControlServer;
  readonly locate: Locate;
  /** Hosts (`address:port`) that took no TCP connection for a request that was large for UDP. */
  readonly withoutTcp: RecentFailures;
  /** By transaction id. */
  readonly answerables: Map<string, Answerable>;
  /** By transaction id. */
  readonly invites: Map<string, InviteHandle>;
}

/** An INVITE that the application may cancel by its transaction id. */
export interface InviteHandle extends Cancellable {
  /** Serves the application's CANCEL, and answers it. */
  cancelCommand(commandId: string, headers: readonly SipHeader[]): void;
}

export function metaOf(source: MessageMeta['source'], flow: Flow, bytes: number): MessageMeta {
  return { source, bytes, protocol: flow.transport, address: flow.remoteAddress, port: flow.remotePort };
}
