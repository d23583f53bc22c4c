/** Several who ring: at once, one after the other, with several devices, in a room of several. */
import { describe, expect, it } from 'vitest';
import { alice, bob, buildHouse, carol, office, unreachable, user } from './house.ts';

const together = (...users: (typeof alice)[]) => ({ steps: [{ targets: users.map(user), forMs: 30_000 }] });

describe('two users who ring at once', () => {
  it('ring in rooms of their own; the first answer wins and the other stops at once, and reads who took it', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    const leg = await house.call();
    expect(house.sentTo(user(alice))).toEqual(['invite']);
    expect(house.sentTo(user(bob))).toEqual(['invite']);
    await house.say('answer', { sdp: 'bobs', partyId: 'BOB' }, { sender: bob, ring: 2 });
    expect(house.sentTo(user(bob))).toEqual(['invite', 'select_answer BOB']);
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup answered_elsewhere']);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([`${bob} answered the call.`]);
    house.connected();
    await house.settle();
    expect(leg.answers).toBe(1);
  });

  it('both answer at once: the second is told that it is over', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    await house.call();
    await Promise.all([
      house.say('answer', { sdp: 'alices', partyId: 'ALICE' }),
      house.say('answer', { sdp: 'bobs', partyId: 'BOB' }, { sender: bob, ring: 2 }),
    ]);
    expect(house.sentTo(user(alice))).toEqual(['invite', 'select_answer ALICE']);
    expect(house.sentTo(user(bob))).toEqual(['invite', 'hangup answered_elsewhere']);
    expect(house.ladder.filter((line) => line.startsWith('media acceptWebRtcAnswer'))).toEqual([
      'media acceptWebRtcAnswer alices',
    ]);
  });

  it('have Matrix calls of different names, as a client could be in both rooms', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    await house.call();
    expect(new Set(house.signalling.sent.map(({ address }) => address.callId)).size).toBe(2);
  });

  it('one declines, the other rings on and answers', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    const leg = await house.call();
    await house.say('reject', { partyId: 'ALICE' });
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup user_hangup']);
    expect(leg.refusals).toEqual([]);
    await house.say('answer', { sdp: 'bobs', partyId: 'BOB' }, { sender: bob, ring: 2 });
    house.connected();
    await house.settle();
    expect(leg.answers).toBe(1);
    expect(house.records).toEqual([]);
  });

  it('one declines for all, when the plan says so', async () => {
    const house = buildHouse({ plan: { ...together(alice, bob), rejectEnds: 'all' } });
    const leg = await house.call();
    await house.say('reject', { partyId: 'ALICE' });
    expect(house.sentTo(user(bob))).toEqual(['invite', 'hangup user_hangup']);
    expect(leg.refusals).toEqual([{ status: 486, q850: 21 }]);
  });

  it('the room of one takes long, or is never found: the other rings all the same', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    house.faults.next(`rooms ${alice}`, 'hang');
    const leg = await house.call();
    expect(house.sentTo(user(bob))).toEqual(['invite']);
    expect(house.ladder).toContain('sip 180');
    await house.say('answer', { sdp: 'bobs', partyId: 'BOB' }, { sender: bob, ring: 2 });
    house.connected();
    await house.settle();
    expect(leg.answers).toBe(1);
    expect(house.rooms.aborted).toBe(1);
    expect(house.sentTo(user(alice))).toEqual([]);
  });

  it('a room that is found when somebody has answered already does not ring', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    const found = house.faults.hold(`rooms ${alice}`);
    await house.call();
    await house.say('answer', { sdp: 'bobs', partyId: 'BOB' }, { sender: bob, ring: 2 });
    found();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual([]);
  });
});

describe('the devices of one user', () => {
  it('the first answer is chosen; the candidates of the others are not given to the media', async () => {
    const house = buildHouse();
    await house.call();
    await house.say('candidates', { partyId: 'LAPTOP', candidates: [{ candidate: 'of-laptop' }] });
    await house.say('candidates', { partyId: 'PHONE', candidates: [{ candidate: 'of-phone' }] });
    await house.say('answer', { sdp: 'phones', partyId: 'PHONE' });
    await house.say('answer', { sdp: 'laptops', partyId: 'LAPTOP' });
    await house.say('candidates', { partyId: 'LAPTOP', candidates: [{ candidate: 'late-of-laptop' }] });
    await house.say('candidates', { partyId: 'PHONE', candidates: [{ candidate: 'late-of-phone' }] });
    expect(house.ladder.filter((line) => /WebRtcAnswer|Candidates/.test(line))).toEqual([
      'media acceptWebRtcAnswer phones',
      'media addWebRtcCandidates of-phone',
      'media addWebRtcCandidates late-of-phone',
    ]);
    expect(house.sentTo(user(alice))).toEqual(['invite', 'select_answer PHONE']);
  });

  it('one that declines ends the ringing of all of them', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('reject', { partyId: 'PHONE' });
    await house.say('answer', { sdp: 'laptops', partyId: 'LAPTOP' });
    expect(leg.refusals).toEqual([{ status: 486, q850: 21 }]);
    expect(house.ladder).not.toContain('media acceptWebRtcAnswer laptops');
  });

  it('one has no microphone: the others ring on; when nobody answers the caller is told that it failed', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('hangup', { partyId: 'LAPTOP', reason: 'user_media_failed' });
    expect(house.sentTo(user(alice))).toEqual(['invite']);
    house.clock.advance(30_000);
    await house.settle();
    expect(leg.refusals).toMatchObject([{ status: 480, q850: 31 }]);
  });

  it('one of version 0 answers: it is told nothing that it does not know', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('answer', { sdp: 'olds' }, { version: '0' as '1' });
    house.connected();
    await house.settle();
    await house.say('negotiate', { sdpType: 'offer', sdp: 'x', lifetimeMs: 1_000 }, { version: '0' as '1' });
    expect(house.sentTo(user(alice))).toEqual(['invite']);
    await house.say('hangup', {}, { version: '0' as '1' });
    expect(leg.hangups).toBe(1);
  });

  it('after the answer another device can neither hang up nor hold', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('answer', { sdp: 'phones', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    await house.say('hangup', { partyId: 'LAPTOP', reason: 'user_hangup' });
    await house.say('reject', { partyId: 'LAPTOP' });
    await house.say('negotiate', { partyId: 'LAPTOP', sdpType: 'offer', sdp: 'x', lifetimeMs: 1_000 });
    expect(leg.hangups).toBe(0);
    expect(house.ladder).not.toContain('media renegotiateWebRtc x');
  });
});

describe('nobody but who is rung', () => {
  it('and nobody before the call is written down and sent', async () => {
    const house = buildHouse();
    const written = house.faults.hold('journal.opened');
    await house.call();
    await house.say('answer', { sdp: 'guessed', partyId: 'PHONE' });
    written();
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite']);
  });

  it('can answer or decline in the room', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('reject', { partyId: 'CAROL' }, { sender: carol, target: user(alice) });
    await house.say('answer', { sdp: 'carols', partyId: 'CAROL' }, { sender: carol, target: user(alice) });
    expect(leg.refusals).toEqual([]);
    expect(house.ladder).not.toContain('media acceptWebRtcAnswer carols');
  });
});

describe('one after the other', () => {
  const inTurn = {
    steps: [
      { targets: [user(alice)], forMs: 20_000 },
      { targets: [user(bob)], forMs: 25_000 },
    ],
  };

  it('the next rings when the time is over, and the last time is over for all', async () => {
    const house = buildHouse({ plan: inTurn });
    const leg = await house.call();
    house.clock.advance(20_000);
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup invite_timeout']);
    expect(house.sentTo(user(bob))).toEqual(['invite']);
    house.clock.advance(24_999);
    await house.settle();
    expect(leg.refusals).toEqual([]);
    house.clock.advance(1);
    await house.settle();
    expect(house.sentTo(user(bob))).toEqual(['invite', 'hangup invite_timeout']);
    expect(leg.refusals).toEqual([{ status: 480, q850: 19 }]);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([
      'Missed call from Dora (+441818118181).',
      'Missed call from Dora (+441818118181).',
    ]);
  });

  it('the next rings at once when nobody of this step can', async () => {
    const house = buildHouse({ plan: inTurn });
    house.faults.next(`rooms ${alice}`, unreachable('not-joined'));
    await house.call();
    expect(house.sentTo(user(bob))).toEqual(['invite']);
  });

  it('an answer that comes when the next rings already is too late', async () => {
    const house = buildHouse({ plan: inTurn });
    const leg = await house.call();
    house.clock.advance(20_000);
    await house.settle();
    await house.say('answer', { sdp: 'alices', partyId: 'ALICE' });
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup invite_timeout']);
    expect(leg.answers).toBe(0);
    await house.say('answer', { sdp: 'bobs', partyId: 'BOB' }, { sender: bob, ring: 2 });
    house.connected();
    await house.settle();
    expect(leg.answers).toBe(1);
  });

  it('who declined is not asked again in the next step', async () => {
    const house = buildHouse({
      plan: {
        steps: [
          { targets: [user(alice)], forMs: 20_000 },
          { targets: [user(alice), user(bob)], forMs: 25_000 },
        ],
      },
    });
    await house.call();
    await house.say('reject', { partyId: 'ALICE' });
    expect(house.rooms.asked).toEqual([alice, bob]);
  });

  it('who rang in two steps reads of the missed call once', async () => {
    const house = buildHouse({
      plan: {
        steps: [
          { targets: [user(alice)], forMs: 20_000 },
          { targets: [user(alice)], forMs: 20_000 },
        ],
      },
    });
    await house.call();
    house.clock.advance(20_000);
    await house.settle();
    house.clock.advance(20_000);
    await house.settle();
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup invite_timeout', 'invite', 'hangup invite_timeout']);
    expect(house.signalling.notices).toHaveLength(1);
  });
});

describe('a room of several', () => {
  const whole = { steps: [{ targets: [office], forMs: 30_000 }] };

  it('rings for all; one answers, and the room reads who', async () => {
    const house = buildHouse({ plan: whole });
    await house.call();
    expect(house.signalling.sent[0]?.event).not.toHaveProperty('invitee');
    await house.say('answer', { sdp: 'carols', partyId: 'CAROL' }, { sender: carol, target: office });
    expect(house.sentTo(office)).toEqual(['invite', 'select_answer CAROL']);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([`${carol} answered the call.`]);
    expect(house.journal.entries.get('c-1-1')).not.toHaveProperty('caller');
  });

  it('one person’s no is not the others’; when nobody else answers it counts', async () => {
    const house = buildHouse({ plan: whole });
    const leg = await house.call();
    await house.say('reject', { partyId: 'BOB' }, { sender: bob, target: office });
    expect(house.sentTo(office)).toEqual(['invite']);
    house.clock.advance(30_000);
    await house.settle();
    expect(leg.refusals).toEqual([{ status: 486, q850: 21 }]);
  });
});

describe('two targets that share a room', () => {
  it('ring there once, and nobody is busy for that', async () => {
    const sameRoom = { kind: 'room', room: '!alice:example.org' } as const;
    const house = buildHouse({ plan: { steps: [{ targets: [user(alice), sameRoom], forMs: 30_000 }] } });
    const leg = await house.call();
    expect(house.sentTo(user(alice))).toEqual(['invite']);
    house.clock.advance(30_000);
    await house.settle();
    expect(leg.refusals).toEqual([{ status: 480, q850: 19 }]);
    expect(house.signalling.notices).toHaveLength(1);
  });
});

describe('a user who is on the telephone', () => {
  it('in this very room is busy, and reads of the call', async () => {
    const house = buildHouse();
    await house.call();
    await house.say('answer', { sdp: 'answer', partyId: 'PHONE' });
    house.connected();
    await house.settle();
    const second = await house.call();
    expect(second.refusals).toEqual([{ status: 486, q850: 17 }]);
    expect(house.sentTo(user(alice))).toEqual(['invite', 'select_answer PHONE']);
    expect(house.signalling.notices.map(({ text }) => text)).toEqual(['Missed call from Dora (+441818118181).']);
  });

  it('calling out in the room in which a call rings wins: the telephone is told that it is busy', async () => {
    const house = buildHouse();
    const leg = await house.call();
    await house.say('invite', { sdp: 'o', lifetimeMs: 60_000, partyId: 'PHONE' }, { callId: 'own' as never });
    expect(leg.refusals).toEqual([{ status: 486, q850: 17 }]);
    expect(house.sentTo(user(alice))).toEqual(['invite', 'hangup user_busy']);
    expect(house.sip.legs).toHaveLength(1);
  });

  it('busy is said before “no answer”, and a person’s no before both', async () => {
    const house = buildHouse({ plan: together(alice, bob, carol) });
    const leg = await house.call();
    await house.say('hangup', { partyId: 'ALICE', reason: 'user_busy' });
    await house.say('reject', { partyId: 'BOB' }, { sender: bob, ring: 2 });
    house.clock.advance(30_000);
    await house.settle();
    expect(leg.refusals).toEqual([{ status: 486, q850: 21 }]);
  });
});

describe('nobody who can be rung', () => {
  it('is told as such', async () => {
    const house = buildHouse({ plan: together(alice, bob) });
    house.faults.next(`rooms ${alice}`, unreachable('no-such-user'));
    house.faults.next(`rooms ${bob}`, unreachable('encrypted'));
    const leg = await house.call();
    expect(leg.refusals).toEqual([{ status: 480, q850: 20 }]);
    expect(house.ladder).not.toContain('sip 180');
    expect(house.records).toMatchObject([
      {
        rang: [{ verdict: 'no-such-user' }, { verdict: 'encrypted' }],
        outcome: { cause: 'not-reachable', sipStatus: 480, q850: 20 },
      },
    ]);
  });

  it('because the homeserver is away is a fault of the gateway', async () => {
    const house = buildHouse();
    house.faults.next(`rooms ${alice}`, unreachable('homeserver'));
    const leg = await house.call();
    expect(leg.refusals).toMatchObject([{ status: 503, q850: 41, retryAfterS: 30 }]);
  });

  it('because the homeserver did not take the invite in all the time', async () => {
    const house = buildHouse();
    house.faults.next('matrix.invite', 'hang');
    const leg = await house.call();
    house.clock.advance(30_000);
    await house.settle();
    expect(leg.refusals).toMatchObject([{ status: 503, q850: 41 }]);
  });

  it('because the invite could not be sent', async () => {
    const house = buildHouse();
    house.faults.next('matrix.invite', new Error('refused'));
    const leg = await house.call();
    expect(leg.refusals).toMatchObject([{ status: 503, q850: 41 }]);
    expect(house.journal.entries.size).toBe(0);
  });

  it('as nothing can be written down: nobody rings who could not be told to stop', async () => {
    const house = buildHouse();
    house.faults.next('journal.opened', new Error('disk full'));
    const leg = await house.call();
    expect(house.sentTo(user(alice))).toEqual([]);
    expect(leg.refusals).toMatchObject([{ status: 503, q850: 41 }]);
  });

  it('sends the caller elsewhere where the plan says so', async () => {
    const house = buildHouse({
      plan: {
        outcomes: {
          rejected: { kind: 'redirect', to: '+441818118199' },
          busy: { kind: 'redirect', to: '+441818118199' },
          'no-answer': { kind: 'redirect', to: '+441818118199' },
          'nobody-reachable': { kind: 'redirect', to: '+441818118199' },
        },
      },
    });
    house.faults.next(`rooms ${alice}`, unreachable('homeserver'));
    const leg = await house.call();
    expect(leg.refusals).toEqual([{ status: 302, contact: '+441818118199' }]);
  });
});
