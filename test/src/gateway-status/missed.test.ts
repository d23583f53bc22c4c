import { describe, expect, it } from 'vitest';
import type { CallRecord, InboundDecided, InboundRequest } from '../../../src/call/index.ts';
import { createMissedTeller } from '../../../src/gateway-status/index.ts';
import type { MatrixUserId } from '../../../src/matrix/index.ts';

const ALICE = '@alice:example.org' as MatrixUserId;
const request: InboundRequest = {
  callRef: 'c-1',
  trunk: 'office',
  called: '+4930901820',
  caller: { number: '+441818118181', withheld: false },
  live: 0,
};

function world(quiet?: readonly MatrixUserId[]) {
  const told: string[] = [];
  const teller = createMissedTeller({
    tellUser: async (user, kind, text, key) => void told.push(`${user} ${kind} ${key}: ${text}`),
  });
  const decided = { kind: 'ring', plan: { steps: [], ...(quiet === undefined ? {} : { quiet }) } };
  const decide = teller.watching(() => decided as unknown as InboundDecided);
  const over = (more: object = {}) => {
    const times = { arrivedAt: 0, endedAt: 1 };
    const record = { direction: 'in', callRef: 'c-1', caller: request.caller, times, ...more };
    return teller.finished(record as unknown as CallRecord);
  };
  return { told, decide, over };
}

describe('a call that did not ring', () => {
  it('is told of when it is over and nobody took it, once', async () => {
    const { told, decide, over } = world([ALICE]);
    await decide(request);
    expect(told).toEqual([]);
    await over();
    await over();
    expect(told).toEqual([`${ALICE} missed missed:c-1: Missed call from +441818118181.`]);
  });

  it('is not, where somebody took it', async () => {
    const { told, decide, over } = world([ALICE]);
    await decide(request);
    await over({ times: { arrivedAt: 0, answeredAt: 1, endedAt: 2 } });
    expect(told).toEqual([]);
  });

  it('does not say who withheld their number', async () => {
    const { told, decide, over } = world([ALICE]);
    await decide(request);
    await over({ caller: { number: '+441818118181', withheld: true } });
    expect(told).toEqual([expect.stringContaining('withheld')]);
    expect(told[0]).not.toContain('818');
  });

  it('is none, where all rang', async () => {
    const { told, decide, over } = world();
    await decide(request);
    await over();
    expect(told).toEqual([]);
  });
});

describe('a call that was to go on to another number', () => {
  const onward = { to: '+447700900123', by: ALICE };
  const outcome = { endedBy: 'gateway', cause: 'credit-too-low', sentence: { key: 'credit-too-low' } };

  it('and could not for a reason of this house is told of, with the reason', async () => {
    const { told, over } = world();
    await over({ onward, outcome });
    expect(told).toEqual([
      `${ALICE} failed forward-failed:c-1: A call to you could not be forwarded to +447700900123. ` +
        'You do not have enough credit for this call.',
    ]);
  });

  it('is not, where it went on, or nobody took it there', async () => {
    const { told, over } = world();
    await over({ onward, outcome: { endedBy: 'callee', cause: 'forwarded' } });
    await over({ onward, outcome: { endedBy: 'callee', cause: 'line-busy', sentence: { key: 'line-busy' } } });
    expect(told).toEqual([]);
  });
});
