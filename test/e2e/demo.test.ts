/** The demonstration, as someone runs it who has just cloned the repository. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { dtmfFrequencies } from '../demo/answering-machine/sounds.ts';
import { setStage } from '../demo/stage.ts';
import { TestBrowser } from '../world/browser.ts';
import { Caller } from '../world/caller.ts';
import { beepingMicrophone } from '../world/microphone.ts';
import { Process } from '../world/process.ts';
import { until } from '../world/wait.ts';

const RUN = path.resolve(import.meta.dirname, '../demo/run.mjs');

/** A process and all that it has started, and they in turn. */
function family(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    pairs.flatMap(([child = 0, of]) => (of === parent ? [child, ...below(child)] : []));
  return [pid, ...below(pid)];
}

function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

it('--once calls echo and tune, is called back, measures both directions, and ends well', async () => {
  const demo = await Process.start('node', [RUN, '--once'], { name: 'demo' });
  const { code } = await demo.ended;
  expect(demo.output).toMatch(
    /echo +600 .* 1\d{3} Hz at -\d+\.\d dBFS +1\d{3} Hz at -\d+\.\d dBFS|echo +600 .* 99\d Hz/,
  );
  expect(demo.output).toMatch(/tune +601 .*, .* Hz at -\d+\.\d dBFS/);
  expect(demo.output).toMatch(/calls back +605 .* Hz at -\d+\.\d dBFS/);
  expect(demo.output).toContain('✓ the audio came through in both directions');
  expect(code).toBe(0);
});

it('the answering machine says digits back as tones, is held, and hangs up after its tune', async () => {
  const stage = await setStage({ say: () => {} });
  const microphone = await beepingMicrophone(1000);
  const browser = await TestBrowser.start({ microphoneWav: microphone.wavFile });
  const reported = (event: string) => until(event, () => stage.reports.find((report) => report.event === event));
  try {
    const caller = await Caller.logIn(browser, stage.dialerUrl, stage.login, stage.user.password);
    await caller.dial('604');
    await caller.state('talking');
    await caller.press('15#');
    expect(await reported('said-back')).toMatchObject({ digits: '15#' });
    await caller.hears([...dtmfFrequencies('1'), ...dtmfFrequencies('5'), ...dtmfFrequencies('#')]);
    await caller.toggle('Hold');
    await reported('held');
    await caller.toggle('Hold');
    await reported('resumed');
    await caller.hangUp();
    await caller.state('ended');

    await caller.dial('601');
    await caller.state('talking');
    await caller.state('ended');
    expect(await caller.sentence()).toBe('The other side hung up.');
    expect(stage.reports.filter((report) => report.event === 'ended').map(({ by }) => by)).toEqual([
      'caller',
      'machine',
    ]);
  } finally {
    await browser.stop();
    await microphone.remove();
    await stage.stop();
  }
});

it('says where to look and whom to call, and leaves nothing running after Ctrl-C', async () => {
  const demo = await Process.start('node', [RUN], { name: 'demo' });
  try {
    await demo.waitForLine(/Ctrl-C stops everything/, 120_000);
    expect(demo.output).toMatch(/Open +http:\/\/127\.0\.0\.1:\d+\/dialer\//);
    expect(demo.output).toMatch(/Log in +alice/);
    for (const number of ['600', '601', '602', '603', '604'])
      expect(demo.output).toMatch(new RegExp(`^ +${number} +\\w`, 'm'));
    const pids = family(demo.pid);
    // Itself, the script, the answering machine, the gateway and Synapse.
    expect(pids.length).toBeGreaterThanOrEqual(5);
    demo.kill('SIGINT');
    expect((await demo.ended).code).toBe(0);
    await until('all of them to be gone', () => !pids.some(isRunning));
  } finally {
    await demo.stop();
  }
});
