/** What the gateway sees of the media of a call: the contract between `media` and `call`. */

/** One ICE candidate as Matrix carries it (`m.call.candidates`). An empty `candidate` ends the list. */
export interface IceCandidate {
  readonly candidate: string;
  readonly sdpMid?: string;
  readonly sdpMLineIndex?: number;
}

/** TURN servers of the homeserver's `/voip/turnServer`. */
export interface TurnServer {
  readonly uris: readonly string[];
  readonly username: string;
  readonly password: string;
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
export type RtpCodec = 'PCMU' | 'PCMA' | 'G722' | 'opus';
export type SrtpPolicy = 'off' | 'optional' | 'required';

export interface RtpStats {
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** Packets dropped because they came from an address that is not the peer's. */
  readonly packetsForeign: number;
  /**
   * What the peer says of what we sent (RTCP, its last report). What was lost on the way to us is a gap for it, too: its loss
   * is that of the whole way from the other side.
   */
  readonly remote?: { readonly packetsLost: number; readonly jitterMs: number };
}

export interface MediaStats {
  readonly codec?: RtpCodec;
  readonly webrtc: RtpStats;
  readonly rtp: RtpStats;
  /** From RTCP, when the peer reports. */
  readonly roundTripMs?: number;
}

/** What a session tells its listener, in order, never after `closed`. */
export type MediaEvent =
  /** ICE and DTLS are up: audio can flow to and from the browser. */
  | { readonly type: 'webrtc-connected' }
  /** The client said good-bye by DTLS (`close_notify`). Not every engine hears it. */
  | { readonly type: 'webrtc-closed' }
  /** ICE or DTLS never came up, or broke and did not come back. */
  | { readonly type: 'webrtc-failed'; readonly why: 'ice' | 'dtls' }
  /** RTP has come from the telephone for `ms` in all before the answer (for the policy `answer-on-early-rtp`). */
  | { readonly type: 'early-audio'; readonly ms: number }
  /** A key was pressed on one side (RFC 4733); it has already been relayed to the other. */
  | { readonly type: 'dtmf'; readonly from: 'webrtc' | 'rtp'; readonly digit: string; readonly durationMs: number }
  /** Nothing came for the configured time while not on hold. */
  | { readonly type: 'media-timeout'; readonly side: 'webrtc' | 'rtp' }
  /** The engine lost the session (worker died): the call cannot go on. */
  | { readonly type: 'engine-failed'; readonly message: string };

export type MediaListener = (event: MediaEvent) => void;
export type MediaSide = 'webrtc' | 'rtp';

/** What an engine can do beyond relaying G.711. */
export interface MediaCapabilities {
  /** Codecs that it takes on the telephone's side. */
  readonly rtpCodecs: readonly RtpCodec[];
  /** The two sides may speak different codecs. */
  readonly transcodes: boolean;
  readonly play: boolean;
  readonly record: boolean;
  /** Candidates of the client may come after its offer; otherwise the caller waits for them before `acceptWebRtcOffer`. */
  readonly trickle: boolean;
}

export interface RtpOfferOptions {
  /** In order of preference; narrowed to what the browser offered. */
  readonly codecs: readonly RtpCodec[];
  readonly srtp: SrtpPolicy;
  /** False: no telephone events are agreed on (digits go another way, else they arrive twice). Default true. */
  readonly events?: boolean;
}

export interface MediaSessionOptions {
  /** The id that stands in every log line of this call. */
  readonly callRef: string;
  readonly turn?: TurnServer;
}

/**
 * The media of one call: a WebRTC side (the Matrix client) and an RTP side (the telephone), relayed into each other.
 * All SDP comes in and goes out as text; what is wrong with it is a MediaError with words.
 */
export interface MediaSession {
  /**
   * Takes the client's offer. Checks that it can be used (audio, PCMU or PCMA, ICE, DTLS); gathers our candidates.
   * `createRtpOffer` may be called while this is still gathering: the telephone does not wait for a TURN server.
   */
  acceptWebRtcOffer(sdp: string): Promise<void>;
  addWebRtcCandidates(candidates: readonly IceCandidate[]): Promise<void>;
  /**
   * The answer for the client, with all candidates inline, in the codec agreed on the RTP side, every m-line answered.
   * May be called once per offer.
   */
  createWebRtcAnswer(): Promise<string>;
  /**
   * The first offer to the client, of a call that the telephone began, with all candidates inline. The same text may go to
   * several clients: one of their answers is taken, the others never were. Called after `acceptRtpOffer`, or before
   * `createRtpOffer` when the telephone wants our offer: then the RTP side follows what the client chose.
   */
  createWebRtcOffer(): Promise<string>;
  /** The answer of the client that won, once. Candidates of the others must not be given to `addWebRtcCandidates`. */
  acceptWebRtcAnswer(sdp: string): Promise<void>;
  /**
   * A later offer of the client (`m.call.negotiate`): hold, resume, ICE restart, a video m-line. Returns the answer and
   * the direction we now have towards the client (its `sendonly` hold gives our `recvonly`).
   */
  renegotiateWebRtc(
    sdp: string,
  ): Promise<{ readonly sdp: string; readonly direction: Direction; readonly iceRestart: boolean }>;
  /** Our re-offer to the client (the telephone put the call on hold, or took it back). */
  createWebRtcReoffer(direction: Direction): Promise<string>;
  acceptWebRtcReanswer(sdp: string): Promise<void>;

  /** Our offer to the telephone. A new call attempt (another trunk) asks again: new keys, same port. */
  createRtpOffer(options: RtpOfferOptions): Promise<string>;
  /** The telephone's answer. `early`: of a 1xx, may be replaced by another fork's or by the final one. */
  acceptRtpAnswer(
    sdp: string,
    options: { readonly early: boolean; readonly forkId: string },
  ): Promise<{ readonly codec: RtpCodec }>;
  /**
   * An offer of the telephone (re-INVITE, UPDATE; the first one of an inbound call gives `options`). Returns our answer
   * and the direction we now have towards it.
   */
  acceptRtpOffer(
    sdp: string,
    options?: RtpOfferOptions,
  ): Promise<{ readonly sdp: string; readonly direction: Direction }>;
  /** Our later offer to the telephone (client's hold passed on, or an offer that a re-INVITE without SDP asks for). */
  createRtpReoffer(direction: Direction): Promise<string>;
  acceptRtpReanswer(sdp: string): Promise<{ readonly direction: Direction }>;

  /**
   * Lets audio flow from the telephone to the client (after an answer, or early media that policy lets through), and to a
   * telephone that called us: before it is answered it hears nothing, unless it is played something.
   */
  connect(): void;
  /**
   * Plays a ringback tone (of the country given, default 425 Hz 1 s/4 s) until stopped or audio comes: to the client, or to a
   * telephone that waits (a transfer, or early media of ours).
   */
  startRingback(country?: string, side?: MediaSide): void;
  stopRingback(side?: MediaSide): void;
  /**
   * Plays a short tone to one side in place of what it would hear, to warn: about 1 kHz, under a second. What was played there
   * goes on afterwards. Nothing happens where that side has no audio.
   */
  beep(side: MediaSide): void;
  /** Sends a digit to the telephone (RFC 4733). */
  sendDtmf(digit: string, durationMs: number): void;
  /** Plays a file to one side until it ends or `stop` is called. Rejects with `not-supported` where the engine cannot. */
  play(side: MediaSide, file: string): Promise<{ stop(): void; readonly done: Promise<void> }>;
  /** Records both sides into a WAV file until `stop`, which settles when the file is whole. May reject as `play` does. */
  record(file: string): Promise<{ stop(): Promise<void> }>;
  /**
   * Joins the telephone's side of this call to that of another session of the same engine (a transfer inside the gateway);
   * the WebRTC sides are closed. Both go on taking offers and answers of their telephones, and each is closed by itself.
   */
  joinTelephones(other: MediaSession): Promise<void>;
  stats(): Promise<MediaStats>;
  /** Frees ports and memory. Idempotent. */
  close(): Promise<void>;
}

export interface MediaServerStatus {
  readonly name: string;
  /** `draining`: it keeps its calls and gets no new ones. */
  readonly state: 'up' | 'down' | 'draining';
  readonly sessions: number;
  /** In words, when there is anything to say. */
  readonly detail?: string;
}

export interface MediaEngine {
  readonly capabilities: MediaCapabilities;
  /**
   * Reserves what a call needs. The listener hears what happens to it until it is closed.
   * @throws MediaError `no-port-free` when all ports are in use, `engine-failed` when the engine is down or misconfigured
   */
  createSession(options: MediaSessionOptions, listener: MediaListener): Promise<MediaSession>;
  /** Sessions alive now, for health and tests. */
  readonly sessionCount: number;
  /** One for each server of the engine; the embedded one has itself alone. */
  readonly servers: readonly MediaServerStatus[];
  close(): Promise<void>;
}

export type MediaErrorCode =
  | 'malformed-sdp'
  | 'no-audio'
  | 'no-common-codec'
  | 'no-dtls'
  | 'srtp-required'
  | 'srtp-not-allowed'
  | 'no-port-free'
  | 'wrong-state'
  | 'not-supported'
  | 'engine-failed';

/** What is wrong with an SDP or with the engine; `message` is for administrators and names the line or the limit. */
export class MediaError extends Error {
  readonly code: MediaErrorCode;
  constructor(code: MediaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MediaError';
    this.code = code;
  }
}
