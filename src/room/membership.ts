/** What a change of membership means for a ghost: decided here, done by `matrix/`. */

/** What of a room is remembered for a ghost that is in it. */
export interface PortalFacts {
  readonly ghost: string;
  /** Who brought the ghost. */
  readonly userId: string;
}

export interface MembershipChange {
  readonly sender: string;
  /** Whose membership changed. */
  readonly target: string;
  readonly membership: string;
}

export type MembershipAction =
  /** The ghost joins, then reads what came before it was there. */
  | { readonly type: 'join'; readonly ghost: string; readonly invitedBy: string }
  /** It joins, says once that this user may not call, and leaves. */
  | { readonly type: 'refuse'; readonly ghost: string; readonly invitedBy: string }
  /** The ghost's user has gone: so does the ghost. */
  | { readonly type: 'leave'; readonly ghost: string }
  /** The ghost was sent away: the room is none of its rooms any more. */
  | { readonly type: 'forget'; readonly ghost: string }
  /** Somebody else came or went: who is in the room has to be counted again. */
  | { readonly type: 'recount' };

export interface MembershipContext {
  /** Ghosts that are in the room. */
  readonly portals: readonly PortalFacts[];
  isGhost(userId: string): boolean;
  mayCall(userId: string): boolean;
}

/** All that has to be done, in this order. */
export function onMembership(change: MembershipChange, context: MembershipContext): readonly MembershipAction[] {
  const { sender, target, membership } = change;
  const gone = membership === 'leave' || membership === 'ban';
  if (context.isGhost(target)) {
    if (membership === 'invite') {
      return [{ type: context.mayCall(sender) ? 'join' : 'refuse', ghost: target, invitedBy: sender }];
    }
    const wasHere = context.portals.some((portal) => portal.ghost === target);
    return gone && wasHere ? [{ type: 'forget', ghost: target }] : [];
  }
  if (context.portals.length === 0) return [];
  const alone = gone ? context.portals.filter((portal) => portal.userId === target) : [];
  const stays = context.portals.length > alone.length;
  return [
    ...alone.map(({ ghost }): MembershipAction => ({ type: 'leave', ghost })),
    ...(stays ? [{ type: 'recount' } as const] : []),
  ];
}
