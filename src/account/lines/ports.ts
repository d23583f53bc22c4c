/** Whose lines are whose, and what their owners want of calls, as the store keeps it. It comes on top of the configuration. */
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';

/** A line belongs to one user, or to a control room: then all its members share it. */
export type LineOwner =
  | { readonly kind: 'user'; readonly user: MatrixUserId }
  | { readonly kind: 'room'; readonly room: RoomId };

/** Names a line: a number of the public network by itself, an extension with the trunk whose it is. */
export interface LineName {
  /** E.164, or the extension as its PBX has it. */
  readonly number: string;
  /** Of an extension always; of a number only where others must not show it. */
  readonly trunk?: string;
}

/** A line that was given to somebody while the gateway runs. */
export interface LinkedLine extends LineName {
  readonly owner: LineOwner;
  /** As those who are called see it, and as it is called here. */
  readonly name?: string;
  /** ms since 1970. */
  readonly linkedAt: number;
  /** Who did it: a Matrix ID, `cli`, the name of a token. */
  readonly linkedBy: string;
}

/** Versions of what is cached: the area of lines. */
export const LINES_AREA = 'lines';
/** Versions of what is cached: the area of preferences. */
export const PREFERENCES_AREA = 'preferences';

/** Each change raises the version of `LINES_AREA`, in the same commit. */
export interface LineRegistry {
  all(): Promise<readonly LinkedLine[]>;
  find(line: LineName): Promise<LinkedLine | undefined>;
  /** In place of whoever had it by a link. @returns how it was before; the same twice changes nothing */
  link(line: LinkedLine): Promise<LinkedLine | undefined>;
  /** What the configuration says of it, if anything, holds again. @returns how it was; undefined when it was not linked */
  unlink(line: LineName): Promise<LinkedLine | undefined>;
}

/** Whose preferences: a user's for their own lines, a control room's for its lines. */
export type PreferenceOwner = MatrixUserId | RoomId;

export interface DoNotDisturb {
  /** ms since 1970; absent: until it is taken back. */
  readonly until?: number;
}

export interface Forward {
  /** `always`: nothing rings. `unanswered`: nobody took it (no answer, busy, declined, nobody reachable). */
  readonly when: 'always' | 'unanswered';
  /** E.164, or as the owner dials it where it is no number of the public network. */
  readonly to: string;
  /** In whose name, and at whose price, the call goes on. Of a control room: the member who set it. */
  readonly by: MatrixUserId;
}

/**
 * About callers: a number in E.164 (or as a PBX names it), a beginning with a `*` at its end, or `withheld`. The most exact one
 * decides. `allow` also lets a caller through to somebody who is not to be disturbed.
 */
export interface ScreeningRule {
  readonly caller: string;
  readonly verdict: 'block' | 'allow';
}

export interface Preferences {
  readonly dnd?: DoNotDisturb;
  readonly forward?: Forward;
  readonly screening: readonly ScreeningRule[];
}

export const NO_PREFERENCES: Preferences = { screening: [] };

/** Each change raises the version of `PREFERENCES_AREA`, in the same commit. Setting what is set changes nothing. */
export interface PreferenceBook {
  /** Of everybody who has any. */
  all(): Promise<ReadonlyMap<PreferenceOwner, Preferences>>;
  get(owner: PreferenceOwner): Promise<Preferences>;
  setDnd(owner: PreferenceOwner, dnd: DoNotDisturb | undefined): Promise<void>;
  setForward(owner: PreferenceOwner, forward: Forward | undefined): Promise<void>;
  /** `undefined`: no rule for this caller any more. @returns whether that changed anything */
  screen(owner: PreferenceOwner, caller: string, verdict: ScreeningRule['verdict'] | undefined): Promise<boolean>;
}
