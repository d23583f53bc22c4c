/** The messages of one call, drawn from a debug log: Matrix on the left, the gateway in the middle, SIP on the right. */

/** One message of a call. */
export interface Rung {
  /** ms since 1970 */
  readonly time: number;
  readonly side: 'matrix' | 'sip';
  /** Towards the gateway, or from it. */
  readonly direction: 'in' | 'out';
  readonly text: string;
  /** The rest of it, for `full`. */
  readonly body?: string;
}

/** A line of the log that is of use here. */
interface Line {
  readonly time: number;
  readonly msg: string;
  readonly callRef?: string;
  readonly sipCallId?: string;
  /** A SIP message as text. */
  readonly sip?: string;
  /** What the call machine was given. */
  readonly event?: string;
  /** What it wanted done. */
  readonly effects?: readonly string[];
}

/** Events of the call machine that stand for a Matrix event. */
const MATRIX_IN: Readonly<Record<string, string>> = {
  'matrix-invite': 'm.call.invite',
  'matrix-candidates': 'm.call.candidates',
  'matrix-select-answer': 'm.call.select_answer',
  'matrix-reject': 'm.call.reject',
  'matrix-hangup': 'm.call.hangup',
  'matrix-offer': 'm.call.negotiate (offer)',
  'matrix-reanswer': 'm.call.negotiate (answer)',
  'matrix-replaces': 'm.call.replaces',
};

/** Effects of the call machine that send a Matrix event. */
const MATRIX_OUT: Readonly<Record<string, string>> = {
  answerMatrix: 'm.call.answer',
  rejectMatrix: 'm.call.reject',
  hangupMatrix: 'm.call.hangup',
  sendMatrixReanswer: 'm.call.negotiate (answer)',
  sendMatrixReoffer: 'm.call.negotiate (offer)',
  notice: 'm.room.message (notice)',
};

/**
 * The messages of a call, in order.
 * @param log lines of JSON; others are passed over
 * @param id the call's `callRef` or its SIP Call-ID
 */
export function rungsOf(log: string, id: string): Rung[] {
  const lines = log.split('\n').flatMap(parseLine);
  const refs = new Set(
    lines.filter((line) => line.callRef === id || line.sipCallId === id).map((line) => line.callRef),
  );
  refs.delete(undefined);
  return lines.filter((line) => line.callRef !== undefined && refs.has(line.callRef)).flatMap(rungs);
}

function parseLine(text: string): Line[] {
  if (!text.startsWith('{')) return [];
  try {
    const line = JSON.parse(text) as Partial<Line>;
    return typeof line.time === 'number' && typeof line.msg === 'string' ? [line as Line] : [];
  } catch {
    return [];
  }
}

function rungs(line: Line): Rung[] {
  const { time, msg, sip, event, effects = [] } = line;
  if (sip !== undefined) {
    const [first = '', ...rest] = sip.split(/\r?\n/);
    return [
      { time, side: 'sip', direction: msg.startsWith('sent') ? 'out' : 'in', text: first, body: rest.join('\n') },
    ];
  }
  if (msg !== 'call step') return [];
  const came = MATRIX_IN[event ?? ''];
  const sent = effects.flatMap((effect) => MATRIX_OUT[effect] ?? []);
  return [
    ...(came === undefined ? [] : [{ time, side: 'matrix', direction: 'in', text: came } as const]),
    ...sent.map((text) => ({ time, side: 'matrix', direction: 'out', text }) as const),
  ];
}

const WIDTH = 34;

/** The picture, as text. `full` shows SIP messages whole. */
export function drawLadder(all: readonly Rung[], { full }: { readonly full: boolean }): string {
  const [first] = all;
  if (first === undefined) return '';
  const head = `${'ms'.padStart(8)}  ${'Matrix'.padEnd(WIDTH)}${'gateway'.padEnd(WIDTH)}SIP`;
  const lines = all.map((rung) => {
    const ms = String(rung.time - first.time).padStart(8);
    const text = rung.text.length > WIDTH + 40 ? `${rung.text.slice(0, WIDTH + 39)}…` : rung.text;
    const arrow = rung.side === 'matrix' ? matrixArrow(rung, text) : `${' '.repeat(WIDTH)}│ ${sipArrow(rung, text)}`;
    const body = full && rung.body ? `\n${rung.body.trimEnd().replace(/^/gm, ' '.repeat(WIDTH + 14))}` : '';
    return `${ms}  ${arrow}${body}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}

function matrixArrow({ direction }: Rung, text: string): string {
  const label = ` ${text} `;
  const line = '─'.repeat(Math.max(1, WIDTH - label.length - 2));
  return direction === 'in' ? `${label}${line}▶ │` : `◀${line}${label} │`;
}

function sipArrow({ direction }: Rung, text: string): string {
  return direction === 'out' ? `──▶ ${text}` : `◀── ${text}`;
}
