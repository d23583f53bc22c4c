/** Calls that the gateway refuses by itself: at once, with the right event and a sentence, and without a word to the trunk. */
import { describe, expect, it } from 'vitest';
import { ANSWER } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, type User, useWorld } from '../world/world.ts';

const world = useWorld({ config: { limits: { calls: 1 } } });

/** The reason of the last reject. */
async function reasonFor(user: User): Promise<unknown> {
  return until('the reject in the room', async () => {
    const events = await world.current.eventsOf(user);
    return events.findLast(({ type }) => type === 'm.call.reject')?.content.reason;
  });
}

const invitesSent = () => world.current.relay.messages.filter(({ text }) => text.startsWith('INVITE')).length;

describe('a call that is refused at once', () => {
  it.each(['112', '+44 999', '*31#112'])('to an emergency number (%s)', async (number) => {
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial(number);
    await caller.state('ended');
    await caller.says(/Emergency calls do not work here.*right now/);
    expect(await reasonFor(user)).toBe('unknown_error');
    expect(invitesSent()).toBe(0);
  });

  it('beyond the number of calls that there may be, and to a room with a call', async () => {
    await world.current.answerWith(ANSWER);
    const user = await world.current.newUser();
    const first = await world.current.newCaller(user);
    await first.dial('0181 811 8181');
    await first.state('talking');
    await first.hears(MICROPHONE_HZ);

    const second = await world.current.newCaller(user);
    await second.dial('0181 811 8181');
    await second.state('ended');
    await second.says(/already a call in this room/);
    expect(await reasonFor(user)).toBe('user_busy');

    const stranger = await world.current.newUser();
    const third = await world.current.newCaller(stranger);
    await third.dial('0181 811 8181');
    await third.state('ended');
    await third.says(/All lines of the gateway are in use/);

    expect(invitesSent()).toBe(1);
    await first.hears(MICROPHONE_HZ);
    await first.hangUp();
    await first.state('ended');
  });
});
