/** One Matrix call in one room, as it runs: finds the room, rings it, stops, and is on record as long as anybody there may ring. */
import type {
  CallId,
  CallingParty,
  CallRoomFailure,
  CallRooms,
  CallSignalling,
  HangupReason,
  MatrixUserId,
  RingRoom,
  RingTarget,
} from '../../matrix/index.ts';
import type { CallEvent } from '../machine.ts';
import { CallEventsLeg, type MatrixLeg } from '../matrix-leg.ts';
import type { CallJournal } from '../ports.ts';
import type { CallRecord } from '../record.ts';
import type { InboundEvent } from './events.ts';

export interface RingParts {
  readonly callRef: string;
  readonly ownParty: string;
  readonly caller: CallingParty;
  /** What is said to whoever misses the call. */
  readonly missed: string;
  readonly rooms: CallRooms;
  readonly signalling: CallSignalling;
  readonly journal: CallJournal;
  readonly now: () => number;
  /** Whose call there is in the room already. */
  readonly takenBy: (room: RingRoom) => TakenBy | undefined;
  /** From now on what is said in the room under this call ID is ours. */
  readonly onRoom: (ring: RingRun, room: RingRoom) => void;
  readonly emit: (event: InboundEvent) => void;
  readonly onTrouble: (error: unknown, what: string) => void;
}

/** `this-call`: two of a call's targets share a room. */
export type TakenBy = 'this-call' | 'another-call';

export class RingRun {
  readonly id: number;
  readonly target: RingTarget;
  /** Of this Matrix call; names it in the journal, too. */
  readonly callId: CallId;
  readonly #parts: RingParts;
  readonly #stop = new AbortController();
  #room: RingRoom | undefined;
  #leg: MatrixLeg | undefined;
  #onRecord: Promise<boolean> = Promise.resolve(false);
  #isInvited = false;

  constructor(id: number, target: RingTarget, parts: RingParts) {
    this.id = id;
    this.target = target;
    this.callId = `${parts.callRef}-${id}` as CallId;
    this.#parts = parts;
  }

  get room(): RingRoom | undefined {
    return this.#room;
  }

  /** The invite is on its way: before that nobody can know of the call. */
  get isInvited(): boolean {
    return this.#isInvited;
  }

  get leg(): MatrixLeg | undefined {
    return this.#leg;
  }

  /** The one who rings, when it is one. */
  get user(): MatrixUserId | undefined {
    return this.target.kind === 'user' ? this.target.user : this.#room?.invitee;
  }

  async seek(): Promise<void> {
    const { rooms, caller, emit, takenBy, onRoom } = this.#parts;
    try {
      const room = await rooms.ringRoom(this.target, caller, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      const by = takenBy(room);
      if (by === 'this-call') {
        this.#unreachable('not-joined', new Error('its room rings already, for another target of the call'));
        return;
      }
      this.#room = room;
      this.#leg = this.#makeLeg(room);
      if (by === undefined) onRoom(this, room);
      emit({ type: 'ring-room', ring: this.id, isBusy: by === 'another-call' });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#unreachable(codeOf(error), error);
    }
  }

  /** On record before anybody rings, so that a restart can stop it. */
  invite(sdp: string, lifetimeMs: number): void {
    const { journal, emit } = this.#parts;
    const room = this.#room;
    const leg = this.#leg;
    if (!room || !leg) return;
    this.#onRecord = journal.opened(this.#entry(room)).then(
      () => true,
      (error: unknown) => {
        this.#unreachable('homeserver', error);
        return false;
      },
    );
    void this.#onRecord.then((isOnRecord) => {
      if (!isOnRecord || this.#stop.signal.aborted) return;
      this.#isInvited = true;
      const { invitee } = room;
      leg.invite(
        { sdp, lifetimeMs, ...(invitee === undefined ? {} : { invitee }) },
        () => emit({ type: 'ring-sent', ring: this.id }),
        this.#stop.signal,
      );
    });
  }

  /** Rings no longer. `reason`: told to whoever rings; undefined where they know. */
  end(reason: HangupReason | undefined): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    if (reason !== undefined && this.#isInvited) this.#leg?.finish('hangup', reason);
  }

  /** Settles when all is said; then the entry goes, as from then on nobody rings. */
  async close(record: CallRecord | undefined): Promise<void> {
    this.#stop.abort();
    const isOnRecord = await this.#onRecord;
    await this.#leg?.idle;
    if (!isOnRecord) return;
    const { journal, onTrouble } = this.#parts;
    await journal.closed(this.callId, record).catch((error: unknown) => {
      onTrouble(error, 'the call journal could not be written');
    });
  }

  #makeLeg({ roomId, ghost }: RingRoom): MatrixLeg {
    const { signalling, journal, ownParty, onTrouble } = this.#parts;
    return new CallEventsLeg({
      signalling,
      journal,
      callRef: this.callId,
      address: { roomId, ghost, callId: this.callId, partyId: ownParty, version: '1' },
      emit: (event) => this.#emit(event),
      onJournalTrouble: (error) => onTrouble(error, 'the call journal could not be written'),
    });
  }

  #emit(event: CallEvent): void {
    if (event.type !== 'matrix-send-failed' || event.what !== 'invite') this.#parts.emit(event);
    else if (!this.#stop.signal.aborted) this.#unreachable('homeserver', new Error(event.message));
  }

  #entry({ roomId, ghost }: RingRoom) {
    const { callRef, ownParty, missed, now } = this.#parts;
    const { callId, user } = this;
    return {
      callRef: callId,
      roomId,
      callId,
      ghost,
      ...(user === undefined ? {} : { caller: user }),
      partyId: ownParty,
      version: '1',
      openedAt: Math.round(now()),
      matrixAnswered: false,
      inbound: { callRef, missed },
    } as const;
  }

  #unreachable(code: CallRoomFailure, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#parts.emit({ type: 'ring-unreachable', ring: this.id, code, message });
  }
}

const failures: ReadonlySet<string> = new Set<CallRoomFailure>([
  'no-such-user',
  'no-such-room',
  'not-joined',
  'encrypted',
  'homeserver',
]);

/** By name and not by class, as a port's implementation may come from elsewhere; what is none of these is the homeserver's. */
function codeOf(error: unknown): CallRoomFailure {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && failures.has(code) ? (code as CallRoomFailure) : 'homeserver';
}
