/** The media of one call: runs media effects one after another, and gives back what came of them as events. */
import type { Logger } from 'pino';
import type {
  Direction,
  IceCandidate,
  MediaEngine,
  MediaEvent,
  MediaSession,
  MediaStats,
  RtpOfferOptions,
  TurnServer,
} from '../../media/index.ts';
import { Gathering } from './gathering.ts';
import type { MediaTask } from './machine/events.ts';
import type { CallEvent } from './machine.ts';
import { mediaCodeOf } from './media-code.ts';
import type { Clock } from './ports.ts';

/** A homeserver that is slow to name its TURN servers must not hold up the call. */
const turnPatienceMs = 150;
const statsPatienceMs = 1_000;
const gatheringPatienceMs = 50;
/** Of a whole call, ICE restarts included: what comes beyond is some client's mistake. */
const mostCandidates = 1_000;

interface Parts {
  readonly engine: MediaEngine;
  readonly callRef: string;
  readonly turnServer: () => Promise<TurnServer | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly emit: (event: CallEvent) => void;
}

/** The media of a call that the telephone began, before any client answered. */
export interface InboundMedia {
  /** Our offer to the clients. */
  readonly offer: string;
  /** What the telephone is to be told, and our direction towards it. */
  readonly telephone?: { readonly sdp: string; readonly direction: Direction };
}

export class MediaLeg {
  readonly #parts: Parts;
  #session: MediaSession | undefined;
  /** The client's offer is taken, our candidates are gathered. */
  #accepted: Promise<void> = Promise.resolve();
  #queue: Promise<unknown> = Promise.resolve();
  #candidates = 0;
  #gathering: Gathering | undefined;
  #emit: (event: CallEvent) => void;
  #closing: Promise<MediaStats | undefined> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#emit = parts.emit;
  }

  /** Sets up both sides; settles with our offer to the telephone, or undefined when the call ended meanwhile. */
  open(offerSdp: string, candidates: readonly IceCandidate[], options: RtpOfferOptions): Promise<string | undefined> {
    const gathered = this.#gathered(offerSdp, candidates);
    return this.#inTurn(async () => {
      const session = await this.#begin(await this.#turnServer());
      if (!session) return undefined;
      const sdp = await gathered;
      if (this.#closing) return undefined;
      const accepted = session.acceptWebRtcOffer(sdp);
      this.#accepted = accepted;
      this.#trickle(session, candidates);
      const offered = session.createRtpOffer(options);
      // What the engine cannot use it refuses at once; gathering candidates may take a TURN server's time, for which the
      // telephone need not wait.
      await orAfter(this.#parts.clock, gatheringPatienceMs, accepted, offered);
      const rtpOffer = await offered;
      // From now on a failure ends a call that is being made.
      accepted.catch((error: unknown) => this.#emit(mediaFailure('matrix-answer', error)));
      return rtpOffer;
    });
  }

  /**
   * Sets up a call that the telephone began; settles with our offer for every client that rings, and our answer to the
   * telephone where it made an offer. Undefined when the call ended meanwhile.
   */
  openInbound(sdp: string | undefined, options: RtpOfferOptions): Promise<InboundMedia | undefined> {
    return this.#inTurn(async () => {
      const session = await this.#begin(await this.#turnServer());
      if (!session) return undefined;
      const telephone = sdp === undefined ? undefined : await session.acceptRtpOffer(sdp, options);
      const offer = await session.createWebRtcOffer();
      return { offer, ...(telephone ? { telephone } : {}) };
    });
  }

  /**
   * Takes the answer of the client that won, with the candidates it sent ahead. `rtp`: the telephone asked for our offer, which
   * follows what the client chose.
   */
  acceptClient(
    sdp: string,
    candidates: readonly IceCandidate[],
    rtp: RtpOfferOptions | undefined,
  ): Promise<Pick<InboundMedia, 'telephone'> | undefined> {
    const gathered = this.#gathered(sdp, candidates);
    return this.run('matrix-answer', async (session) => {
      const answer = await gathered;
      if (this.#closing) return undefined;
      await session.acceptWebRtcAnswer(answer);
      this.#trickle(session, candidates);
      return rtp === undefined ? {} : { telephone: { sdp: await session.createRtpOffer(rtp), direction: 'sendrecv' } };
    });
  }

  async #begin(turn: TurnServer | undefined): Promise<MediaSession | undefined> {
    const { engine, callRef } = this.#parts;
    if (this.#closing) return undefined;
    const session = await engine.createSession({ callRef, ...(turn ? { turn } : {}) }, (event) => {
      this.#emit(asCallEvent(event));
    });
    if (this.#closing) {
      await session.close();
      return undefined;
    }
    this.#session = session;
    return session;
  }

  /** The media of a telephone that no client talks to: our offer to it, or undefined when it was closed meanwhile. */
  openTelephone(options: RtpOfferOptions): Promise<string | undefined> {
    return this.#inTurn(async () => {
      const session = await this.#begin(undefined);
      return session?.createRtpOffer(options);
    });
  }

  /** Joins the telephone of these media to that of others: nobody hears a client any more. Rejects as the engine does. */
  join(other: MediaLeg): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#session || !other.#session || this.#closing || other.#closing) throw new Error('the media are closed');
      await this.#session.joinTelephones(other.#session);
    });
  }

  /** Whether there are media, open and not closed. */
  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  /** Who hears of these media from now on. */
  hear(emit: (event: CallEvent) => void): void {
    this.#emit = emit;
  }

  /** Gives the media away: they go on elsewhere, and are closed as far as this call is concerned. */
  handOver(): MediaLeg {
    const heir = new MediaLeg(this.#parts);
    heir.#session = this.#session;
    heir.#queue = this.#queue;
    this.#emit = (event) => heir.#emit(event);
    const session = this.#session;
    this.#session = undefined;
    this.#closing ??= session
      ? within(this.#parts.clock, statsPatienceMs, () => session.stats())
      : Promise.resolve(undefined);
    return heir;
  }

  /** The answer for the client, once its offer is taken in full. `final`: the telephone's answer, to be taken first. */
  answerClient(final: { readonly sdp: string; readonly forkId: string } | undefined): Promise<string | undefined> {
    return this.run('matrix-answer', async (session) => {
      if (final) await session.acceptRtpAnswer(final.sdp, { early: false, forkId: final.forkId });
      await this.#accepted;
      return session.createWebRtcAnswer();
    });
  }

  /**
   * Runs `task` when everything before it is done. Its failure becomes a `media-failed` event; when the call is over it is
   * skipped, and undefined comes back in both cases.
   */
  async run<T>(
    during: MediaTask,
    task: (session: MediaSession) => Promise<T> | T,
    reofferId?: number,
  ): Promise<T | undefined> {
    try {
      return await this.runOrThrow(task);
    } catch (error) {
      this.#emit(mediaFailure(during, error, reofferId));
      return undefined;
    }
  }

  /** The same, for a caller that makes its own event of a failure. */
  runOrThrow<T>(task: (session: MediaSession) => Promise<T> | T): Promise<T | undefined> {
    return this.#inTurn(async () => (this.#session && !this.#closing ? await task(this.#session) : undefined));
  }

  addCandidates(candidates: readonly IceCandidate[]): void {
    this.#candidates += candidates.length;
    if (this.#candidates > mostCandidates || this.#gathering?.add(candidates)) return;
    void this.run('candidates', (session) => session.addWebRtcCandidates(candidates));
  }

  /** Closes at once, whatever is still under way; settles with the last statistics. Idempotent. */
  close(): Promise<MediaStats | undefined> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<MediaStats | undefined> {
    const session = this.#session;
    this.#session = undefined;
    this.#gathering?.finish();
    if (!session) return undefined;
    const stats = within(this.#parts.clock, statsPatienceMs, () => session.stats());
    try {
      await session.close();
    } catch (error) {
      this.#parts.logger.warn({ err: error }, 'media could not be closed cleanly');
    }
    return stats;
  }

  /** The client's SDP as the engine can take it: with all candidates where it takes none later. */
  async #gathered(sdp: string, candidates: readonly IceCandidate[]): Promise<string> {
    const { engine, clock } = this.#parts;
    if (engine.capabilities.trickle) return sdp;
    this.#gathering = new Gathering(clock, sdp, candidates);
    return this.#gathering.done;
  }

  #trickle(session: MediaSession, candidates: readonly IceCandidate[]): void {
    if (candidates.length === 0 || !this.#parts.engine.capabilities.trickle) return;
    session.addWebRtcCandidates(candidates).catch((error: unknown) => {
      this.#emit(mediaFailure('candidates', error));
    });
  }

  #turnServer(): Promise<TurnServer | undefined> {
    return within(this.#parts.clock, turnPatienceMs, this.#parts.turnServer);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** What a task comes to, or undefined when it fails or takes longer than `patienceMs`. */
function within<T>(clock: Clock, patienceMs: number, task: () => Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(patienceMs, () => resolve(undefined));
    const settle = (value: T | undefined): void => {
      cancel();
      resolve(value);
    };
    // Asynchronous, so that a task that throws at once fails like any other; it is begun at once all the same.
    const begun = (async () => task())();
    begun.then(settle, () => settle(undefined));
  });
}

/** Settles like the first promise, or as soon as the second fails, at the latest after `patienceMs`. */
function orAfter(clock: Clock, patienceMs: number, first: Promise<unknown>, other: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(patienceMs, resolve);
    const fail = (error: unknown): void => {
      cancel();
      reject(error);
    };
    other.catch(fail);
    first.then(() => {
      cancel();
      resolve();
    }, fail);
  });
}

function asCallEvent(event: MediaEvent): CallEvent {
  switch (event.type) {
    case 'dtmf':
      return { type: 'media-dtmf', from: event.from, digit: event.digit, durationMs: event.durationMs };
    case 'webrtc-connected':
    case 'webrtc-failed':
    case 'webrtc-closed':
    case 'early-audio':
    case 'media-timeout':
    case 'engine-failed':
      return event;
    default:
      return event satisfies never;
  }
}

export function mediaFailure(during: MediaTask, error: unknown, reofferId?: number): CallEvent {
  return {
    type: 'media-failed',
    during,
    code: mediaCodeOf(error),
    message: error instanceof Error ? error.message : String(error),
    ...(reofferId === undefined ? {} : { reofferId }),
  };
}
