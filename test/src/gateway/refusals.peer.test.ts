/** What the telephone network refuses with, and what becomes of it at the client and before people's eyes: every row. */
import { describe, expect, it } from 'vitest';
import { makeHeader } from '../../../sip/message/index.ts';
import { answering } from './telephone.ts';
import { useHouse } from './use-house.ts';

interface Refusal {
  readonly status: number;
  /** Value of the Reason header (RFC 3326). */
  readonly because?: string;
  readonly ring?: boolean;
  readonly reason: string;
  readonly words: RegExp;
}

const q850 = (cause: number) => `Q.850;cause=${cause}`;
const busy = { reason: 'user_busy', words: /line is busy/ };
const unanswered = { reason: 'invite_timeout', words: /Nobody answered/ };
const failed = (words: RegExp) => ({ reason: 'unknown_error', words });
const technical = failed(/technical error.*\(c-[0-9a-f]+\)/);
const outOfService = failed(/not in service/);
const noFormat = failed(/audio format/);
const networkBusy = failed(/network is busy/);

const REFUSALS: readonly Refusal[] = [
  { status: 486, ...busy },
  { status: 600, ...busy },
  { status: 503, because: q850(17), ...busy },
  { status: 480, ...unanswered },
  { status: 480, because: q850(19), ...unanswered },
  { status: 408, ring: true, ...unanswered },
  { status: 480, because: q850(20), reason: 'invite_timeout', words: /switched off/ },
  { status: 480, because: q850(31), ...failed(/could not be completed/) },
  { status: 500, ...failed(/could not be completed/) },
  { status: 404, ...outOfService },
  { status: 604, ...outOfService },
  { status: 485, ...outOfService },
  { status: 404, because: q850(3), ...failed(/no way to reach/) },
  { status: 410, ...failed(/has changed/) },
  { status: 484, ...failed(/incomplete/) },
  { status: 414, ...failed(/incomplete/) },
  { status: 416, ...failed(/incomplete/) },
  { status: 403, ...failed(/does not allow/) },
  { status: 603, reason: 'user_busy', words: /was declined/ },
  { status: 603, because: 'SIP;cause=603;text="v=analytics1;url=https://x"', ...failed(/blocked by a network/) },
  { status: 607, reason: 'user_busy', words: /does not want this call/ },
  { status: 608, ...failed(/unwanted/) },
  { status: 401, ...failed(/refused our login/) },
  { status: 407, ...failed(/refused our login/) },
  { status: 402, ...failed(/no credit/) },
  { status: 405, ...failed(/does not support/) },
  { status: 501, ...failed(/does not support/) },
  { status: 406, ...noFormat },
  { status: 488, ...noFormat },
  { status: 606, ...noFormat },
  { status: 415, ...noFormat },
  { status: 400, ...technical },
  { status: 413, ...technical },
  { status: 513, ...technical },
  { status: 420, ...technical },
  { status: 421, ...technical },
  { status: 482, ...technical },
  { status: 483, ...failed(/in circles/) },
  { status: 428, ...failed(/caller ID/) },
  { status: 436, ...failed(/caller ID/) },
  { status: 437, ...failed(/caller ID/) },
  { status: 438, ...failed(/caller ID/) },
  { status: 502, ...failed(/out of order/) },
  { status: 503, ...networkBusy },
  { status: 503, because: q850(34), ...networkBusy },
  { status: 486, because: q850(34), ...networkBusy },
  { status: 504, ...failed(/did not reply/) },
  { status: 302, ...failed(/forwarded to a number that is not allowed/) },
  { status: 305, ...failed(/forwarded to a number that is not allowed/) },
  // What is in no row counts as the x00 of its class (RFC 3261 §8.1.3.2).
  { status: 499, ...technical },
  { status: 599, ...failed(/could not be completed/) },
  { status: 699, ...busy },
];

describe('before the answer', () => {
  const gateway = useHouse();

  it.each(REFUSALS)('$status $because: $reason', async ({ status, because, ring = false, reason, words }) => {
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room);
    if (ring) telephone.reply(180);
    telephone.reply(status, { headers: because === undefined ? [] : [makeHeader('Reason', because)] });
    await telephone.request('ACK');
    expect(await call.next('m.call.reject')).toMatchObject({ reason, version: '1', party_id: expect.any(String) });
    expect(await call.words()).toMatch(words);
    await gateway.house.quiet();
    const events = call.said.filter(({ type }) => type.startsWith('m.call.'));
    expect(events.map(({ type }) => type)).toEqual(['m.call.reject']);
  });
});

describe('after the answer', () => {
  const gateway = useHouse();

  it.each([
    ['clears', undefined, 'user_hangup'],
    ['clears normally', q850(16), 'user_hangup'],
    ['lost the network', q850(41), 'unknown_error'],
  ])('the telephone %s (%s): %s by m.call.hangup', async (_name, because, reason) => {
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room);
    telephone.reply(200, { sdp: answering() });
    await telephone.request('ACK');
    const answer = await call.next('m.call.answer');
    expect((await telephone.ask('BYE', '', because === undefined ? {} : { Reason: because })).status).toBe(200);
    expect(await call.next('m.call.hangup')).toMatchObject({ reason, party_id: answer.party_id });
  });
});
