import type { SipMessage, SipParseError, TransportName } from '../../message/index.ts';

/** A place that we listen at or send from, as the far side shall see it. */
export interface LocalPoint {
  readonly transport: TransportName;
  /** The bound address. */
  readonly host: string;
  /** The bound port; 0 when nothing listens (outgoing connections only). */
  readonly port: number;
  /** For Via and Contact; an IPv6 address in brackets. */
  readonly advertisedHost: string;
  readonly advertisedPort: number;
}

/** Where a message goes: an address, never a name. */
export interface Target {
  readonly transport: TransportName;
  /** IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
  /** For TLS: the name that the certificate must be for (RFC 5922 §7) and that SNI asks for. */
  readonly serverName?: string;
  /** The URI asked for this transport by name: a large request does not go by another. */
  readonly pinned?: boolean;
}

/** A way to one peer: a UDP address pair or a connection. */
export interface Flow {
  readonly transport: TransportName;
  /** Nothing is lost or reordered: TCP, TLS. */
  readonly reliable: boolean;
  readonly local: LocalPoint;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Of a TLS connection of ours: the name that its certificate was checked for. */
  readonly serverName?: string | undefined;
  /** Of a connection: whether it was made, so that what was given to it may have arrived, even when it broke later. */
  readonly opened?: boolean;
  /** Of a connection: whether it can no longer be used. */
  readonly closed?: boolean;
  /** Of a connection: keeps it open while idle, until the returned function is called. */
  hold?(): () => void;
  /** Of a connection: tells once when it is over. @returns what ends the watch */
  watch?(over: (error: Error) => void): () => void;
  /** On UDP, when no response comes: finds out whether anybody listens there. @returns what ends the question */
  probe?(refused: (error: Error) => void): () => void;
  /**
   * Hands the bytes to the system.
   * @param onError called at most once, never before this returned, when they cannot have arrived
   */
  send(bytes: Buffer, onError: (error: Error) => void): void;
}

/** What came in. */
export type Arrival =
  | { readonly type: 'message'; readonly message: SipMessage; readonly bytes: number; readonly flow: Flow }
  /** Something that cannot be understood; the error may hold a request that wants an answer. */
  | { readonly type: 'invalid'; readonly error: SipParseError; readonly flow: Flow };

/** An IPv4 address that came in on an IPv6 socket is shown as what it is. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
