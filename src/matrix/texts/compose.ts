/** Contents of the events that texts need. Pure. */
import type { EventId, MatrixUserId } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { bodyText } from '../sanitise.ts';
import type { SendStatus } from '../text-events.ts';

/** Nobody is mentioned: a number or a name in an SMS must not ring anybody's telephone ("User and room mentions"). */
const NOBODY: JsonObject = {};

export function textContent(body: string, html?: string): JsonObject {
  return {
    msgtype: 'm.text',
    body: bodyText(body),
    ...(html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
    'm.mentions': NOBODY,
  };
}

export function noticeContent(text: string, inReplyTo?: EventId): JsonObject {
  return {
    msgtype: 'm.notice',
    body: bodyText(text),
    'm.mentions': NOBODY,
    ...(inReplyTo === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: inReplyTo } } }),
  };
}

/** In a text of a telephone: the transaction in which it was posted. */
export const POSTED_AS = 'trunkline.transaction';

/** In an event that the gateway wrote for a user: their words alone. */
export const SMS_WORDS = 'trunkline.sms';

export const STATUS_EVENT = 'com.beeper.message_send_status';

/**
 * `com.beeper.message_send_status`: how bridges tell clients what became of an event. Not in the specification; the fields are
 * those of mautrix-go (`event/beeper.go`).
 * @param network the bridge, as its `m.bridge` state key says it
 * @param deliveredTo ghosts whose telephones have it
 */
export function statusContent(
  eventId: EventId,
  status: SendStatus,
  network: string,
  deliveredTo: readonly MatrixUserId[],
): JsonObject {
  const common = { network, 'm.relates_to': { rel_type: 'm.reference', event_id: eventId } };
  switch (status.state) {
    case 'sent':
      return { ...common, status: 'SUCCESS', delivered_to_users: deliveredTo };
    case 'delivered':
    case 'displayed':
      return { ...common, status: 'SUCCESS', delivered_to_users: deliveredTo };
    case 'waiting':
      return { ...common, status: 'PENDING', message: bodyText(status.words) };
    case 'failed':
      return {
        ...common,
        status: status.canBeSentAgain ? 'FAIL_RETRIABLE' : 'FAIL_PERMANENT',
        reason: 'm.foreign_network_error',
        message: bodyText(status.words),
      };
    default:
      return status satisfies never;
  }
}
