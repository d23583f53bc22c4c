/** Message summaries (RFC 3842 §5.2): what a PBX says about voicemail. Pure. */

export interface MessageSummary {
  readonly waiting: boolean;
  readonly newMessages?: number;
  readonly oldMessages?: number;
}

/** A count beyond this is nonsense. */
const MOST = 100_000;

/** @returns undefined for a body that is no message summary */
export function parseMessageSummary(body: string): MessageSummary | undefined {
  const lines = new Map<string, string>();
  for (const line of body.slice(0, 4096).split(/\r\n|\r|\n/)) {
    const [, name = '', value = ''] = /^([!-9;-~]+)[ \t]*:[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name !== '' && !lines.has(name.toLowerCase())) lines.set(name.toLowerCase(), value);
  }
  const waiting = lines.get('messages-waiting')?.toLowerCase();
  if (waiting !== 'yes' && waiting !== 'no') return undefined;
  // RFC 3842 §3.5: new/old, of which urgent in parentheses. The gateway's users have telephones: voice alone counts.
  const [, fresh, old] = /^(\d{1,9})[ \t]*\/[ \t]*(\d{1,9})/.exec(lines.get('voice-message') ?? '') ?? [];
  const count = (digits: string | undefined): number | undefined =>
    digits === undefined || Number(digits) > MOST ? undefined : Number(digits);
  const [newMessages, oldMessages] = [count(fresh), count(old)];
  return {
    waiting: waiting === 'yes',
    ...(newMessages === undefined ? {} : { newMessages }),
    ...(oldMessages === undefined ? {} : { oldMessages }),
  };
}
