/** Calls that do not come to a conversation: the right reason on the wire and the right sentence before the caller's eyes. */
import { describe, expect, it } from 'vitest';
import { RING, refuse } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';

const world = useWorld({ trunk: { ring_timeout_s: 5 } });

interface Refusal {
  readonly when: string;
  readonly status: number;
  readonly phrase: string;
  readonly headers?: string[];
  readonly ring?: boolean;
  readonly reason: string;
  readonly sentence: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  { when: 'busy', status: 486, phrase: 'Busy Here', reason: 'user_busy', sentence: /line is busy/ },
  { when: 'rejected', status: 603, phrase: 'Decline', reason: 'user_busy', sentence: /was declined/ },
  {
    when: 'not found',
    status: 404,
    phrase: 'Not Found',
    ring: false,
    reason: 'unknown_error',
    sentence: /not in service/,
  },
  { when: 'gone', status: 410, phrase: 'Gone', ring: false, reason: 'unknown_error', sentence: /has changed/ },
  {
    when: 'the network is busy',
    status: 503,
    phrase: 'Service Unavailable',
    ring: false,
    reason: 'unknown_error',
    sentence: /network is busy/,
  },
  {
    when: 'unavailable',
    status: 480,
    phrase: 'Temporarily Unavailable',
    reason: 'invite_timeout',
    sentence: /Nobody answered/,
  },
  {
    when: 'switched off, as the Reason header knows',
    status: 480,
    phrase: 'Temporarily Unavailable',
    headers: ['Reason: Q.850;cause=20;text="Subscriber absent"'],
    ring: false,
    reason: 'invite_timeout',
    sentence: /switched off/,
  },
  {
    when: 'no common codec',
    status: 488,
    phrase: 'Not Acceptable Here',
    ring: false,
    reason: 'unknown_error',
    sentence: /audio format/,
  },
  {
    when: 'forbidden',
    status: 403,
    phrase: 'Forbidden',
    ring: false,
    reason: 'unknown_error',
    sentence: /does not allow/,
  },
];

describe('a refused call', () => {
  it.each(REFUSALS)('$when ($status)', async ({ status, phrase, headers = [], ring = true, reason, sentence }) => {
    const sipp = await world.current.answerWith(refuse(status, phrase, { ring, headers }));
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('ended');
    await caller.says(sentence);
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);

    // js-sdk ignores a hang-up with a party_id before the answer: it has to be a reject, and only one.
    const ends = await endsOf(user);
    expect(ends).toEqual([['m.call.reject', reason]]);
  });

  it('a number that nobody can dial is refused before any call', async () => {
    const caller = await world.current.newCaller();
    await caller.dial('!!!');
    await caller.state('ended');
    await caller.says(/cannot be called/);
  });
});

describe('a call that nobody answers', () => {
  it('is cancelled after the ring time, and the caller reads that nobody answered', async () => {
    const sipp = await world.current.answerWith(RING);
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('ended');
    await caller.says(/Nobody answered/);
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
    expect(await endsOf(user)).toEqual([['m.call.reject', 'invite_timeout']]);
  });

  it('is cancelled at the far side when the caller gives up while it rings', async () => {
    const sipp = await world.current.answerWith(RING);
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await sipp.waitForMessage(({ startLine }) => startLine.includes('180'));
    await caller.state('calling');
    await caller.hangUp();
    await caller.state('ended');
    expect(await caller.sentence()).toBe('You cancelled the call.');
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
    // The client has ended it: there is nothing to add.
    expect((await endsOf(user)).map(([type]) => type)).toEqual(['m.call.hangup']);
  });
});

/** How the user's calls ended, by their events. */
async function endsOf(user: Parameters<typeof world.current.eventsOf>[0]): Promise<[type: string, reason: unknown][]> {
  return until('the end of the call in the room', async () => {
    const events = await world.current.eventsOf(user);
    const ends = events.filter(({ type }) => type === 'm.call.reject' || type === 'm.call.hangup');
    return ends.length > 0 && ends.map(({ type, content }): [string, unknown] => [type, content.reason]);
  });
}
