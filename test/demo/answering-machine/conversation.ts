/** What happens on a line once it has been answered. */
import { createEar } from './ear.ts';
import type { Line } from './lines.ts';
import type { Report } from './report.ts';
import { RtpStream } from './rtp.ts';
import { digitTones, prompt, silence, tune } from './sounds.ts';

/** Digits are said back when none has come for so long, or after a `#`. */
const DIGITS_PAUSE_MS = 2_000;

/** Opens the audio of a call. Nothing is heard before `start`. */
export class Conversation {
  readonly rtp: RtpStream;
  readonly #line: Line;
  readonly #callId: string;
  readonly #report: Report;
  readonly #hangUp: () => void;
  #digits = '';
  #pause: ReturnType<typeof setTimeout> | undefined;

  private constructor(rtp: RtpStream, line: Line, callId: string, report: Report, hangUp: () => void) {
    this.rtp = rtp;
    this.#line = line;
    this.#callId = callId;
    this.#report = report;
    this.#hangUp = hangUp;
  }

  static async open(
    host: string,
    line: Line,
    callId: string,
    report: Report,
    hangUp: () => void,
  ): Promise<Conversation> {
    const ear = createEar((hz, dbfs) => report({ event: 'heard', callId, hz, dbfs }));
    const onDigit = (digit: string, durationMs: number) => conversation.#onDigit(digit, durationMs);
    const rtp = await RtpStream.open(host, { onAudio: ear, onDigit });
    const conversation = new Conversation(rtp, line, callId, report, hangUp);
    return conversation;
  }

  start(): void {
    switch (this.#line) {
      case 'echo':
      case 'call-back':
        this.rtp.echo();
        return;
      case 'tune':
        this.rtp.play(tune(), this.#hangUp);
        return;
      case 'digits':
        this.rtp.play(prompt());
        return;
      case 'busy':
      case 'no-answer':
        this.rtp.play(silence(0));
        return;
      default:
        this.#line satisfies never;
    }
  }

  close(): void {
    clearTimeout(this.#pause);
    this.rtp.close();
  }

  #onDigit(digit: string, durationMs: number): void {
    this.#report({ event: 'digit', callId: this.#callId, digit, durationMs });
    if (this.#line !== 'digits') return;
    this.#digits += digit;
    clearTimeout(this.#pause);
    if (digit === '#') this.#sayBack();
    else this.#pause = setTimeout(() => this.#sayBack(), DIGITS_PAUSE_MS);
  }

  #sayBack(): void {
    const digits = this.#digits;
    this.#digits = '';
    this.rtp.play(digitTones(digits));
    this.#report({ event: 'said-back', callId: this.#callId, digits });
  }
}
