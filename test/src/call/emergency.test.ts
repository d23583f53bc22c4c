import { describe, expect, it } from 'vitest';
import { step } from '../../../src/call/machine.ts';
import { buildHouse, plan, route } from './house.ts';
import { planned, plan as samplePlan } from './machine/samples.ts';

const emergency = { ...plan, routes: [route, { ...route, trunk: 'backup' }], emergency: true } as const;
const failed = (status: number) =>
  ({ type: 'failed', failure: { status, phrase: 'No', sawProvisional: true, origin: 'remote' } }) as const;

describe('an emergency call', () => {
  it('tries every route there is, whatever the network says', async () => {
    const house = buildHouse({ plan: emergency });
    await house.invite();
    house.sip.last.emit(failed(404));
    await house.settle();
    expect(house.sip.legs.map(({ trunk }) => trunk)).toEqual(['office', 'backup']);
  });

  it('tells its caller which address is known', async () => {
    const notice = { key: 'emergency-address', params: { address: '1 High Street' } } as const;
    const house = buildHouse({ plan: { ...emergency, notice } });
    await house.invite();
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([
      'Emergency call. The address known for this line is: 1 High Street. Say at once if you are elsewhere.',
    ]);
    expect(house.sip.legs).toHaveLength(1);
  });

  it('that cannot be put through says what to do instead', async () => {
    const house = buildHouse({ plan: emergency });
    await house.invite();
    house.sip.last.emit(failed(503));
    await house.settle();
    house.sip.last.emit(failed(486));
    await house.settle();
    expect(house.signalling.notices.map(({ text }) => text)).toEqual([
      'The emergency call could not be put through. Please use a mobile phone or a landline right now.',
    ]);
    expect(house.records).toMatchObject([{ outcome: { cause: 'line-busy' } }]);
  });

  it('says the same when the gateway is the reason', async () => {
    const house = buildHouse({ plan: emergency });
    house.faults.next('media.createSession', new Error('no port'));
    await house.invite();
    expect(house.signalling.notices.map(({ text }) => text)[0]).toContain('mobile phone');
  });

  it('has no longest time, and ends for no credit', async () => {
    const house = buildHouse({ plan: { ...emergency, longestCallMs: 60_000 } });
    await house.talk();
    house.clock.advance(3_600_000);
    await house.settle();
    expect(house.service.stats.live).toBe(1);
    const state = planned('talking', { plan: { ...samplePlan, emergency: true } });
    expect(step(state, { type: 'credit-used-up' })).toEqual({ state, effects: [] });
  });

  it('that is refused is refused at once, with words', async () => {
    const house = buildHouse({
      decide: () => ({ kind: 'refuse', cause: 'emergency-blocked', params: { dialled: '112' } }),
    });
    await house.invite();
    expect(house.signalling.sent.map(({ event }) => event.type)).toEqual(['reject']);
    expect(house.signalling.notices[0]?.text).toContain('112');
    expect(house.sip.legs).toEqual([]);
  });
});
