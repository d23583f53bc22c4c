import { describe, expect, it } from 'vitest';
import type { SipFailure } from '../../../../sip/leg.ts';
import { followingRoute, mayAdvance, mostTelling, nextAttempt } from '../../../../src/call/machine/failover.ts';
import type { Plan, Route } from '../../../../src/call/machine.ts';
import { type CallState, step } from '../../../../src/call/machine.ts';
import { causeOfFailure, networkRows } from '../../../../src/call/reasons.ts';
import { inWords, planned, plan as singlePlan } from './samples.ts';

const route: Route = singlePlan.routes[0];
const plan: Plan = { routes: [route, { ...route, trunk: 'second' }, { ...route, trunk: 'third' }] };

const failure = (status: number, more: Partial<SipFailure> = {}): SipFailure => ({
  status,
  phrase: 'No',
  sawProvisional: true,
  origin: 'remote',
  ...more,
});
const silent: Partial<SipFailure> = { sawProvisional: false, origin: 'timeout' };

describe('whether the next trunk is tried', () => {
  it.each<[string, SipFailure, boolean]>([
    ['no reply at all', failure(408, silent), true],
    ['408 of the trunk before anything rang', failure(408, { sawProvisional: false }), true],
    ['408 after it rang: nobody answered', failure(408), false],
    ['unreachable', failure(503, { sawProvisional: false, origin: 'transport' }), true],
    ['nowhere to send it', failure(503, { sawProvisional: false, origin: 'local' }), true],
    ['500', failure(500), true],
    ['500 that says nothing more', failure(500, { q850: 31 }), true],
    ['501', failure(501), false],
    ['502', failure(502), true],
    ['503', failure(503), true],
    ['504', failure(504), true],
    ['505, as the class says', failure(505), true],
    ['513', failure(513), false],
    ['503 because the line is busy', failure(503, { q850: 17 }), false],
    ['502 because the number is not in service', failure(502, { q850: 1 }), false],
    ['500 because nobody answered', failure(500, { q850: 19 }), false],
    ['401', failure(401), true],
    ['407', failure(407), true],
    ['402', failure(402), true],
    ['488', failure(488), true],
    ['606', failure(606), true],
    ['428', failure(428), true],
    ['404', failure(404), false],
    ['404 with no route', failure(404, { q850: 3 }), true],
    ['404 with a transit network', failure(404, { q850: 2 }), false],
    ['410', failure(410), false],
    ['480', failure(480), false],
    ['480 that says nothing more', failure(480, { q850: 31 }), false],
    ['484', failure(484), false],
    ['486', failure(486), false],
    ['486 with a full network', failure(486, { q850: 34 }), false],
    ['487', failure(487), false],
    ['600', failure(600), false],
    ['603', failure(603), false],
    ['607', failure(607), false],
    ['608', failure(608), false],
    ['302', failure(302), false],
  ])('%s', (_name, failed, expected) => {
    expect(mayAdvance(failed, route)).toBe(expected);
  });

  it.each(Object.entries(networkRows))('%s: as its row of the table says, for each of its statuses', (_cause, row) => {
    for (const status of row.statuses) {
      const failed = failure(status, { sawProvisional: false });
      expect(networkRows[causeOfFailure(failed)].routeAdvance).toBe(row.routeAdvance);
      if (row.routeAdvance !== 'preset') expect(mayAdvance(failed, route)).toBe(row.routeAdvance === 'yes');
    }
  });

  it('what the table leaves to the trunk, its settings say', () => {
    expect(mayAdvance(failure(403), route)).toBe(false);
    expect(mayAdvance(failure(403), { ...route, advanceOn: [403] })).toBe(true);
    expect(mayAdvance(failure(403), { ...route, advanceOn: [480] })).toBe(false);
    expect(mayAdvance(failure(486), { ...route, advanceOn: [486] })).toBe(false);
  });
});

describe('the next attempt', () => {
  it('is the next route, until there is none', () => {
    expect(followingRoute(plan, 0, failure(503))).toBe(1);
    expect(followingRoute(plan, 1, failure(503))).toBe(2);
    expect(followingRoute(plan, 2, failure(503))).toBeUndefined();
    expect(followingRoute(plan, 0, failure(486))).toBeUndefined();
  });

  it('an emergency call tries every route, whatever the network says', () => {
    expect(followingRoute({ ...plan, emergency: true }, 0, failure(486))).toBe(1);
    expect(followingRoute({ ...plan, emergency: true }, 2, failure(503))).toBeUndefined();
  });

  it('comes only where nobody has heard anything yet', () => {
    for (const phase of ['calling', 'ringing'] as const) {
      expect(nextAttempt(planned(phase, { plan }), failure(503))).toBe(1);
      expect(nextAttempt(planned(phase, { plan, heard: true }), failure(503))).toBeUndefined();
    }
    for (const phase of ['answering-early', 'early', 'answering', 'connecting', 'talking'] as const) {
      expect(nextAttempt(planned(phase, { plan }), failure(503))).toBeUndefined();
    }
  });
});

describe('the most telling failure', () => {
  const tried = (...failures: SipFailure[]) => failures.map((failed) => ({ trunk: 'x', failure: failed }));
  const unreachable = failure(503, { sawProvisional: false, origin: 'transport' });
  it.each<[string, SipFailure[], SipFailure, SipFailure]>([
    ['the only one', [], failure(503), failure(503)],
    ['a person beats trunks', [failure(503), unreachable], failure(486), failure(486)],
    ['a trunk that answered beats one that did not', [failure(503)], unreachable, failure(503)],
    ['what the far network says beats what the trunk says', [failure(502)], failure(401), failure(502)],
    ['of equals the last', [failure(503), failure(500)], failure(402), failure(402)],
    ['of equals the last, also before the end', [failure(502), failure(488)], unreachable, failure(488)],
  ])('%s', (_name, earlier, last, expected) => {
    expect(mostTelling(tried(...earlier), last)).toEqual(expected);
  });
});

describe('a call with three routes', () => {
  function run(state: CallState, ...events: Parameters<typeof step>[1][]): { state: CallState; words: string[] } {
    const words: string[] = [];
    let now = state;
    for (const event of events) {
      const next = step(now, event);
      now = next.state;
      words.push([now.phase, ...next.effects.map(inWords)].join(' | '));
    }
    return { state: now, words };
  }
  const fails = (status: number, more: Partial<SipFailure> = {}) =>
    ({ type: 'sip-failed', failure: failure(status, more) }) as const;
  const prepared = { type: 'prepared', rtpOffer: 'rtp' } as const;
  const rings = { type: 'sip-provisional', status: 180, forkId: 'a', reliable: false } as const;

  it('goes from trunk to trunk without a word to the client', () => {
    const { words } = run(planned('calling', { plan }), fails(503), prepared, rings, fails(500), prepared, {
      type: 'sip-answered',
      forkId: 'b',
      sdp: 'answer',
    });
    expect(words).toEqual([
      'preparing | nextRoute 1 after office 503',
      'calling | placeSip 1 rtp',
      'ringing',
      'preparing | nextRoute 2 after second 500',
      'calling | placeSip 2 rtp',
      'answering | prepareMatrixAnswer final answer',
    ]);
  });

  it('ends in the words of the most telling failure when all have failed', () => {
    const { words } = run(planned('calling', { plan }), fails(502), prepared, fails(408, silent), prepared, fails(401));
    expect(words.at(-1)).toBe(
      'ended | rejectMatrix unknown_error | notice destination-out-of-order | closeMedia | finish destination-out-of-order by network',
    );
  });

  it('ends at once when a person says no', () => {
    const { words } = run(planned('calling', { plan }), fails(503), prepared, rings, fails(486));
    expect(words.at(-1)).toBe(
      'ended | rejectMatrix user_busy | notice line-busy | closeMedia | finish line-busy by callee',
    );
  });

  it('ends when the trunk fails after its announcement was heard, also where the client does not hear it', () => {
    const quiet: Plan = { routes: [{ ...route, earlyMedia: 'ringback' }, route] };
    const { words } = run(
      planned('calling', { plan: quiet }),
      { ...rings, status: 183, sdp: 'early' },
      { type: 'early-audio', ms: 500 },
      fails(503),
    );
    expect(words.at(-1)).toContain('finish network-busy by network');
  });

  it('an announcement of the trunk before does not count for the next one', () => {
    const { state } = run(planned('ringing', { plan }), fails(503), prepared);
    expect(state).toMatchObject({ attempt: 1, heard: false });
  });

  it('is given up by its caller between two attempts: nothing is cancelled, the next is never made', () => {
    const { words } = run(planned('calling', { plan }), fails(503), { type: 'matrix-hangup' }, prepared);
    expect(words.slice(1)).toEqual(['ended | closeMedia | finish normal by caller', 'ended']);
  });

  it('ends when the lifetime of the invite is over between two attempts', () => {
    const { words } = run(planned('calling', { plan }), fails(503), { type: 'timer', timer: 'lifetime' });
    expect(words.at(-1)).toBe(
      'ended | rejectMatrix invite_timeout | notice no-answer | closeMedia | finish ring-timeout by gateway',
    );
  });

  const noCodec = { type: 'media-failed', during: 'prepare', code: 'no-common-codec', message: 'G722 only' } as const;
  it('passes over a trunk that takes none of the codecs', () => {
    const { words } = run(planned('preparing', { plan }), noCodec, prepared);
    expect(words).toEqual(['preparing | nextRoute 1 after office 488', 'calling | placeSip 1 rtp']);
  });

  it('is ended by the network when the last trunk takes none of the codecs', () => {
    const two: Plan = { routes: [route, route] };
    const { words } = run(planned('calling', { plan: two }), fails(502), noCodec);
    expect(words.at(-1)).toContain('finish no-common-codec by network');
  });
});
