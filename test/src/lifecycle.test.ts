import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { countdown, Started } from '../../src/lifecycle.ts';

describe('what has been started', () => {
  it('is stopped in the opposite order, once, whatever one of them does', async () => {
    const stopped: string[] = [];
    const lines: string[] = [];
    const started = new Started(pino({}, { write: (line: string) => void lines.push(line) }));
    started.add('store', () => void stopped.push('store'));
    started.add('server', () => Promise.reject(new Error('stuck')));
    started.add('calls', async () => void stopped.push('calls'));
    await started.stop();
    await started.stop();
    expect(stopped).toEqual(['calls', 'store']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('Stopping the server failed');
  });
});

describe('the time for stopping', () => {
  it('runs from the first time that it is asked, and leaves a little for the last', () => {
    let now = 1_000;
    const left = countdown(5_000, { now: () => now });
    now = 60_000;
    expect(left()).toBe(5_000);
    now += 3_000;
    expect(left()).toBe(2_000);
    now += 10_000;
    expect(left()).toBe(200);
  });
});
