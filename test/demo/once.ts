/** The demonstration without a person: a headless browser dials, the audio is measured in both directions. */
import { TestBrowser } from '../world/browser.ts';
import { Caller, type CallTimes } from '../world/caller.ts';
import type { Heard } from '../world/ear.ts';
import { beepingMicrophone } from '../world/microphone.ts';
import { NUMBERS } from './answering-machine/lines.ts';
import type { TimedReport } from './answering-machine/report.ts';
import { TUNE_FREQUENCIES } from './answering-machine/sounds.ts';
import type { Stage } from './stage.ts';
import { table } from './table.ts';

/** What the microphone hears, Hz; not a note of the tune. */
const MICROPHONE_HZ = 1000;
const TOLERANCE_HZ = 12;
/** So many different notes of the tune have to be heard. */
const NOTES = 3;

interface CallResult {
  readonly line: string;
  readonly number: string;
  readonly times: CallTimes;
  readonly ringMs?: number;
  readonly firstAudioMs?: number;
  readonly roundTripMs?: number;
  /** What the browser heard from the telephone. */
  readonly browserHeard: readonly Heard[];
  /** What the telephone heard from the browser. */
  readonly machineHeard: readonly Heard[];
  readonly problems: readonly string[];
}

/** Calls the echo and the tune; tells whether the audio came through. */
export async function runOnce(stage: Stage, say: (text: string) => void): Promise<boolean> {
  const microphone = await beepingMicrophone(MICROPHONE_HZ);
  const browser = await TestBrowser.start({ microphoneWav: microphone.wavFile });
  try {
    say(`browser: Chromium ${browser.version}, headless; its microphone hears ${MICROPHONE_HZ} Hz`);
    const caller = await Caller.logIn(browser, stage.dialerUrl, stage.login, stage.user.password);
    say(`logged in as ${stage.user.userId}`);
    const results = [await callEcho(stage, caller), await callTune(stage, caller), await calledBack(stage, caller)];
    say(`\n${report(results)}\n`);
    for (const { line, problems } of results) for (const problem of problems) say(`✗ ${line}: ${problem}`);
    return results.every(({ problems }) => problems.length === 0);
  } finally {
    await browser.stop();
    await microphone.remove();
  }
}

async function callEcho(stage: Stage, caller: Caller): Promise<CallResult> {
  const call = await begin(stage, caller, 'echo');
  const heard = await caller.hears(MICROPHONE_HZ, { toleranceHz: TOLERANCE_HZ }).catch(() => undefined);
  const roundTripMs = await caller.roundTripMs();
  const result = await end(stage, caller, call, heard === undefined ? [] : [heard]);
  const problems = [...result.problems];
  if (heard === undefined) problems.push(`the browser did not hear its ${MICROPHONE_HZ} Hz come back`);
  if (roundTripMs === undefined) problems.push('no round trip could be measured');
  return { ...result, ...(roundTripMs === undefined ? {} : { roundTripMs }), problems };
}

async function callTune(stage: Stage, caller: Caller): Promise<CallResult> {
  const call = await begin(stage, caller, 'tune');
  const notes = new Map<number, Heard>();
  for (let missed = false; notes.size < NOTES && !missed; ) {
    const rest = TUNE_FREQUENCIES.filter((hz) => !notes.has(hz));
    const heard = await caller.hears(rest, { toleranceHz: TOLERANCE_HZ }).catch(() => undefined);
    const note = rest.find((hz) => heard !== undefined && Math.abs(hz - heard.hz) <= TOLERANCE_HZ);
    if (note === undefined || heard === undefined) missed = true;
    else notes.set(note, heard);
  }
  const result = await end(stage, caller, call, [...notes.values()]);
  const problems = [...result.problems];
  if (notes.size < NOTES) problems.push(`the browser heard ${notes.size} notes of the tune, not ${NOTES}`);
  return { ...result, problems };
}

/** The machine hangs up and calls: the page rings, and it is an echo again. */
async function calledBack(stage: Stage, caller: Caller): Promise<CallResult> {
  const number = NUMBERS.find((entry) => entry.line === 'call-back')?.number ?? '';
  const reportsBefore = stage.reports.length;
  await caller.dial(number);
  await caller.rings();
  const rangAt = Date.now();
  await caller.answer();
  await caller.state('talking');
  const heard = await caller.hears(MICROPHONE_HZ, { toleranceHz: TOLERANCE_HZ }).catch(() => undefined);
  const call = { line: 'calls back', number, reportsBefore, firstSoundAt: undefined };
  const { times, ...result } = await end(stage, caller, call, heard === undefined ? [] : [heard]);
  const calledAt = stage.reports.slice(reportsBefore).find(({ event }) => event === 'calls-back')?.at;
  const problems = [...result.problems];
  if (heard === undefined) problems.push(`the browser did not hear its ${MICROPHONE_HZ} Hz come back`);
  // Of the times only how soon it rang means anything: the page dialled for the call before.
  return {
    ...result,
    times: { dialledAt: times.dialledAt },
    ...(calledAt === undefined ? {} : { ringMs: rangAt - calledAt }),
    problems,
  };
}

interface Begun {
  readonly line: string;
  readonly number: string;
  readonly firstSoundAt: number | undefined;
  /** How many reports there were before the call. */
  readonly reportsBefore: number;
}

async function begin(stage: Stage, caller: Caller, line: string): Promise<Begun> {
  const number = NUMBERS.find((entry) => entry.line === line)?.number ?? '';
  const reportsBefore = stage.reports.length;
  await caller.dial(number);
  // Listening from the beginning: opening an ear takes time of its own.
  const firstSound = caller.firstSound();
  firstSound.catch(() => {});
  const state = await caller.state('talking', 'ended');
  if (state === 'ended') throw new Error(`the call to ${number} ended: ${await caller.sentence()}`);
  return { line, number, reportsBefore, firstSoundAt: await firstSound };
}

async function end(stage: Stage, caller: Caller, call: Begun, browserHeard: Heard[]): Promise<CallResult> {
  const times = await caller.times();
  await caller.hangUp();
  await caller.state('ended');
  const reports = stage.reports.slice(call.reportsBefore);
  const machineHeard = reports.filter((report) => report.event === 'heard');
  const rang = reports.find((report) => report.event === 'ringing');
  const problems = machineHeard.some(({ hz }) => Math.abs(hz - MICROPHONE_HZ) <= TOLERANCE_HZ)
    ? []
    : [`the answering machine did not hear the browser's ${MICROPHONE_HZ} Hz`];
  return {
    line: call.line,
    number: call.number,
    times,
    ...(rang === undefined ? {} : { ringMs: rang.at - times.dialledAt }),
    ...(call.firstSoundAt === undefined ? {} : { firstAudioMs: call.firstSoundAt - times.dialledAt }),
    browserHeard,
    machineHeard: onlyTone(machineHeard),
    problems,
  };
}

/** The looks at the microphone's tone; a window that begins in a pause between beeps may see something else. */
function onlyTone(heard: readonly (TimedReport & Heard)[]): Heard[] {
  const near = heard.filter(({ hz }) => Math.abs(hz - MICROPHONE_HZ) <= TOLERANCE_HZ);
  return near.length > 0 ? near : [...heard];
}

function report(results: readonly CallResult[]): string {
  const ms = (value: number | undefined) => (value === undefined ? '–' : `${Math.round(value)} ms`);
  return table(
    [
      'call',
      'number',
      'lookup',
      'rings',
      'answer',
      'connected',
      'first audio',
      'round trip',
      'browser heard',
      'machine heard',
    ],
    results.map((result) => [
      result.line,
      result.number,
      ms(result.times.lookedUpMs),
      ms(result.ringMs),
      ms(result.times.answeredMs),
      ms(result.times.connectedMs),
      ms(result.firstAudioMs),
      ms(result.roundTripMs),
      sounds(result.browserHeard),
      sounds(result.machineHeard.slice(0, 1)),
    ]),
  );
}

function sounds(heard: readonly Heard[]): string {
  if (heard.length === 0) return 'nothing';
  const loudest = Math.max(...heard.map(({ dbfs }) => dbfs));
  return `${heard.map(({ hz }) => Math.round(hz)).join(', ')} Hz at ${loudest.toFixed(1)} dBFS`;
}
