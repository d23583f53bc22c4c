import { describe, expect, it } from 'vitest';
import { EarlyEvents } from '../../../src/call/early-events.ts';
import type { JournalEntry } from '../../../src/call/ports.ts';
import type { CallId, MatrixUserId, RoomId } from '../../../src/matrix/ids.ts';
import { FakeClock } from './fakes.ts';
import { alice, buildHouse, callId, ghost, plan, room } from './house.ts';

const secondCall = 'call-2' as CallId;
const bob = '@bob:example.org' as MatrixUserId;

describe('one live call in a room', () => {
  it('a second one is refused as busy, and the first goes on', async () => {
    const busy = buildHouse({
      decide: ({ live }) => (live.inRoom > 0 ? { kind: 'refuse', cause: 'room-busy' } : { kind: 'allow', plan }),
    });
    await busy.talk();
    await busy.invite({ callId: secondCall });
    expect(busy.signalling.sent.at(-1)).toMatchObject({
      address: { callId: secondCall },
      event: { type: 'reject', reason: 'user_busy' },
    });
    expect(busy.service.stats).toMatchObject({ live: 1, byPhase: { talking: 1 } });
    await busy.say('hangup', {});
    await busy.invite({ callId: 'call-3' as CallId });
    expect(busy.service.stats.byPhase).toEqual({ calling: 1 });
  });

  it('counts the calls of the caller and of the gateway', async () => {
    const seen: unknown[] = [];
    const house = buildHouse({
      decide: ({ live }) => {
        seen.push(live);
        return { kind: 'allow', plan };
      },
    });
    await house.invite();
    await house.invite({ callId: secondCall, roomId: '!other:example.org' as RoomId });
    await house.invite({ callId: 'call-3' as CallId, roomId: '!third:example.org' as RoomId, sender: bob });
    expect(seen).toEqual([
      { total: 0, ofCaller: 0, inRoom: 0 },
      { total: 1, ofCaller: 1, inRoom: 0 },
      { total: 2, ofCaller: 0, inRoom: 0 },
    ]);
  });
});

describe('candidates', () => {
  it('ahead of their invite are used with it', async () => {
    const house = buildHouse();
    await house.say('candidates', { candidates: [{ candidate: 'c1', sdpMid: '0' }] });
    await house.say('candidates', { candidates: [{ candidate: '' }] });
    await house.invite();
    expect(house.ladder).toContain('media addWebRtcCandidates c1|');
  });

  it('of another party are not', async () => {
    const house = buildHouse();
    await house.say('candidates', { candidates: [{ candidate: 'c1' }], partyId: 'TABLET' } as never);
    await house.invite();
    expect(house.ladder.filter((line) => line.includes('addWebRtcCandidates'))).toEqual([]);
  });

  it('after it are used as they come', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('candidates', { candidates: [{ candidate: 'c2' }] });
    expect(house.ladder.at(-1)).toBe('media addWebRtcCandidates c2');
  });

  it('without end are cut off', async () => {
    const house = buildHouse();
    await house.invite();
    const many = Array.from({ length: 400 }, (_, n) => ({ candidate: `c${n}` }));
    for (let n = 0; n < 4; n += 1) await house.say('candidates', { candidates: many });
    expect(house.ladder.filter((line) => line.startsWith('media addWebRtcCandidates'))).toHaveLength(2);
  });

  it('for an unknown call are dropped, and kept in bounded number', async () => {
    const clock = new FakeClock();
    const early = new EarlyEvents(clock);
    const candidates = Array.from({ length: 500 }, (_, n) => ({ candidate: `c${n}` }));
    for (let n = 0; n < 5_000; n += 1) early.keep(`call ${n}`, 'A', candidates.slice(0, 2));
    expect(early.size).toBe(1_000);
    early.keep('flood', 'A', candidates);
    early.keep('flood', 'A', candidates);
    expect(early.take('flood', 'A')).toHaveLength(100);
    expect(early.take('flood', 'A')).toEqual([]);
    early.keep('old', 'A', candidates.slice(0, 1));
    clock.advance(120_001);
    expect(early.take('old', 'A')).toEqual([]);
  });
});

describe('who counts', () => {
  it('another device of the caller does not', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('hangup', { partyId: 'TABLET' } as never);
    await house.say('candidates', { candidates: [{ candidate: 'c2' }], partyId: 'TABLET' } as never);
    expect(house.service.stats.live).toBe(1);
    expect(house.ladder).not.toContain('media addWebRtcCandidates c2');
  });

  it('a client that forgets its party does', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('hangup', { partyId: undefined } as never);
    expect(house.service.stats.live).toBe(0);
  });

  it('somebody else in the room does not', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('hangup', {}, { sender: bob });
    await house.say('answer', { sdp: 'x' }, { sender: bob });
    await house.say('reject', {}, { sender: bob });
    await house.say('negotiate', { sdpType: 'offer', sdp: 'x', lifetimeMs: 1 }, { sender: bob });
    expect(house.service.stats.live).toBe(1);
  });

  it('the caller choosing somebody else’s answer ends the call at the telephone, silently', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('answer', { sdp: 'x' }, { sender: bob });
    await house.say('select_answer', { selectedPartyId: 'BOBPHONE' });
    expect(house.ladder).toContain('sip hangup 26');
    expect(house.signalling.sent).toEqual([]);
  });

  it('the caller choosing ours goes on', async () => {
    const house = buildHouse();
    await house.talk();
    const [answer] = house.signalling.sent;
    await house.say('select_answer', { selectedPartyId: answer?.address.partyId ?? '' });
    expect(house.service.stats.live).toBe(1);
  });

  it('an invite for somebody else is left alone', async () => {
    const house = buildHouse();
    await house.say('invite', { sdp: 'offer', lifetimeMs: 60_000, invitee: bob });
    expect(house.service.stats.opened).toBe(0);
    expect(house.signalling.sent).toEqual([]);
  });

  it('an invite for the ghost is not', async () => {
    const house = buildHouse();
    await house.say('invite', { sdp: 'offer', lifetimeMs: 60_000, invitee: ghost });
    expect(house.service.stats.opened).toBe(1);
  });

  it('a call ID of another room is another call', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('hangup', {}, { roomId: '!other:example.org' as RoomId });
    expect(house.service.stats.live).toBe(1);
  });
});

describe('an invite that must not ring', () => {
  it('is one whose lifetime is over', async () => {
    const house = buildHouse();
    await house.invite({ ageMs: 60_000 });
    expect(house.signalling.sent).toEqual([]);
    expect(house.signalling.notices).toEqual([]);
    expect(house.sip.legs).toEqual([]);
    expect(house.records).toMatchObject([{ outcome: { cause: 'invite-stale' } }]);
  });

  it('is one whose hang-up came first', async () => {
    const house = buildHouse();
    await house.say('hangup', {});
    await house.invite();
    expect(house.service.stats.opened).toBe(0);
  });

  it('is one whose call is over', async () => {
    const house = buildHouse();
    await house.talk();
    await house.say('hangup', {});
    await house.invite();
    expect(house.sip.legs).toHaveLength(1);
  });

  it('is a repeat', async () => {
    const house = buildHouse();
    await house.invite();
    await house.invite();
    expect(house.sip.legs).toHaveLength(1);
  });
});

describe('a lifetime', () => {
  it('of days is some client’s mistake', async () => {
    const house = buildHouse();
    await house.say('invite', { sdp: 'offer', lifetimeMs: Number.MAX_SAFE_INTEGER });
    house.clock.advance(600_000);
    await house.settle();
    expect(house.service.stats.live).toBe(0);
  });
});

describe('version 0', () => {
  it('is refused by hang-up', async () => {
    const house = buildHouse({ version: '0', decide: () => ({ kind: 'refuse', cause: 'not-permitted' }) });
    await house.invite();
    expect(house.signalling.sent).toMatchObject([
      { address: { version: '0' }, event: { type: 'hangup', reason: 'unknown_error' } },
    ]);
  });

  it('is answered and ended like any other', async () => {
    const house = buildHouse({ version: '0' });
    await house.talk();
    await house.say('candidates', { candidates: [{ candidate: 'c' }] });
    await house.say('hangup', {});
    expect(house.ladder).toEqual(['media addWebRtcCandidates c', 'sip hangup 16', 'media close', 'journal closed']);
  });
});

describe('a room that is left', () => {
  it('ends its calls', async () => {
    const house = buildHouse();
    await house.talk();
    house.service.roomClosed('!other:example.org' as RoomId);
    expect(house.service.stats.live).toBe(1);
    house.service.roomClosed(room);
    await house.settle();
    expect(house.ladder).toEqual(['sip hangup 16', 'media close', 'journal closed']);
  });
});

describe('what handle promises', () => {
  it('an invite settles when the call is on record', async () => {
    const house = buildHouse();
    house.faults.next('journal.opened', 'hang');
    let settled = false;
    const event = {
      type: 'invite',
      roomId: room,
      eventId: '$e',
      sender: alice,
      callId,
      partyId: 'ALICEPHONE',
      version: '1',
      ageMs: 0,
      sdp: 'offer',
      lifetimeMs: 60_000,
    } as never;
    void house.service.handle(event, { ghost, dialled: '200' }).then(() => {
      settled = true;
    });
    await house.settle();
    expect(settled).toBe(false);
    expect(house.sip.legs).toEqual([]);
    house.clock.advance(60_000);
    await house.settle();
    expect(settled).toBe(true);
  });

  it('a live call is known', async () => {
    const house = buildHouse();
    expect(house.service.isLive(room, callId)).toBe(false);
    await house.invite();
    expect(house.service.isLive(room, callId)).toBe(true);
    expect(house.service.directory.bySipCallId(house.sip.last.sipCallId)?.identity.callId).toBe(callId);
    expect(house.service.directory.bySipCallId('other' as never)).toBeUndefined();
  });
});

describe('after a restart', () => {
  const entry = (change: Partial<JournalEntry>): JournalEntry => ({
    callRef: 'c-old',
    roomId: room,
    callId,
    ghost,
    caller: alice,
    partyId: 'trunkline-c-old',
    version: '1',
    openedAt: 1,
    matrixAnswered: false,
    ...change,
  });

  it.each([
    [{}, 'reject'],
    [{ matrixAnswered: true }, 'hangup'],
    [{ version: '0' }, 'hangup'],
  ] as const)('a call that was alive (%o) is ended by %s, in words', async (change, type) => {
    const house = buildHouse();
    house.journal.entries.set('c-old', entry(change));
    expect(await house.service.recover()).toBe(1);
    await house.settle();
    expect(house.signalling.sent).toMatchObject([
      { address: { partyId: 'trunkline-c-old' }, event: { type, reason: 'unknown_error' }, key: 'c-old/end' },
    ]);
    expect(house.signalling.notices).toMatchObject([
      { text: 'The gateway was restarted and the call has ended. Please call again.' },
    ]);
    expect(house.journal.entries.size).toBe(0);
  });

  it('its invite, delivered again, does not ring', async () => {
    const house = buildHouse();
    house.journal.entries.set('c-old', entry({}));
    await house.service.recover();
    await house.invite();
    expect(house.sip.legs).toEqual([]);
  });

  it('the telephone of a call that was answered is hung up', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.lastWill = 'BYE it';
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    const next = buildHouse();
    for (const [key, written] of house.journal.entries) next.journal.entries.set(key, written);
    await next.service.recover();
    expect(next.sip.abandoned).toEqual(['BYE it']);
  });

  it('a room that is gone does not keep the others from being told', async () => {
    const house = buildHouse();
    house.journal.entries.set('c-1', entry({ callRef: 'c-1', callId: 'a' as CallId }));
    house.journal.entries.set('c-2', entry({ callRef: 'c-2', callId: 'b' as CallId }));
    house.faults.next('matrix.reject', new Error('M_FORBIDDEN'));
    expect(await house.service.recover()).toBe(2);
    await house.settle();
    expect(house.signalling.sent).toHaveLength(1);
    expect(house.journal.entries.size).toBe(0);
  });

  it('a homeserver that does not run yet does not hold up the start; stopping waits for the words', async () => {
    const house = buildHouse();
    house.journal.entries.set('c-old', entry({}));
    const release = house.faults.hold('matrix.reject');
    expect(await house.service.recover()).toBe(1);
    let closed = false;
    const closing = house.service.close(5_000).then(() => {
      closed = true;
    });
    await house.settle();
    expect(closed).toBe(false);
    release();
    await closing;
    expect(house.journal.entries.size).toBe(0);
  });

  it('a journal that cannot be read is an error of the start', async () => {
    const house = buildHouse();
    house.faults.next('journal.live', new Error('no such table'));
    await expect(house.service.recover()).rejects.toThrow('no such table');
  });
});

describe('when the gateway stops', () => {
  it('calls are ended in words, and it waits for the words', async () => {
    const house = buildHouse();
    await house.talk();
    await house.invite({ callId: secondCall, roomId: '!other:example.org' as RoomId });
    await house.service.close(5_000);
    expect(house.signalling.sent.slice(-2).map(({ event }) => event)).toEqual([
      { type: 'hangup', reason: 'unknown_error' },
      { type: 'reject', reason: 'unknown_error' },
    ]);
    expect(house.sip.legs.map(({ hangups }) => hangups)).toEqual([1, 1]);
    expect(house.journal.entries.size).toBe(0);
    expect(house.clock.pending).toBe(0);
  });

  it('it waits no longer than it may', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('matrix.hangup', 'hang');
    let closed = false;
    void house.service.close(5_000).then(() => {
      closed = true;
    });
    await house.settle();
    expect(closed).toBe(false);
    house.clock.advance(5_000);
    await house.settle();
    expect(closed).toBe(true);
    expect(house.journal.entries.size).toBe(1);
  });

  it('a call that comes after that is refused in words', async () => {
    const house = buildHouse();
    await house.service.close(5_000);
    await house.invite();
    expect(house.sip.legs).toEqual([]);
    expect(house.signalling.notices).toMatchObject([
      { text: 'The gateway is being restarted. Please call again in a minute.' },
    ]);
  });
});

describe('many calls', () => {
  it('one after another leave nothing behind', async () => {
    const house = buildHouse();
    for (let n = 0; n < 300; n += 1) {
      const id = `call-${n}` as CallId;
      await house.invite({ callId: id });
      house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
      await house.settle();
      await house.say('hangup', {}, { callId: id });
    }
    await house.settle();
    expect(house.service.stats).toMatchObject({ live: 0, byPhase: {}, opened: 300, answered: 300, finished: 300 });
    expect(house.clock.pending).toBe(0);
    expect(house.media.sessionCount).toBe(0);
    expect(house.journal.entries.size).toBe(0);
    expect([...house.service.directory]).toEqual([]);
  });

  it('a listener that throws does no harm', async () => {
    const house = buildHouse();
    house.records.push = () => {
      throw new Error('metrics are down');
    };
    await house.talk();
    await house.say('hangup', {});
    await house.service.close(1_000);
    expect(house.journal.entries.size).toBe(0);
  });
});
