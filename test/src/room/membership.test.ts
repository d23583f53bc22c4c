import { describe, expect, it } from 'vitest';
import { type MembershipAction, onMembership, type PortalFacts } from '../../../src/room/index.ts';

const ALICE = '@alice:hs';
const BOB = '@bob:hs';
const GHOST = '@_sip_1:hs';
const OTHER = '@_sip_2:hs';
const BOT = '@trunkline:hs';
const WITHHELD = '@_sip_anonymous:hs';
const HERE: PortalFacts = { ghost: GHOST, userId: ALICE };

function decide(sender: string, target: string, membership: string, portals: readonly PortalFacts[] = [HERE]) {
  return onMembership(
    { sender, target, membership },
    {
      portals,
      isGhost: (id) => id.startsWith('@_sip_'),
      isBot: (id) => id === BOT,
      isWithheld: (id) => id === WITHHELD,
      mayCall: (id) => id !== BOB,
      mayInviteBot: (id) => id !== BOB,
    },
  );
}

describe('a change of membership', () => {
  it.each<[string, readonly MembershipAction[], readonly MembershipAction[]]>([
    [
      'a permitted user invites a ghost',
      decide(ALICE, GHOST, 'invite', []),
      [{ type: 'join', ghost: GHOST, invitedBy: ALICE }],
    ],
    ['and once more', decide(ALICE, GHOST, 'invite'), [{ type: 'join', ghost: GHOST, invitedBy: ALICE }]],
    [
      'another user does',
      decide(BOB, GHOST, 'invite', []),
      [{ type: 'refuse', ghost: GHOST, invitedBy: BOB, why: 'not-allowed' }],
    ],
    ['the ghost is kicked', decide(ALICE, GHOST, 'leave'), [{ type: 'forget', ghost: GHOST }]],
    ['the ghost is banned', decide(ALICE, GHOST, 'ban'), [{ type: 'forget', ghost: GHOST }]],
    ['an invitation is taken back', decide(ALICE, GHOST, 'leave', []), []],
    ['the ghost joined', decide(GHOST, GHOST, 'join'), []],
    ['its user leaves', decide(ALICE, ALICE, 'leave'), [{ type: 'leave', ghost: GHOST }]],
    ['its user is banned', decide(BOB, ALICE, 'ban'), [{ type: 'leave', ghost: GHOST }]],
    ['somebody else leaves', decide(BOB, BOB, 'leave'), [{ type: 'recount' }]],
    ['somebody else joins', decide(BOB, BOB, 'join'), [{ type: 'recount' }]],
    ['somebody else is invited', decide(ALICE, BOB, 'invite'), [{ type: 'recount' }]],
    ['somebody knocks', decide(BOB, BOB, 'knock'), [{ type: 'recount' }]],
    ['somebody joins a room without ghosts', decide(BOB, BOB, 'join', []), []],
    [
      'the user of one of two ghosts leaves',
      decide(ALICE, ALICE, 'leave', [HERE, { ghost: OTHER, userId: BOB }]),
      [{ type: 'leave', ghost: GHOST }, { type: 'recount' }],
    ],
    [
      'the user of both leaves',
      decide(ALICE, ALICE, 'leave', [HERE, { ghost: OTHER, userId: ALICE }]),
      [
        { type: 'leave', ghost: GHOST },
        { type: 'leave', ghost: OTHER },
      ],
    ],
    [
      'somebody invites callers who withheld their number',
      decide(ALICE, WITHHELD, 'invite', []),
      [{ type: 'refuse', ghost: WITHHELD, invitedBy: ALICE, why: 'withheld' }],
    ],
    ['the bot is invited', decide(ALICE, BOT, 'invite', []), [{ type: 'bot-join', invitedBy: ALICE }]],
    ['the bot is invited by somebody who may not', decide(BOB, BOT, 'invite', []), []],
    [
      'the bot is sent away',
      decide(ALICE, BOT, 'leave', [{ ghost: BOT, userId: ALICE }]),
      [{ type: 'forget', ghost: BOT }],
    ],
    ['the bot joined', decide(BOT, BOT, 'join', []), []],
    [
      'the user of a phone room leaves it while it rings there',
      decide(ALICE, ALICE, 'leave', [{ ghost: BOT, userId: ALICE }, HERE]),
      [
        { type: 'leave', ghost: BOT },
        { type: 'leave', ghost: GHOST },
      ],
    ],
    ['a word that is no membership', decide(ALICE, GHOST, 'asleep'), []],
  ])('%s', (_what, actions, wanted) => {
    expect(actions).toEqual(wanted);
  });
});

describe('where texts are carried', () => {
  const keeping = (portals: readonly PortalFacts[]) =>
    onMembership(
      { sender: ALICE, target: ALICE, membership: 'leave' },
      {
        portals,
        isGhost: (id) => id.startsWith('@_sip_'),
        isBot: (id) => id === BOT,
        isWithheld: () => false,
        mayCall: () => true,
        mayInviteBot: () => true,
        keepsGhosts: true,
      },
    );

  it('a ghost stays when its user leaves, and calls are over', () => {
    expect(keeping([HERE])).toEqual([{ type: 'close', ghost: GHOST }, { type: 'recount' }]);
    expect(keeping([{ ghost: GHOST, userId: BOB }])).toEqual([{ type: 'recount' }]);
    expect(keeping([])).toEqual([]);
  });

  it('but not in a phone room', () => {
    expect(keeping([{ ghost: BOT, userId: ALICE }, HERE])).toEqual([
      { type: 'leave', ghost: BOT },
      { type: 'leave', ghost: GHOST },
    ]);
  });
});
