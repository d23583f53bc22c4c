import type { RequestCommand, ResponseCommand } from '../control/command.ts';
import type { CommandHandler, ControlSession } from '../control/session.ts';
import type { AgentContext } from './context.ts';
import { endDialog } from './in-dialog.ts';
import { UserAgentClient } from './uac.ts';
import type { UserAgentServer } from './uas.ts';

/** The commands of the applications, served by the two halves of the user agent core. */
export class UserAgent implements CommandHandler {
  readonly #context: AgentContext;
  readonly #client: UserAgentClient;
  readonly #server: UserAgentServer;

  constructor(context: AgentContext, server: UserAgentServer) {
    this.#context = context;
    this.#client = new UserAgentClient(context);
    this.#server = server;
  }

  request(session: ControlSession, command: RequestCommand): void {
    this.#client.request(session, command);
  }

  response(session: ControlSession, command: ResponseCommand): void {
    this.#server.response(session, command);
  }

  /** Nobody else can hold an application's calls: they end with it. */
  gone(session: ControlSession): void {
    const { answerables, invites, dialogs, logger } = this.#context;
    const calls = dialogs.ownedBy(session);
    const level = calls.length > 0 ? 'warn' : 'debug';
    logger[level]({ dialogs: calls.length }, 'an application closed its control connection: its calls are ended');
    for (const answerable of [...answerables.values()]) if (answerable.owner === session) answerable.giveUp();
    for (const invite of [...invites.values()]) if (invite.owner === session) invite.cancel();
    for (const dialog of calls)
      if (dialog.state.confirmed) endDialog(this.#context, dialog, 'the application is gone', 'silent');
  }
}
