/**
 * Who may send us RTP, and where ours goes: symmetric RTP (RFC 4961) with a source check.
 *
 * The description names an address, but behind a NAT the packets come from another one. So the first source that is
 * plausible is latched: the named address at once; another port of the named host at once too (a NAT rewrote it);
 * another host only when it keeps sending consecutive packets while nothing comes from the named one. After that only
 * the latched and the named address are heard. A new description opens the latch again.
 */

/** Consecutive packets that a source at another host must send to be believed. */
const PROBATION_PACKETS = 4;

export class Latch {
  /** Where to send; undefined while no description was given. */
  host: string | undefined;
  port = 0;
  foreign = 0;
  #namedHost: string | undefined;
  #namedPort = 0;
  #open = true;
  #candidateHost = '';
  #candidatePort = 0;
  #candidateSequence = 0;
  #candidateCount = 0;

  /** A new description. An unchanged address keeps a latched source: a session refresh moves no media. */
  expect(host: string, port: number): void {
    if (host === this.#namedHost && port === this.#namedPort) return;
    this.#namedHost = host;
    this.#namedPort = port;
    this.host = host;
    this.port = port;
    this.#open = true;
    this.#candidateCount = 0;
  }

  /** Forgets the peer: another call attempt begins, and what the last one's peer still sends is foreign. */
  reset(): void {
    this.host = undefined;
    this.#namedHost = undefined;
    this.reopen();
  }

  /** Opens the latch though the address is unchanged: another fork or a new dialog speaks now. */
  reopen(): void {
    this.#open = true;
    this.#candidateCount = 0;
  }

  /** Whether a packet from there is the peer's. Latches on the way. */
  accept(host: string, port: number, sequence: number): boolean {
    if (!this.#open && host === this.host && port === this.port) return true;
    if (this.#namedHost === undefined) return this.#refuse();
    if (host === this.#namedHost && port === this.#namedPort) return this.#latch(host, port);
    if (!this.#open) return this.#refuse();
    if (host === this.#namedHost) return this.#latch(host, port);
    return this.#probe(host, port, sequence) ? this.#latch(host, port) : this.#refuse();
  }

  /** RTCP comes from the host that RTP comes from, or from the named one; its port may be any. */
  acceptsHost(host: string): boolean {
    return host === this.host || host === this.#namedHost;
  }

  get isLatched(): boolean {
    return !this.#open;
  }

  #latch(host: string, port: number): true {
    this.host = host;
    this.port = port;
    this.#open = false;
    return true;
  }

  #refuse(): false {
    this.foreign++;
    return false;
  }

  #probe(host: string, port: number, sequence: number): boolean {
    const follows =
      host === this.#candidateHost &&
      port === this.#candidatePort &&
      sequence === ((this.#candidateSequence + 1) & 0xffff);
    this.#candidateCount = follows ? this.#candidateCount + 1 : 1;
    this.#candidateHost = host;
    this.#candidatePort = port;
    this.#candidateSequence = sequence;
    return this.#candidateCount >= PROBATION_PACKETS;
  }
}
