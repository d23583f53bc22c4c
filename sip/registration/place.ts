/** Which Contact the registrar has of us, and when it leads nowhere any more. Pure. */
import { isSamePlace, moveWords, placeOf, reachedAt, type Whereabouts } from './whereabouts.ts';

/** Some NAT gives every request another port: that is a habit, and no reason to register again and again. */
const MOVE_MS = 60_000;

export interface Place {
  /** Where the registrar saw us last. */
  readonly where?: Whereabouts | undefined;
  /** Where it reaches us, `host:port`, when that is not our server's own address. */
  readonly outside?: string | undefined;
  /** The URI of the Contact that it has. */
  readonly bound?: string | undefined;
  /** The URI of a Contact that it has yet and that leads nowhere: the next REGISTER takes it away. */
  readonly gone?: string | undefined;
  /** What is told of a move until the registration is renewed. */
  readonly moving?: string | undefined;
  /** ms of the clock. */
  readonly movedAt: number;
}

export const NO_PLACE: Place = { movedAt: Number.NEGATIVE_INFINITY };

export interface PlaceStep {
  readonly place: Place;
  /** What there is to tell. */
  readonly words?: string;
  /** Whether the registration has to be renewed for it. */
  readonly isToRenew: boolean;
}

/** What an answered REGISTER says. */
export interface AnsweredRegister {
  /** The Contact's URI as it was sent; undefined when that is not known. */
  readonly sent: string | undefined;
  /** The Contacts that the registrar says it has. */
  readonly listed: readonly string[];
  readonly where: Whereabouts | undefined;
}

/** An answer to something else than REGISTER has come, from where the registration is. */
export function seenNow(place: Place, now: Whereabouts, time: number): PlaceStep {
  const { where } = place;
  if (where === undefined || isSamePlace(where, now)) return { place, isToRenew: false };
  return follow(place, now, time);
}

/** The registrar has taken the registration. */
export function takenAt(before: Place, { sent, listed, where: now }: AnsweredRegister, time: number): PlaceStep {
  const place: Place = {
    ...before,
    bound: sent ?? before.bound,
    where: now ?? before.where,
    gone: undefined,
    moving: undefined,
  };
  if (now === undefined) return { place, isToRenew: false };
  const left = leftBehind(before, sent);
  if (left !== undefined && listed.some((uri) => placeOf(uri) === placeOf(left)))
    return told({ ...place, gone: left }, before, now);
  const isSaid = sent !== undefined && placeOf(sent) === reachedAt(now);
  const isElsewhere = now.outside !== before.outside && !isSaid;
  return isElsewhere ? follow(place, now, time) : { place, isToRenew: false };
}

/** The registrar has refused it. One that has no room for a second Contact wants the old one gone in the same request. */
export function refusedAt(before: Place, { sent, where: now }: AnsweredRegister): PlaceStep {
  const left = leftBehind(before, sent);
  if (left === undefined || now === undefined) return { place: before, isToRenew: false };
  return told({ ...before, where: now, gone: left }, before, now);
}

/** A Contact that was bound, is not the one that was sent now, and was not taken away with it. */
function leftBehind({ bound, gone }: Place, sent: string | undefined): string | undefined {
  if (bound === undefined || sent === undefined || bound === gone) return undefined;
  return placeOf(bound) === placeOf(sent) ? undefined : bound;
}

function follow(place: Place, now: Whereabouts, time: number): PlaceStep {
  // That there is a NAT at all is found once.
  const isFound = place.outside === undefined && now.outside !== undefined;
  if (!isFound && time - place.movedAt < MOVE_MS) return { place, isToRenew: false };
  const { bound } = place;
  const isLeft = bound !== undefined && placeOf(bound) !== reachedAt(now);
  const moved = {
    ...place,
    where: now,
    outside: now.outside,
    gone: isLeft ? bound : undefined,
    movedAt: isFound ? place.movedAt : time,
  };
  return told(moved, place, now);
}

function told(place: Place, before: Place, now: Whereabouts): PlaceStep {
  const words = moveWords(before.where ?? now, now);
  return { place: { ...place, moving: words }, words, isToRenew: true };
}
