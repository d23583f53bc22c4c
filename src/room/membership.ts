/** What a change of membership means for ghosts and for the gateway's own user: decided here, done by `matrix/`. */

/** What of a room is remembered for a ghost that is in it, or for the gateway's own user. */
export interface PortalFacts {
  readonly ghost: string;
  /** Whose room it is. */
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
  /** It joins, says once why it cannot be called, and leaves. */
  | {
      readonly type: 'refuse';
      readonly ghost: string;
      readonly invitedBy: string;
      /** The user may not call, or the ghost stands for callers who withheld their number. */
      readonly why: 'not-allowed' | 'withheld';
    }
  /** The ghost's user has gone: so does the ghost. */
  | { readonly type: 'leave'; readonly ghost: string }
  /** The ghost's user has gone, and it stays for its texts: calls there are over. */
  | { readonly type: 'close'; readonly ghost: string }
  /** The ghost was sent away: the room is none of its rooms any more. */
  | { readonly type: 'forget'; readonly ghost: string }
  /** Somebody else came or went: who is in the room has to be counted again. */
  | { readonly type: 'recount' }
  /** The gateway's own user was invited and comes. */
  | { readonly type: 'bot-join'; readonly invitedBy: string };

export interface MembershipContext {
  /** Ghosts that are in the room; the gateway's own user too, where it is somebody's. */
  readonly portals: readonly PortalFacts[];
  isGhost(userId: string): boolean;
  isBot(userId: string): boolean;
  /** Stands for nobody who could be reached: withheld numbers, senders that are none. */
  isWithheld(ghost: string): boolean;
  /** May call, or write to a telephone. */
  mayCall(userId: string): boolean;
  /** Whether a ghost stays in the chat that its user left: the next text invites them again. */
  readonly keepsGhosts?: boolean;
  /** May have the gateway's own user in a room. */
  mayInviteBot(userId: string): boolean;
}

/** All that has to be done, in this order. */
export function onMembership(change: MembershipChange, context: MembershipContext): readonly MembershipAction[] {
  const { target, membership } = change;
  const gone = membership === 'leave' || membership === 'ban';
  if (context.isGhost(target) || context.isBot(target)) {
    if (membership === 'invite') return onInvitation(change, context);
    const wasHere = context.portals.some((portal) => portal.ghost === target);
    return gone && wasHere ? [{ type: 'forget', ghost: target }] : [];
  }
  if (context.portals.length === 0) return [];
  const alone = gone ? context.portals.filter((portal) => portal.userId === target) : [];
  // A phone room is of no use without its user.
  if (context.keepsGhosts && !context.portals.some(({ ghost }) => context.isBot(ghost))) {
    return [...alone.map(({ ghost }): MembershipAction => ({ type: 'close', ghost })), { type: 'recount' }];
  }
  const stays = context.portals.length > alone.length;
  return [
    ...alone.map(({ ghost }): MembershipAction => ({ type: 'leave', ghost })),
    ...(stays ? [{ type: 'recount' } as const] : []),
  ];
}

function onInvitation(
  { sender, target }: MembershipChange,
  { isBot, isWithheld, mayCall, mayInviteBot }: MembershipContext,
): readonly MembershipAction[] {
  if (isBot(target)) return mayInviteBot(sender) ? [{ type: 'bot-join', invitedBy: sender }] : [];
  if (!mayCall(sender)) return [{ type: 'refuse', ghost: target, invitedBy: sender, why: 'not-allowed' }];
  if (isWithheld(target)) return [{ type: 'refuse', ghost: target, invitedBy: sender, why: 'withheld' }];
  return [{ type: 'join', ghost: target, invitedBy: sender }];
}
