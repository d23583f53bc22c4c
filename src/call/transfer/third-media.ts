/** The audio of a third one's telephone, to which no client talks: agreed with it, then joined to that of another telephone. */
import type { Logger } from 'pino';
import type { MediaEngine } from '../../../media/index.ts';
import type { Route } from '../machine.ts';
import { MediaLeg } from '../media-leg.ts';
import { rtpOptions } from '../outbound-request.ts';
import type { Clock } from '../ports.ts';

interface Parts {
  readonly media: MediaEngine;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class ThirdMedia {
  readonly leg: MediaLeg;

  /** Nothing is open yet. @param callRef of the call to the third one */
  constructor(callRef: string, { media: engine, clock, logger }: Parts) {
    const turnServer = () => Promise.resolve(undefined);
    this.leg = new MediaLeg({ engine, callRef, turnServer, clock, logger, emit: () => undefined });
  }

  /** Another attempt asks the same media again: new keys, the same port. */
  async offer(route: Route): Promise<string | undefined> {
    return this.leg.isOpen
      ? this.leg.runOrThrow((session) => session.createRtpOffer(rtpOptions(route)))
      : this.leg.openTelephone(rtpOptions(route));
  }

  /** What it sends before it answers goes nowhere yet. */
  early(sdp: string, forkId: string): void {
    void this.leg.run('early-media', (session) => session.acceptRtpAnswer(sdp, { early: true, forkId }));
  }

  async take(sdp: string, forkId: string): Promise<void> {
    await this.leg.runOrThrow((session) => session.acceptRtpAnswer(sdp, { early: false, forkId }));
  }

  close(): void {
    void this.leg.close();
  }
}
