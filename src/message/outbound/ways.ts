/** The transports as texts see them: which can be used now, which is full, which asked for a pause. */
import type { Clock, StoredDelivery } from '../ports.ts';
import type { MessageTransport, TextFailure } from '../transport.ts';
import { Gate } from './gate.ts';
import type { OutboundPolicy } from './policy.ts';
import type { RouteFacts } from './state.ts';

interface Way {
  readonly transport: MessageTransport;
  readonly gate: Gate;
  /** The network asked for a pause until then. */
  pausedUntil: number;
  /** Lanes whose text is to go by it. */
  lanes: number;
  /** It takes no more lanes until half of them are done. */
  isFull: boolean;
}

export class Ways {
  readonly #ways = new Map<string, Way>();
  readonly #clock: Clock;
  /** One answer to one text must not silence a trunk for a day. */
  readonly #longestPauseMs: number;

  constructor(
    transports: readonly MessageTransport[],
    policy: Pick<OutboundPolicy, 'perSecond' | 'retry'>,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#longestPauseMs = policy.retry.longestMs;
    for (const transport of transports) {
      const gate = new Gate(transport.window, policy.perSecond?.get(transport.name), clock);
      this.#ways.set(transport.name, { transport, gate, pausedUntil: 0, lanes: 0, isFull: false });
    }
  }

  get(name: string): Pick<Way, 'transport' | 'gate'> | undefined {
    return this.#ways.get(name);
  }

  /** How each way of a text is now, in the order of its routes. */
  factsOf({ routes, text }: Pick<StoredDelivery, 'routes' | 'text'>): RouteFacts[] {
    return routes.map(({ transport: name }) => {
      const way = this.#ways.get(name);
      if (way === undefined) return { state: 'gone', knowsRepeats: false, parts: { mostCharacters: 0 } };
      const { transport, pausedUntil } = way;
      const cut = transport.cut(text);
      const parts = cut.kind === 'parts' ? cut.parts.length : { mostCharacters: cut.mostCharacters };
      const common = { knowsRepeats: transport.knowsRepeats, parts };
      if (pausedUntil > this.#clock.now()) return { ...common, state: 'down', resumesAt: pausedUntil };
      return { ...common, state: transport.state().state === 'down' ? 'down' : 'usable' };
    });
  }

  /** A lane is worked on whose text is to go by this transport. */
  began(name: string): void {
    const way = this.#ways.get(name);
    if (way === undefined) return;
    way.lanes += 1;
    // As many wait for their turn as may be under way: more would only be memory, and keep the lanes of others out.
    if (way.lanes >= 2 * Math.max(1, way.transport.window)) way.isFull = true;
  }

  /** The lane is left. @returns whether the transport, having been full, takes more */
  ended(name: string): boolean {
    const way = this.#ways.get(name);
    if (way === undefined) return false;
    way.lanes -= 1;
    if (!way.isFull || way.lanes > Math.max(1, way.transport.window)) return false;
    way.isFull = false;
    return true;
  }

  /** Those that take no more lanes for now. */
  full(): ReadonlySet<string> {
    const full = new Set<string>();
    for (const [name, { isFull }] of this.#ways) if (isFull) full.add(name);
    return full;
  }

  /** A network that says when to come back (503 with Retry-After, throttling) is left alone till then, by all texts. */
  failed(name: string, { isTrunkFault, kind, retryAfterMs }: TextFailure): void {
    const way = this.#ways.get(name);
    if (way === undefined || retryAfterMs === undefined || !(isTrunkFault || kind === 'throttled')) return;
    const pauseMs = Math.min(retryAfterMs, this.#longestPauseMs);
    way.pausedUntil = Math.max(way.pausedUntil, this.#clock.now() + pauseMs);
  }

  /** It is up again: what it asked for before that holds no more. */
  up(name: string): void {
    const way = this.#ways.get(name);
    if (way !== undefined) way.pausedUntil = 0;
  }

  shut(): void {
    for (const { gate } of this.#ways.values()) gate.shut();
  }
}
