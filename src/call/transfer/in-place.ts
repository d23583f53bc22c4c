/** The telephone asked: somebody else is called in its place, on the same media, and the client stays (RFC 5589). */
import type { ReferProgress } from '../../../sip/index.ts';
import type { Route } from '../machine.ts';
import { rtpOptions } from '../outbound-request.ts';
import type { Referral } from '../telephone-leg.ts';
import type { ThirdParty, TransferHands } from './hands.ts';
import type { TransferFailure } from './machine.ts';
import type { TransferableCall } from './transferable.ts';

export interface InPlaceParts {
  readonly call: TransferableCall;
  readonly referral: Referral;
  readonly onDone: (third: ThirdParty) => void;
  readonly onFailed: (failure: TransferFailure) => void;
}

export class InPlace implements TransferHands {
  readonly #parts: InPlaceParts;
  #progress: ReferProgress | undefined;

  constructor(parts: InPlaceParts) {
    this.#parts = parts;
  }

  accept(): void {
    this.#progress = this.#parts.referral.accept();
  }

  askTrunk(): Promise<void> {
    return Promise.reject(new Error('the trunk has asked us'));
  }

  offer(route: Route): Promise<string | undefined> {
    return this.#parts.call.media.runOrThrow((session) => session.createRtpOffer(rtpOptions(route)));
  }

  early(sdp: string, forkId: string): void {
    void this.#run((session) => session.acceptRtpAnswer(sdp, { early: true, forkId }));
  }

  ringback(country: string | undefined): void {
    void this.#run((session) => session.startRingback(country));
  }

  async take(sdp: string, forkId: string): Promise<void> {
    await this.#parts.call.media.runOrThrow(async (session) => {
      session.stopRingback();
      await session.acceptRtpAnswer(sdp, { early: false, forkId });
    });
  }

  report(status: number): void {
    this.#progress?.notify(status);
  }

  succeed(third: ThirdParty | undefined): void {
    if (third) this.#parts.onDone(third);
  }

  fail(failure: TransferFailure): void {
    if (!this.#progress) this.#parts.referral.reject(failure.status === 403 ? 403 : 603);
    void this.#run((session) => session.stopRingback());
    this.#parts.onFailed(failure);
  }

  abandon(): void {
    if (!this.#progress) this.#parts.referral.reject(603);
  }

  #run(task: Parameters<TransferableCall['media']['run']>[1]): Promise<unknown> {
    return this.#parts.call.media.run('early-media', task);
  }
}
