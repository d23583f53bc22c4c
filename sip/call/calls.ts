/** Places calls on one trunk: keeps the connection to the SIP server, the live legs, and closes both. */
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import { DigestSession } from '../digest/index.ts';
import type { OutboundCallRequest, SipCallId, SipCalls, SipFailure, SipLeg, SipLegListener } from '../leg.ts';
import { buildInvite, type InvitePlan, TargetError, type TrunkSettings, trunkDomain } from '../trunk/index.ts';
import { type Clock, systemClock } from './clock.ts';
import { DialogClient } from './dialog-client.ts';
import { type DrachtioAddress, type DrachtioHealth, DrachtioStack } from './drachtio.ts';
import { CallLeg, type LeftBehind } from './leg.ts';
import { redactNumbers } from './redact.ts';
import type { RetryPolicy } from './retry.ts';
import type { SipStack, StackResponse } from './stack.ts';

/** How long a hang-up on closing may take to leave, be answered, and be done. */
const HANGUP_MS = 2_000;
const CONNECT_MS = 5_000;

export interface SipCallsOptions {
  /** The control port of a drachtio server, or of the embedded one. */
  readonly connection: DrachtioAddress;
  readonly trunk: TrunkSettings;
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
}

/**
 * Connects to the SIP server and takes calls for the trunk. A server that is not there yet is no error: calls fail with 503 and
 * origin `transport` until it is, and `health` says so.
 */
export async function createSipCalls(options: SipCallsOptions): Promise<TrunkCalls> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger.child({ trunk: options.trunk.name });
  const stack = new DrachtioStack({ address: options.connection, logger, clock });
  const calls = new Calls({ ...options, clock, logger, stack });
  stack.onDown(() => calls.connectionLost());
  stack.onUp(() => calls.clearLeftBehind());
  if (!(await stack.whenUp(options.connectMs ?? CONNECT_MS))) {
    logger.warn({ host: options.connection.host }, 'the SIP server is not there yet: calls fail until it is');
  }
  return {
    placeCall: (request, listener) => calls.placeCall(request, listener),
    health: () => ({ ...stack.health(), calls: calls.live }),
    async close(graceMs) {
      await calls.close(graceMs);
      stack.close();
    },
  };
}

interface CallsParts extends Pick<SipCallsOptions, 'trunk' | 'mayRedirectTo'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: SipStack & { cancelLeftBehind(uri: string, transactionId: string, logger: Logger): void };
}

class Calls {
  readonly #parts: CallsParts;
  /** Legs that still have something on the wire. */
  readonly #legs = new Set<CallLeg>();
  readonly #overListeners = new Set<() => void>();
  readonly #leftBehind: LeftBehind[] = [];
  /** Legs whose listener has not heard the end. */
  #live = 0;
  #closing = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
  }

  get live(): number {
    return this.#live;
  }

  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg {
    const { trunk, stack, clock, logger: parent } = this.#parts;
    const sipCallId = `${randomBytes(12).toString('hex')}@trunkline` as SipCallId;
    const logger = parent.child({ callRef: request.callRef, sipCallId });
    const plan = this.#plan(request, sipCallId);
    logger.info({ target: redactNumbers(request.target) }, 'placing a call');
    const leg: CallLeg = new CallLeg({
      request,
      listener,
      plan,
      sipCallId,
      stack,
      digest: trunk.credentials === undefined ? undefined : new DigestSession(trunk.credentials),
      policy: retryPolicy(trunk, this.#parts.mayRedirectTo ?? (() => false)),
      pin: (source) => pinTo(trunk, source),
      minSeS: trunk.sessionTimers.minSeS,
      userAgent: trunk.userAgent,
      clock,
      logger,
      random: Math.random,
      onLeftBehind: (left) => this.#leftBehind.push(left),
      onOver: () => {
        this.#live--;
      },
      onReleased: () => {
        this.#legs.delete(leg);
        for (const check of [...this.#overListeners]) check();
      },
    });
    this.#live++;
    this.#legs.add(leg);
    leg.start();
    return leg;
  }

  connectionLost(): void {
    for (const leg of [...this.#legs]) leg.connectionLost();
  }

  /** Ends on the server what was there when the connection to it was lost; one that was restarted knows nothing of it. */
  clearLeftBehind(): void {
    const { stack, logger, trunk } = this.#parts;
    for (const left of this.#leftBehind.splice(0)) {
      if (left.what === 'invite') stack.cancelLeftBehind(left.uri, left.transactionId, logger);
      else {
        const { dialogId } = left;
        const digest = trunk.credentials === undefined ? undefined : new DigestSession(trunk.credentials);
        new DialogClient({ stack, dialogId, digest, userAgent: trunk.userAgent, logger })
          .request({ method: 'BYE', headers: { Reason: 'Q.850;cause=41;text="Gateway lost its SIP server"' } })
          .catch(() => logger.debug({ dialogId }, 'a call left behind was gone already'));
      }
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    await this.#released(graceMs);
    for (const leg of [...this.#legs]) leg.hangup({ q850: 16, text: 'Gateway stops' });
    await this.#released(HANGUP_MS);
  }

  /** Settles when nothing is on the wire, or after `ms`. */
  #released(ms: number): Promise<void> {
    if (this.#legs.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stop();
        this.#overListeners.delete(check);
        resolve();
      };
      const check = (): void => {
        if (this.#legs.size === 0) done();
      };
      const stop = this.#parts.clock.after(ms, done);
      this.#overListeners.add(check);
    });
  }

  #plan(request: OutboundCallRequest, callId: string): InvitePlan | SipFailure {
    const { trunk } = this.#parts;
    const local = { sawProvisional: false, origin: 'local' } as const;
    if (this.#closing) return { status: 503, phrase: 'The gateway is stopping', ...local };
    if (trunk.maxCalls !== undefined && this.#live >= trunk.maxCalls) {
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

function retryPolicy(trunk: TrunkSettings, mayCall: (user: string) => boolean): RetryPolicy {
  return {
    maxRedirects: trunk.maxRedirects,
    ownHosts: [...new Set([trunk.host.toLowerCase(), trunkDomain(trunk).toLowerCase()])],
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
