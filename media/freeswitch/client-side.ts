/** The WebRTC half of a session: what was offered and answered, and the channel behind it. */

import { randomBytes } from 'node:crypto';
import { type Direction, type IceCandidate, MediaError, type RtpCodec } from '../engine.ts';
import { answerDirection, intersect, isSending, reverse } from '../sdp/index.ts';
import { Leg, type LegHost, type LegListener } from './leg.ts';
import {
  CLIENT_CODECS,
  type ClientDescription,
  clientForFreeswitch,
  freeswitchForClient,
  OUR_OFFER_LINES,
  readClient,
} from './sdp/client.ts';
import { addressOf } from './sdp/telephone.ts';

const MAX_TRICKLED = 100;

export class ClientSide {
  readonly #host: LegHost;
  readonly #listener: LegListener;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #sessionId = sessionId();
  readonly #begun: (uuid: string) => void;
  #version = 0;
  #trickled: string[] = [];
  #preferred: RtpCodec | undefined;
  #offer: { readonly sdp: string; readonly client: ClientDescription } | undefined;
  #client: ClientDescription | undefined;
  #lines = OUR_OFFER_LINES;
  #audioIndex = 0;
  #isOurOffer = false;
  /** FreeSWITCH began the DTLS handshake. */
  #isServerActive = false;
  #wanted: Direction = 'sendrecv';
  leg: Leg | undefined;

  /** @param begun hears of the channel before anything can happen to it */
  constructor(
    host: LegHost,
    headers: Readonly<Record<string, string>>,
    listener: LegListener,
    begun: (uuid: string) => void,
  ) {
    this.#host = host;
    this.#headers = headers;
    this.#listener = listener;
    this.#begun = begun;
  }

  get codecs(): readonly RtpCodec[] {
    return (this.#client ?? this.#offer?.client)?.formats.codecs.map((entry) => entry.codec) ?? [];
  }

  get isAgreed(): boolean {
    return this.#client !== undefined;
  }

  acceptOffer(sdp: string): void {
    if (this.#offer || this.leg)
      throw new MediaError('wrong-state', 'the session already has an offer of the client, or one of ours to it');
    this.#offer = { sdp, client: readClient(sdp) };
  }

  /** Candidates after our answer are of no use any more: FreeSWITCH sees where the client's checks come from. */
  addCandidates(candidates: readonly IceCandidate[]): void {
    const lines = candidates.map((entry) => entry.candidate).filter((line) => typeof line === 'string' && line !== '');
    this.#trickled.push(...lines.slice(0, MAX_TRICKLED - this.#trickled.length));
  }

  /** @param preferred the codec of the telephone, when that is settled */
  async createAnswer(preferred: RtpCodec | undefined): Promise<string> {
    this.#preferred = preferred;
    const offer = this.#offer;
    if (!offer) throw new MediaError('wrong-state', 'the client has made no offer yet');
    if (this.leg) throw new MediaError('wrong-state', 'the offer of the client has been answered already');
    const { client } = offer;
    const toServer = this.#forServer(offer.sdp, client, intersect(client.direction, reverse(this.#wanted)));
    this.leg = await Leg.answering(this.#host, 'webrtc', toServer, this.#headers, this.#listener, this.#begun);
    this.#isServerActive = client.setup === 'passive';
    this.#client = client;
    this.#lines = client.lines;
    this.#audioIndex = client.audioIndex;
    return this.#forClient(answerDirection(client.direction, this.#wanted));
  }

  /** @param preferred the codec of the telephone, so that the last resort of a client is what needs no transcoding */
  async createOffer(preferred: RtpCodec | undefined): Promise<string> {
    this.#preferred = preferred;
    if (this.#offer || this.leg) throw new MediaError('wrong-state', 'the client has an offer already, or made one');
    const g711 = (codec: RtpCodec) => codec !== 'opus' && codec !== 'G722';
    const codecs = [...CLIENT_CODECS].sort((a, b) =>
      g711(a) && g711(b) ? Number(b === preferred) - Number(a === preferred) : 0,
    );
    const variables = {
      media_webrtc: 'true',
      rtp_secure_media: 'forbidden',
      absolute_codec_string: codecs.join(','),
      ...channelVariables(this.#headers),
    };
    this.#isOurOffer = true;
    this.leg = await Leg.offering(this.#host, variables, this.#listener, this.#begun);
    return this.#forClient(this.#wanted, 'actpass');
  }

  async acceptAnswer(sdp: string): Promise<void> {
    if (!this.#isOurOffer || !this.leg) throw new MediaError('wrong-state', 'there is no offer of ours to the client');
    if (this.#client) throw new MediaError('wrong-state', 'the answer of a client has been taken already');
    const client = readClient(sdp);
    this.#isServerActive = client.setup === 'passive';
    this.#client = client;
    await this.leg.answer(this.#forServer(sdp, client, intersect(client.direction, reverse(this.#wanted))));
  }

  async renegotiate(sdp: string): Promise<{ sdp: string; direction: Direction; iceRestart: boolean }> {
    const before = this.#requireClient();
    const client = readClient(sdp);
    const iceRestart = client.iceUfrag !== before.iceUfrag || client.icePwd !== before.icePwd;
    if (iceRestart) this.#trickled = [];
    await this.#modify(sdp, client);
    this.#client = client;
    this.#lines = client.lines;
    this.#audioIndex = client.audioIndex;
    const direction = answerDirection(client.direction, this.#wanted);
    return { sdp: this.#forClient(direction), direction, iceRestart };
  }

  createReoffer(direction: Direction): string {
    this.#requireClient();
    this.#wanted = direction;
    return this.#forClient(direction, 'actpass');
  }

  async acceptReanswer(sdp: string): Promise<void> {
    this.#requireClient();
    const client = readClient(sdp);
    await this.#modify(sdp, client);
    this.#client = client;
  }

  async close(): Promise<void> {
    await this.leg?.close();
  }

  async #modify(sdp: string, client: ClientDescription): Promise<void> {
    const direction = intersect(client.direction, reverse(this.#wanted));
    // Who is on hold, or was put on hold, need not send anything.
    const timeoutMs = isSending(direction) ? Number(this.#headers['X-Media-Timeout'] ?? 0) : 0;
    await this.#requireLeg().modify(this.#forServer(sdp, client, direction), timeoutMs);
  }

  #forServer(sdp: string, client: ClientDescription, direction: Direction): string {
    return clientForFreeswitch(sdp, client, {
      origin: { sessionId: this.#sessionId, version: ++this.#version, address: '127.0.0.1' },
      direction,
      trickled: this.#trickled,
      preferred: this.#preferred,
      // A browser's handshake comes as soon as it can; FreeSWITCH's first packets would be lost on one that is not ready.
      setup: this.#isServerActive ? 'passive' : 'active',
    });
  }

  #forClient(direction: Direction, setup?: 'actpass'): string {
    const { description } = this.#requireLeg();
    return freeswitchForClient(description, this.#lines, this.#audioIndex, {
      origin: { sessionId: this.#sessionId, version: ++this.#version, address: addressOf(description) },
      direction,
      ...(setup && { setup }),
    });
  }

  #requireClient(): ClientDescription {
    if (!this.#client) throw new MediaError('wrong-state', "the client's first offer has not been answered yet");
    return this.#client;
  }

  #requireLeg(): Leg {
    if (!this.leg) throw new MediaError('wrong-state', 'there is no channel for the client');
    return this.leg;
  }
}

/** What a channel that answers is told by headers, one that offers is told by variables. */
export function channelVariables(headers: Readonly<Record<string, string>>): Record<string, string> {
  return {
    media_timeout: headers['X-Media-Timeout'] ?? '0',
    park_after_bridge: 'true',
    hangup_after_bridge: 'false',
    // A side that is silent must not leave the other without packets.
    bridge_generate_comfort_noise: 'true',
    rtcp_audio_interval_msec: '5000',
  };
}

export function sessionId(): string {
  return BigInt.asUintN(62, randomBytes(8).readBigUInt64BE()).toString();
}
