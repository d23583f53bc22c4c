/**
 * One generation of ICE (RFC 8445) on the sockets of a call: werift's agent, given sockets of ours instead of opening its own.
 * That way one port a call serves ICE, DTLS and media, its addresses are those of the settings, an ICE restart keeps
 * the sockets, and media packets never pass through the agent.
 */

import type { Socket } from 'node:dgram';
import {
  type Address,
  Candidate,
  CandidatePairState,
  Connection,
  type Protocol,
  parseMessage,
  StunProtocol,
} from 'werift';
import type { LocalCandidate } from '../../sdp/index.ts';
import type { BoundSocket } from './sockets.ts';
import type { TurnChoice } from './turn.ts';

/** Where media goes: straight from a socket, or through the relay. */
export type MediaPath =
  | { readonly kind: 'direct'; readonly socket: Socket; readonly host: string; readonly port: number }
  | { readonly kind: 'relay'; readonly send: (packet: Buffer) => void };

export interface IceAgentListener {
  connected(): void;
  /** Consent expired (RFC 7675), or the checks cannot go on. */
  failed(): void;
  /** DTLS or media that came through the relay. */
  relayed(packet: Buffer): void;
}

/** The parts of werift's agent that it keeps to itself but that a host application's sockets need. */
interface ConnectionInternals {
  protocols: Protocol[];
  ensureProtocol(protocol: Protocol): void;
}

/** The part of werift's UDP transport that its STUN protocol uses. */
class SocketTransport {
  readonly type = 'udp';
  readonly addressFamily: 4 | 6;
  closed = false;
  onData: (data: Buffer, address: Address) => void = () => {};
  readonly #bound: BoundSocket;

  constructor(bound: BoundSocket) {
    this.#bound = bound;
    this.addressFamily = bound.address.includes(':') ? 6 : 4;
  }

  get address(): { address: string; port: number; family: string } {
    return { address: this.#bound.address, port: this.#bound.port, family: this.addressFamily === 6 ? 'IPv6' : 'IPv4' };
  }

  send = async (data: Buffer, address?: Address): Promise<void> => {
    if (!address || this.closed) return;
    this.#bound.socket.send(data, 0, data.length, address[1], address[0]);
  };

  /** The socket is the call's, not the agent's. */
  close = async (): Promise<void> => {
    this.closed = true;
  };
}

const STUN_REQUEST = 0x0000;
const USE_CANDIDATE = 'USE-CANDIDATE';

export class IceAgent {
  readonly #connection: Connection;
  readonly #transports = new Map<Socket, { transport: SocketTransport; protocol: StunProtocol }>();
  readonly #listener: IceAgentListener;
  #isStarted = false;
  #remoteCandidates = 0;
  #remoteUfrag = '';

  constructor(sockets: readonly BoundSocket[], listener: IceAgentListener) {
    this.#listener = listener;
    // werift would gather by itself, and ask a public STUN server, for every address that it finds.
    this.#connection = new Connection(false, { useIpv4: false, useIpv6: false });
    const internals = this.#connection as unknown as ConnectionInternals;
    for (const bound of sockets) {
      const transport = new SocketTransport(bound);
      const protocol = new StunProtocol();
      protocol.transport = transport as unknown as StunProtocol['transport'];
      protocol.localIp = bound.address;
      protocol.localCandidate = new Candidate('1', 1, 'udp', 0x7effffff, bound.address, bound.port, 'host');
      // What `connectionMade` would do for a socket of the agent's own.
      const receiver = protocol as unknown as { datagramReceived(data: Buffer, address: Address): void };
      transport.onData = (data, address) => receiver.datagramReceived(data, address);
      internals.ensureProtocol(protocol);
      internals.protocols.push(protocol);
      this.#transports.set(bound.socket, { transport, protocol });
    }
    this.#connection.onData.subscribe((data) => this.#listener.relayed(data));
    this.#connection.stateChanged.subscribe((state) => {
      if (state === 'connected') this.#listener.connected();
      else if (state === 'failed') this.#listener.failed();
    });
  }

  get localUfrag(): string {
    return this.#connection.localUsername;
  }

  get localPwd(): string {
    return this.#connection.localPassword;
  }

  /** Asks the TURN server, if any, for a relay; resolves with its candidate, or after `limitMs` without. */
  async gather(turn: TurnChoice | undefined, limitMs: number): Promise<LocalCandidate[]> {
    if (turn) {
      this.#connection.setIceServers({
        turnServer: [turn.host, turn.port],
        turnUsername: turn.username,
        turnPassword: turn.password,
        turnTransport: turn.transport,
      });
    }
    const limit = turn ? timeLimit(limitMs) : undefined;
    await Promise.race([this.#connection.gatherCandidates(), ...(limit ? [limit.expired] : [])]);
    limit?.clear();
    return this.#connection.localCandidates
      .filter((candidate) => candidate.type === 'relay')
      .map((candidate) => ({
        foundation: candidate.foundation,
        priority: candidate.priority,
        ip: candidate.host,
        port: candidate.port,
        type: 'relay' as const,
        ...(candidate.relatedAddress !== undefined && { relatedAddress: candidate.relatedAddress }),
        ...(candidate.relatedPort !== undefined && { relatedPort: candidate.relatedPort }),
      }));
  }

  /** Before the checks begin: the offer is ours, so we nominate. */
  beControlling(): void {
    this.#connection.iceControlling = true;
  }

  setRemote(ufrag: string, pwd: string, isLite: boolean): void {
    this.#remoteUfrag = ufrag;
    // RFC 8445 §6.1.1: a lite agent is always the controlled one.
    if (isLite) this.#connection.iceControlling = true;
    this.#connection.setRemoteParams({ iceLite: isLite, usernameFragment: ufrag, password: pwd });
  }

  get remoteUfrag(): string {
    return this.#remoteUfrag;
  }

  addRemoteCandidate(candidate: Candidate, limit: number): void {
    if (++this.#remoteCandidates > limit) return;
    this.#connection.addRemoteCandidate(candidate).catch(() => {});
  }

  /** Begins the checks. The end of the client's candidates is never declared: a peer-reflexive one may still come. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#connection.connect().catch(() => {
      if (this.#connection.state !== 'closed') this.#listener.failed();
    });
  }

  /**
   * Takes a STUN packet from a socket. Requests must carry our credentials (RFC 8445 §7.3); werift itself does not check.
   * Nor does it look whose they are: every client that got our offer knows our half of them, and all of them may check,
   * but only the one whose answer was taken is the peer.
   * @returns whether it proved that the client is at that address
   */
  receiveStun(bound: BoundSocket, data: Buffer, host: string, port: number): boolean {
    const entry = this.#transports.get(bound.socket);
    if (!entry || entry.transport.closed) return false;
    if (!isRequest(data)) {
      entry.transport.onData(data, [host, port]);
      return false;
    }
    const message = parseMessage(data, Buffer.from(this.localPwd, 'utf8'));
    if (!message || !this.#isForUs(message.getAttributeValue('USERNAME'))) return false;
    entry.transport.onData(data, [host, port]);
    if (message.attributesKeys.includes(USE_CANDIDATE)) this.#followNomination(entry.protocol, host, port);
    return true;
  }

  /** The path that ICE has settled on. */
  get path(): MediaPath | undefined {
    const pair = this.#connection.nominated;
    if (!pair) return undefined;
    const [host, port] = pair.remoteAddr;
    for (const [socket, { protocol }] of this.#transports) {
      if (pair.protocol === protocol) return { kind: 'direct', socket, host, port };
    }
    const { protocol } = pair;
    return { kind: 'relay', send: (packet) => void protocol.sendData(packet, [host, port]).catch(() => {}) };
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #isForUs(username: unknown): boolean {
    // RFC 8445 §7.2.2: `<ours>:<theirs>`. Without an answer there is nobody to hear yet; clients repeat their checks.
    return this.#remoteUfrag !== '' && username === `${this.localUfrag}:${this.#remoteUfrag}`;
  }

  /**
   * A controlling browser may nominate another pair later, when a better network appears (it checks each with
   * USE-CANDIDATE); werift stays on the first one until a restart.
   */
  #followNomination(protocol: StunProtocol, host: string, port: number): void {
    const current = this.#connection.nominated;
    if (!current || this.#connection.iceControlling) return;
    const pair = this.#connection.checkList.find(
      (candidate) =>
        candidate.protocol === protocol && candidate.remoteAddr[0] === host && candidate.remoteAddr[1] === port,
    );
    if (!pair || pair === current || pair.state !== CandidatePairState.SUCCEEDED) return;
    this.#connection.nominated = pair;
    this.#listener.connected();
  }
}

function isRequest(data: Buffer): boolean {
  return data.length >= 20 && (data.readUInt16BE(0) & 0x0110) === STUN_REQUEST;
}

function timeLimit(ms: number): { readonly expired: Promise<void>; readonly clear: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return { expired, clear: () => clearTimeout(timer) };
}
