/**
 * All that is live in a gateway, of all kinds: calls out, calls in, and telephones that were put through to each other. What
 * decisions, transfers and administrators must know of it.
 */
import type { SipLeg } from '../../sip/index.ts';
import type { MatrixUserId, RoomId } from '../matrix/index.ts';
import type { Call } from './call.ts';
import type { CallDirectory } from './directory.ts';
import type { InboundCalls } from './inbound/index.ts';
import type { EndedCall, LiveCall } from './live-call.ts';
import type { Phase } from './machine.ts';
import type { LiveCounts } from './ports.ts';
import type { GatewayCause } from './reasons.ts';
import type { Pair } from './transfer/pair.ts';
import type { TransferableCall } from './transfer/transferable.ts';

interface Parts {
  readonly outbound: CallDirectory;
  /** Undefined where none are taken. */
  readonly inbound: () => InboundCalls | undefined;
  readonly pairs: () => readonly Pair[];
}

const talking: ReadonlySet<Phase> = new Set<Phase>(['talking', 'transferring', 'referred']);

export class LiveCalls {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    const { outbound, inbound, pairs } = this.#parts;
    return outbound.size + (inbound()?.size ?? 0) + pairs().length;
  }

  /** Without telephones that go on without a client. */
  get byPhase(): Readonly<Partial<Record<Phase, number>>> {
    const byPhase: Partial<Record<Phase, number>> = {};
    for (const { phase } of this.#calls()) byPhase[phase] = (byPhase[phase] ?? 0) + 1;
    return byPhase;
  }

  get list(): readonly LiveCall[] {
    return [...this.#calls(), ...this.#parts.pairs()].map(({ live }) => live);
  }

  /** Beside this call out, which is about to be made. */
  countsBeside(call: Call, caller: MatrixUserId, roomId: RoomId): LiveCounts {
    const { outbound, inbound } = this.#parts;
    const counts = outbound.countsBeside(call, caller, roomId);
    const callsIn = inbound();
    if (!callsIn) return counts;
    const { total, ofCaller, inRoom } = counts;
    return { total: total + callsIn.size, ofCaller, inRoom: inRoom + callsIn.talkingIn(roomId) };
  }

  /** For a call that a user makes without a room. */
  countsOf(user: MatrixUserId): LiveCounts {
    const live = this.list;
    const own = live.filter((call) => call.user === user && call.direction !== 'in');
    return { total: live.length, ofCaller: own.length, inRoom: 0 };
  }

  /** The one whose telephone this is, if both sides hear it. */
  talkingBy(leg: SipLeg): TransferableCall | undefined {
    return this.#talking().find(({ telephone }) => telephone.line?.leg === leg);
  }

  /** Whether this user talks to this ghost in another call. */
  isTalking(user: MatrixUserId, ghost: MatrixUserId, beside: TransferableCall): boolean {
    return this.#talking().some((call) => call !== beside && call.user === user && call.ghost === ghost);
  }

  /** At once, on all sides; the words for `cause` are said in its room. */
  end(callRef: string, cause: GatewayCause): EndedCall {
    const call = this.#calls().find(
      ({ live, telephone }) => live.callRef === callRef || telephone.line?.callRef === callRef,
    );
    if (call?.live.isEmergency) return 'emergency';
    const pair = call ? undefined : this.#parts.pairs().find((joined) => joined.isOf(callRef));
    call?.dispatch({ type: 'end-now', cause });
    pair?.end();
    return call || pair ? 'ended' : 'unknown';
  }

  #calls() {
    const { outbound, inbound } = this.#parts;
    return [...outbound, ...(inbound() ?? [])];
  }

  /** Calls that both sides hear. */
  #talking(): readonly TransferableCall[] {
    return this.#calls().filter(({ phase }) => talking.has(phase));
  }
}
