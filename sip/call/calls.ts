/** Places and takes calls on the trunks: keeps the connection to the SIP server, the live legs, and closes both. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { DigestSession } from '../digest/index.ts';
import { Locator, targetOfUri } from '../dns/index.ts';
import { DigestGate, DropLog, type InboundDirectory, whose } from '../inbound/index.ts';
import type {
  MessageWaiting,
  OutboundCallRequest,
  Refusal,
  SipCallId,
  SipCalls,
  SipFailure,
  SipLeg,
  SipLegListener,
  TrunkStatus,
} from '../leg.ts';
import { parseUri, type SipRequest } from '../message/index.ts';
import type { TlsSettings } from '../server/index.ts';
import {
  buildInvite,
  type InvitePlan,
  nextHops,
  TargetError,
  type TrunkSettings,
  trunkDomain,
  trunkSettings,
} from '../trunk/index.ts';
import { inspectCertificate, LiveTrunk, type Lookup, TrunkDirectory } from '../trunks/index.ts';
import { type Clock, systemClock } from './clock.ts';
import { DialogClient } from './dialog-client.ts';
import type { Replaces } from './dialog-facts.ts';
import { type DrachtioHealth, DrachtioStack, type ServerEvent } from './drachtio.ts';
import type { DrachtioAddress, DrachtioSettings } from './drachtio-settings.ts';
import { sanitise } from './failure.ts';
import { InboundCalls, partyReader } from './inbound-calls.ts';
import { lastBye, lateCSeq, readLastWill } from './last-will.ts';
import { CallLeg } from './leg.ts';
import { LegRegistry, type LegTicket } from './leg-registry.ts';
import type { LeftBehind, LegWorld } from './leg-world.ts';
import { OutsideClient } from './outside-client.ts';
import { pinTo } from './pin.ts';
import { redactNumbers } from './redact.ts';
import type { RetryPolicy } from './retry.ts';
import type { IncomingRequest, SipStack, Source } from './stack.ts';

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
  calls.start();
  return {
    onCall: (take) => calls.inbound.onCall(take),
    trunks: () => calls.statuses(),
    mayTalk: (request, source) => calls.inbound.mayTalk(request, source),
    placeCall: (request, listener) => calls.placeCall(request, listener),
    onTrunkChange: (listener) => calls.onTrunkChange(listener),
    onMessagesWaiting: (listener) => calls.onMessagesWaiting(listener),
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

/** What a call is placed with, or why it is not. */
interface Placing {
  readonly trunk: TrunkSettings;
  /** Absent: nothing is sent. */
  readonly live?: LiveTrunk;
  readonly plan: InvitePlan | SipFailure;
  /** Until it is its turn. */
  readonly waitMs: number;
}

/** A call that is left on a server, with what is needed to end it. */
type Left = LeftBehind & { readonly trunk: TrunkSettings };

class Calls {
  readonly #parts: CallsParts;
  #started = false;
  readonly #trunks: ReadonlyMap<string, LiveTrunk>;
  readonly #locator: Locator;
  readonly #directory: TrunkDirectory;
  readonly #inbound: InboundCalls;
  readonly #legs: LegRegistry;
  readonly #leftBehind: Left[] = [];
  readonly #onChange = new Set<(status: TrunkStatus) => void>();
  readonly #onMessages = new Set<(news: MessageWaiting) => void>();
  #closing = false;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    const { clock, logger, stack } = parts;
    this.#trunks = new Map(parts.trunks.map((trunk) => [trunk.name, this.#liveTrunk(trunk)]));
    if (this.#trunks.size < parts.trunks.length) throw new RangeError('two trunks have the same name');
    this.#legs = new LegRegistry(clock);
    this.#locator = parts.locator ?? new Locator();
    this.#directory = new TrunkDirectory({ ...parts, lookup: lookupBy(this.#locator) });
    this.#inbound = new InboundCalls({
      clock,
      directory: parts.directory ?? this.#directory,
      gate: new DigestGate(() => clock.now()),
      drops: new DropLog(logger, () => clock.now()),
      logger,
      world: (of, account, callLogger) => this.#world(this.#trunks.get(of.name)?.as(account) ?? of, callLogger),
      dialogs: () => this.#legs.dialogs(),
      endedLately: (key) => this.#legs.endedLately(key),
      refusal: (of) => this.#refusal(of),
    });
    stack.onRequest('INVITE', (request) => this.#inbound.invite(request));
    stack.onRequest('OPTIONS', (request) => this.#inbound.options(request, this.#closing));
    stack.onRequest('NOTIFY', (request) => this.#notify(request));
  }

  /** Registers the accounts, and begins to look whether the trunks are there. */
  start(): void {
    this.#started = true;
    void this.#directory.start();
    for (const trunk of this.#trunks.values()) trunk.start();
  }

  onTrunkChange(listener: (status: TrunkStatus) => void): void {
    this.#onChange.add(listener);
  }

  onMessagesWaiting(listener: (news: MessageWaiting) => void): void {
    this.#onMessages.add(listener);
  }

  #liveTrunk(settings: TrunkSettings): LiveTrunk {
    const { stack, clock, random = Math.random, epochMs = Date.now } = this.#parts;
    const live: LiveTrunk = new LiveTrunk({
      settings,
      stack,
      clock,
      epochMs,
      random,
      logger: this.#parts.logger.child({ trunk: settings.name }),
      onChange: () => {
        const status = live.status(this.#legs.liveOf(settings.name));
        for (const listener of this.#onChange) listener(status);
      },
      certificate: () => this.#certificateOf(settings),
      onMessages: (news) => {
        for (const listener of this.#onMessages) listener(news);
      },
      onContact: (key, contact) => this.#directory.registered(key, contact),
    });
    return live;
  }

  async #certificateOf(trunk: TrunkSettings): Promise<number | undefined> {
    const uri = parseUri(nextHops(trunk)[0]);
    if (uri.kind !== 'sip') return undefined;
    const [place] = await this.#locator.locate(targetOfUri(uri));
    if (place === undefined) return undefined;
    const { expiresAt } = await inspectCertificate(place.address, place.port, place.domain, this.#parts.tls ?? {});
    return Number.isNaN(expiresAt) ? undefined : expiresAt;
  }

  /** Voicemail that is told without being asked for (RFC 3842 leaves that to the PBX; many do). */
  #notify(request: IncomingRequest): void {
    const { directory = this.#directory } = this.#parts;
    const verdict = whose(request.message, request.source.address, directory);
    if (verdict.kind !== 'trunk') return;
    this.#trunks.get(verdict.trunk.name)?.notify(verdict.account, request);
  }

  get live(): number {
    return this.#legs.live;
  }

  get inbound(): InboundCalls {
    return this.#inbound;
  }

  statuses(): TrunkStatus[] {
    return [...this.#trunks.values()].map((trunk) => trunk.status(this.#legs.liveOf(trunk.settings.name)));
  }

  placeCall(request: OutboundCallRequest, listener: SipLegListener): SipLeg {
    const { clock, logger: parent, mayRedirectTo = () => false } = this.#parts;
    const sipCallId = `${randomBytes(12).toString('hex')}@trunkline` as SipCallId;
    const logger = parent.child({ trunk: request.trunk, callRef: request.callRef, sipCallId });
    const { trunk, live, plan, waitMs } = this.#placing(request, sipCallId);
    logger.info({ target: redactNumbers(request.target), ...(waitMs > 0 ? { waitMs } : {}) }, 'placing a call');
    const { world, bind } = this.#world(trunk, logger);
    const leg = new CallLeg({
      ...world,
      request,
      listener: live === undefined ? listener : heardBy(live, listener),
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
    if (event.isOnly && this.#parts.stack.connected) for (const trunk of this.#trunks.values()) trunk.serverBack();
  }

  serverUp(event: ServerEvent): void {
    this.#clearLeftBehind(event);
    // A server that connects to us does so for each call: that alone says nothing new.
    // Before the start there is nothing to say anew: each trunk says it then.
    if (event.isOnly && this.#started) for (const trunk of this.#trunks.values()) trunk.serverBack();
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
            const trunk = this.#trunks.get(will.trunk);
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
    this.#directory.close();
    await this.#legs.released(graceMs);
    for (const leg of this.#legs.all()) leg.hangup({ q850: 16, text: 'Gateway stops' });
    await this.#legs.released(HANGUP_MS);
    await Promise.all([...this.#trunks.values()].map((trunk) => trunk.close()));
  }

  #placing(request: OutboundCallRequest, callId: string): Placing {
    const live = this.#trunks.get(request.trunk);
    const trunk = live?.as(request.account) ?? live?.settings ?? NO_TRUNK;
    const refuse = (status: number, phrase: string, q850?: number): Placing => {
      const cause = q850 === undefined ? {} : { q850 };
      return { trunk, plan: { status, phrase, ...cause, sawProvisional: false, origin: 'local' }, waitMs: 0 };
    };
    if (this.#closing) return refuse(503, 'The gateway is stopping');
    if (live === undefined) return refuse(500, `There is no trunk of the name ${sanitise(request.trunk)}`);
    if (live.as(request.account) === undefined)
      return refuse(500, `The trunk has no account ${redactNumbers(sanitise(request.account ?? ''))}`);
    if (trunk.maxCalls !== undefined && this.#legs.liveOf(trunk.name) >= trunk.maxCalls)
      return refuse(503, 'All lines of the trunk are in use', 34);
    const { serviceRoute, contact } = live.learned(request.account);
    let plan: InvitePlan;
    try {
      plan = buildInvite(trunk, request, { callId, fromTag: randomBytes(8).toString('hex') }, serviceRoute);
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return refuse(484, 'The number cannot be dialled');
    }
    const waitMs = live.turn();
    if (waitMs === undefined) return refuse(503, 'The trunk takes no more calls at this moment', 42);
    // The registrar knows us by this Contact; some take calls from no other.
    const headers = contact === undefined ? plan.headers : { ...plan.headers, Contact: contact };
    return { trunk, live, plan: { ...plan, headers }, waitMs };
  }
}

/** The trunk hears what its calls say about it. */
function heardBy(live: LiveTrunk, listener: SipLegListener): SipLegListener {
  return (event) => {
    if (event.type === 'provisional' || event.type === 'answered') live.callAnswered();
    else if (event.type === 'failed') live.callFailed(event.failure);
    listener(event);
  };
}

/** Stands in where a call names a trunk that is not there: nothing is sent to it. */
const NO_TRUNK = trunkSettings({ name: '', host: 'trunk.invalid' });

function digestOf({ credentials }: TrunkSettings): DigestSession | undefined {
  if (credentials === undefined) return undefined;
  const { username, password, authUsername } = credentials;
  return new DigestSession({ username: authUsername ?? username, password });
}

/** By the trunk's port and transport; a name that is only a source of requests has addresses alone. */
function lookupBy(locator: Locator): Lookup {
  return async (host, { host: own, port, transport }) => {
    const explicit = host === own ? port : undefined;
    const target = { host, transport, secure: false, ...(explicit === undefined ? {} : { port: explicit }) };
    return (await locator.locate(target)).map(({ address }) => address);
  };
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
