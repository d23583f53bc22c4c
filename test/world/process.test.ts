import { expect, it } from 'vitest';
import { Process } from './process.ts';
import { until } from './wait.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it('ends with all that it has started', async () => {
  const script = 'const c = require("child_process").spawn("sleep", ["600"]); console.log("child", c.pid)';
  const running = await Process.start(process.execPath, ['-e', `${script}; setInterval(() => {}, 1000)`], {
    name: 'x',
  });
  const [, pid] = await running.waitForLine(/child (\d+)/, 10_000);
  expect(isAlive(Number(pid))).toBe(true);
  await running.stop();
  expect(running.hasEnded).toBe(true);
  await until('the grandchild to end', () => !isAlive(Number(pid)));
});

it('kills what does not listen to SIGTERM', async () => {
  const script = 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)';
  const running = await Process.start(process.execPath, ['-e', script], { name: 'x' });
  await running.waitForLine(/ready/, 10_000);
  await running.stop(100);
  expect((await running.ended).signal).toBe('SIGKILL');
});

it('tells the last output when the expected line does not come', async () => {
  const running = await Process.start(process.execPath, ['-e', 'console.error("no such thing")'], { name: 'thing' });
  await expect(running.waitForLine(/ready/, 10_000)).rejects.toThrow(
    /thing ended before it printed[\s\S]*no such thing/,
  );
});

it('says so when the program is not there', async () => {
  await expect(Process.start('/nowhere/to/be/found', [], { name: 'thing' })).rejects.toThrow(
    /thing could not be started/,
  );
});

it('finds what stands on several lines, printed before or after', async () => {
  const running = await Process.start(process.execPath, ['-e', 'console.log("a\\nb"); console.log("c")'], {
    name: 'x',
  });
  await running.waitForOutput(/a\nb\nc/);
  await running.ended;
  expect((await running.waitForOutput(/b\n(.)/))[1]).toBe('c');
  await expect(running.waitForOutput(/d/)).rejects.toThrow(/x ended before it printed/);
});
