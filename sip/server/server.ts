import type { Logger } from 'pino';
import { Locator } from '../dns/index.ts';
import { header, lenient, refusal, SipParseError, type SipRequest, type TransportName } from '../message/index.ts';
import { UserAgent } from './agent/agent.ts';
import type { AgentContext } from './agent/context.ts';
import { RecentFailures } from './agent/recent-failures.ts';
import { type Locate, locateByDns } from './agent/targets.ts';
import { newTag } from './agent/tokens.ts';
import { UserAgentServer } from './agent/uas.ts';
import { ControlServer } from './control/server.ts';
import { DialogRegistry } from './dialog/registry.ts';
import { SourceLimiter } from './limits.ts';
import { type EmbeddedSipSettings, resolveSettings } from './settings.ts';
import { fromTag, toTag } from './transaction/key.ts';
import { respondStateless, TransactionLayer } from './transaction/layer.ts';
import { TransportLayer } from './transport/layer.ts';
import type { Arrival, Flow, LocalPoint } from './transport/types.ts';
import { noteSource } from './transport/via.ts';

/** What `authenticate` reports: drachtio-srf asks for at least v0.8.2 to keep its connection alive by pings. */
const CONTROL_VERSION = 'v0.9.10-trunkline';
/** SDP, headers and all of a message that an application may send. */
const MAX_FRAME_BYTES = 1_048_576;

/** Where a request came from. */
export interface RequestSource {
  readonly address: string;
  readonly port: number;
  readonly protocol: TransportName;
}

/** A running server: what `srf.connect` needs, and where SIP is spoken. */
export interface EmbeddedSipServer {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Where it listens, with the ports that the system chose. */
  readonly addresses: readonly LocalPoint[];
  /** What is alive at this moment, for metrics and tests. */
  counts(): {
    readonly dialogs: number;
    readonly transactions: number;
    readonly connections: number;
    /** Requests that wait for the application, and its INVITEs without a final response. */
    readonly pending: number;
  };
  /**
   * Asks before anything of a request is kept that belongs to no dialog: one that is not accepted gets no answer at all, so
   * that a scanner learns nothing and costs little. Without a screen every request is taken.
   * @param accepts called for each such request, retransmissions too
   */
  screen(accepts: (request: SipRequest, source: RequestSource) => boolean): void;
  /**
   * The machine has another address from now on: Via and Contact of what listens on all addresses of that family say it.
   * @param host an IP address
   */
  moved(host: string): void;
  /** Ends what calls there are by BYE or CANCEL, waits for no answer, and closes every socket. */
  close(): Promise<void>;
}

/**
 * Starts the in-process SIP server that speaks drachtio's control protocol on a loopback port.
 * @param locate finds servers by DNS (RFC 3263), by the machine's name servers when absent; addresses need none
 * @throws RangeError for settings that make no sense, ListenError when an address cannot be bound
 */
export async function startEmbeddedSipServer(
  given: EmbeddedSipSettings,
  logger: Logger,
  locate: Locate = defaultLocate(given),
): Promise<EmbeddedSipServer> {
  const settings = resolveSettings(given);
  const control = new ControlServer(logger.child({ part: 'control' }));
  const faults = new SourceLimiter(5, 20, 4096);
  const transport = new TransportLayer(settings, logger, (arrival) => receive(arrival));
  // The two refer to each other: the server hands requests up, and answers through the context below.
  let agentServer: UserAgentServer;
  const transactions = new TransactionLayer(settings.timers, settings.maxTransactions, {
    onRequest: (transaction, bytes) => agentServer.onRequest(transaction, bytes),
    onAck: (request, flow, bytes) => agentServer.onAck(request, flow, bytes),
    onCancel: (transaction, invite, bytes) => agentServer.onCancel(transaction, invite, bytes),
    onMerged: (transaction) => agentServer.onMerged(transaction),
    onOverload: (request, flow) => agentServer.onOverload(request, flow),
    onFault: (error) => logger.error({ err: error }, 'a SIP transaction failed'),
  });
  const context: AgentContext = {
    settings,
    logger,
    transport,
    transactions,
    dialogs: new DialogRegistry(),
    control,
    locate,
    withoutTcp: new RecentFailures(600_000, 1000),
    answerables: new Map(),
    invites: new Map(),
  };
  agentServer = new UserAgentServer(context);

  let accepts: ((request: SipRequest, source: RequestSource) => boolean) | undefined;

  /** Whether anything may be said to the sender. An ACK gets no answer in any case (RFC 3261 §17). */
  function isScreened(request: SipRequest, flow: Flow): boolean {
    if (accepts === undefined || request.method === 'ACK') return false;
    const [ours, theirs] = [lenient(() => toTag(request)) ?? '', lenient(() => fromTag(request)) ?? ''];
    const inDialog = ours !== '' && context.dialogs.find(header(request, 'call-id') ?? '', ours, theirs) !== undefined;
    const source = { address: flow.remoteAddress, port: flow.remotePort, protocol: flow.transport };
    return !inDialog && !accepts(request, source);
  }

  /** Answers what cannot be understood, if it can be answered at all. */
  function refuse(error: SipParseError, flow: Flow): void {
    if (error.request === undefined || isScreened(error.request, flow)) return;
    const noted = lenient(() => error.request && noteSource(error.request, flow.remoteAddress, flow.remotePort));
    const { fault, message, status } = error;
    const request = noted?.request ?? error.request;
    const answer = refusal(new SipParseError(fault, message, { status, request }), newTag());
    // A Via that cannot be read says nothing of where to answer: the source is all there is.
    if (answer !== undefined) respondStateless(answer, noted === undefined ? flow : transport.replyFlow(request, flow));
  }

  function receive(arrival: Arrival): void {
    const { flow } = arrival;
    try {
      if (arrival.type === 'invalid') {
        if (!faults.take(flow.remoteAddress)) return;
        logger.debug({ source: flow.remoteAddress, fault: arrival.error.fault }, 'a SIP message was not understood');
        refuse(arrival.error, flow);
        return;
      }
      if (arrival.message.kind === 'response') {
        if (!transactions.receiveResponse(arrival.message, flow))
          logger.debug({ source: flow.remoteAddress }, 'a response belongs to no transaction');
        return;
      }
      if (isScreened(arrival.message, flow)) return;
      const { request, via } = noteSource(arrival.message, flow.remoteAddress, flow.remotePort);
      transactions.receiveRequest(request, via, transport.replyFlow(request, flow), arrival.bytes);
    } catch (error) {
      // Nothing that comes in may stop the process; what gets here is a fault of ours.
      logger.error({ err: error, source: flow.remoteAddress }, 'handling a SIP message failed');
    }
  }

  await transport.open();
  const describe = (host: (local: LocalPoint) => string): string =>
    transport.locals.map((local) => `${local.transport}/${host(local)}`).join(',');
  try {
    const port = await control.open(
      {
        welcome: [
          describe((local) => `${local.advertisedHost}:${local.advertisedPort}`),
          CONTROL_VERSION,
          describe((local) => `${local.host}:${local.port}`),
        ].join('|'),
        maxFrameBytes: MAX_FRAME_BYTES,
      },
      new UserAgent(context, agentServer),
    );
    logger.info({ addresses: describe((local) => `${local.host}:${local.port}`) }, 'the embedded SIP server is ready');
    return {
      host: '127.0.0.1',
      port,
      secret: control.secret,
      addresses: transport.locals,
      counts: () => ({
        dialogs: context.dialogs.count,
        transactions: transactions.count,
        connections: transport.connectionCount,
        pending: context.answerables.size + context.invites.size,
      }),
      screen: (given) => {
        accepts = given;
      },
      moved: (host) => transport.move(host),
      close: async () => {
        await control.close();
        for (const invite of [...context.invites.values()]) invite.abandon();
        for (const dialog of context.dialogs.all()) context.dialogs.remove(dialog);
        transactions.close();
        await transport.close();
      },
    };
  } catch (error) {
    await transport.close();
    throw error;
  }
}

/** Prefers the transports in the order of the listeners. */
function defaultLocate(settings: EmbeddedSipSettings): Locate {
  const transports = [...new Set(settings.listeners.map((listener) => listener.transport))];
  return locateByDns(new Locator({ transports }));
}
