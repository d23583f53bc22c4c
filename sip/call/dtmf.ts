/** DTMF in INFO requests: `application/dtmf-relay` (Signal=5, Duration=160) and `application/dtmf` (the digit alone). */
export interface InfoDtmf {
  readonly digit: string;
  readonly durationMs: number;
}

const DEFAULT_DURATION_MS = 160;

/** @returns the digit, or undefined when the body is none */
export function parseInfoDtmf(contentType: string | undefined, body: string | undefined): InfoDtmf | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (body === undefined) return undefined;
  if (type === 'application/dtmf-relay') {
    const signal = /^\s*Signal\s*=\s*(\S+)\s*$/im.exec(body)?.[1];
    const duration = /^\s*Duration\s*=\s*(\d{1,5})\s*$/im.exec(body)?.[1];
    return digitOf(signal, duration === undefined ? DEFAULT_DURATION_MS : Number(duration));
  }
  if (type === 'application/dtmf') return digitOf(body.trim(), DEFAULT_DURATION_MS);
  return undefined;
}

/** The INFO request that says a digit in the form that most equipment takes. */
export function infoDtmf(
  digit: string,
  durationMs: number,
): { method: 'INFO'; headers: Record<string, string>; body: string } {
  return {
    method: 'INFO',
    headers: { 'Content-Type': 'application/dtmf-relay' },
    body: `Signal=${digit}\r\nDuration=${Math.round(durationMs)}\r\n`,
  };
}

/** RFC 4733 §3.2 numbers: 10 is `*`, 11 `#`, 12–15 `A`–`D`; some phones send these in INFO. */
function digitOf(signal: string | undefined, durationMs: number): InfoDtmf | undefined {
  const digit = /^1[0-5]$/.test(signal ?? '') ? '*#ABCD'[Number(signal) - 10] : signal?.toUpperCase();
  if (digit === undefined || !/^[0-9*#A-D]$/.test(digit)) return undefined;
  return { digit, durationMs: Math.min(Math.max(durationMs, 40), 5_000) };
}
