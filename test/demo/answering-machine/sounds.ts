/** What the answering machine plays, as linear samples at 8 kHz. */
import { SAMPLE_RATE, tone } from '../../world/audio.ts';

/** Pitches of the tune, Hz (equal temperament). */
const PITCH = { G4: 392.0, C5: 523.25, D5: 587.33, E5: 659.25, F5: 698.46, G5: 783.99 } as const;

type Note = readonly [pitch: keyof typeof PITCH, beats: number];

/** The theme of Beethoven's ninth symphony, fourth movement. */
const ODE: readonly Note[] = [
  ['E5', 1],
  ['E5', 1],
  ['F5', 1],
  ['G5', 1],
  ['G5', 1],
  ['F5', 1],
  ['E5', 1],
  ['D5', 1],
  ['C5', 1],
  ['C5', 1],
  ['D5', 1],
  ['E5', 1],
  ['E5', 1.5],
  ['D5', 0.5],
  ['D5', 2],
  ['E5', 1],
  ['E5', 1],
  ['F5', 1],
  ['G5', 1],
  ['G5', 1],
  ['F5', 1],
  ['E5', 1],
  ['D5', 1],
  ['C5', 1],
  ['C5', 1],
  ['D5', 1],
  ['E5', 1],
  ['D5', 1.5],
  ['C5', 0.5],
  ['C5', 2],
];

const BEAT_MS = 480;
const GAP_MS = 40;
const LEVEL = 0.4;

/** The frequencies that occur in the tune, Hz. */
export const TUNE_FREQUENCIES: readonly number[] = [...new Set(ODE.map(([pitch]) => PITCH[pitch]))];

const DTMF_ROWS = [697, 770, 852, 941];
const DTMF_COLUMNS = [1209, 1336, 1477, 1633];
const DTMF_KEYS = '123A456B789C*0#D';

/** The tune, once through. */
export function tune(): Int16Array {
  return join(ODE.flatMap(([pitch, beats]) => [tone(PITCH[pitch], beats * BEAT_MS - GAP_MS, LEVEL), silence(GAP_MS)]));
}

/** Two rising tones: "go on". */
export function prompt(): Int16Array {
  return join([silence(200), tone(500, 150, LEVEL), silence(50), tone(800, 150, LEVEL)]);
}

/** Digits as their key tones (ITU-T Q.23), 200 ms each. */
export function digitTones(digits: string): Int16Array {
  return join([...digits].flatMap((digit) => [tone(dtmfFrequencies(digit), 200, LEVEL), silence(100)]));
}

/** Row and column frequency of a key, Hz. */
export function dtmfFrequencies(digit: string): [number, number] {
  const index = DTMF_KEYS.indexOf(digit);
  const [row, column] = [DTMF_ROWS[Math.floor(index / 4)], DTMF_COLUMNS[index % 4]];
  if (row === undefined || column === undefined) throw new Error(`"${digit}" is no key`);
  return [row, column];
}

export function silence(ms: number): Int16Array {
  return new Int16Array(Math.round((ms * SAMPLE_RATE) / 1000));
}

function join(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
