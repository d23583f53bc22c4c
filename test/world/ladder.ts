/** What was said between the Matrix client, the gateway and the SIP peer, drawn one below the other. */

export interface Rung {
  /** ms since the epoch. */
  readonly at: number;
  /** Between which two of the three. */
  readonly between: 'matrix-gateway' | 'gateway-sip';
  readonly direction: 'right' | 'left';
  readonly label: string;
}

const WIDTH = 46;

/** Draws the rungs in the order of their times, each with the seconds since the first. */
export function drawLadder(rungs: readonly Rung[]): string {
  const inOrder = rungs.toSorted((a, b) => a.at - b.at);
  const start = inOrder[0]?.at ?? 0;
  const head = `${' '.repeat(9)}${'Matrix'.padEnd(WIDTH)}${'gateway'.padEnd(WIDTH)}SIP peer`;
  const lines = inOrder.map(({ at, between, direction, label }) => {
    const time = ((at - start) / 1000).toFixed(3).padStart(8);
    const text = arrow(label, direction);
    const blank = ' '.repeat(WIDTH - 1);
    return between === 'matrix-gateway' ? `${time} │${text}│${blank}│` : `${time} │${blank}│${text}│`;
  });
  return [head, ...lines].join('\n');
}

function arrow(label: string, direction: Rung['direction']): string {
  const room = WIDTH - 1 - 4;
  const text = ` ${label.slice(0, room - 2)} `;
  const line = '─'.repeat(Math.max(0, room - text.length));
  return direction === 'right' ? `──${text}${line}─▶` : `◀─${text}${line}──`;
}

/** A SIP message in a few words: its start line without version and URI host, and its CSeq method for a response. */
export function sipLabel(text: string): string {
  const [first = '', ...lines] = text.split('\r\n');
  const cseq = lines.find((line) => /^cseq:/i.test(line))?.match(/(\d+)\s+(\w+)/);
  const sdp = /\r\n\r\n[\s\S]*m=audio/.test(text) ? ' (SDP)' : '';
  const response = first.match(/^SIP\/2\.0 (.*)$/);
  if (response) return `${response[1]} [${cseq?.[1]} ${cseq?.[2]}]${sdp}`;
  const [method = '?', uri = ''] = first.split(' ');
  return `${method} ${uri.replace(/@.*$/, '@…')} [${cseq?.[1] ?? '?'}]${sdp}`;
}

/** An event of a room as the client-server API gives it. */
export interface RoomEvent {
  readonly event_id?: string;
  readonly type: string;
  readonly sender: string;
  readonly room_id?: string;
  readonly origin_server_ts: number;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The rung of a room event; `user` is the client's side. Undefined for what says nothing about a call. */
export function matrixRung(event: RoomEvent, user: string): Rung | undefined {
  const label = matrixLabel(event);
  if (label === undefined) return undefined;
  const direction = event.sender === user ? 'right' : 'left';
  return { at: event.origin_server_ts, between: 'matrix-gateway', direction, label };
}

function matrixLabel({ type, content, state_key }: RoomEvent): string | undefined {
  if (type.startsWith('m.call.')) {
    const reason = typeof content.reason === 'string' ? ` ${content.reason}` : '';
    const count = Array.isArray(content.candidates) ? ` ×${content.candidates.length}` : '';
    return `${type}${reason}${count}`;
  }
  if (type === 'm.room.member') return `${content.membership} ${state_key?.replace(/:.*$/, '')}`;
  if (type === 'm.room.message') return `${content.msgtype}: ${content.body}`;
  return undefined;
}
