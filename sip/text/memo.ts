/**
 * What a receipt needs of the text that it is about. It is part of the text's key, which is kept with the text: so a receipt can be
 * sent weeks later, by another process, and nothing more has to be stored here. Pure.
 */

export interface Memo {
  /** By which the sender knows the text. */
  readonly messageId: string;
  /** Whom to tell: a user part or a SIP URI. */
  readonly target: string;
  /** In whose name: the number that was written to. */
  readonly sender: string;
  /** The addresses of the text's envelope. */
  readonly from: string;
  readonly to: string;
  readonly account?: string;
  readonly wants: { readonly delivered: boolean; readonly displayed: boolean };
}

export function keyWithMemo(key: string, { messageId, target, sender, from, to, account, wants }: Memo): string {
  const fields = [messageId, target, sender, from, to, account ?? null, wants.delivered, wants.displayed];
  return `${key}.${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;
}

/** @returns undefined for the key of a text whose sender asked for nothing */
export function memoIn(key: string): Memo | undefined {
  const dot = key.indexOf('.');
  if (dot < 0) return undefined;
  const fields = jsonOf(Buffer.from(key.slice(dot + 1), 'base64url').toString());
  if (!Array.isArray(fields)) return undefined;
  const [messageId, target, sender, from, to, account, delivered, displayed] = fields as unknown[];
  const texts = [messageId, target, sender, from, to];
  if (!texts.every((one) => typeof one === 'string')) return undefined;
  return {
    messageId: String(messageId),
    target: String(target),
    sender: String(sender),
    from: String(from),
    to: String(to),
    ...(typeof account === 'string' ? { account } : {}),
    wants: { delivered: delivered === true, displayed: displayed === true },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
