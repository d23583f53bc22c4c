/**
 * Events of rooms read as texts, reactions and redactions (client-server API, "Instant messaging"). Pure; whatever the types of
 * the fields, nothing here throws.
 */
import type { EventId } from '../ids.ts';
import { finiteNumber, isObject, type JsonObject, objectOr, shortString } from '../json.ts';
import type { IncomingReaction, IncomingRedaction, IncomingText, TextContent } from '../text-events.ts';
import type { IncomingEvent } from '../transactions/parse.ts';
import { withoutFallback, withoutHtmlFallback } from './reply-fallback.ts';

export type TextEvent =
  | { readonly kind: 'text'; readonly text: IncomingText }
  | { readonly kind: 'reaction'; readonly reaction: IncomingReaction }
  | { readonly kind: 'redaction'; readonly redaction: IncomingRedaction };

/** Homeservers take events of up to 64 KiB. */
const LONGEST_BODY = 65_536;
const LONGEST_NAME = 255;
const LONGEST_KEY = 100;
const POLL_STARTS: ReadonlySet<string> = new Set(['m.poll.start', 'org.matrix.msc3381.poll.start']);
const MXC = /^mxc:\/\/[A-Za-z0-9.:[\]-]+\/[A-Za-z0-9_~.-]+$/;
const GEO = /^geo:[-+0-9.,;=a-z]+$/i;

export function isTextEventType(type: string): boolean {
  switch (type) {
    case 'm.room.message':
    case 'm.sticker':
    case 'm.reaction':
    case 'm.room.redaction':
      return true;
    default:
      return POLL_STARTS.has(type);
  }
}

/**
 * @param receivedAt ms since 1970: stands in for an `origin_server_ts` that is none
 * @returns undefined for what says nothing: another type, a redacted event, fields of other types
 */
export function parseTextEvent(event: IncomingEvent, receivedAt: number, recovered: boolean): TextEvent | undefined {
  const { type, raw, eventId, roomId, sender } = event;
  const content = objectOr(raw.content);
  switch (type) {
    case 'm.reaction': {
      const relates = objectOr(content['m.relates_to']);
      const target = eventIdOf(relates.event_id);
      const key = shortString(relates.key, LONGEST_KEY);
      if (relates.rel_type !== 'm.annotation' || target === undefined || key === undefined) return undefined;
      return { kind: 'reaction', reaction: { eventId, roomId, sender, key, target } };
    }
    case 'm.room.redaction': {
      // From room version 11 on it stands in the content.
      const target = eventIdOf(content.redacts) ?? eventIdOf(raw.redacts);
      return target && { kind: 'redaction', redaction: { eventId, roomId, sender, target } };
    }
    default: {
      const said = textOf(type, content);
      if (said === undefined) return undefined;
      const sentAt = finiteNumber(raw.origin_server_ts) ?? receivedAt;
      return { kind: 'text', text: { eventId, roomId, sender, sentAt, recovered, ...said } };
    }
  }
}

type Said = Pick<IncomingText, 'content' | 'edits' | 'repliesTo'>;

function textOf(type: string, content: JsonObject): Said | undefined {
  const relates = objectOr(content['m.relates_to']);
  const edited = relates.rel_type === 'm.replace' ? eventIdOf(relates.event_id) : undefined;
  const newContent = content['m.new_content'];
  if (edited !== undefined) {
    const read = isObject(newContent) ? contentOf(type, newContent, true) : undefined;
    return read && { content: read, edits: edited };
  }
  const repliesTo = answered(relates);
  const read = contentOf(type, content, objectOr(relates['m.in_reply_to']).event_id !== undefined);
  return read && { content: read, ...(repliesTo === undefined ? {} : { repliesTo }) };
}

/** Within a thread `m.in_reply_to` may only be there for clients that know no threads ("Fallback for unthreaded clients"). */
function answered(relates: JsonObject): EventId | undefined {
  if (relates.rel_type === 'm.thread' && relates.is_falling_back === true) return undefined;
  return eventIdOf(objectOr(relates['m.in_reply_to']).event_id);
}

function contentOf(type: string, content: JsonObject, mayQuote: boolean): TextContent | undefined {
  if (POLL_STARTS.has(type)) return { kind: 'other', what: 'm.poll.start' };
  if (type === 'm.sticker') return mediaOf('sticker', content) ?? { kind: 'other', what: type };
  if (type !== 'm.room.message') return undefined;
  const { msgtype } = content;
  switch (msgtype) {
    case 'm.text':
    case 'm.emote':
    case 'm.notice':
      return wordsOf(msgtype, content, mayQuote);
    case 'm.image':
    case 'm.video':
    case 'm.audio':
    case 'm.file':
      return mediaOf(MEDIA[msgtype], content) ?? { kind: 'other', what: msgtype };
    case 'm.location': {
      const geoUri = shortString(content.geo_uri, LONGEST_NAME);
      if (geoUri === undefined || !GEO.test(geoUri)) return { kind: 'other', what: msgtype };
      return { kind: 'location', body: bodyOf(content) ?? '', geoUri };
    }
    default:
      // A redacted message has an empty content.
      return typeof msgtype === 'string' ? { kind: 'other', what: msgtype.slice(0, LONGEST_NAME) } : undefined;
  }
}

const MEDIA = { 'm.image': 'image', 'm.video': 'video', 'm.audio': 'audio', 'm.file': 'file' } as const;
const WORDS = { 'm.text': 'text', 'm.emote': 'emote', 'm.notice': 'notice' } as const;

function wordsOf(msgtype: keyof typeof WORDS, content: JsonObject, mayQuote: boolean): TextContent | undefined {
  const body = bodyOf(content);
  if (body === undefined) return undefined;
  const html =
    content.format === 'org.matrix.custom.html' ? shortString(content.formatted_body, LONGEST_BODY) : undefined;
  return {
    kind: WORDS[msgtype],
    body: mayQuote ? withoutFallback(body) : body,
    ...(html === undefined ? {} : { html: mayQuote ? withoutHtmlFallback(html) : html }),
  };
}

type Media = Extract<TextContent, { kind: 'media' }>;

/** undefined for one that nobody could fetch: without an address, or encrypted. */
function mediaOf(media: Media['media'], content: JsonObject): Media | undefined {
  const url = shortString(content.url, LONGEST_NAME * 2);
  if (url === undefined || !MXC.test(url)) return undefined;
  const body = bodyOf(content) ?? '';
  const filename = shortString(content.filename, LONGEST_NAME);
  const info = objectOr(content.info);
  const mimeType = shortString(info.mimetype, LONGEST_NAME);
  const bytes = finiteNumber(info.size);
  // "Media captions": the body is one when there is a file name that differs from it. Of a sticker it is a description.
  const caption = filename !== undefined && filename !== body && body !== '' ? body : undefined;
  return {
    kind: 'media',
    media,
    url,
    name: (filename ?? body).slice(0, LONGEST_NAME),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(bytes === undefined || bytes < 0 ? {} : { bytes }),
    ...(caption === undefined ? {} : { caption }),
  };
}

function bodyOf({ body }: JsonObject): string | undefined {
  return typeof body === 'string' && body.length <= LONGEST_BODY ? body.toWellFormed() : undefined;
}

function eventIdOf(value: unknown): EventId | undefined {
  const id = shortString(value);
  return id?.startsWith('$') && id.isWellFormed() && !/\p{Cc}/u.test(id) ? (id as EventId) : undefined;
}
