/** One account's registration: runs what `machine.ts` decides. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { OutsideClient, type OutsideOutcome } from '../call/outside-client.ts';
import { pinTo } from '../call/pin.ts';
import type { SipStack, Source } from '../call/stack.ts';
import { DigestSession } from '../digest/index.ts';
import type { RegistrationStatus } from '../leg.ts';
import { deltaSeconds, retryAfter } from '../message/index.ts';
import { registrarHops, type TrunkSettings } from '../trunk/index.ts';
import { initialRegistration, stepRegistration } from './machine.ts';
import { type AnsweredRegister, NO_PLACE, type Place, type PlaceStep, refusedAt, seenNow, takenAt } from './place.ts';
import { refusalOf, silenceOf } from './problem.ts';
import { buildRegister, contactOf, contactsIn, contactToken, grantedS, serviceRouteOf } from './register.ts';
import type { Problem, RegistrationEffect, RegistrationInput, RegistrationState } from './states.ts';
import { placeOf, type Whereabouts, whereaboutsOf } from './whereabouts.ts';
import { doubtWords, problemWords } from './words.ts';

/** A registrar that does not say goodbye does not keep the gateway from stopping. */
const GOODBYE_MS = 2_000;
const EXPIRES_S = 600;

export interface RegistrationParts {
  /** As the account sees it, with credentials. */
  readonly trunk: TrunkSettings;
  /** The extension; undefined: the trunk's own. */
  readonly account: string | undefined;
  readonly stack: SipStack;
  readonly clock: Clock;
  /** ms since 1970. */
  readonly epochMs: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  /** Its status, its Contact or its routes have changed. */
  readonly onChange: () => void;
  /** Whether the registrar has said anything: it shows that the trunk is alive. */
  readonly onSign: (answered: boolean) => void;
}

/** What the registrar has said, as long as it counts. */
interface Learned {
  readonly source: Source;
  readonly hop: string;
  readonly serviceRoute: readonly string[];
  /** Since when, ms since 1970. */
  readonly since: number;
  readonly until: number;
}

export class Registration {
  readonly account: string | undefined;
  /** The user part of our Contact, when calls are recognised by it. */
  readonly token: string | undefined;
  readonly #contactUser: string;
  readonly #parts: RegistrationParts;
  readonly #hops: readonly [string, ...string[]];
  readonly #client: OutsideClient;
  /** RFC 3261 §10.2: the same Call-ID for all registrations to one registrar. */
  readonly #callId = `${randomBytes(12).toString('hex')}@trunkline`;
  readonly #fromTag = randomBytes(8).toString('hex');
  #cseq = Math.floor(Math.random() * 10_000);
  #state: RegistrationState;
  #learned: Learned | undefined;
  #place: Place = NO_PLACE;
  #doubted: string | undefined;
  #stopTimer: () => void = () => undefined;
  #abandon: () => void = () => undefined;
  #stopped: (() => void) | undefined;

  constructor(parts: RegistrationParts) {
    const { trunk, account, stack, clock, logger } = parts;
    this.#parts = parts;
    this.account = account;
    const given = account === undefined ? trunk.registration?.contactUser : undefined;
    this.token = given === undefined ? contactToken(trunk, account ?? '') : undefined;
    this.#contactUser = given ?? this.token ?? '';
    this.#hops = registrarHops(trunk);
    this.#state = initialRegistration(trunk.registration?.expiresS ?? EXPIRES_S);
    const { username = '', password = '', authUsername } = trunk.credentials ?? {};
    this.#client = new OutsideClient({
      stack,
      digest: new DigestSession({ username: authUsername ?? username, password }),
      clock,
      logger,
      nextCSeq: () => ++this.#cseq,
      pin: (source, hop) => pinTo(trunk, source, hop),
    });
  }

  /** Contact for requests of this account. */
  get contact(): string {
    return contactOf(this.#contactUser, this.#parts.trunk, this.#place.outside);
  }

  /** Where the registrar answered from; undefined while nothing is registered. */
  get live(): { readonly source: Source; readonly hop: string } | undefined {
    return this.#isLive() ? this.#learned : undefined;
  }

  /** The way of requests outside of dialogs (RFC 3608). */
  get serviceRoute(): readonly string[] {
    return this.#isLive() ? (this.#learned?.serviceRoute ?? []) : [];
  }

  status(): RegistrationStatus {
    const { trunk, account } = this.#parts;
    const learned = this.#learned;
    const times = learned === undefined ? {} : { expiresAt: learned.until, lastRegisteredAt: learned.since };
    const base = { account: account ?? trunk.credentials?.username ?? '', ...times };
    const { moving: words } = this.#place;
    const moving = words === undefined ? {} : { detail: words };
    const state = this.#state;
    switch (state.name) {
      case 'idle':
      case 'unregistering':
      case 'stopped':
        return { ...base, state: 'unregistered' };
      case 'registering':
        return { ...base, ...moving, state: this.#isLive() ? 'registered' : 'registering' };
      case 'registered':
        return { ...base, state: 'registered' };
      case 'waiting':
        return {
          ...base,
          state: this.#isLive() ? 'registered' : stateOf(state.problem),
          detail: problemWords(state.problem),
        };
      default:
        return state satisfies never;
    }
  }

  start(): void {
    this.#dispatch({ type: 'start' });
  }

  /** Something has changed that makes the registration doubtful. */
  renew(): void {
    this.#dispatch({ type: 'renew' });
  }

  /** Registers at once, also after a refusal that only a person can mend: somebody may have mended it. */
  registerNow(): void {
    this.#dispatch({ type: 'due' });
  }

  /** Takes note of where the registrar's node sees us: when that changes, calls would go to the old place. */
  seen(now: Whereabouts | undefined): void {
    if (now === undefined) return;
    this.#doubt(now);
    this.#move(seenNow(this.#place, now, this.#parts.clock.now()));
  }

  /** Ends the registration; settles when the registrar has said so, or does not say anything. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopped = resolve;
      this.#stopTimer();
      this.#dispatch({ type: 'stop' });
    });
  }

  #move({ place, words, isToRenew }: PlaceStep): void {
    this.#place = place;
    if (words !== undefined) this.#parts.logger.info(words);
    if (isToRenew) this.renew();
  }

  #doubt({ isDoubtful, seen, said }: Whereabouts): void {
    if (!isDoubtful || this.#doubted === seen) return;
    this.#doubted = seen;
    this.#parts.logger.warn(doubtWords(seen ?? '', said));
  }

  #isLive(): boolean {
    return this.#learned !== undefined && this.#parts.epochMs() < this.#learned.until;
  }

  #dispatch(input: RegistrationInput): void {
    const before = this.#state;
    const { state, effects } = stepRegistration(before, input, this.#hops.length);
    this.#state = state;
    if (state.name === 'waiting' && state.binding === undefined) this.#learned = undefined;
    for (const effect of effects) this.#run(effect);
    if (state !== before) this.#parts.onChange();
  }

  #run(effect: RegistrationEffect): void {
    const { clock, logger } = this.#parts;
    switch (effect.type) {
      case 'register':
        this.#send(effect.hop, effect.expiresS);
        break;
      case 'unregister':
        this.#abandon();
        this.#send(0, 0);
        break;
      case 'wait':
        this.#stopTimer();
        this.#stopTimer = clock.after(effect.ms, () => this.#dispatch({ type: 'due' }));
        break;
      case 'tell':
        if (effect.problem === undefined) logger.info('The registration works again');
        else logger.warn({ status: effect.problem.status }, problemWords(effect.problem));
        break;
      case 'stopped':
        this.#stopTimer();
        this.#learned = undefined;
        this.#stopped?.();
        break;
      default:
        effect satisfies never;
    }
  }

  #send(hopNumber: number, expiresS: number): void {
    const { trunk } = this.#parts;
    const first = this.#learned?.hop ?? this.#hops[0];
    const hop = expiresS === 0 ? first : (this.#hops[hopNumber] ?? this.#hops[0]);
    this.#stopTimer();
    const plan = buildRegister(
      trunk,
      hop,
      {
        callId: this.#callId,
        fromTag: this.#fromTag,
        contactUser: this.#contactUser,
        at: this.#place.outside,
        gone: this.#place.gone,
      },
      expiresS,
    );
    this.#abandon = this.#client.send(
      { method: 'REGISTER', ...plan },
      (outcome) => this.#answered(outcome, hop, expiresS),
      expiresS === 0 ? GOODBYE_MS : undefined,
    );
  }

  #answered(outcome: OutsideOutcome, hop: string, askedS: number): void {
    const { clock, epochMs, onSign, random } = this.#parts;
    if (outcome.kind === 'answered' || outcome.offline !== true) onSign(outcome.kind === 'answered');
    if (outcome.kind === 'unanswered') {
      this.#dispatch({ type: 'unanswered', problem: silenceOf(outcome), random: random() });
      return;
    }
    const { message, source } = outcome.response;
    const { status } = message;
    const answered = this.#whatIsBound(outcome);
    if (answered.where !== undefined) this.#doubt(answered.where);
    if (status < 300) {
      const place = answered.sent === undefined ? undefined : placeOf(answered.sent);
      const expiresS = grantedS(message, this.#contactUser, askedS, place);
      if (askedS > 0 && expiresS > 0) {
        const since = epochMs();
        this.#learned = {
          source,
          hop,
          serviceRoute: serviceRouteOf(message),
          since,
          until: since + expiresS * 1000,
        };
      }
      const step = takenAt(this.#place, answered, clock.now());
      this.#place = step.place;
      this.#dispatch({ type: 'granted', expiresS, now: clock.now() });
      if (askedS > 0) this.#move(step);
      return;
    }
    if (status === 423) {
      this.#dispatch({ type: 'too-brief', minS: deltaSeconds(message, 'min-expires'), random: random() });
      return;
    }
    const retryAfterS = retryAfter(message);
    this.#dispatch({
      type: 'refused',
      problem: refusalOf(message, outcome.credentials?.message),
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
      random: random(),
    });
    if (askedS > 0) this.#move(refusedAt(this.#place, answered));
  }

  #whatIsBound({ response, sent }: Extract<OutsideOutcome, { kind: 'answered' }>): AnsweredRegister {
    const [own] = sent === undefined ? [] : contactsIn(sent);
    return {
      sent: own?.user === this.#contactUser ? own.uri : undefined,
      listed: contactsIn(response.message).flatMap(({ uri, user }) => (user === this.#contactUser ? [uri] : [])),
      where: whereaboutsOf(response.message),
    };
  }
}

function stateOf({ kind }: Problem): 'refused' | 'unreachable' {
  return kind === 'silent' || kind === 'unreachable' || kind === 'disconnected' ? 'unreachable' : 'refused';
}
