/** What a conversation with a telephone shows. Pure. */

/** What is needed of an event. */
export interface ShownEvent {
  readonly id: string;
  readonly sender: string;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** ms since 1970. */
  readonly at: number;
  readonly isRedacted: boolean;
  /** `null`: it came from the homeserver. */
  readonly sending: 'sending' | 'not-sent' | null;
  /** Whether the telephone's side has it. */
  readonly isRead: boolean;
}

export interface Line {
  readonly id: string;
  readonly from: 'us' | 'them' | 'gateway';
  readonly body: string;
  readonly at: number;
  /** Of ours: how far it has come. */
  readonly state?: 'sending' | 'not-sent' | 'sent' | 'taken';
}

export const STATE_WORDS: Readonly<Record<NonNullable<Line['state']>, string>> = {
  sending: 'Sending …',
  'not-sent': 'Not sent',
  sent: 'Waiting for the telephone network',
  taken: 'Taken by the telephone network',
};

/** @param us the user; who is neither the user nor the ghost is shown as the other side, with their name */
export function linesOf(events: readonly ShownEvent[], us: string, ghost: string): readonly Line[] {
  return events.flatMap((event) => lineOf(event, us, ghost) ?? []);
}

function lineOf(event: ShownEvent, us: string, ghost: string): Line | undefined {
  const { id, sender, type, content, at, isRedacted } = event;
  const { msgtype, body } = content;
  if (type !== 'm.room.message' || isRedacted || typeof body !== 'string') return undefined;
  const common = { id, body, at };
  if (sender === us) return { ...common, from: 'us', state: event.sending ?? (event.isRead ? 'taken' : 'sent') };
  if (msgtype === 'm.notice') return { ...common, from: 'gateway' };
  return { ...common, from: 'them', body: sender === ghost ? body : `${sender}: ${body}` };
}
