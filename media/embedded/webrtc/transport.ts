/** The WebRTC side's transport: sockets, ICE, DTLS and SRTP of one call, all on one port (RFC 7983, RFC 8843). */

import type { RemoteInfo } from 'node:dgram';
import type { TurnServer } from '../../engine.ts';
import type { DtlsSetup, Fingerprint, LocalCandidate } from '../../sdp/index.ts';
import { isRtcp } from '../rtp/packet.ts';
import { isPrivateAddress, type SessionSettings } from '../settings.ts';
import { FORGED, SrtpReceiver, SrtpSender } from '../srtp/srtp.ts';
import { closeUdp } from '../udp.ts';
import { hostCandidates, MAX_REMOTE_CANDIDATES, readRemoteCandidate } from './candidates.ts';
import { type Certificate, DtlsSession } from './dtls.ts';
import { IceAgent, type MediaPath } from './ice-agent.ts';
import { type BoundSocket, bindAll } from './sockets.ts';
import { chooseTurn } from './turn.ts';

export interface WebRtcListener {
  rtp(packet: Buffer, length: number, nowMs: number): void;
  rtcp(packet: Buffer, length: number, nowMs: number): void;
  /** A packet that nobody with our keys has made. */
  foreign(): void;
  connected(): void;
  failed(why: 'ice' | 'dtls', reason: string): void;
  /** The client said good-bye (close_notify). */
  closed(): void;
}

export interface RemoteWebRtc {
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly iceLite: boolean;
  readonly fingerprints: readonly Fingerprint[];
}

export interface LocalIce {
  readonly ufrag: string;
  readonly pwd: string;
  readonly candidates: readonly LocalCandidate[];
}

const GATHER_LIMIT_MS = 2_000;
const MAX_VERIFIED = 32;

export class WebRtcTransport {
  readonly #sockets: readonly BoundSocket[];
  readonly #settings: SessionSettings;
  readonly #certificate: Certificate;
  readonly #listener: WebRtcListener;
  readonly #turn: TurnServer | undefined;
  readonly #verified = new Set<string>();
  #agent: IceAgent;
  #candidates: readonly LocalCandidate[] = [];
  /** The agent of an ICE restart, until it has connected. */
  #nextAgent: IceAgent | undefined;
  #dtls: DtlsSession | undefined;
  #path: MediaPath | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #state: 'new' | 'connecting' | 'connected' | 'failed' | 'closed' = 'new';
  #isIceUp = false;

  /**
   * Opens one socket for each bind address, all on the same port.
   * @throws PortInUseError, AddressNotAvailableError when none of the addresses is this machine's
   */
  static async open(options: {
    readonly settings: SessionSettings;
    readonly port: number;
    readonly certificate: Certificate;
    readonly turn: TurnServer | undefined;
    readonly listener: WebRtcListener;
  }): Promise<WebRtcTransport> {
    const sockets = await bindAll(options.settings.webrtcBindAddresses, options.port);
    return new WebRtcTransport(sockets, options);
  }

  private constructor(
    sockets: readonly BoundSocket[],
    options: {
      readonly settings: SessionSettings;
      readonly certificate: Certificate;
      readonly turn: TurnServer | undefined;
      readonly listener: WebRtcListener;
    },
  ) {
    this.#sockets = sockets;
    this.#settings = options.settings;
    this.#certificate = options.certificate;
    this.#turn = options.turn;
    this.#listener = options.listener;
    this.#agent = this.#createAgent();
    for (const bound of sockets) bound.socket.on('message', (data, from) => this.#onMessage(bound, data, from));
  }

  get fingerprint(): Fingerprint {
    return this.#certificate.fingerprint;
  }

  /** Credentials and candidates for the next description: those of a running ICE restart, if any. */
  get localIce(): LocalIce {
    const agent = this.#nextAgent ?? this.#agent;
    return { ufrag: agent.localUfrag, pwd: agent.localPwd, candidates: this.#candidates };
  }

  get isConnected(): boolean {
    return this.#state === 'connected';
  }

  /** Gathers our candidates: the sockets' addresses, and a relay when the settings ask for one. */
  async gather(): Promise<void> {
    const hosts = hostCandidates(this.#sockets, this.#settings.webrtcPublicAddresses);
    const { turn } = this.#settings;
    const isRelayWanted =
      turn === 'always' || (turn === 'auto' && hosts.every((candidate) => isPrivateAddress(candidate.ip)));
    const choice = isRelayWanted && this.#turn ? chooseTurn(this.#turn) : undefined;
    const agent = this.#nextAgent ?? this.#agent;
    this.#candidates = [...hosts, ...(await agent.gather(choice, GATHER_LIMIT_MS))];
  }

  /** The first offer is ours: we choose the path (RFC 8445 §6.1.1). A later ICE restart is the client's again. */
  becomeOfferer(): void {
    this.#agent.beControlling();
  }

  setRemote(remote: RemoteWebRtc): void {
    (this.#nextAgent ?? this.#agent).setRemote(remote.iceUfrag, remote.icePwd, remote.iceLite);
  }

  addCandidates(lines: readonly string[]): void {
    const agent = this.#nextAgent ?? this.#agent;
    for (const line of lines) {
      const candidate = readRemoteCandidate(line, agent.remoteUfrag);
      if (candidate) agent.addRemoteCandidate(candidate, MAX_REMOTE_CANDIDATES);
    }
  }

  /** The client has, or is about to get, our description: ICE and DTLS may begin. */
  start(setup: DtlsSetup, fingerprints: readonly Fingerprint[]): void {
    if (this.#state !== 'new') return;
    this.#state = 'connecting';
    this.#dtls = new DtlsSession({
      role: setup === 'active' ? 'client' : 'server',
      certificate: this.#certificate,
      fingerprints,
      send: (data) => this.#send(data, data.length),
      listener: {
        connected: (keys) => {
          this.#sender = new SrtpSender(keys.send);
          this.#receiver = new SrtpReceiver(keys.receive);
          this.#updateState();
        },
        failed: (reason) => this.#fail('dtls', reason),
        closed: () => this.#onClosed(),
      },
    });
    this.#armDeadline();
    this.#agent.start();
  }

  /** Begins an ICE restart (RFC 8445 §9): new credentials on the same sockets; media stays on the old path meanwhile. */
  beginRestart(): void {
    void this.#nextAgent?.close();
    this.#nextAgent = this.#createAgent();
  }

  /** The client gets our answer to its ICE restart now. */
  startRestart(): void {
    this.#nextAgent?.start();
    this.#armDeadline();
  }

  sendRtp(packet: Buffer, length: number): void {
    if (!this.#sender) return;
    const bytes = this.#sender.protectRtp(packet, length);
    if (bytes > 0) this.#send(packet, bytes);
  }

  sendRtcp(packet: Buffer, length: number): void {
    if (!this.#sender) return;
    const bytes = this.#sender.protectRtcp(packet, length);
    if (bytes > 0) this.#send(packet, bytes);
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#deadline);
    this.#dtls?.close();
    // A relay is given back before the socket goes.
    await Promise.allSettled([this.#agent.close(), this.#nextAgent?.close()]);
    for (const { socket } of this.#sockets) closeUdp(socket);
  }

  #createAgent(): IceAgent {
    const agent: IceAgent = new IceAgent(this.#sockets, {
      connected: () => this.#onIceConnected(agent),
      failed: () => this.#onIceFailed(agent),
      relayed: (packet) => this.#onRelayed(packet),
    });
    return agent;
  }

  #onIceConnected(agent: IceAgent): void {
    if (this.#state === 'closed') return;
    if (agent === this.#nextAgent) {
      void this.#agent.close();
      this.#agent = agent;
      this.#nextAgent = undefined;
    } else if (agent !== this.#agent) {
      return;
    }
    this.#path = agent.path;
    if (!this.#isIceUp) {
      this.#isIceUp = true;
      this.#dtls?.start();
    }
    this.#updateState();
  }

  #onIceFailed(agent: IceAgent): void {
    if (agent === this.#nextAgent) {
      this.#fail('ice', 'the ICE restart found no path to the client');
    } else if (agent === this.#agent && !this.#nextAgent) {
      this.#fail('ice', 'the client does not answer any more (consent expired)');
    }
  }

  /** Up when ICE, DTLS and, during a restart, the new path are up. */
  #updateState(): void {
    if (!this.#isIceUp || !this.#sender || this.#nextAgent) return;
    clearTimeout(this.#deadline);
    if (this.#state !== 'connecting') return;
    this.#state = 'connected';
    this.#listener.connected();
  }

  #armDeadline(): void {
    clearTimeout(this.#deadline);
    const ms = this.#settings.connectTimeoutMs;
    this.#deadline = setTimeout(() => {
      if (this.#isIceUp && !this.#nextAgent) this.#fail('dtls', `no DTLS within ${ms} ms`);
      else this.#fail('ice', `no path to the client found within ${ms} ms`);
    }, ms);
  }

  #fail(why: 'ice' | 'dtls', reason: string): void {
    if (this.#state === 'closed' || this.#state === 'failed') return;
    this.#state = 'failed';
    clearTimeout(this.#deadline);
    this.#listener.failed(why, reason);
  }

  #onClosed(): void {
    if (this.#state !== 'closed' && this.#state !== 'failed') this.#listener.closed();
  }

  #onMessage(bound: BoundSocket, data: Buffer, from: RemoteInfo): void {
    const first = data[0] as number;
    if (first >= 128 && first <= 191) {
      this.#onMedia(data);
    } else if (first < 4) {
      this.#onStun(bound, data, from);
    } else if (first >= 20 && first <= 63 && this.#verified.has(`${from.address} ${from.port}`)) {
      this.#dtls?.receive(data);
    }
  }

  #onRelayed(packet: Buffer): void {
    const first = packet[0] as number;
    if (first >= 128 && first <= 191) this.#onMedia(Buffer.from(packet));
    else if (first >= 20 && first <= 63) this.#dtls?.receive(packet);
  }

  #onStun(bound: BoundSocket, data: Buffer, from: RemoteInfo): void {
    for (const agent of [this.#agent, this.#nextAgent]) {
      if (!agent?.receiveStun(bound, data, from.address, from.port)) continue;
      if (this.#verified.size < MAX_VERIFIED) this.#verified.add(`${from.address} ${from.port}`);
      // Until ICE has settled, the last address that proved itself will do: the client's DTLS may come any moment.
      this.#path ??= { kind: 'direct', socket: bound.socket, host: from.address, port: from.port };
    }
  }

  #onMedia(data: Buffer): void {
    if (!this.#receiver || data.length < 12) return;
    if (isRtcp(data)) {
      const length = this.#receiver.unprotectRtcp(data, data.length);
      if (length > 0) this.#listener.rtcp(data, length, performance.now());
      return;
    }
    const length = this.#receiver.unprotectRtp(data, data.length);
    if (length > 0) this.#listener.rtp(data, length, performance.now());
    else if (length === FORGED) this.#listener.foreign();
  }

  #send(packet: Buffer, length: number): void {
    const path = this.#path;
    if (!path || this.#state === 'closed') return;
    if (path.kind === 'direct') path.socket.send(packet, 0, length, path.port, path.host);
    else path.send(Buffer.from(packet.subarray(0, length)));
  }
}
