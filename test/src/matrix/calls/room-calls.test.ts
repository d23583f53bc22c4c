import { describe, expect, it } from 'vitest';
import { type EndedCall, RoomCalls } from '../../../../src/matrix/calls/room-calls.ts';
import type {
  CallAddress,
  CallId,
  IncomingCallEvent,
  MatrixUserId,
  OutgoingCallEvent,
  RoomId,
} from '../../../../src/matrix/index.ts';

const ROOM = '!r:hs' as RoomId;
const GHOST = '@g:hs' as MatrixUserId;

function world() {
  let now = 0;
  const ended: EndedCall[] = [];
  const calls = new RoomCalls({ now: () => now, after: () => () => {} }, (call) => ended.push(call));
  const address = (callId: string): CallAddress => ({
    roomId: ROOM,
    ghost: GHOST,
    callId: callId as CallId,
    partyId: 'gw',
    version: '1',
  });
  return {
    calls,
    ended,
    pass: (ms: number) => {
      now += ms;
    },
    send: (event: OutgoingCallEvent, callId = 'c') => calls.sent(address(callId), event),
    receive: (type: 'invite' | 'reject' | 'hangup' | 'answer', callId = 'c') =>
      calls.received({ type, roomId: ROOM, callId } as unknown as IncomingCallEvent),
  };
}

const invite = { type: 'invite', sdp: 's', lifetimeMs: 1 } as const;
const hangup = { type: 'hangup', reason: 'user_hangup' } as const;
const select = { type: 'select_answer', selectedPartyId: 'P' } as const;

describe('which rooms have a call', () => {
  it.each<[string, (w: ReturnType<typeof world>) => void, EndedCall['how'][]]>([
    ['the gateway gives up', (w) => w.send(hangup), ['missed']],
    ['the user declines', (w) => w.receive('reject'), ['declined']],
    [
      'it is answered, and the gateway ends it',
      (w) => {
        w.receive('answer');
        w.send(select);
        w.send(hangup);
      },
      ['answered'],
    ],
    [
      'it is answered, and the user hangs up',
      (w) => {
        w.send(select);
        w.receive('hangup');
      },
      ['answered'],
    ],
    [
      'both end it',
      (w) => {
        w.receive('hangup');
        w.send(hangup);
      },
      ['declined'],
    ],
    ['another call ends', (w) => w.send(hangup, 'other'), []],
  ])('from the invite until %s', (_what, happens, how) => {
    const w = world();
    w.send(invite);
    expect(w.calls.isBusy(ROOM)).toBe(true);
    happens(w);
    expect(w.ended).toEqual(how.map((one) => ({ roomId: ROOM, ghost: GHOST, how: one })));
    expect(w.calls.isBusy(ROOM)).toBe(how.length === 0);
  });

  it('a call that a client begins counts too, and nobody is told of its end', () => {
    const w = world();
    w.receive('invite');
    expect(w.calls.isBusy(ROOM)).toBe(true);
    w.send(hangup);
    expect([w.calls.isBusy(ROOM), w.ended]).toEqual([false, []]);
  });

  it('a room is promised to a call until its invite, but not for long', () => {
    const w = world();
    w.calls.promise(ROOM);
    expect(w.calls.isBusy(ROOM)).toBe(true);
    w.send(invite);
    w.send(hangup);
    expect(w.calls.isBusy(ROOM)).toBe(false);
    w.calls.promise(ROOM);
    w.pass(60_000);
    expect(w.calls.isBusy(ROOM)).toBe(false);
  });

  it('forgets calls that never end, and those of a room that was left', () => {
    const w = world();
    w.send(invite);
    w.pass(24 * 3_600_000);
    expect(w.calls.isBusy(ROOM)).toBe(false);
    w.send(invite, 'd');
    w.calls.left(ROOM);
    expect(w.calls.isBusy(ROOM)).toBe(false);
  });
});
