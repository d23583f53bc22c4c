/** Two calls of one user and their transfers, with everything in any order: whoever was called is let go, nothing stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SipLeg, SipLegEvent } from '../../../../sip/leg.ts';
import type { Decided } from '../../../../src/call/machine.ts';
import type { CallRequest } from '../../../../src/call/ports.ts';
import { route } from '../house.ts';
import { FakeInboundLeg } from '../inbound/house.ts';
import { bob, buildWorld, ghostOf, inbound } from './world.ts';

type World = ReturnType<typeof buildWorld>;
interface Telephone extends SipLeg {
  readonly hangups: number;
  emit(event: SipLegEvent): void;
}
interface Asked {
  answers: number;
  finals: number;
  isAccepted: boolean;
}

const busy = { status: 486, phrase: 'Busy Here', sawProvisional: true, origin: 'remote' } as const;
const down = { status: 503, phrase: 'No', sawProvisional: false, origin: 'transport' } as const;

function decide({ dialled, isTransfer }: CallRequest): Decided {
  if (isTransfer && dialled === 'denied') return { kind: 'refuse', cause: 'destination-denied' };
  const routes = [
    { ...route, target: dialled },
    { ...route, trunk: 'backup', target: dialled },
  ] as const;
  if (dialled === 'inside') {
    return { kind: 'inside', plan: { routes }, called: 'inside', caller: { withheld: false } };
  }
  return { kind: 'allow', plan: { routes, longestCallMs: 3_600_000 } };
}

/** Everything of one run. */
class Run {
  readonly world: World = buildWorld({ decide });
  readonly over = new Set<SipLeg>();
  readonly inboundLegs: FakeInboundLeg[] = [];
  readonly asked: Asked[] = [];
  first!: Awaited<ReturnType<World['callOut']>>;
  second!: Awaited<ReturnType<World['callIn']>>;

  async begin(): Promise<void> {
    this.first = await this.world.callOut('100');
    this.second = await this.world.callIn('200');
    this.inboundLegs.push(this.second.leg);
  }

  /** What the far side says; after its end it says nothing more. */
  says(leg: Telephone | undefined, event: SipLegEvent): void {
    if (!leg || this.over.has(leg) || leg.hangups > 0) return;
    if (event.type === 'failed' || event.type === 'ended') this.over.add(leg);
    leg.emit(event);
  }

  refers(leg: Telephone, target: string, replaces?: SipLeg): void {
    const asked: Asked = { answers: 0, finals: 0, isAccepted: false };
    if (this.over.has(leg) || leg.hangups > 0) return;
    this.asked.push(asked);
    leg.emit({
      type: 'refer',
      to: { target, ...(replaces ? { replaces } : {}) },
      accept: () => {
        asked.answers += 1;
        asked.isAccepted = true;
        return {
          notify(status) {
            if (status >= 200) asked.finals += 1;
          },
        };
      },
      reject: () => {
        asked.answers += 1;
      },
    });
  }

  replaces(leg: SipLeg): void {
    const newcomer = new FakeInboundLeg(`new-${this.inboundLegs.length}`, this.world.ladder, this.world.faults);
    this.inboundLegs.push(newcomer);
    this.world.sip.take?.({ ...inbound(newcomer), replaces: leg });
  }
}

const third = ({ world }: Run): Telephone | undefined => world.sip.legs.slice(1).at(-1);
const target = (name: string, more = {}) => ({
  type: 'replaces' as const,
  replacementId: 'R',
  targetUser: ghostOf(name),
  createCall: 'X',
  ...more,
});

const acts: Readonly<Record<string, (run: Run) => unknown>> = {
  ready: ({ world }) => world.settle(),
  'time passes': ({ world }) => world.clock.advance(4_000),
  'the client puts the first through': ({ world, first }) => world.say(first, target('300')),
  'the client puts the second through': ({ world, second }) => world.say(second, target('300')),
  'the client puts the first through to itself': ({ world, first }) => world.say(first, target('inside')),
  'the client may not': ({ world, first }) => world.say(first, target('denied')),
  'the client puts the first through to Bob': ({ world, first }) =>
    world.say(first, { ...target(''), targetUser: bob }),
  'the second waits': ({ world, second }) =>
    world.say(second, target('100', { createCall: undefined, awaitCall: 'X' })),
  'the first is put through to the second': ({ world, first }) => world.say(first, target('200')),
  'the client hangs up the first': ({ world, first }) => world.say(first, { type: 'hangup', reason: 'user_hangup' }),
  'the client hangs up the second': ({ world, second }) => world.say(second, { type: 'hangup' }),
  'the client holds the first': ({ world, first }) =>
    world.say(first, { type: 'negotiate', sdpType: 'offer', sdp: 'hold', lifetimeMs: 1 }),
  'credit is low': ({ world }) => world.books.tell({ type: 'low', leftMs: 30_000 }),
  'credit of the last call is used up': ({ world }) => world.books.tell({ type: 'used-up' }),
  'credit of the first call is used up': ({ world }) => world.books.tell({ type: 'used-up' }, world.books.open[0]),
  'an administrator ends all': ({ world }) => {
    for (const { callRef } of world.service.liveCalls) world.service.end(callRef, 'ended-by-administrator');
  },
  'the client leaves': ({ first }) => first.media.closed || first.media.listener({ type: 'webrtc-closed' }),
  'the first telephone transfers': (run) => run.refers(run.first.leg, '300'),
  'the first telephone transfers inside': (run) => run.refers(run.first.leg, 'inside'),
  'the first telephone may not': (run) => run.refers(run.first.leg, 'denied'),
  'the second telephone transfers': (run) => run.refers(run.second.leg, '300'),
  'the first telephone joins its calls': (run) => run.refers(run.first.leg, 'x', run.second.leg),
  'a newcomer replaces the first': (run) => run.replaces(run.first.leg),
  'a newcomer replaces the second': (run) => run.replaces(run.second.leg),
  'the first telephone hangs up': (run) => run.says(run.first.leg, { type: 'ended', end: { by: 'remote' } }),
  'the second telephone hangs up': (run) => run.says(run.second.leg, { type: 'ended', end: { by: 'remote' } }),
  'the first telephone offers': (run) => void (run.over.has(run.first.leg) || run.first.leg.offer('offer')),
  'the third rings': (run) => run.says(third(run), { type: 'provisional', status: 180, forkId: 'a', reliable: false }),
  'the third announces': (run) =>
    run.says(third(run), { type: 'provisional', status: 183, forkId: 'a', sdp: 'early', reliable: false }),
  'the third answers': (run) => run.says(third(run), { type: 'answered', forkId: 'a', sdp: 'third' }),
  'the third is busy': (run) => run.says(third(run), { type: 'failed', failure: busy }),
  'the trunk of the third is down': (run) => run.says(third(run), { type: 'failed', failure: down }),
  'the third hangs up': (run) => run.says(third(run), { type: 'ended', end: { by: 'remote' } }),
};
const faults = [
  'books.enter',
  'media.createSession',
  'media.createRtpOffer',
  'media.acceptRtpAnswer',
  'media.acceptRtpOffer',
  'media.createRtpReoffer',
  'media.joinTelephones',
  'sip.placeCall',
  'sip.reoffer',
  'sip.answer',
  'matrix.hangup',
  'matrix.reject_replacement',
];

describe('two calls and their transfers in any order', () => {
  it('leave nobody hanging, and nothing behind', async () => {
    const scenario = fc.record({
      names: fc.array(fc.constantFrom(...Object.keys(acts)), { maxLength: 14 }),
      fault: fc.option(fc.constantFrom(...faults), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ names, fault }) => {
        const run = new Run();
        const { world } = run;
        await run.begin();
        if (fault !== undefined) world.faults.next(fault, new Error('fault'));
        for (const name of names) await acts[name]?.(run);
        await world.settle();
        await world.service.close(10_000);
        await world.settle();

        expect(world.service.stats.live).toBe(0);
        expect(world.media.sessionCount).toBe(0);
        expect(world.clock.pending).toBe(0);
        // Each telephone that was called is closed in the books once, when it is gone.
        expect(world.books.open).toEqual([]);
        const closed = world.books.closed.map(({ callRef }) => callRef);
        expect(new Set(closed).size).toBe(closed.length);
        for (const { callRef } of world.books.entered) expect(closed).toContain(callRef);
        for (const leg of world.sip.legs) expect(run.over.has(leg) || leg.hangups > 0).toBe(true);
        for (const leg of run.inboundLegs) {
          expect(run.over.has(leg) || leg.hangups > 0 || leg.refusals.length > 0).toBe(true);
        }
        for (const { answers, isAccepted, finals } of run.asked) {
          expect(answers).toBe(1);
          if (isAccepted) expect(finals).toBe(1);
        }
      }),
      { numRuns: 400 },
    );
  });
});
