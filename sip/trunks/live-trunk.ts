/** One trunk as it is at this moment: its registrations, whether it is up, how many calls it takes. */
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import type { OutsideOutcome } from '../call/outside-client.ts';
import { pinTo } from '../call/pin.ts';
import { redactNumbers } from '../call/redact.ts';
import type { IncomingRequest, SipStack } from '../call/stack.ts';
import type { MessageWaiting, RegistrationStatus, SipFailure, TrunkStatus } from '../leg.ts';
import { Registration, whereaboutsOf } from '../registration/index.ts';
import { asAccount, type TrunkSettings } from '../trunk/index.ts';
import type { RegisteredContact } from './directory.ts';
import { type Health, newHealth, type Sign, stepHealth } from './health.ts';
import { KeepAlive } from './keep-alive.ts';
import { Mailbox } from './mailbox.ts';
import type { MessageSummary } from './message-summary.ts';
import { Pace } from './pace.ts';
import { trunkDetail } from './words.ts';

/** Without OPTIONS nothing else would find out that a trunk is back: it gets another chance after this. */
const SECOND_CHANCE_MS = 60_000;
/** A trunk that wants no calls for longer than this is asked again all the same. */
const LONGEST_BUSY_S = 300;

/** A PBX with hundreds of extensions is not asked for all of them in one moment: so many, then a breath. */
const AT_ONCE = 10;
const BREATH_MS = 250;
const CERTIFICATE_MS = 6 * 3_600_000;

export interface LiveTrunkParts {
  readonly settings: TrunkSettings;
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly epochMs: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  /** State or a registration has changed. */
  readonly onChange: () => void;
  /** Of a trunk by TLS: looks at its certificate; settles with when it expires, ms since 1970. */
  readonly certificate: () => Promise<number | undefined>;
  readonly onMessages: (news: MessageWaiting) => void;
  /** A registration's Contact and address, for requests that come in. */
  readonly onContact: (key: string, contact: RegisteredContact | undefined) => void;
}

export class LiveTrunk {
  readonly settings: TrunkSettings;
  readonly #parts: LiveTrunkParts;
  readonly #accounts: ReadonlyMap<string, TrunkSettings>;
  readonly #registrations: readonly Registration[];
  readonly #mailboxes: ReadonlyMap<string, Mailbox>;
  readonly #keepAlive: KeepAlive;
  readonly #pace: Pace;
  readonly #startedAt: number;
  #health: Health;
  #certificateExpiresAt: number | undefined;
  #stopChance: () => void = () => undefined;
  #stopWatch: () => void = () => undefined;
  #started = false;
  #closed = false;

  constructor(parts: LiveTrunkParts) {
    const { settings, clock, logger, stack } = parts;
    this.#parts = parts;
    this.settings = settings;
    this.#accounts = new Map(settings.accounts.map((account) => [account.name, asAccount(settings, account)]));
    this.#mailboxes = this.#makeMailboxes();
    this.#registrations = this.#makeRegistrations();
    this.#pace = new Pace(settings.callsPerSecond);
    this.#health = newHealth(clock.now());
    this.#startedAt = parts.epochMs() - clock.now();
    this.#keepAlive = new KeepAlive({
      trunk: settings,
      stack,
      clock,
      logger,
      live: () => this.#liveHop(),
      onOutcome: (outcome, misses) => this.#optionsAnswered(outcome, misses),
    });
  }

  /** Registers, and begins to look whether the trunk is there. */
  start(): void {
    this.#started = true;
    this.#registrations.forEach((registration, index) => {
      const ms = Math.floor(index / AT_ONCE) * BREATH_MS;
      if (ms === 0) registration.start();
      else this.#parts.clock.after(ms, () => !this.#closed && registration.start());
    });
    this.#keepAlive.start();
    if (this.settings.transport === 'tls') this.#watchCertificate();
  }

  /** Ends the registrations. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#keepAlive.close();
    this.#stopChance();
    this.#stopWatch();
    for (const mailbox of this.#mailboxes.values()) mailbox.close();
    await Promise.all(this.#registrations.map((registration) => registration.stop()));
  }

  /** The SIP server is there (again), or another one is: what it knew of us has to be said anew. */
  serverBack(): void {
    if (!this.#started || this.#closed) return;
    for (const registration of this.#registrations) registration.renew();
    if (this.settings.keepAliveS > 0) this.#keepAlive.probe();
  }

  /** The trunk as an account sees it; undefined for an account that it does not have. */
  as(account: string | undefined): TrunkSettings | undefined {
    return account === undefined ? this.settings : this.#accounts.get(account);
  }

  /** Registers all accounts at once. @returns how many there are */
  registerNow(): number {
    for (const registration of this.#registrations) registration.registerNow();
    return this.#registrations.length;
  }

  /** What the registration of an account has learned for its requests. */
  learned(account: string | undefined): { readonly serviceRoute: readonly string[]; readonly contact?: string } {
    const registration = this.#registrations.find((one) => one.account === account);
    if (registration?.live === undefined) return { serviceRoute: [] };
    return { serviceRoute: registration.serviceRoute, contact: registration.contact };
  }

  /** Takes a NOTIFY that was sent to an account's Contact without being asked for. */
  notify(account: string | undefined, request: IncomingRequest): void {
    const mailbox = account === undefined ? undefined : this.#mailboxes.get(account);
    if (mailbox === undefined) request.respond(489);
    else mailbox.notify(request);
  }

  /** How long a new call waits for its turn; undefined: there is none for it. */
  turn(): number | undefined {
    return this.#pace.take(this.#parts.clock.now());
  }

  /** A call has had an answer of any kind. */
  callAnswered(): void {
    this.#sign({ type: 'answered', now: this.#parts.clock.now() });
  }

  /** A call has failed: what that says about the trunk. */
  callFailed({ status, origin, sawProvisional, retryAfterS }: SipFailure): void {
    const now = this.#parts.clock.now();
    if (origin === 'timeout' || origin === 'transport') {
      if (sawProvisional) return;
      this.#sign({ type: 'missed', now });
      // Is it the trunk or this one call? A question of our own tells.
      if (this.settings.keepAliveS > 0) this.#keepAlive.probe();
    } else if (origin === 'remote' && status === 503 && retryAfterS !== undefined && retryAfterS > 0) {
      this.#sign({ type: 'busy', now });
      this.#chanceAfter(Math.min(retryAfterS, LONGEST_BUSY_S) * 1000);
    } else if (origin === 'remote') this.#sign({ type: 'answered', now });
  }

  status(calls: number): TrunkStatus {
    const { name, maxCalls } = this.settings;
    const registrations = this.#registrations.map((registration) => registration.status());
    const own = this.#registrations.findIndex(({ account }) => account === undefined);
    const { state, ...detail } = this.#state(registrations[own], registrations);
    return {
      name,
      state,
      ...detail,
      since: Math.round(this.#startedAt + this.#health.since),
      calls,
      ...(maxCalls === undefined ? {} : { maxCalls }),
      registrations,
      ...(this.#certificateExpiresAt === undefined ? {} : { certificateExpiresAt: this.#certificateExpiresAt }),
    };
  }

  #state(
    own: RegistrationStatus | undefined,
    all: readonly RegistrationStatus[],
  ): Pick<TrunkStatus, 'state' | 'detail'> {
    const { state, why } = this.#health;
    if (state === 'down') return { state, detail: trunkDetail(why ?? 'silent', this.settings) };
    if (own !== undefined && own.state !== 'registered') {
      // Not registered means that the provider takes calls in neither direction.
      const isNew = own.state === 'registering' || own.state === 'unregistered';
      return { state: isNew ? 'unknown' : 'down', ...(own.detail === undefined ? {} : { detail: own.detail }) };
    }
    const troubled = all.find(({ detail }) => detail !== undefined);
    return { state, ...(troubled?.detail === undefined ? {} : { detail: troubled.detail }) };
  }

  #makeRegistrations(): Registration[] {
    const { stack, clock, epochMs, random, logger } = this.#parts;
    const { registration: own, credentials } = this.settings;
    const make = (trunk: TrunkSettings, account: string | undefined): Registration => {
      const key = JSON.stringify([trunk.name, account ?? null]);
      const named = account === undefined ? {} : { account: redactNumbers(account) };
      const registration: Registration = new Registration({
        trunk,
        account,
        stack,
        clock,
        epochMs,
        random,
        logger: logger.child({ ...named, registration: true }),
        onSign: (answered) => this.#sign({ type: answered ? 'answered' : 'missed', now: clock.now() }),
        onChange: () => {
          this.#parts.onContact(key, contactOf(trunk.name, registration));
          if (registration.live !== undefined && account !== undefined) this.#mailboxes.get(account)?.registered();
          this.#parts.onChange();
        },
      });
      return registration;
    };
    return [
      ...(own === undefined || credentials === undefined ? [] : [make(this.settings, undefined)]),
      ...[...this.#accounts].map(([name, trunk]) => make(trunk, name)),
    ];
  }

  #makeMailboxes(): ReadonlyMap<string, Mailbox> {
    const { stack, clock, logger, onMessages, settings } = this.#parts;
    const asking = settings.accounts.filter(({ messageWaiting }) => messageWaiting);
    return new Map(
      asking.map((account) => {
        const parts = {
          trunk: asAccount(settings, account),
          stack,
          clock,
          logger,
          learned: () => {
            const { contact, serviceRoute } = this.learned(account.name);
            return contact === undefined ? undefined : { contact, serviceRoute };
          },
          onNews: (summary: MessageSummary) => onMessages({ trunk: settings.name, account: account.name, ...summary }),
        };
        return [account.name, new Mailbox(parts)];
      }),
    );
  }

  /** The node that has our registration: OPTIONS to another one would say nothing about it. */
  #liveHop(): string | undefined {
    for (const { live } of this.#registrations)
      if (live !== undefined) return pinTo(this.settings, live.source, live.hop) ?? live.hop;
    return undefined;
  }

  #optionsAnswered(outcome: OutsideOutcome, misses: number): void {
    const { clock } = this.#parts;
    if (outcome.kind === 'answered') {
      const seen = whereaboutsOf(outcome.response.message);
      for (const registration of this.#registrations) {
        registration.seen(seen);
        // It may be another node that answers now, or one that was started anew: neither may know of us.
        if (misses > 0) registration.renew();
      }
      this.#sign({ type: 'answered', now: clock.now() });
    } else if (outcome.offline !== true) this.#sign({ type: 'missed', now: clock.now() });
  }

  /** Administrators want to know before the day when no call goes through. */
  #watchCertificate(): void {
    const { certificate, clock, logger } = this.#parts;
    certificate().then(
      (expiresAt) => {
        this.#certificateExpiresAt = expiresAt ?? this.#certificateExpiresAt;
      },
      (error: unknown) => logger.debug({ err: error }, 'the certificate of the trunk could not be looked at'),
    );
    if (!this.#closed) this.#stopWatch = clock.after(CERTIFICATE_MS, () => this.#watchCertificate());
  }

  #sign(sign: Sign): void {
    const before = this.#health;
    this.#health = stepHealth(before, sign);
    if (this.#health.state === before.state) return;
    const { logger, onChange } = this.#parts;
    if (this.#health.state === 'down') {
      logger.warn(
        { why: this.#health.why },
        `The trunk is down. ${trunkDetail(this.#health.why ?? 'silent', this.settings)}`,
      );
      if (this.settings.keepAliveS === 0 && this.#health.why === 'silent') this.#chanceAfter(SECOND_CHANCE_MS);
    } else if (this.#health.state === 'up') {
      this.#stopChance();
      logger.info(before.state === 'down' ? 'The trunk is up again' : 'The trunk is up');
      // A call or a registration has shown it: without OPTIONS nothing else does.
      if (before.state === 'down' && this.settings.keepAliveS === 0)
        for (const registration of this.#registrations) registration.renew();
    }
    onChange();
  }

  #chanceAfter(ms: number): void {
    this.#stopChance();
    this.#stopChance = this.#parts.clock.after(ms, () => this.#sign({ type: 'stale', now: this.#parts.clock.now() }));
  }
}

function contactOf(trunk: string, { account, token, live }: Registration): RegisteredContact | undefined {
  if (live === undefined) return undefined;
  return {
    trunk,
    ...(account === undefined ? {} : { account }),
    ...(token === undefined ? {} : { token }),
    address: live.source.address,
  };
}
