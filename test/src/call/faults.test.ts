/** Each effect is made to fail: the call must say so, end where it has to, and leave nothing behind. */
import { describe, expect, it } from 'vitest';
import { buildHouse, callId, ghost, room } from './house.ts';

type House = ReturnType<typeof buildHouse>;

class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly code: string;
  constructor(code: string) {
    super(`media: ${code}`);
    this.code = code;
  }
}

/** Nothing of a call may be left when it is over. */
async function expectNothingLeft(house: House): Promise<void> {
  await house.settle();
  expect(house.service.stats.live).toBe(0);
  expect(house.media.sessionCount).toBe(0);
  expect(house.journal.entries.size).toBe(0);
  expect(house.clock.pending).toBe(0);
  expect(house.records).toHaveLength(1);
}

const finals = (house: House) =>
  house.signalling.sent.flatMap(({ event }) =>
    event.type === 'reject' || event.type === 'hangup' ? [`${event.type} ${event.reason}`] : [],
  );
const notices = (house: House) => house.signalling.notices.map(({ key }) => key.split('/').at(-1));

describe('a client that leaves its media', () => {
  it('and says why in the room, ends the call as it says', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.listener({ type: 'webrtc-closed' });
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.records).toMatchObject([{ outcome: { cause: 'normal', endedBy: 'caller' } }]);
    expect(house.clock.pending).toBe(0);
  });

  it('and says nothing, as a page that was closed, ends the call soon', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.listener({ type: 'webrtc-closed' });
    house.clock.advance(5_000);
    await house.settle();
    expect(house.sip.last.hangups).toBe(1);
    expect(house.records).toMatchObject([{ outcome: { cause: 'media-lost' } }]);
  });
});

describe('before anything is on the wire', () => {
  it('the decision breaks', async () => {
    const house = buildHouse({ decide: () => Promise.reject(new Error('no database')) });
    await house.invite();
    expect(finals(house)).toEqual(['reject unknown_error']);
    expect(notices(house)).toEqual(['gateway-problem']);
    expect(house.sip.legs).toEqual([]);
    await expectNothingLeft(house);
  });

  it('the journal cannot be written: no call without a record of it', async () => {
    const house = buildHouse();
    house.faults.next('journal.opened', new Error('disk full'));
    await house.invite();
    expect(finals(house)).toEqual(['reject unknown_error']);
    expect(house.sip.legs).toEqual([]);
    await expectNothingLeft(house);
  });

  it.each([
    ['media.createSession', new MediaError('no-port-free'), 'gateway-full'],
    ['media.createSession', new Error('boom'), 'gateway-problem'],
    ['media.acceptWebRtcOffer', new MediaError('no-audio'), 'client-offer-unusable'],
    ['media.acceptWebRtcOffer', new MediaError('no-common-codec'), 'no-common-codec'],
    ['media.createRtpOffer', new MediaError('engine-failed'), 'gateway-problem'],
  ])('%s fails with %s', async (what, error, sentence) => {
    const house = buildHouse();
    house.faults.next(what, error);
    await house.invite();
    expect(finals(house)).toEqual(['reject unknown_error']);
    expect(notices(house)).toEqual([sentence]);
    expect(house.sip.legs).toEqual([]);
    await expectNothingLeft(house);
  });

  it('candidates that cannot be used do no harm', async () => {
    const house = buildHouse();
    house.faults.next('media.addWebRtcCandidates', new Error('bad candidate'));
    await house.say('candidates', { candidates: [{ candidate: 'c0' }] });
    await house.invite();
    expect(house.sip.legs).toHaveLength(1);
  });

  it('the TURN servers of the homeserver are given to the media', async () => {
    const house = buildHouse();
    const turn = { uris: ['turn:turn.example.org'], username: 'u', password: 'p' };
    house.signalling.turn = turn;
    await house.invite();
    expect(house.media.turns).toEqual([turn]);
  });

  it('the homeserver is slow to name its TURN servers', async () => {
    const house = buildHouse();
    house.faults.next('matrix.turnServer', 'hang');
    await house.invite();
    expect(house.sip.legs).toHaveLength(0);
    house.clock.advance(150);
    await house.settle();
    expect(house.sip.legs).toHaveLength(1);
  });

  it('the caller hangs up while the media are being set up', async () => {
    const house = buildHouse();
    house.faults.next('matrix.turnServer', 'hang');
    await house.invite();
    await house.say('hangup', {});
    house.clock.advance(150);
    await expectNothingLeft(house);
    expect(house.media.sessions).toEqual([]);
    expect(house.ladder).toEqual(['journal opened', 'journal closed']);
  });

  it('the caller hangs up before the media session is there: it is closed when it comes', async () => {
    const house = buildHouse();
    const release = house.faults.hold('media.createSession');
    await house.invite();
    await house.say('hangup', {});
    release();
    await expectNothingLeft(house);
    expect(house.media.sessions).toHaveLength(1);
    expect(house.sip.legs).toEqual([]);
  });

  it('gathering candidates takes long: the telephone is called meanwhile, the client answered afterwards', async () => {
    const house = buildHouse();
    const release = house.faults.hold('media.acceptWebRtcOffer');
    await house.invite();
    house.clock.advance(50);
    await house.settle();
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    expect(house.signalling.sent).toEqual([]);
    release();
    await house.settle();
    expect(house.signalling.sent.map(({ event }) => event.type)).toEqual(['answer']);
  });

  it('the client’s offer fails while the telephone rings', async () => {
    const house = buildHouse();
    const release = house.faults.hold('media.acceptWebRtcOffer');
    await house.invite();
    house.clock.advance(50);
    await house.settle();
    house.faults.next('media.acceptWebRtcOffer', new MediaError('engine-failed'));
    release();
    await house.settle();
    expect(house.sip.last.hangups).toBe(1);
    expect(finals(house)).toEqual(['reject unknown_error']);
    await expectNothingLeft(house);
  });

  it('the media engine hangs: the lifetime of the invite ends the call all the same', async () => {
    const house = buildHouse();
    house.faults.next('media.acceptWebRtcOffer', 'hang');
    await house.invite();
    house.clock.advance(60_000);
    expect(house.media.last.closed).toBe(true);
    await house.settle();
    expect(finals(house)).toEqual(['reject invite_timeout']);
    await expectNothingLeft(house);
  });

  it('the call cannot be placed', async () => {
    const house = buildHouse();
    house.faults.next('sip.placeCall', new Error('not connected'));
    await house.invite();
    expect(finals(house)).toEqual(['reject unknown_error']);
    expect(notices(house)).toEqual(['not-completed']);
    await expectNothingLeft(house);
  });
});

describe('at the answer', () => {
  const answered = async (house: House): Promise<void> => {
    await house.invite();
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
  };

  it.each([
    ['media.acceptRtpAnswer', 'no-common-codec', 'no-common-codec', 88],
    ['media.acceptRtpAnswer', 'malformed-sdp', 'technical-error', 41],
    ['media.createWebRtcAnswer', 'engine-failed', 'gateway-problem', 41],
  ])('%s fails with %s: both sides are told', async (what, code, sentence, q850) => {
    const house = buildHouse();
    house.faults.next(what, new MediaError(code));
    await answered(house);
    expect(house.ladder).toContain(`sip hangup ${q850}`);
    expect(finals(house)).toEqual(['reject unknown_error']);
    expect(notices(house)).toEqual([sentence]);
    await expectNothingLeft(house);
  });

  it('the answer cannot be sent: the client, which still waits, is refused', async () => {
    const house = buildHouse();
    house.faults.next('matrix.answer', new Error('M_TOO_LARGE'));
    await answered(house);
    expect(finals(house)).toEqual(['reject unknown_error']);
    expect(house.sip.last.hangups).toBe(1);
    await expectNothingLeft(house);
  });

  it('the journal cannot note the answer: the call goes on', async () => {
    const house = buildHouse();
    house.faults.next('journal.updated', new Error('disk full'));
    await answered(house);
    expect(house.signalling.sent.map(({ event }) => event.type)).toEqual(['answer']);
  });

  it('the caller hangs up while the far side answers: BYE, and not a word to the client', async () => {
    const house = buildHouse();
    house.faults.next('media.createWebRtcAnswer', 'hang');
    await answered(house);
    await house.say('hangup', { reason: 'user_hangup' });
    expect(house.sip.last.hangups).toBe(1);
    expect(house.signalling.sent).toEqual([]);
    await expectNothingLeft(house);
  });

  it('a 200 that crosses the cancellation changes nothing', async () => {
    const house = buildHouse();
    await house.invite();
    await house.say('hangup', {});
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    house.sip.last.emit({ type: 'ended', end: { by: 'local' } });
    await house.settle();
    expect(house.sip.last.hangups).toBe(1);
    expect(house.signalling.sent).toEqual([]);
    await expectNothingLeft(house);
  });
});

describe('during the call', () => {
  it('no audio connection comes up', async () => {
    const house = buildHouse();
    await house.invite();
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    house.clock.advance(30_000);
    await house.settle();
    expect(finals(house)).toEqual(['hangup ice_failed']);
    expect(notices(house)).toEqual(['media-never']);
    await expectNothingLeft(house);
  });

  it.each([
    [{ type: 'webrtc-failed', why: 'ice' }, 'hangup ice_failed', 'media-lost'],
    [{ type: 'media-timeout', side: 'rtp' }, 'hangup ice_timeout', 'media-lost'],
    [{ type: 'engine-failed', message: 'worker died' }, 'hangup unknown_error', 'gateway-problem'],
  ] as const)('%o ends it', async (event, final, sentence) => {
    const house = buildHouse();
    await house.talk();
    house.media.last.listener(event);
    await house.settle();
    expect(finals(house)).toEqual([final]);
    expect(notices(house)).toEqual([sentence]);
    expect(house.sip.last.hangups).toBe(1);
    await expectNothingLeft(house);
  });

  it('a hold is passed on and back', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.direction = 'recvonly';
    await house.say('negotiate', { sdpType: 'offer', sdp: 'hold', lifetimeMs: 10_000 });
    expect(house.ladder).toEqual([
      'media renegotiateWebRtc hold',
      'media createRtpReoffer sendonly',
      'matrix negotiate answer answer-to-hold',
      'sip reoffer rtp-offer-sendonly',
      'media acceptRtpReanswer rtp-reanswer',
    ]);
  });

  it('a hold that the telephone refuses leaves the call alive', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.direction = 'recvonly';
    house.faults.next('sip.reoffer', new Error('488 Not Acceptable Here'));
    await house.say('negotiate', { sdpType: 'offer', sdp: 'hold', lifetimeMs: 10_000 });
    expect(house.service.stats.byPhase).toEqual({ talking: 1 });
  });

  it('an offer of the client that cannot be answered leaves the call alive', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('media.renegotiateWebRtc', new MediaError('malformed-sdp'));
    await house.say('negotiate', { sdpType: 'offer', sdp: 'nonsense', lifetimeMs: 10_000 });
    expect(house.service.stats.byPhase).toEqual({ talking: 1 });
    await house.say('negotiate', { sdpType: 'offer', sdp: 'sense', lifetimeMs: 10_000 });
    expect(house.ladder).toContain('matrix negotiate answer answer-to-sense');
  });

  it('a hold by the telephone is answered and told to the client', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.direction = 'recvonly';
    expect(await house.sip.last.offer('hold')).toBe('answer-to-hold');
    await house.settle();
    await house.say('negotiate', { sdpType: 'answer', sdp: 'held', lifetimeMs: 10_000 });
    expect(house.ladder).toEqual([
      'media acceptRtpOffer hold',
      'sip accept answer-to-hold',
      'media createWebRtcReoffer sendonly',
      'matrix negotiate offer webrtc-offer-sendonly',
      'media acceptWebRtcReanswer held',
    ]);
  });

  it('a refresh of the session says nothing to the client', async () => {
    const house = buildHouse();
    await house.talk();
    await house.sip.last.offer('same');
    await house.settle();
    expect(house.ladder).toEqual(['media acceptRtpOffer same', 'sip accept answer-to-same']);
  });

  it('a re-INVITE without SDP gets our offer, and its answer is taken', async () => {
    const house = buildHouse();
    await house.talk();
    expect(await house.sip.last.offer(undefined, 'late-answer')).toBe('rtp-offer-sendrecv');
    await house.settle();
    expect(house.ladder).toEqual([
      'media createRtpReoffer sendrecv',
      'sip accept rtp-offer-sendrecv',
      'media acceptRtpReanswer late-answer',
    ]);
  });

  it('a re-INVITE without SDP whose answer never comes changes nothing', async () => {
    const house = buildHouse();
    await house.talk();
    await house.sip.last.offer(undefined);
    await house.settle();
    await house.sip.last.offer('next');
    await house.settle();
    expect(house.ladder.at(-1)).toBe('sip accept answer-to-next');
  });

  it('an offer of the telephone that media cannot take gets 488', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('media.acceptRtpOffer', new MediaError('no-common-codec'));
    expect(await house.sip.last.offer('odd')).toBe('488');
    expect(await house.sip.last.offer('even')).toBe('answer-to-even');
  });

  it('an offer of the telephone that is being answered when the call ends is not left without an answer', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('media.acceptRtpOffer', 'hang');
    const told = house.sip.last.offer('late');
    await house.settle();
    await house.say('hangup', {});
    expect(await told).toBe('500');
    expect(await house.sip.last.offer('later')).toBe('500');
  });

  it('keys that were dialled behind a pause are pressed after the answer', async () => {
    const house = buildHouse({ plan: { afterAnswer: ',1' } });
    await house.talk();
    expect(house.ladder).toEqual([]);
    house.clock.advance(2_000);
    await house.settle();
    expect(house.ladder).toEqual(['media sendDtmf']);
  });

  it('the longest call allowed ends in words', async () => {
    const house = buildHouse({ plan: { longestCallMs: 3_600_000 } });
    await house.talk();
    house.clock.advance(3_600_000);
    await house.settle();
    expect(finals(house)).toEqual(['hangup user_hangup']);
    expect(notices(house)).toEqual(['longest-call']);
    await expectNothingLeft(house);
  });
});

describe('early media', () => {
  const early = async (policy: 'ringback' | 'answer-on-early-rtp') => {
    const house = buildHouse({ route: { earlyMedia: policy } });
    await house.invite();
    house.sip.last.emit({ type: 'provisional', status: 183, forkId: 'a', sdp: 'early', reliable: false });
    await house.settle();
    house.media.last.listener({ type: 'early-audio', ms: 500 });
    await house.settle();
    return house;
  };

  it('is not heard when clients are to ring', async () => {
    const house = await early('ringback');
    expect(house.signalling.sent).toEqual([]);
    expect(house.service.stats.byPhase).toEqual({ ringing: 1 });
  });

  it('answers the client when there is enough of it, and says that the call is not connected', async () => {
    const house = await early('answer-on-early-rtp');
    expect(house.signalling.sent.map(({ event }) => event.type)).toEqual(['answer']);
    expect(notices(house)).toEqual(['early-media']);
    house.sip.last.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
    await house.settle();
    expect(house.ladder).toContain('media startRingback');
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    expect(house.ladder.slice(-2)).toEqual(['media stopRingback', 'media acceptRtpAnswer rtp-answer']);
    house.media.last.listener({ type: 'webrtc-connected' });
    expect(house.service.stats.byPhase).toEqual({ talking: 1 });
  });

  it('that ends in a failure ends by hang-up: the client has been answered', async () => {
    const house = await early('answer-on-early-rtp');
    const failure = { status: 404, phrase: 'Not Found', sawProvisional: true, origin: 'remote' } as const;
    house.sip.last.emit({ type: 'failed', failure });
    await house.settle();
    expect(finals(house)).toEqual(['hangup unknown_error']);
    expect(notices(house)).toEqual(['early-media', 'number-not-in-service']);
    expect(house.records).toMatchObject([{ talkMs: 0, outcome: { sipStatus: 404 } }]);
    await expectNothingLeft(house);
  });
});

describe('at the end', () => {
  it('the last word cannot be sent: the call is gone all the same', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('matrix.hangup', new Error('M_FORBIDDEN'));
    house.sip.last.emit({ type: 'ended', end: { by: 'remote' } });
    await expectNothingLeft(house);
  });

  it('the last word takes its time: the journal keeps the call until it is out', async () => {
    const house = buildHouse();
    await house.talk();
    house.faults.next('matrix.hangup', 'hang');
    house.sip.last.emit({ type: 'ended', end: { by: 'remote' } });
    await house.settle();
    expect(house.service.stats.live).toBe(0);
    expect(house.records).toHaveLength(1);
    expect(house.journal.entries.size).toBe(1);
  });

  it('statistics that break do not hold up the record', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.stats = () => {
      throw new Error('no statistics');
    };
    await house.say('hangup', {});
    await expectNothingLeft(house);
  });

  it('statistics that do not come do not hold up the record', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.stats = () => new Promise(() => undefined);
    await house.say('hangup', {});
    expect(house.records).toHaveLength(0);
    house.clock.advance(1_000);
    await expectNothingLeft(house);
  });

  it('the events of one call carry one party and one key each', async () => {
    const house = buildHouse();
    await house.talk();
    house.media.last.direction = 'recvonly';
    await house.say('negotiate', { sdpType: 'offer', sdp: 'hold', lifetimeMs: 10_000 });
    house.sip.last.emit({ type: 'ended', end: { by: 'remote' } });
    await house.settle();
    const { sent } = house.signalling;
    expect(sent.map(({ event }) => event.type)).toEqual(['answer', 'negotiate', 'hangup']);
    const [first] = sent;
    for (const { address } of sent) {
      expect(address).toEqual(first?.address);
      expect(address).toMatchObject({ roomId: room, ghost, callId, version: '1' });
    }
    expect(new Set(sent.map(({ key }) => key)).size).toBe(3);
  });

  it('the record tells the moments of the call', async () => {
    const house = buildHouse();
    await house.invite();
    house.clock.advance(10);
    house.sip.last.emit({ type: 'provisional', status: 180, forkId: 'a', reliable: false });
    house.clock.advance(2_000);
    house.sip.last.emit({ type: 'answered', forkId: 'a', sdp: 'rtp-answer' });
    await house.settle();
    house.clock.advance(100);
    house.media.last.listener({ type: 'webrtc-connected' });
    house.clock.advance(5_000);
    house.sip.last.emit({ type: 'ended', end: { by: 'remote', q850: 16 } });
    await house.settle();
    const start = 1_000_000;
    expect(house.records).toMatchObject([
      {
        target: '+441818118181',
        trunk: 'office',
        sipCallId: 'call-1',
        talkMs: 5_100,
        times: {
          arrivedAt: start,
          decidedAt: start,
          inviteSentAt: start,
          ringingAt: start + 10,
          answeredAt: start + 2_010,
          matrixAnsweredAt: start + 2_010,
          mediaAt: start + 2_110,
          endedAt: start + 7_110,
        },
        media: { codec: 'PCMU' },
      },
    ]);
  });
});
