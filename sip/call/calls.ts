/** Places calls on one trunk: keeps the connection to the SIP server, the live legs, and closes both. */
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import { DigestSession } from '../digest/index.ts';
import { DigestGate, DropLog, type InboundDirectory, Networks } from '../inbound/index.ts';
import type {
  OutboundCallRequest,
  Refusal,
  SipCallId,
  SipCalls,
  SipFailure,
  SipLeg,
  SipLegListener,
  TrunkStatus,
} from '../leg.ts';
import type { SipRequest } from '../message/index.ts';
import { buildInvite, type InvitePlan, TargetError, type TrunkSettings, trunkDomain } from '../trunk/index.ts';
import { type Clock, systemClock } from './clock.ts';
import { DialogClient } from './dialog-client.ts';
import type { Replaces } from './dialog-facts.ts';
import { type DrachtioHealth, DrachtioStack, type ServerEvent } from './drachtio.ts';
import type { DrachtioAddress, DrachtioSettings } from './drachtio-settings.ts';
import { InboundCalls, partyReader } from './inbound-calls.ts';
import { CallLeg, type LeftBehind, type LegWorld } from './leg.ts';
import { LegRegistry, type LegTicket } from './leg-registry.ts';
import { redactNumbers } from './redact.ts';
import type { RetryPolicy } from './retry.ts';
import type { SipStack, Source, StackResponse } from './stack.ts';

/** How long a hang-up on closing may take to leave, be answered, and be done. */
const HANGUP_MS = 2_000;
const CONNECT_MS = 5_000;
/** What servers that are away are remembered to owe; one that comes back after so many has been restarted. */
const MOST_LEFT_BEHIND = 5_000;

export interface SipCallsOptions {
  /** The control port of the embedded server, or of drachtio servers. */
  readonly connection: DrachtioAddress | DrachtioSettings;
  readonly trunk: TrunkSettings;
  /** Whose requests come in; by default the trunk's, from its `host` when that is an address and from `inbound.allowFrom`. */
  readonly directory?: InboundDirectory;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Whether a number that a redirection (3xx) names may be called; default: none may. */
  readonly mayRedirectTo?: (user: string) => boolean;
  /** How long to wait for the first connection before going on without; default 5 s. */
  readonly connectMs?: number;
}

export interface SipHealth extends DrachtioHealth {
  /** Calls that are not over. */
  readonly calls: number;
}

export interface TrunkCalls extends SipCalls {
  health(): SipHealth;
  /** Whether a request from outside of calls gets any answer: for a server that asks before it keeps anything of it. */
  mayTalk(request: SipRequest, source: Source): boolean;
}

/**
 * Connects to the SIP server and takes calls for the trunk. A server that is not there yet is no error: calls fail with 503 and
 * origin `transport` until it is, and `health` says so.
 */
export async function createSipCalls(options: SipCallsOptions): Promise<TrunkCalls> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger.child({ trunk: options.trunk.name });
  const { connection } = options;
  const settings = 'servers' in connection ? connection : { servers: [connection] };
  const stack = new DrachtioStack({ settings, logger, clock });
  const calls = new Calls({ ...options, clock, logger, stack });
  stack.onDown((event) => calls.connectionLost(event));
  stack.onUp((event) => calls.clearLeftBehind(event));
  if (!(await stack.whenUp(options.connectMs ?? CONNECT_MS))) {
    logger.warn('No SIP server is there yet: calls fail until one is');
  }
  return {
    onCall: (take) => calls.inbound.onCall(take),
    trunks: () => [statusOf(options.trunk, calls.live)],
    mayTalk: (request, source) => calls.inbound.mayTalk(request, source),
    placeCall: (request, listener) => calls.placeCall(request, listener),
    health: () => ({ ...stack.health(), calls: calls.live }),
    async close(graceMs) {
      await calls.close(graceMs);
      stack.close();
    },
  };
}

interface CallsParts extends Pick<SipCallsOptions, 'trunk' | 'mayRedirectTo' | 'directory'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: SipStack & { cancelLeftBehind(uri: string, transactionId: string, logger: Logger): void };
}

class Calls {
  readonly #parts: CallsParts;
  readonly #inbound: InboundCalls;
  readonly #legs: LegRegistry;
  readonly #leftBehind: LeftBehind[] = [];
  #closing = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    const { clock, logger, stack, trunk } = parts;
    this.#legs = new LegRegistry(clock);
    this.#inbound = new InboundCalls({
      directory: parts.directory ?? directoryOf(trunk),
      gate: new DigestGate(() => clock.now()),
      drops: new DropLog(logger, () => clock.now()),
      logger,
      world: (of, _account, callLogger) => this.#world(of, callLogger),
      dialogs: () => this.#legs.dialogs(),
      endedLately: (key) => this.#legs.endedLately(key),
      refusal: (of) => this.#refusal(of),
    });
    stack.onRequest('INVITE', (request) => this.#inbound.invite(request));
  }

  get live(): number {
    return this.#legs.live;
  }

  get inbound(): InboundCalls {
    return this.#inbound;
  }

  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg {
    const { trunk, logger: parent } = this.#parts;
    const sipCallId = `${randomBytes(12).toString('hex')}@trunkline` as SipCallId;
    const logger = parent.child({ callRef: request.callRef, sipCallId });
    const plan = this.#plan(request, sipCallId);
    logger.info({ target: redactNumbers(request.target) }, 'placing a call');
    const { world, bind } = this.#world(trunk, logger);
    const leg = new CallLeg({
      ...world,
      request,
      listener,
      plan,
      sipCallId,
      policy: retryPolicy(trunk, this.#parts.mayRedirectTo ?? (() => false)),
      pin: (source) => pinTo(trunk, source),
    });
    bind(leg);
    leg.start();
    return leg;
  }

  /** What every leg of a trunk needs, for one new leg. */
  #world(trunk: TrunkSettings, logger: Logger): { world: LegWorld; bind: LegTicket['bind'] } {
    const { stack, clock } = this.#parts;
    const { onOver, onReleased, bind } = this.#legs.begin(trunk.name);
    const world = {
      trunk,
      stack,
      digest: trunk.credentials === undefined ? undefined : new DigestSession(trunk.credentials),
      clock,
      logger,
      random: Math.random,
      readParty: partyReader(trunk),
      refers: {
        ownHosts: ownHosts(trunk),
        find: (replaces: Replaces) => this.#legs.find(trunk.name, replaces),
      },
      onLeftBehind: (left: LeftBehind) => this.#leftBehind.push(left),
      onOver,
      onReleased,
    };
    return { world, bind };
  }

  #refusal(trunk: TrunkSettings): Refusal | undefined {
    if (this.#closing) return { status: 503, retryAfterS: 30 };
    if (trunk.maxCalls !== undefined && this.#legs.liveOf(trunk.name) >= trunk.maxCalls)
      return { status: 503, retryAfterS: 10, q850: 34 };
    return undefined;
  }

  /** The calls of that connection end; those of other servers go on. */
  connectionLost(event: ServerEvent): void {
    for (const leg of this.#legs.all()) if (event.had(leg.sipCallId)) leg.connectionLost();
  }

  /** Ends on the server what was there when the connection to it was lost; one that was restarted knows nothing of it. */
  clearLeftBehind(event: ServerEvent): void {
    const { stack, logger, trunk } = this.#parts;
    const left = this.#leftBehind.splice(0);
    const isThere = (one: LeftBehind): boolean => event.named(one.what === 'invite' ? one.transactionId : one.dialogId);
    this.#leftBehind.push(...left.filter((one) => !isThere(one)).slice(-MOST_LEFT_BEHIND));
    for (const one of left.filter(isThere)) {
      if (one.what === 'invite') stack.cancelLeftBehind(one.uri, one.transactionId, logger);
      else {
        const { dialogId } = one;
        const digest = trunk.credentials === undefined ? undefined : new DigestSession(trunk.credentials);
        new DialogClient({ stack, dialogId, digest, userAgent: trunk.userAgent, logger })
          .request({ method: 'BYE', headers: { Reason: 'Q.850;cause=41;text="Gateway lost its SIP server"' } })
          .catch(() => logger.debug({ dialogId }, 'a call left behind was gone already'));
      }
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#legs.released(graceMs);
    for (const leg of this.#legs.all()) leg.hangup({ q850: 16, text: 'Gateway stops' });
    await this.#legs.released(HANGUP_MS);
  }

  #plan(request: OutboundCallRequest, callId: string): InvitePlan | SipFailure {
    const { trunk } = this.#parts;
    const local = { sawProvisional: false, origin: 'local' } as const;
    if (this.#closing) return { status: 503, phrase: 'The gateway is stopping', ...local };
    if (trunk.maxCalls !== undefined && this.#legs.liveOf(trunk.name) >= trunk.maxCalls) {
      return { status: 503, phrase: 'All lines of the trunk are in use', q850: 34, ...local };
    }
    try {
      return buildInvite(trunk, request, { callId, fromTag: randomBytes(8).toString('hex') });
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return { status: 484, phrase: 'The number cannot be dialled', ...local };
    }
  }
}

function ownHosts(trunk: TrunkSettings): ReadonlySet<string> {
  return new Set([trunk.host.toLowerCase(), trunkDomain(trunk).toLowerCase()]);
}

/** One trunk, by the addresses that are written down. */
function directoryOf(trunk: TrunkSettings): InboundDirectory {
  const networks = new Networks([trunk.host, ...trunk.inbound.allowFrom]);
  return { trunks: [trunk], isFrom: (_, address) => networks.has(address), registrationOf: () => undefined };
}

function statusOf({ name, maxCalls }: TrunkSettings, calls: number): TrunkStatus {
  return {
    name,
    state: 'unknown',
    since: 0,
    calls,
    ...(maxCalls === undefined ? {} : { maxCalls }),
    registrations: [],
  };
}

function retryPolicy(trunk: TrunkSettings, mayCall: (user: string) => boolean): RetryPolicy {
  return {
    maxRedirects: trunk.maxRedirects,
    ownHosts: [...ownHosts(trunk)],
    mayCall,
    known: ['100rel', 'timer'],
  };
}

/**
 * A nonce may be known to the node that made it alone: the request with credentials goes to that one, not to whichever the name
 * leads to next. An address leads nowhere else; TLS needs the name for its certificate.
 */
function pinTo(trunk: TrunkSettings, source: StackResponse['source']): string | undefined {
  if (isIP(trunk.host.replace(/^\[|\]$/g, '')) !== 0 || trunk.transport === 'tls' || source.address === '')
    return undefined;
  const host = isIP(source.address) === 6 ? `[${source.address}]` : source.address;
  const transport = trunk.transport === 'tcp' ? ';transport=tcp' : trunk.udpOnly ? ';transport=udp' : '';
  return `sip:${host}:${source.port}${transport}`;
}
