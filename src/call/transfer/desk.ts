/**
 * Where transfers are made: takes what the clients and telephones of all calls ask for, and keeps the telephones that were
 * put through to each other.
 */
import type { Logger } from 'pino';
import type { MediaEngine } from '../../../media/index.ts';
import type { InboundCall, SipLeg } from '../../../sip/index.ts';
import type { MatrixUserId } from '../../matrix/index.ts';
import type { CallTransfers, HandedOver } from '../call-effects.ts';
import { newCallRef } from '../call-ref.ts';
import type { TransferRequest } from '../machine.ts';
import type { LiveCounts } from '../ports.ts';
import type { Referral } from '../telephone-leg.ts';
import { failureOf, nobodyCame, noTarget, notNow } from './failures.ts';
import { forward } from './forward.ts';
import type { ThirdParty } from './hands.ts';
import { InPlace } from './in-place.ts';
import { Joint } from './joint.ts';
import type { TransferFailure } from './machine.ts';
import { Meetings } from './meetings.ts';
import { Newcomer } from './newcomer.ts';
import type { Onward, OnwardCall } from './onward.ts';
import type { Pair, PairMember } from './pair.ts';
import { hangUp, ownerOf, Pairs, quiet } from './pairs.ts';
import { PutThrough } from './put-through.ts';
import { joinClients, takePlace } from './replacing.ts';
import { callTo, callToUser, type ThirdCall } from './third-call.ts';
import { ThirdMedia } from './third-media.ts';
import { leftOf, shortest } from './time-left.ts';
import { Transfer, type TransferParts } from './transfer.ts';
import type { TransferableCall } from './transferable.ts';

export interface TransferDeskParts extends TransferParts {
  readonly media: MediaEngine;
  /** The live calls beside the one that a user is about to make. */
  readonly liveOf: (user: MatrixUserId) => LiveCounts;
  /** What was dialled, of a user ID that is one of our ghosts. */
  readonly dialledBy: (user: MatrixUserId) => string | undefined;
  /** The call whose telephone this is. */
  readonly callOf: (leg: SipLeg) => TransferableCall | undefined;
  /** Whether this user has another call with this ghost: an attended transfer is meant. */
  readonly hasCallWith: (user: MatrixUserId, ghost: MatrixUserId, beside: TransferableCall) => boolean;
}

/** An event of the other room may be this late. */
const meetingMs = 3_000;
/** A client that only waits: whoever was to call may have taken its time. */
const awaitingMs = 10_000;

type HandOver = (member: PairMember) => void;

export class TransferDesk {
  readonly #parts: TransferDeskParts;
  readonly #running = new Map<TransferableCall, Transfer>();
  readonly #handOvers = new Map<TransferableCall, HandOver>();
  readonly #joints = new Map<TransferableCall, Joint<TransferableCall>>();
  readonly #meetings: Meetings<TransferableCall>;
  readonly #pairs: Pairs;
  /** Calls whose telephone is being exchanged at this moment, without having asked for it. */
  readonly #locked = new Set<TransferableCall>();

  constructor(parts: TransferDeskParts) {
    this.#parts = parts;
    this.#meetings = new Meetings(parts.clock);
    this.#pairs = new Pairs(parts);
  }

  /** The desk as one call sees it. */
  of(call: TransferableCall): CallTransfers {
    return {
      start: (request) => {
        if (this.#locked.has(call)) this.#failed(call, notNow);
        else this.#start(call, request);
      },
      refer: (referral) => {
        if (!this.#locked.has(call)) return this.#refer(call, referral);
        referral.reject(603);
        this.#failed(call, notNow);
      },
      replace: (replacement) => void this.#replace(call, replacement),
      cancel: () => this.#cancel(call),
      handOver: (talks) => this.#handOver(call, talks),
    };
  }

  /** A call that nobody took goes on to a number, in the name of whoever wants it so. */
  forward(call: OnwardCall, onward: Onward): { cancel(): void } {
    return forward(call, onward, this.#pairs, this.#parts);
  }

  /** Telephones that talk to each other without a client. */
  get pairs(): readonly Pair[] {
    return this.#pairs.all;
  }

  /** The gateway stops. */
  shutdown(): void {
    for (const pair of this.#pairs.all) pair.shutdown();
  }

  #start(call: TransferableCall, request: TransferRequest): void {
    const { targetUser, createCall, awaitCall } = request;
    if (awaitCall !== undefined) {
      const alone = () => this.#failed(call, nobodyCame);
      const other = this.#meetings.meet(meetingOf(call, awaitCall), 'awaits', call, awaitingMs, alone);
      if (other) void this.#join(other, call);
      return;
    }
    const dialled = targetUser && this.#parts.dialledBy(targetUser);
    if (createCall !== undefined) {
      const isAttended = targetUser !== undefined && this.#parts.hasCallWith(call.user, targetUser, call);
      const blind = () => this.#putThrough(call, targetUser, dialled);
      const other = this.#meetings.meet(
        meetingOf(call, createCall),
        'creates',
        call,
        isAttended ? meetingMs : 0,
        blind,
      );
      if (other) void this.#join(call, other);
      return;
    }
    this.#putThrough(call, targetUser, dialled);
  }

  /** Blind: whoever is meant is called first. */
  #putThrough(call: TransferableCall, target: MatrixUserId | undefined, dialled: string | undefined): void {
    const third = dialled === undefined ? callToUser(call, target) : callTo(call, dialled);
    if (!third) {
      this.#failed(call, noTarget);
      return;
    }
    const media = new ThirdMedia(third.request.callRef, this.#parts);
    const hands = new PutThrough({
      call,
      media,
      onDone: (done) => this.#isPutThrough(call, media, done),
      onFailed: (failure) => this.#failed(call, failure),
    });
    const trunk = call.telephone.line?.leg.trunk;
    this.#running.set(call, new Transfer({ ...this.#parts, logger: this.#loggerOf(call) }, third, hands, trunk));
  }

  #isPutThrough(call: TransferableCall, media: ThirdMedia, third: ThirdParty | undefined): void {
    this.#running.delete(call);
    this.#handOvers.set(call, (member) => {
      // The trunk has put its telephone through by itself: our leg is the one that is left over (RFC 5589 §6.1).
      if (!third) return hangUp(member);
      const longestMs = shortest(this.#leftOf(call), third.plan.longestCallMs);
      this.#pairs.put(ownerOf(call), member, { line: third.line, media: media.leg, ...quiet }, longestMs);
    });
    call.dispatch({ type: 'transfer-done' });
  }

  /** Attended, both calls are ours: their telephones hear each other from now on. */
  async #join(a: TransferableCall, b: TransferableCall): Promise<void> {
    const joint = new Joint<TransferableCall>(
      (first, second) => this.#pairs.put(ownerOf(a), first, second, shortest(this.#leftOf(a), this.#leftOf(b)), b),
      (rest) => rest.forEach(hangUp),
    );
    this.#joints.set(a, joint);
    this.#joints.set(b, joint);
    try {
      await a.media.join(b.media);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      for (const call of [a, b]) this.#failed(call, failureOf('gateway-problem', why));
      return;
    }
    for (const call of [a, b]) {
      if (this.#joints.get(call) !== joint) continue;
      this.#handOvers.set(call, (member) => {
        this.#joints.delete(call);
        joint.bring(call, member);
      });
      call.dispatch({ type: 'transfer-done' });
    }
  }

  #refer(call: TransferableCall, referral: Referral): void {
    const { to } = referral;
    const logger = this.#loggerOf(call);
    if (to.replaces) return void this.#referToOwn(call, referral, to.replaces);
    logger.info('the telephone transfers the call');
    const third: ThirdCall = {
      ...callTo(call, to.target),
      ...(to.foreignReplaces === undefined ? {} : { replaces: to.foreignReplaces }),
      ...(to.referredBy === undefined ? {} : { referredBy: to.referredBy }),
    };
    const hands = new InPlace({
      call,
      referral,
      onDone: (done) => this.#hasReplaced(call, done),
      onFailed: (failure) => this.#failed(call, failure),
    });
    this.#running.set(call, new Transfer({ ...this.#parts, logger }, third, hands, undefined));
  }

  #hasReplaced(call: TransferableCall, { line, party, plan }: ThirdParty): void {
    this.#running.delete(call);
    call.telephone.take(line)?.hangup({ q850: 16, text: 'Call transferred' });
    // Whichever of the two ends first; the timer of the call is set anew for that of the new telephone alone.
    const { longestCallMs } = plan;
    const longestMs = longestCallMs === undefined ? undefined : shortest(this.#leftOf(call), longestCallMs);
    call.dispatch({
      type: 'telephone-replaced',
      ...(party ? { party } : {}),
      ...(longestMs === undefined ? {} : { longestMs }),
    });
  }

  /** How long a call may last from now on. */
  #leftOf(call: TransferableCall): number | undefined {
    return leftOf(call, this.#parts.clock);
  }

  /** The telephone has two calls with us and joins them: their clients hear each other from now on. */
  async #referToOwn(call: TransferableCall, referral: Referral, leg: SipLeg): Promise<void> {
    const other = this.#parts.callOf(leg);
    if (!other || other === call || this.#isBusy(other)) {
      referral.reject(603);
      return this.#failed(call, noTarget);
    }
    const progress = referral.accept();
    this.#locked.add(other);
    try {
      await joinClients(call, other, newCallRef());
      progress.notify(200);
    } catch (error) {
      progress.notify(500);
      this.#failed(call, failureOf('gateway-problem', error instanceof Error ? error.message : String(error)));
    } finally {
      this.#locked.delete(other);
    }
  }

  /** Whether something is being done with the call's telephone already. */
  #isBusy(call: TransferableCall): boolean {
    return this.#running.has(call) || this.#joints.has(call) || this.#locked.has(call);
  }

  async #replace(call: TransferableCall, replacement: InboundCall): Promise<void> {
    if (this.#locked.has(call)) {
      replacement.leg.reject({ status: 491 });
      this.#failed(call, notNow);
      return;
    }
    const newcomer = new Newcomer(replacement, call, this.#parts);
    try {
      if (!(await newcomer.enter())) throw new Error('the books refuse it');
      newcomer.answered(await takePlace(call, replacement));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      replacement.leg.reject({ status: 500 });
      newcomer.refused(why);
      this.#failed(call, failureOf('gateway-problem', why));
    }
  }

  #failed(call: TransferableCall, failure: TransferFailure): void {
    this.#running.delete(call);
    this.#joints.delete(call);
    const { cause, why, sentence, telephone } = failure;
    this.#loggerOf(call).info({ cause, why }, `the transfer failed: ${cause}`);
    call.dispatch({
      type: 'transfer-failed',
      rejection: 'failed_call',
      why,
      telephone,
      ...(sentence ? { sentence } : {}),
    });
  }

  #cancel(call: TransferableCall): void {
    this.#meetings.leave(call);
    this.#running.get(call)?.cancel();
    this.#running.delete(call);
    this.#handOvers.delete(call);
    const joint = this.#joints.get(call);
    this.#joints.delete(call);
    joint?.break();
  }

  #handOver(call: TransferableCall, talks: HandedOver): void {
    const handOver = this.#handOvers.get(call);
    this.#handOvers.delete(call);
    const line = call.telephone.release();
    if (line && handOver) handOver({ line, media: call.media.handOver(), ...talks });
    else void call.media.close();
  }

  #loggerOf(call: TransferableCall): Logger {
    return this.#parts.logger.child({ callRef: call.identity.callRef });
  }
}

/** Only calls of one user are joined: nobody can name another's. */
const meetingOf = ({ user }: TransferableCall, id: string): string => `${user} ${id}`;
