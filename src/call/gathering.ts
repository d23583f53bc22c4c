/**
 * For media engines that take no candidates once they have an offer or answer: waits for those that the client sends after it
 * and puts them into its SDP. Clients need not say when they have sent all, so a pause counts as the end of them.
 */
import type { IceCandidate } from '../../media/index.ts';
import type { Clock } from './ports.ts';

/** Browsers send what they have within 150 ms. */
const quietMs = 400;
/** A client whose SDP already names candidates may have nothing to add. */
const quietWithSomeMs = 200;
const mostMs = 1_500;

export class Gathering {
  readonly #clock: Clock;
  readonly #candidates: IceCandidate[];
  readonly #sdp: string;
  readonly #done = Promise.withResolvers<string>();
  readonly #stopAtLast: () => void;
  #stopQuiet: () => void = () => undefined;
  #isOver = false;

  /** @param candidates those that came ahead of the SDP */
  constructor(clock: Clock, sdp: string, candidates: readonly IceCandidate[]) {
    this.#clock = clock;
    this.#sdp = sdp;
    this.#candidates = [...candidates];
    this.#stopAtLast = clock.after(mostMs, () => this.finish());
    if (/^a=end-of-candidates/m.test(sdp)) this.finish();
    else this.#look();
  }

  /** Settles with the SDP and all that came. */
  get done(): Promise<string> {
    return this.#done.promise;
  }

  /** @returns false when it is too late for them */
  add(candidates: readonly IceCandidate[]): boolean {
    if (this.#isOver) return false;
    this.#candidates.push(...candidates);
    this.#look();
    return true;
  }

  /** What has come is all there is. Idempotent. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopAtLast();
    this.#stopQuiet();
    this.#done.resolve(withCandidates(this.#sdp, this.#candidates));
  }

  #look(): void {
    this.#stopQuiet();
    if (this.#candidates.some(({ candidate }) => candidate === '')) {
      this.finish();
      return;
    }
    const has = /^a=candidate:/m.test(this.#sdp);
    this.#stopQuiet = this.#clock.after(has ? quietWithSomeMs : quietMs, () => this.finish());
  }
}

/** All media of a call share the transport of the first (BUNDLE), so its candidates are all that count. */
export function withCandidates(sdp: string, candidates: readonly IceCandidate[]): string {
  const lines = candidates.flatMap(({ candidate, sdpMLineIndex = 0 }) => {
    const text = candidate.replace(/^a=/, '');
    // A line break in a candidate would be a line of its own.
    return sdpMLineIndex === 0 && /^candidate:[\x20-\x7e]+$/.test(text) ? [`a=${text}\r\n`] : [];
  });
  const fresh = [...new Set(lines)].filter((line) => !sdp.includes(line.trimEnd()));
  if (fresh.length === 0) return sdp;
  const first = sdp.search(/^m=/m);
  const second = sdp.slice(first + 2).search(/^m=/m);
  const at = first < 0 || second < 0 ? sdp.length : first + 2 + second;
  const head = sdp.slice(0, at);
  return `${head}${head.endsWith('\n') ? '' : '\r\n'}${fresh.join('')}${sdp.slice(at)}`;
}
