/** What tells the sender of a text that it was delivered or read (RFC 5438 §7.2.1). Pure. */
import { serializeCpim, serializeImdn } from './codec/index.ts';
import type { Memo } from './memo.ts';
import type { TextContent } from './message.ts';

/**
 * @param messageId of the receipt itself
 * @param now ms since 1970
 */
export function receiptContent(
  { messageId: about, from, to }: Memo,
  state: 'delivered' | 'displayed',
  messageId: string,
  now: number,
): TextContent {
  const notification = state === 'delivered' ? 'delivery' : 'display';
  const imdn = serializeImdn({
    messageId: about,
    at: now,
    recipientUri: to,
    originalRecipientUri: to,
    notification,
    state,
  });
  const body = serializeCpim({
    from: { uri: to },
    to: [{ uri: from }],
    dateTime: now,
    imdn: { messageId, wants: { delivered: false, failed: false, displayed: false } },
    contentType: 'message/imdn+xml',
    disposition: 'notification',
    body: Buffer.from(imdn),
  });
  return { contentType: 'message/cpim', body };
}
