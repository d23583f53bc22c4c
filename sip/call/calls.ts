/** Places and takes calls on the trunks: keeps the connection to the SIP server, the live legs, and closes both. */
import type { Logger } from 'pino';
import { DigestSession } from '../digest/index.ts';
import { Locator } from '../dns/index.ts';
import { DigestGate, DropLog, type InboundDirectory, whose } from '../inbound/index.ts';
import type {
  MessageWaiting,
  OutboundCallRequest,
  Refusal,
  SipCalls,
  SipLeg,
  SipLegListener,
  TrunkStatus,
} from '../leg.ts';
import type { SipRequest } from '../message/index.ts';
import type { TlsSettings } from '../server/index.ts';
import { Texts } from '../text/index.ts';
import type { SipTexts } from '../text.ts';
import { type TrunkSettings, trunkDomain } from '../trunk/index.ts';
import { Trunks } from '../trunks/index.ts';
import { newSipCallId } from './call-id.ts';
import { type Clock, systemClock } from './clock.ts';
import { DialogClient } from './dialog-client.ts';
import type { Replaces } from './dialog-facts.ts';
import { DrachtioStack, type ServerEvent } from './drachtio.ts';
import type { DrachtioHealth } from './drachtio-health.ts';
import type { DrachtioAddress, DrachtioSettings } from './drachtio-settings.ts';
import { InboundCalls, partyReader } from './inbound-calls.ts';
import { lastBye, lateCSeq, readLastWill } from './last-will.ts';
import { CallLeg } from './leg.ts';
import { LegRegistry, type LegTicket } from './leg-registry.ts';
import type { LeftBehind, LegWorld } from './leg-world.ts';
import { OutsideClient } from './outside-client.ts';
import { pinTo } from './pin.ts';
import { heardBy, placingOf } from './placing.ts';
import { redactNumbers } from './redact.ts';
import type { RetryPolicy } from './retry.ts';
import type { SipStack, Source } from './stack.ts';

/** How long a hang-up on closing may take to leave, be answered, and be done. */
const HANGUP_MS = 2_000;
const CONNECT_MS = 5_000;
/** What servers that are away are remembered to owe; one that comes back after so many has been restarted. */
const MOST_LEFT_BEHIND = 5_000;

export interface SipCallsOptions {
  /** The control port of the embedded server, or of drachtio servers. */
  readonly connection: DrachtioAddress | DrachtioSettings;
  /** In the order of the configuration; names are unique. */
  readonly trunks: readonly TrunkSettings[];
  /** Whose requests come in; by default the trunks', from where their names and registrations lead and `inbound.allowFrom`. */
  readonly directory?: InboundDirectory;
  /** Finds the addresses of trunks; default: the machine's name servers. */
  readonly locator?: Locator;
  /** With what the SIP server checks trunks by TLS: their certificates are looked at, too. */
  readonly tls?: TlsSettings;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Whether a number that a redirection (3xx) names may be called; default: none may. */
  readonly mayRedirectTo?: (user: string) => boolean;
  /** 0 to 1; default `Math.random`. */
  readonly random?: () => number;
  /** ms since 1970; default the system's. */
  readonly epochMs?: () => number;
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
  /** `listener` hears of each change of a trunk's state or of a registration. */
  onTrunkChange(listener: (status: TrunkStatus) => void): void;
  /** Registers all accounts of a trunk at once. @returns how many there are; undefined: there is no such trunk */
  registerNow(trunk: string): number | undefined;
  /** Texts by SIP MESSAGE, of the trunks that carry them. */
  readonly texts: SipTexts;
  /** `listener` hears what PBXs say about voicemail of accounts. */
  onMessagesWaiting(listener: (news: MessageWaiting) => void): void;
}

/**
 * Connects to the SIP server and takes calls for the trunks. A server that is not there yet is no error: calls fail with 503
 * and origin `transport` until it is, and `health` says so.
 * @throws RangeError when two trunks have one name
 */
export async function createSipCalls(options: SipCallsOptions): Promise<TrunkCalls> {
  const clock = options.clock ?? systemClock;
  const { connection, logger } = options;
  const settings = 'servers' in connection ? connection : { servers: [connection] };
  const stack = new DrachtioStack({ settings, logger, clock });
  const calls = new Calls({ ...options, clock, stack });
  stack.onDown((event) => calls.connectionLost(event));
  stack.onUp((event) => calls.serverUp(event));
  // Servers that connect to us come with their first call.
  if (settings.servers.length > 0 && !(await stack.whenUp(options.connectMs ?? CONNECT_MS))) {
    logger.warn('No SIP server is there yet: calls fail until one is');
  }
  calls.trunks.start();
  return {
    onCall: (take) => calls.inbound.onCall(take),
    texts: calls.texts,
    trunks: () => calls.trunks.statuses(),
    mayTalk: (request, source) => calls.inbound.mayTalk(request, source),
    placeCall: (request, listener) => calls.placeCall(request, listener),
    onTrunkChange: (listener) => calls.trunks.onChange(listener),
    registerNow: (trunk) => calls.trunks.registerNow(trunk),
    onMessagesWaiting: (listener) => calls.trunks.onMessages(listener),
    endAbandoned: (lastWills) => calls.endAbandoned(lastWills),
    health: () => ({ ...stack.health(), calls: calls.live }),
    async close(graceMs) {
      await calls.close(graceMs);
      stack.close();
    },
  };
}

interface CallsParts
  extends Pick<SipCallsOptions, 'trunks' | 'mayRedirectTo' | 'directory' | 'locator' | 'random' | 'epochMs' | 'tls'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stack: SipStack & { cancelLeftBehind(uri: string, transactionId: string, logger: Logger): void };
}

/** A call that is left on a server, with what is needed to end it. */
type Left = LeftBehind & { readonly trunk: TrunkSettings };

class Calls {
  readonly trunks: Trunks;
  readonly inbound: InboundCalls;
  readonly texts: Texts;
  readonly #parts: CallsParts;
  readonly #legs: LegRegistry;
  readonly #leftBehind: Left[] = [];
  #closing = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    const { clock, logger, stack } = parts;
    this.#legs = new LegRegistry(clock);
    this.trunks = new Trunks({
      ...parts,
      locator: parts.locator ?? new Locator(),
      random: parts.random ?? Math.random,
      epochMs: parts.epochMs ?? Date.now,
      tls: parts.tls ?? {},
      callsOf: (trunk) => this.#legs.liveOf(trunk),
    });
    const directory = parts.directory ?? this.trunks.directory;
    const inbound = {
      clock,
      directory,
      gate: new DigestGate(() => clock.now()),
      drops: new DropLog(logger, () => clock.now()),
      logger,
    };
    this.texts = new Texts({
      ...inbound,
      stack,
      trunk: (name) => this.trunks.get(name),
      epochMs: parts.epochMs ?? Date.now,
    });
    this.inbound = new InboundCalls({
      ...inbound,
      world: (of, account, callLogger) => this.#world(this.trunks.get(of.name)?.as(account) ?? of, callLogger),
      dialogs: () => this.#legs.dialogs(),
      endedLately: (key) => this.#legs.endedLately(key),
      refusal: (of) => this.#refusal(of),
    });
    stack.onRequest('INVITE', (request) => this.inbound.invite(request));
    stack.onRequest('OPTIONS', (request) => this.inbound.options(request, this.#closing));
    stack.onRequest('NOTIFY', (request) => {
      const verdict = whose(request.message, request.source.address, directory);
      if (verdict.kind === 'trunk') this.trunks.notify(verdict.trunk.name, verdict.account, request);
    });
  }

  get live(): number {
    return this.#legs.live;
  }

  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg {
    const { clock, logger: parent, mayRedirectTo = () => false, stack } = this.#parts;
    const sipCallId = newSipCallId();
    const logger = parent.child({ trunk: request.trunk, callRef: request.callRef, sipCallId });
    const { trunk, live, plan, waitMs } = placingOf(request, {
      live: this.trunks.get(request.trunk),
      closing: this.#closing,
      calls: this.#legs.liveOf(request.trunk),
      callId: sipCallId,
    });
    logger.info({ target: redactNumbers(request.target), ...(waitMs > 0 ? { waitMs } : {}) }, 'placing a call');
    const { world, bind } = this.#world(trunk, logger);
    const leg = new CallLeg({
      ...world,
      request,
      listener: heardBy(live, listener, () => stack.connected),
      plan,
      sipCallId,
      policy: retryPolicy(trunk, request.mayRedirectTo ?? mayRedirectTo),
      pin: (source, hop) => pinTo(trunk, source, hop),
    });
    bind(leg);
    if (waitMs > 0) clock.after(waitMs, () => leg.start());
    else leg.start();
    return leg;
  }

  /** What every leg of a trunk needs, for one new leg. */
  #world(trunk: TrunkSettings, logger: Logger): { world: LegWorld; bind: LegTicket['bind'] } {
    const { stack, clock } = this.#parts;
    const { onOver, onReleased, bind } = this.#legs.begin(trunk.name);
    const world = {
      trunk,
      stack,
      digest: digestOf(trunk),
      clock,
      logger,
      random: Math.random,
      readParty: partyReader(trunk),
      refers: {
        ownHosts: ownHosts(trunk),
        find: (replaces: Replaces) => this.#legs.find(trunk.name, replaces),
      },
      onLeftBehind: (left: LeftBehind) => this.#leftBehind.push({ ...left, trunk }),
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
    // Registrations named the server that is gone: another one takes the calls from now on.
    if (event.isOnly && this.#parts.stack.connected) this.trunks.serverBack();
  }

  serverUp(event: ServerEvent): void {
    this.#clearLeftBehind(event);
    // A server that connects to us does so for each call: that alone says nothing new.
    if (event.isOnly) this.trunks.serverBack();
  }

  /** Ends on the server what was there when the connection to it was lost; one that was restarted knows nothing of it. */
  #clearLeftBehind(event: ServerEvent): void {
    const { stack, logger } = this.#parts;
    const left = this.#leftBehind.splice(0);
    const isThere = (one: LeftBehind): boolean => event.named(one.what === 'invite' ? one.transactionId : one.dialogId);
    this.#leftBehind.push(...left.filter((one) => !isThere(one)).slice(-MOST_LEFT_BEHIND));
    for (const one of left.filter(isThere)) {
      if (one.what === 'invite') stack.cancelLeftBehind(one.uri, one.transactionId, logger);
      else {
        const { dialogId, trunk } = one;
        new DialogClient({ stack, dialogId, digest: digestOf(trunk), userAgent: trunk.userAgent, logger })
          .request({ method: 'BYE', headers: { Reason: 'Q.850;cause=41;text="Gateway lost its SIP server"' } })
          .catch(() => logger.debug({ dialogId }, 'a call left behind was gone already'));
      }
    }
  }

  /** Sends BYE in dialogs that another process had; a far side that knows nothing of it any more says so, and is right. */
  async endAbandoned(lastWills: readonly string[]): Promise<void> {
    const { clock, logger, stack } = this.#parts;
    const wills = lastWills.map(readLastWill).filter((will) => will !== undefined);
    await Promise.all(
      wills.map(
        (will) =>
          new Promise<void>((resolve) => {
            const trunk = this.trunks.get(will.trunk);
            const settings = trunk?.as(will.account) ?? trunk?.settings;
            if (settings === undefined) {
              resolve();
              return;
            }
            let cseq = lateCSeq(Date.now());
            new OutsideClient({
              stack,
              digest: digestOf(settings),
              clock,
              logger,
              nextCSeq: () => cseq++,
              pin: () => undefined,
            }).send(lastBye(will, settings.userAgent), (outcome) => {
              const status = outcome.kind === 'answered' ? outcome.response.message.status : outcome.failure.status;
              logger.info({ trunk: will.trunk, sipCallId: will.callId, status }, 'ended a call of before the restart');
              resolve();
            });
          }),
      ),
    );
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    // At once: nobody shall send calls here that are refused.
    const goodbye = this.trunks.close();
    this.texts.close();
    await this.#legs.released(graceMs);
    for (const leg of this.#legs.all()) leg.hangup({ q850: 16, text: 'Gateway stops' });
    await this.#legs.released(HANGUP_MS);
    await goodbye;
  }
}

function digestOf({ credentials }: TrunkSettings): DigestSession | undefined {
  if (credentials === undefined) return undefined;
  const { username, password, authUsername } = credentials;
  return new DigestSession({ username: authUsername ?? username, password });
}

function ownHosts(trunk: TrunkSettings): ReadonlySet<string> {
  return new Set([trunk.host.toLowerCase(), trunkDomain(trunk).toLowerCase()]);
}

function retryPolicy(trunk: TrunkSettings, mayCall: (user: string) => boolean): RetryPolicy {
  return {
    maxRedirects: trunk.maxRedirects,
    ownHosts: [...ownHosts(trunk)],
    mayCall,
    known: ['100rel', 'timer'],
  };
}
