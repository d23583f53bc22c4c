/**
 * How the channels of a session are joined: a pure machine. What happens to them goes in, what FreeSWITCH must be told and
 * what the listener hears comes out.
 */

import type { MediaEvent, MediaSide } from '../engine.ts';

export interface WiredLeg {
  readonly uuid: string;
  /** Parked: it can be bridged. */
  readonly isUp: boolean;
}

export interface Wiring {
  readonly webrtc?: WiredLeg;
  readonly rtp?: WiredLeg;
  /** The telephone of another session, once they are joined. */
  readonly partner?: WiredLeg;
  /** The call lets audio through. */
  readonly isOpen: boolean;
  /** What is bridged now, as it was told last. */
  readonly bridged?: readonly [string, string];
  readonly tones: Readonly<Partial<Record<MediaSide, string>>>;
}

export const UNWIRED: Wiring = { isOpen: false, tones: {} };

export type WiringInput =
  /** A channel takes the place of the side's last one. */
  | { readonly type: 'leg'; readonly side: MediaSide; readonly uuid: string }
  /** The channel of a telephone that talked before is that of the session again, and is up. */
  | { readonly type: 'up'; readonly uuid: string }
  | { readonly type: 'gone'; readonly uuid: string; readonly cause: string }
  | { readonly type: 'open' }
  | { readonly type: 'tone'; readonly side: MediaSide; readonly path: string }
  | { readonly type: 'silence'; readonly side: MediaSide }
  /** The telephone is joined to one of another session on the same server; the client is out of it. */
  | { readonly type: 'join'; readonly partner: string };

export type WiringEffect =
  | { readonly type: 'bridge'; readonly a: string; readonly b: string }
  | { readonly type: 'play'; readonly uuid: string; readonly path: string }
  | { readonly type: 'stop-playing'; readonly uuid: string }
  | { readonly type: 'tell'; readonly event: MediaEvent };

export interface WiringStep {
  readonly wiring: Wiring;
  readonly effects: readonly WiringEffect[];
}

/** Takes an input; channels that are not the session's (any more) change nothing. */
export function wire(wiring: Wiring, input: WiringInput): WiringStep {
  switch (input.type) {
    case 'leg':
      return bridge({ ...wiring, [input.side]: { uuid: input.uuid, isUp: false } });
    case 'up':
      return legUp(wiring, input.uuid);
    case 'gone':
      return legGone(wiring, input.uuid, input.cause);
    case 'open':
      return open(wiring);
    case 'tone':
      return startTone(wiring, input.side, input.path);
    case 'silence':
      return stopTone(wiring, input.side);
    case 'join':
      return join(wiring, input.partner);
    default:
      return input satisfies never;
  }
}

function legUp(wiring: Wiring, uuid: string): WiringStep {
  const side = sideOf(wiring, uuid);
  if (!side || wiring[side]?.isUp) return { wiring, effects: [] };
  const connected: WiringEffect[] = side === 'webrtc' ? [{ type: 'tell', event: { type: 'webrtc-connected' } }] : [];
  const tone = wiring.tones[side];
  const tones: WiringEffect[] = tone === undefined ? [] : [{ type: 'play', uuid, path: tone }];
  const step = bridge({ ...wiring, [side]: { uuid, isUp: true } });
  return { wiring: step.wiring, effects: [...connected, ...tones, ...step.effects] };
}

function legGone(wiring: Wiring, uuid: string, cause: string): WiringStep {
  const side = sideOf(wiring, uuid);
  if (!side) return { wiring, effects: [] };
  const leg = wiring[side];
  const { [side]: _gone, bridged: _bridged, ...rest } = wiring;
  // When the other of two joined telephones hangs up, its bridge ends; the signalling tells that better.
  if (wiring.partner && cause !== 'MEDIA_TIMEOUT') return { wiring: rest, effects: [] };
  return { wiring: rest, effects: [{ type: 'tell', event: eventOf(side, leg?.isUp ?? false, cause) }] };
}

function eventOf(side: MediaSide, wasUp: boolean, cause: string): MediaEvent {
  if (cause === 'MEDIA_TIMEOUT') return { type: 'media-timeout', side };
  // A browser whose DTLS or ICE fails is hung up before its channel is parked.
  if (side === 'webrtc' && !wasUp) return { type: 'webrtc-failed', why: 'dtls' };
  return { type: 'engine-failed', message: `FreeSWITCH ended the ${side} side of the call (${cause})` };
}

function open(wiring: Wiring): WiringStep {
  const client = stopTone(wiring, 'webrtc');
  const telephone = stopTone(client.wiring, 'rtp');
  const step = bridge({ ...telephone.wiring, isOpen: true });
  return { wiring: step.wiring, effects: [...client.effects, ...telephone.effects, ...step.effects] };
}

function join(wiring: Wiring, partner: string): WiringStep {
  const stopped = stopTone(wiring, 'rtp');
  const step = bridge({ ...withoutClient(stopped.wiring), partner: { uuid: partner, isUp: true }, isOpen: true });
  return { wiring: step.wiring, effects: [...stopped.effects, ...step.effects] };
}

function startTone(wiring: Wiring, side: MediaSide, path: string): WiringStep {
  const leg = wiring[side];
  const before: WiringEffect[] =
    wiring.tones[side] !== undefined && leg?.isUp ? [{ type: 'stop-playing', uuid: leg.uuid }] : [];
  const effects: WiringEffect[] = leg?.isUp ? [...before, { type: 'play', uuid: leg.uuid, path }] : [];
  return { wiring: { ...wiring, tones: { ...wiring.tones, [side]: path } }, effects };
}

function stopTone(wiring: Wiring, side: MediaSide): WiringStep {
  const { [side]: tone, ...tones } = wiring.tones;
  const leg = wiring[side];
  if (tone === undefined) return { wiring, effects: [] };
  return { wiring: { ...wiring, tones }, effects: leg?.isUp ? [{ type: 'stop-playing', uuid: leg.uuid }] : [] };
}

/** Bridges what belongs together, once both are up and the call is open. */
function bridge(wiring: Wiring): WiringStep {
  const a = wiring.rtp;
  const b = wiring.partner ?? wiring.webrtc;
  if (!wiring.isOpen || !a?.isUp || !b?.isUp) return { wiring, effects: [] };
  if (wiring.bridged?.[0] === a.uuid && wiring.bridged[1] === b.uuid) return { wiring, effects: [] };
  return { wiring: { ...wiring, bridged: [a.uuid, b.uuid] }, effects: [{ type: 'bridge', a: a.uuid, b: b.uuid }] };
}

function withoutClient(wiring: Wiring): Wiring {
  const { webrtc: _webrtc, ...rest } = wiring;
  return rest;
}

function sideOf(wiring: Wiring, uuid: string): MediaSide | undefined {
  if (wiring.webrtc?.uuid === uuid) return 'webrtc';
  return wiring.rtp?.uuid === uuid ? 'rtp' : undefined;
}
