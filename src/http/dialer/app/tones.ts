/** What the user hears from the telephone itself: the ringing at the far end, and the keys. */

/** Row and column frequencies of the keypad, Hz (ITU-T Q.23). */
const KEY_TONES: Readonly<Record<string, readonly [number, number]>> = {
  '1': [697, 1209],
  '2': [697, 1336],
  '3': [697, 1477],
  '4': [770, 1209],
  '5': [770, 1336],
  '6': [770, 1477],
  '7': [852, 1209],
  '8': [852, 1336],
  '9': [852, 1477],
  '*': [941, 1209],
  '0': [941, 1336],
  '#': [941, 1477],
};

const KEY_MS = 120;
const LEVEL = 0.05;

export class Tones {
  #context: AudioContext | undefined;
  #ringing: (() => void) | undefined;

  /** Plays a key's two tones. */
  key(digit: string): void {
    const tones = KEY_TONES[digit];
    if (tones === undefined) return;
    const stop = this.#play(tones);
    setTimeout(stop, KEY_MS);
  }

  /** Ringback, 425 Hz, one second in five (ETSI TR 101 041), until `stopRinging`. */
  startRinging(): void {
    if (this.#ringing !== undefined) return;
    let stopTone = () => {};
    const ring = () => {
      stopTone = this.#play([425]);
      setTimeout(stopTone, 1000);
    };
    ring();
    const timer = setInterval(ring, 5000);
    this.#ringing = () => {
      clearInterval(timer);
      stopTone();
    };
  }

  stopRinging(): void {
    this.#ringing?.();
    this.#ringing = undefined;
  }

  #play(frequencies: readonly number[]): () => void {
    this.#context ??= new AudioContext();
    const context = this.#context;
    void context.resume();
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(LEVEL, context.currentTime, 0.01);
    gain.connect(context.destination);
    const oscillators = frequencies.map((frequency) => new OscillatorNode(context, { frequency }));
    for (const oscillator of oscillators) {
      oscillator.connect(gain);
      oscillator.start();
    }
    return () => {
      gain.gain.setTargetAtTime(0, context.currentTime, 0.01);
      for (const oscillator of oscillators) oscillator.stop(context.currentTime + 0.1);
    };
  }
}
