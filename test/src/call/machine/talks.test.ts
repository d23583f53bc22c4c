import { describe, expect, it } from 'vitest';
import type { PlannedState, Talks } from '../../../../src/call/machine/state.ts';
import { quietTalks } from '../../../../src/call/machine/state.ts';
import { passedOn } from '../../../../src/call/machine/talks.ts';
import { type CallEvent, type CallState, step } from '../../../../src/call/machine.ts';
import { facts, inWords, planned } from './samples.ts';

/** Runs events through the machine; what each of them had done, in words. */
function ladder(start: CallState, ...events: readonly CallEvent[]): { lines: string[]; end: PlannedState } {
  let state = start;
  const lines: string[] = [];
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    lines.push(next.effects.map(inWords).join(' | ') || '-');
  }
  return { lines, end: state as PlannedState };
}

const talking = planned('talking');
const clientOffers: CallEvent = { type: 'matrix-offer', sdp: 'c1' };
const clientAnswers: CallEvent = { type: 'matrix-reanswer', sdp: 'ca' };
const clientHolds: CallEvent = { type: 'matrix-renegotiated', sdp: 'a1', direction: 'recvonly' };
const clientResumes: CallEvent = { type: 'matrix-renegotiated', sdp: 'a2', direction: 'sendrecv' };
const ourOfferIsReady: CallEvent = { type: 'matrix-reoffer-ready', sdp: 'o1' };
const phoneOffers: CallEvent = { type: 'sip-reoffer', id: 1, sdp: 'p1' };
const phoneHolds: CallEvent = { type: 'sip-renegotiated', direction: 'recvonly' };
const phoneStops: CallEvent = { type: 'sip-renegotiated', direction: 'inactive' };
const phoneResumes: CallEvent = { type: 'sip-renegotiated', direction: 'sendrecv' };
const phoneAgrees: CallEvent = { type: 'sip-reoffer-answered', direction: 'sendonly' };
const phoneAgreesToAll: CallEvent = { type: 'sip-reoffer-answered', direction: 'sendrecv' };

describe('hold by the client', () => {
  it('is answered, and passed on to the telephone', () => {
    const { lines, end } = ladder(talking, clientOffers, clientHolds, phoneAgrees);
    expect(lines).toEqual(['renegotiateMatrix c1', 'sendMatrixReanswer a1 | reofferSip sendonly', '-']);
    expect(end.talks).toMatchObject({ matrix: 'idle', sip: 'idle', toldSip: 'sendonly', towardsMatrix: 'sendrecv' });
  });

  it('and resumed', () => {
    const { lines, end } = ladder(
      talking,
      clientOffers,
      clientHolds,
      phoneAgrees,
      clientOffers,
      clientResumes,
      phoneAgreesToAll,
    );
    expect(lines.slice(3)).toEqual(['renegotiateMatrix c1', 'sendMatrixReanswer a2 | reofferSip sendrecv', '-']);
    expect(end.talks).toMatchObject({ ...quietTalks });
  });

  it('twice over is told the telephone once', () => {
    const { lines } = ladder(talking, clientOffers, clientHolds, phoneAgrees, clientOffers, clientHolds);
    expect(lines.at(-1)).toBe('sendMatrixReanswer a1');
  });

  it('that is taken back while the telephone is being told, is told after it', () => {
    const { lines } = ladder(talking, clientOffers, clientHolds, clientOffers, clientResumes, phoneAgrees);
    expect(lines.slice(3)).toEqual(['sendMatrixReanswer a2', 'reofferSip sendrecv']);
  });

  it('during early media waits for the answer', () => {
    const { lines } = ladder(planned('early', { webrtcUp: true }), clientOffers, clientHolds, {
      type: 'sip-answered',
      forkId: 'a',
      sdp: 'answer',
    });
    expect(lines[1]).toBe('sendMatrixReanswer a1');
    expect(lines[2]).toMatch(/^stopRingback \| acceptFinalMedia answer a \| .*reofferSip sendonly$/);
  });

  it('that the telephone refuses is tried no more', () => {
    const { lines, end } = ladder(talking, clientOffers, clientHolds, { type: 'sip-reoffer-failed', message: '488' });
    expect(lines.at(-1)).toBe('-');
    expect(end.talks).toMatchObject({ sip: 'idle', toldSip: 'sendonly' });
  });
});

describe('offers of the client', () => {
  it('that change no direction (ICE restart, a video line) are answered and go no further', () => {
    expect(ladder(talking, clientOffers, clientResumes).lines).toEqual([
      'renegotiateMatrix c1',
      'sendMatrixReanswer a2',
    ]);
  });

  it('that come while one is being answered: only the newest is answered next', () => {
    const { lines } = ladder(
      talking,
      clientOffers,
      { type: 'matrix-offer', sdp: 'c2' },
      { type: 'matrix-offer', sdp: 'c3' },
      clientHolds,
      clientResumes,
    );
    expect(lines).toEqual([
      'renegotiateMatrix c1',
      '-',
      '-',
      'sendMatrixReanswer a1 | renegotiateMatrix c3 | reofferSip sendonly',
      'sendMatrixReanswer a2',
    ]);
  });

  it('that cannot be answered leave the call as it was', () => {
    const failed: CallEvent = {
      type: 'media-failed',
      during: 'matrix-renegotiation',
      code: 'malformed-sdp',
      message: '',
    };
    const { lines, end } = ladder(talking, clientOffers, failed);
    expect(lines[1]).toBe('-');
    expect(end).toEqual(talking);
  });

  it('of version 0 do not exist', () => {
    const state = planned('talking', { facts: { ...facts, version: '0' } });
    expect(ladder(state, clientOffers).lines).toEqual(['-']);
  });
});

describe('hold by the telephone', () => {
  it('is answered, and the client is told', () => {
    const { lines, end } = ladder(talking, phoneOffers, phoneHolds, ourOfferIsReady, clientAnswers);
    expect(lines).toEqual([
      'answerSipReoffer 1 p1 sendrecv',
      'reofferMatrix sendonly',
      'sendMatrixReoffer o1 | setTimer reanswer 30000',
      'clearTimer reanswer | acceptMatrixReanswer ca',
    ]);
    expect(end.talks).toMatchObject({ matrix: 'idle', toldMatrix: 'sendonly' });
  });

  it('and resumed', () => {
    const { lines } = ladder(
      talking,
      phoneOffers,
      phoneHolds,
      ourOfferIsReady,
      clientAnswers,
      phoneOffers,
      phoneResumes,
    );
    expect(lines.at(-1)).toBe('reofferMatrix sendrecv');
  });

  it('without any audio is told as inactive', () => {
    expect(ladder(talking, phoneOffers, phoneStops).lines.at(-1)).toBe('reofferMatrix inactive');
  });

  it('that is taken back before the client has answered, is told after it', () => {
    const { lines } = ladder(
      talking,
      phoneOffers,
      phoneHolds,
      ourOfferIsReady,
      phoneOffers,
      phoneResumes,
      clientAnswers,
    );
    expect(lines.slice(4)).toEqual(['-', 'clearTimer reanswer | acceptMatrixReanswer ca | reofferMatrix sendrecv']);
  });

  it('is not told to a client of version 0, nor to one whose audio is not up', () => {
    const old = planned('talking', { facts: { ...facts, version: '0' } });
    expect(ladder(old, phoneOffers, phoneHolds).lines[1]).toBe('-');
    const { lines } = ladder(planned('connecting'), phoneOffers, phoneHolds, { type: 'webrtc-connected' });
    expect(lines[1]).toBe('-');
    expect(lines[2]).toMatch(/reofferMatrix sendonly$/);
  });

  it('is given up when the client does not answer', () => {
    const { lines, end } = ladder(talking, phoneOffers, phoneHolds, ourOfferIsReady, {
      type: 'timer',
      timer: 'reanswer',
    });
    expect(lines.at(-1)).toBe('clearTimer reanswer');
    expect(end.talks).toMatchObject({ matrix: 'idle', toldMatrix: 'sendonly' });
  });

  it('is given up when the offer cannot be made or sent', () => {
    const cannotMake: CallEvent = { type: 'media-failed', during: 'matrix-reoffer', code: 'wrong-state', message: '' };
    expect(ladder(talking, phoneOffers, phoneHolds, cannotMake).end.talks).toMatchObject({ matrix: 'idle' });
    const cannotSend: CallEvent = { type: 'matrix-send-failed', what: 'reoffer', message: '' };
    const { lines, end } = ladder(talking, phoneOffers, phoneHolds, ourOfferIsReady, cannotSend);
    expect(lines.at(-1)).toBe('clearTimer reanswer');
    expect(end.talks).toMatchObject({ matrix: 'idle', toldMatrix: 'sendonly' });
  });
});

describe('a refresh of the session', () => {
  it('is answered and says nothing to the client', () => {
    const { lines, end } = ladder(talking, phoneOffers, phoneResumes);
    expect(lines).toEqual(['answerSipReoffer 1 p1 sendrecv', '-']);
    expect(end).toEqual(talking);
  });

  it('says nothing while the telephone holds, either', () => {
    const { lines } = ladder(talking, phoneOffers, phoneHolds, ourOfferIsReady, clientAnswers, phoneOffers, phoneHolds);
    expect(lines.slice(4)).toEqual(['answerSipReoffer 1 p1 sendrecv', '-']);
  });

  it('that asks for our offer gets the direction that the client wishes', () => {
    const { lines } = ladder(talking, clientOffers, clientHolds, phoneAgrees, { type: 'sip-reoffer', id: 2 });
    expect(lines.at(-1)).toBe('answerSipReoffer 2 sendonly');
  });
});

describe('both at once', () => {
  it('the client, who called, wins: our offer is dropped and made again afterwards', () => {
    const { lines } = ladder(
      talking,
      phoneOffers,
      phoneHolds,
      ourOfferIsReady,
      clientOffers,
      clientAnswers,
      clientResumes,
    );
    expect(lines.slice(3)).toEqual([
      'clearTimer reanswer | renegotiateMatrix c1',
      '-',
      'sendMatrixReanswer a2 | reofferMatrix sendonly',
    ]);
  });

  it('an offer of ours that becomes ready after the client has offered is not sent', () => {
    const { lines } = ladder(talking, phoneOffers, phoneHolds, clientOffers, ourOfferIsReady);
    expect(lines.slice(2)).toEqual(['renegotiateMatrix c1', '-']);
  });

  it('the telephone offers while ours is on the way: 491', () => {
    const { lines } = ladder(talking, clientOffers, clientHolds, phoneOffers);
    expect(lines.at(-1)).toBe('refuseSipReoffer 1 491');
  });

  it('the telephone offers while its last one is being answered: 500', () => {
    expect(ladder(talking, phoneOffers, { type: 'sip-reoffer', id: 2, sdp: 'p2' }).lines.at(-1)).toBe(
      'refuseSipReoffer 2 500',
    );
  });

  it('an offer of the telephone that media cannot take is refused, and the next one is heard', () => {
    const failed: CallEvent = {
      type: 'media-failed',
      during: 'sip-reoffer',
      code: 'no-common-codec',
      message: '',
      reofferId: 1,
    };
    const { lines } = ladder(talking, phoneOffers, failed, { type: 'sip-reoffer', id: 2, sdp: 'p2' });
    expect(lines.slice(1)).toEqual(['refuseSipReoffer 1 488', 'answerSipReoffer 2 p2 sendrecv']);
  });

  it('both hold: each is told of the other, and resuming one leaves the other held', () => {
    const { lines, end } = ladder(
      talking,
      clientOffers,
      clientHolds,
      phoneAgrees,
      phoneOffers,
      phoneStops,
      ourOfferIsReady,
      clientAnswers,
      clientOffers,
      clientResumes,
      { type: 'sip-reoffer-answered', direction: 'recvonly' },
    );
    expect(lines.at(4)).toBe('reofferMatrix inactive');
    expect(lines.at(-2)).toBe('sendMatrixReanswer a2 | reofferSip sendrecv');
    // The telephone answered the offer of everything with a hold of its own: the client hears that it sends again.
    expect(lines.at(-1)).toBe('reofferMatrix sendonly');
    expect(end.talks.towardsMatrix).toBe('sendonly');
  });
});

describe('every state of the talks', () => {
  const matrixStates: readonly Talks['matrix'][] = ['idle', 'answering', 'offering', 'waiting'];
  const sipStates: readonly Talks['sip'][] = ['idle', 'answering', 'offering'];
  const inState = (talks: Partial<Talks>): PlannedState =>
    planned('talking', { talks: { ...quietTalks, offeredMatrix: 'sendonly', offeredSip: 'sendonly', ...talks } });
  const outcome = (talks: Partial<Talks>, event: CallEvent): string => {
    const { lines, end } = ladder(inState(talks), event);
    return `${end.talks.matrix} ${end.talks.sip}: ${lines[0]}`;
  };
  const cannot = (during: 'matrix-renegotiation' | 'matrix-reoffer' | 'sip-reoffer'): CallEvent => ({
    type: 'media-failed',
    during,
    code: 'wrong-state',
    message: '',
    ...(during === 'sip-reoffer' ? { reofferId: 1 } : {}),
  });

  it.each<[string, CallEvent, Record<Talks['matrix'], string>]>([
    [
      'an offer of the client',
      clientOffers,
      {
        idle: 'answering idle: renegotiateMatrix c1',
        answering: 'answering idle: -',
        offering: 'answering idle: renegotiateMatrix c1',
        waiting: 'answering idle: clearTimer reanswer | renegotiateMatrix c1',
      },
    ],
    [
      'an answer of the client',
      clientAnswers,
      {
        idle: 'idle idle: -',
        answering: 'answering idle: -',
        offering: 'offering idle: -',
        waiting: 'offering idle: clearTimer reanswer | acceptMatrixReanswer ca | reofferMatrix sendrecv',
      },
    ],
    [
      'our answer',
      clientResumes,
      {
        idle: 'idle idle: -',
        answering: 'idle idle: sendMatrixReanswer a2',
        offering: 'offering idle: -',
        waiting: 'waiting idle: -',
      },
    ],
    [
      'our offer',
      ourOfferIsReady,
      {
        idle: 'idle idle: -',
        answering: 'answering idle: -',
        offering: 'waiting idle: sendMatrixReoffer o1 | setTimer reanswer 30000',
        waiting: 'waiting idle: -',
      },
    ],
    [
      'no answer of ours',
      cannot('matrix-renegotiation'),
      { idle: 'idle idle: -', answering: 'idle idle: -', offering: 'offering idle: -', waiting: 'waiting idle: -' },
    ],
    [
      'no offer of ours',
      cannot('matrix-reoffer'),
      {
        idle: 'idle idle: -',
        answering: 'answering idle: -',
        offering: 'offering idle: reofferMatrix sendrecv',
        waiting: 'offering idle: clearTimer reanswer | reofferMatrix sendrecv',
      },
    ],
    [
      'the end of waiting',
      { type: 'timer', timer: 'reanswer' },
      {
        idle: 'idle idle: -',
        answering: 'answering idle: -',
        offering: 'offering idle: -',
        waiting: 'offering idle: clearTimer reanswer | reofferMatrix sendrecv',
      },
    ],
  ])('takes %s', (_name, event, expected) => {
    for (const matrix of matrixStates) expect(outcome({ matrix }, event), matrix).toBe(expected[matrix]);
  });

  it.each<[string, CallEvent, Record<Talks['sip'], string>]>([
    [
      'an offer of the telephone',
      phoneOffers,
      {
        idle: 'idle answering: answerSipReoffer 1 p1 sendrecv',
        answering: 'idle answering: refuseSipReoffer 1 500',
        offering: 'idle offering: refuseSipReoffer 1 491',
      },
    ],
    [
      'our answer',
      phoneHolds,
      { idle: 'idle idle: -', answering: 'offering idle: reofferMatrix sendonly', offering: 'idle offering: -' },
    ],
    [
      'no answer of ours',
      cannot('sip-reoffer'),
      {
        idle: 'idle idle: refuseSipReoffer 1 488',
        answering: 'idle idle: refuseSipReoffer 1 488',
        offering: 'idle offering: refuseSipReoffer 1 488',
      },
    ],
    [
      'an answer of the telephone',
      phoneAgrees,
      { idle: 'idle idle: -', answering: 'idle answering: -', offering: 'idle offering: reofferSip sendrecv' },
    ],
    [
      'a refusal of the telephone',
      { type: 'sip-reoffer-failed', message: '' },
      { idle: 'idle idle: -', answering: 'idle answering: -', offering: 'idle offering: reofferSip sendrecv' },
    ],
  ])('takes %s', (_name, event, expected) => {
    for (const sip of sipStates) expect(outcome({ sip }, event), sip).toBe(expected[sip]);
  });
});

it('a direction is passed on as the hold that it is', () => {
  expect(passedOn('recvonly')).toBe('sendonly');
  expect(passedOn('inactive')).toBe('inactive');
  expect(passedOn('sendonly')).toBe('sendrecv');
  expect(passedOn('sendrecv')).toBe('sendrecv');
});
