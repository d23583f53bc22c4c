/** What every call has, whoever called: its telephone and media, its timers, the keys it presses, and when what happened. */
import type { Logger } from 'pino';
import type { CallParts } from './call-parts.ts';
import { Keys } from './keys.ts';
import type { CallEvent, Route } from './machine.ts';
import { MediaLeg } from './media-leg.ts';
import { TelephoneLeg } from './telephone-leg.ts';
import { Timeline } from './timeline.ts';
import { Timers } from './timers.ts';

interface OfTheCall {
  readonly callRef: string;
  readonly logger: Logger;
  /** The route on which it is talked: how digits go. */
  readonly route: () => Pick<Route, 'dtmf'> | undefined;
  readonly emit: (event: CallEvent) => void;
}

export class TelephoneSide {
  readonly timeline: Timeline;
  readonly media: MediaLeg;
  readonly telephone: TelephoneLeg;
  readonly timers: Timers;
  readonly keys: Keys;

  constructor(
    { sip, media: engine, signalling, clock }: Pick<CallParts, 'sip' | 'media' | 'signalling' | 'clock'>,
    { callRef, logger, route, emit }: OfTheCall,
  ) {
    const turnServer = () => signalling.turnServer();
    this.timeline = new Timeline(clock);
    this.media = new MediaLeg({ engine, callRef, turnServer, clock, logger, emit });
    this.telephone = new TelephoneLeg({ sip, media: this.media, callRef, emit });
    this.timers = new Timers(clock, (timer) => emit({ type: 'timer', timer }));
    this.keys = new Keys(clock, digitSender(this.media, this.telephone, route));
  }

  /** Nothing more is begun, and nothing that was asked stays without an answer. The media are closed by themselves. */
  stop(): void {
    this.timers.clearAll();
    this.keys.stop();
    this.telephone.refuseAll();
  }
}

/** Digits go in the media, or by INFO where the trunk takes nothing else. */
function digitSender(media: MediaLeg, telephone: TelephoneLeg, route: () => Pick<Route, 'dtmf'> | undefined) {
  return (digit: string, durationMs: number): void => {
    if (route()?.dtmf === 'info') telephone.sendDtmfInfo(digit, durationMs);
    else void media.run('early-media', (session) => session.sendDtmf(digit, durationMs));
  };
}
