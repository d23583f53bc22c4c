/**
 * Offers and answers inside a call (hold, resume, ICE restart, session refreshes). Each side's wish is noted down when
 * it is heard; `settle` brings the other side up to date whenever nothing else is under way there. So it does not
 * matter in which order offers, answers, collisions and failures come.
 */
import type { Direction } from '../../../media/index.ts';
import type { Effect, Step } from './effects.ts';
import { matrixAnswered, sipAnswered } from './ending.ts';
import type { PlannedState, Talks } from './state.ts';

/** The client may take this long to answer our offer. */
export const reanswerMs = 30_000;

/** Our direction towards one side, seen as what that side asks us to have towards the other: a hold, passed on. */
export function passedOn(direction: Direction): Direction {
  switch (direction) {
    case 'recvonly':
      return 'sendonly';
    case 'inactive':
      return 'inactive';
    // We send and do not receive: that side is silent, which is no hold.
    case 'sendonly':
    case 'sendrecv':
      return 'sendrecv';
    default:
      return direction satisfies never;
  }
}

const same = (state: PlannedState): Step<PlannedState> => ({ state, effects: [] });

function talk(state: PlannedState, change: Partial<Talks>, effects: readonly Effect[] = []): Step<PlannedState> {
  return { state: { ...state, talks: { ...state.talks, ...change } }, effects };
}

/** Offers to each side what the other side wishes and it has not been told yet. */
export function settle({ state, effects }: Step<PlannedState>): Step<PlannedState> {
  const { talks, phase, facts } = state;
  const more: Effect[] = [];
  let change: Partial<Talks> = {};
  if (
    talks.matrix === 'idle' &&
    talks.toldMatrix !== talks.towardsMatrix &&
    matrixAnswered(phase) &&
    state.webrtcUp &&
    facts.version === '1' // Version 0 has no m.call.negotiate: that client hears the hold and is not told.
  ) {
    change = { ...change, matrix: 'offering', offeredMatrix: talks.towardsMatrix };
    more.push({ type: 'reofferMatrix', direction: talks.towardsMatrix });
  }
  if (talks.sip === 'idle' && talks.toldSip !== talks.towardsSip && sipAnswered(phase) && phase !== 'referred') {
    change = { ...change, sip: 'offering', offeredSip: talks.towardsSip };
    more.push({ type: 'reofferSip', direction: talks.towardsSip });
  }
  return { state: { ...state, talks: { ...talks, ...change } }, effects: [...effects, ...more] };
}

/**
 * `m.call.negotiate` with an offer. When offers cross, the caller's wins (specification, "Glare"): a client that called is
 * answered in spite of ours; one that was called takes its own back and answers ours.
 */
export function matrixOffers(state: PlannedState, sdp: string): Step<PlannedState> {
  if (!matrixAnswered(state.phase) || state.facts.version === '0') return same(state);
  const isOurs = state.talks.matrix === 'waiting' || state.talks.matrix === 'offering';
  if (isOurs && state.facts.client === 'callee') return same(state);
  switch (state.talks.matrix) {
    case 'answering':
      return talk(state, { nextMatrixOffer: sdp });
    case 'waiting':
      return talk(state, { matrix: 'answering' }, [
        { type: 'clearTimer', timer: 'reanswer' },
        { type: 'renegotiateMatrix', sdp },
      ]);
    case 'idle':
    case 'offering':
      return talk(state, { matrix: 'answering' }, [{ type: 'renegotiateMatrix', sdp }]);
    default:
      return state.talks.matrix satisfies never;
  }
}

export function matrixRenegotiated(state: PlannedState, sdp: string, direction: Direction): Step<PlannedState> {
  if (state.talks.matrix !== 'answering') return same(state);
  const answered = talk(state, { matrix: 'idle', towardsSip: passedOn(direction) }, [
    { type: 'sendMatrixReanswer', sdp },
  ]);
  return nextOfMatrix(answered);
}

/** The client's offer cannot be answered. The call goes on as it was; there is no way to refuse an offer in Matrix. */
export function matrixRenegotiationFailed(state: PlannedState): Step<PlannedState> {
  return state.talks.matrix === 'answering' ? nextOfMatrix(talk(state, { matrix: 'idle' })) : same(state);
}

function nextOfMatrix({ state, effects }: Step<PlannedState>): Step<PlannedState> {
  const { nextMatrixOffer, ...talks } = state.talks;
  if (nextMatrixOffer === undefined) return settle({ state, effects });
  return settle({
    state: { ...state, talks: { ...talks, matrix: 'answering' } },
    effects: [...effects, { type: 'renegotiateMatrix', sdp: nextMatrixOffer }],
  });
}

export function matrixReofferReady(state: PlannedState, sdp: string): Step<PlannedState> {
  if (state.talks.matrix !== 'offering') return same(state);
  return talk(state, { matrix: 'waiting' }, [
    { type: 'sendMatrixReoffer', sdp },
    { type: 'setTimer', timer: 'reanswer', afterMs: reanswerMs },
  ]);
}

export function matrixReanswers(state: PlannedState, sdp: string): Step<PlannedState> {
  if (state.talks.matrix !== 'waiting') return same(state);
  return settle(
    talk(state, { matrix: 'idle', toldMatrix: state.talks.offeredMatrix ?? state.talks.toldMatrix }, [
      { type: 'clearTimer', timer: 'reanswer' },
      { type: 'acceptMatrixReanswer', sdp },
    ]),
  );
}

/** Our offer to the client came to nothing: it counts as told, so that nobody tries for ever. */
export function matrixReofferFailed(state: PlannedState): Step<PlannedState> {
  const { matrix, offeredMatrix, toldMatrix } = state.talks;
  if (matrix !== 'offering' && matrix !== 'waiting') return same(state);
  const effects: Effect[] = matrix === 'waiting' ? [{ type: 'clearTimer', timer: 'reanswer' }] : [];
  return settle(talk(state, { matrix: 'idle', toldMatrix: offeredMatrix ?? toldMatrix }, effects));
}

/** A re-INVITE or UPDATE. One at a time: RFC 3261 §14.2 (500 while one is being answered, 491 while ours is out). */
export function sipOffers(state: PlannedState, id: number, sdp: string | undefined): Step<PlannedState> {
  switch (state.talks.sip) {
    case 'offering':
      return { state, effects: [{ type: 'refuseSipReoffer', id, status: 491 }] };
    case 'answering':
      return { state, effects: [{ type: 'refuseSipReoffer', id, status: 500 }] };
    case 'idle':
      return talk(state, { sip: 'answering' }, [
        {
          type: 'answerSipReoffer',
          id,
          ...(sdp === undefined ? {} : { sdp }),
          direction: state.talks.towardsSip,
        },
      ]);
    default:
      return state.talks.sip satisfies never;
  }
}

/** A refresh leaves the direction as it was: then nothing is said to the client (RFC 4028 §7.4). */
export function sipRenegotiated(state: PlannedState, direction: Direction): Step<PlannedState> {
  if (state.talks.sip !== 'answering') return same(state);
  return settle(talk(state, { sip: 'idle', towardsMatrix: passedOn(direction) }));
}

export function sipRenegotiationFailed(state: PlannedState, id: number | undefined): Step<PlannedState> {
  const refusal: Effect[] = id === undefined ? [] : [{ type: 'refuseSipReoffer', id, status: 488 }];
  if (state.talks.sip !== 'answering') return { state, effects: refusal };
  return settle(talk(state, { sip: 'idle' }, refusal));
}

export function sipReofferAnswered(state: PlannedState, direction: Direction): Step<PlannedState> {
  if (state.talks.sip !== 'offering') return same(state);
  const offered = state.talks.offeredSip ?? state.talks.toldSip;
  return settle(
    talk(state, {
      sip: 'idle',
      toldSip: offered,
      // Only an offer of everything lets the answer tell whether the telephone holds, too.
      ...(offered === 'sendrecv' ? { towardsMatrix: passedOn(direction) } : {}),
    }),
  );
}

/** The telephone refused our offer: its audio stays as it was, and it counts as told. */
export function sipReofferFailed(state: PlannedState): Step<PlannedState> {
  if (state.talks.sip !== 'offering') return same(state);
  return settle(talk(state, { sip: 'idle', toldSip: state.talks.offeredSip ?? state.talks.toldSip }));
}
