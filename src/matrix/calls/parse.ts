/** `m.call.*` from strangers: an untyped event becomes a typed one, or a reason why not. Never throws. */
import type { CallVersion, Candidate, IncomingCallEvent } from '../call-events.ts';
import type { CallId, EventId, MatrixUserId, RoomId } from '../ids.ts';
import { finiteNumber, isObject, type JsonObject, objectOr, shortString } from '../json.ts';

/** Why an event is none that the gateway can act on. `field` names the culprit, never its content. */
export interface NotACallEvent {
  readonly why: 'not-a-call-event' | 'missing' | 'wrong-type' | 'too-large';
  readonly field: string;
}

export type ParsedCallEvent =
  | { readonly ok: true; readonly event: IncomingCallEvent }
  | { readonly ok: false; readonly problem: NotACallEvent };

/** Events are at most 65,536 bytes (specification, "Size limits"), so no honest SDP is longer. */
export const MAX_SDP_CHARS = 65_536;
const MAX_CANDIDATES = 200;
const MAX_CANDIDATE_CHARS = 2_048;
/** Clients use 60 to 120 s; what is beyond these bounds is a fault or an attempt. */
const LIFETIME = { defaultMs: 60_000, minMs: 1_000, maxMs: 180_000 };
const MAX_AGE_MS = 365 * 24 * 3_600_000;

type EventType = IncomingCallEvent['type'];

/** Stable names, and the unstable ones that clients of today still send. */
const TYPES: Readonly<Record<string, EventType>> = {
  'm.call.invite': 'invite',
  'm.call.candidates': 'candidates',
  'm.call.answer': 'answer',
  'm.call.select_answer': 'select_answer',
  'm.call.reject': 'reject',
  'm.call.hangup': 'hangup',
  'm.call.negotiate': 'negotiate',
  'm.call.sdp_stream_metadata_changed': 'metadata_changed',
  'org.matrix.call.sdp_stream_metadata_changed': 'metadata_changed',
  'm.call.replaces': 'replaces',
  'org.matrix.call.replaces': 'replaces',
};

export function isCallEventType(type: string): boolean {
  return Object.hasOwn(TYPES, type);
}

/** @param now ms since 1970, for events that do not say their age */
export function parseCallEvent(raw: unknown, now: number): ParsedCallEvent {
  try {
    return { ok: true, event: parse(objectOr(raw), now) };
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, problem: error.problem };
    throw error;
  }
}

function parse(raw: JsonObject, now: number): IncomingCallEvent {
  const type = typeof raw.type === 'string' && Object.hasOwn(TYPES, raw.type) ? TYPES[raw.type] : undefined;
  if (type === undefined || raw.state_key !== undefined) throw new Unfit('not-a-call-event', 'type');
  if (!isObject(raw.content)) throw new Unfit('wrong-type', 'content');
  const content = raw.content;
  const partyId = optionalString(content, 'party_id');
  const base = {
    roomId: requiredString(raw, 'room_id') as RoomId,
    eventId: requiredString(raw, 'event_id') as EventId,
    sender: userId(raw, 'sender'),
    callId: requiredString(content, 'call_id') as CallId,
    version: callVersion(content.version),
    ageMs: ageOf(raw, now),
    ...(partyId === undefined ? {} : { partyId }),
  };
  switch (type) {
    case 'invite': {
      const invitee = content.invitee === undefined ? undefined : userId(content, 'invitee');
      const sdp = description(content, 'offer', ['offer']).sdp;
      return { ...base, type, sdp, lifetimeMs: lifetime(content), ...(invitee === undefined ? {} : { invitee }) };
    }
    case 'candidates':
      return { ...base, type, candidates: candidates(content.candidates) };
    case 'answer':
      return { ...base, type, sdp: description(content, 'answer', ['answer']).sdp };
    case 'select_answer':
      return { ...base, type, selectedPartyId: requiredString(content, 'selected_party_id') };
    case 'reject':
    case 'hangup': {
      const reason = shortString(content.reason, 100);
      return { ...base, type, ...(reason === undefined ? {} : { reason }) };
    }
    case 'negotiate': {
      const { sdpType, sdp } = description(content, 'description', ['offer', 'answer']);
      return { ...base, type, sdpType, sdp, lifetimeMs: lifetime(content) };
    }
    case 'metadata_changed': {
      const audioMuted = audioMutedIn(content);
      return { ...base, type, ...(audioMuted === undefined ? {} : { audioMuted }) };
    }
    case 'replaces':
      return { ...base, type, ...replacement(content) };
    default:
      return type satisfies never;
  }
}

/** "Events with version other than 0 or "1" … treat these the same as version "1"" (specification, "Voice over IP"). */
function callVersion(version: unknown): CallVersion {
  return version === undefined || version === 0 || version === '0' ? '0' : '1';
}

function ageOf(raw: JsonObject, now: number): number {
  const age = finiteNumber(objectOr(raw.unsigned).age) ?? finiteNumber(raw.age);
  const sent = finiteNumber(raw.origin_server_ts);
  return clamp(age ?? (sent === undefined ? 0 : now - sent), 0, MAX_AGE_MS);
}

function lifetime(content: JsonObject): number {
  if (content.lifetime === undefined) return LIFETIME.defaultMs;
  if (typeof content.lifetime !== 'number' || Number.isNaN(content.lifetime)) throw new Unfit('wrong-type', 'lifetime');
  return clamp(content.lifetime, LIFETIME.minMs, LIFETIME.maxMs);
}

function description<T extends 'offer' | 'answer'>(
  content: JsonObject,
  field: string,
  allowed: readonly T[],
): { readonly sdpType: T; readonly sdp: string } {
  const value = content[field];
  if (value === undefined) throw new Unfit('missing', field);
  if (!isObject(value)) throw new Unfit('wrong-type', field);
  const only = allowed.length === 1 ? allowed[0] : undefined;
  const sdpType = value.type === undefined ? only : allowed.find((type) => type === value.type);
  if (sdpType === undefined) throw new Unfit('wrong-type', `${field}.type`);
  if (typeof value.sdp !== 'string') throw new Unfit('wrong-type', `${field}.sdp`);
  if (value.sdp.length > MAX_SDP_CHARS) throw new Unfit('too-large', `${field}.sdp`);
  return { sdpType, sdp: value.sdp };
}

/** Entries that are none are left out: one bad candidate must not cost the others. */
function candidates(value: unknown): readonly Candidate[] {
  if (!Array.isArray(value)) throw new Unfit('wrong-type', 'candidates');
  if (value.length > MAX_CANDIDATES) throw new Unfit('too-large', 'candidates');
  return value.flatMap((entry: unknown): Candidate[] => {
    if (!isObject(entry) || typeof entry.candidate !== 'string') return [];
    if (entry.candidate.length > MAX_CANDIDATE_CHARS) return [];
    const mid = shortString(entry.sdpMid, 64);
    const line = finiteNumber(entry.sdpMLineIndex);
    return [
      {
        candidate: entry.candidate,
        ...(mid === undefined ? {} : { sdpMid: mid }),
        ...(line === undefined || !Number.isInteger(line) || line < 0 || line > 255 ? {} : { sdpMLineIndex: line }),
      },
    ];
  });
}

/** Whether the client's microphone is muted: its stream of purpose m.usermedia says so (MSC3077, MSC3291). */
function audioMutedIn(content: JsonObject): boolean | undefined {
  const streams = objectOr(content.sdp_stream_metadata ?? content['org.matrix.msc3077.sdp_stream_metadata']);
  for (const stream of Object.values(streams)) {
    if (isObject(stream) && stream.purpose === 'm.usermedia' && typeof stream.audio_muted === 'boolean') {
      return stream.audio_muted;
    }
  }
  return undefined;
}

function replacement(content: JsonObject) {
  const target = isObject(content.target_user) ? content.target_user : undefined;
  const createCall = optionalString(content, 'create_call');
  const awaitCall = optionalString(content, 'await_call');
  return {
    replacementId: requiredString(content, 'replacement_id'),
    ...(target === undefined ? {} : { targetUser: userId(target, 'id') }),
    ...(createCall === undefined ? {} : { createCall }),
    ...(awaitCall === undefined ? {} : { awaitCall }),
  };
}

function requiredString(from: JsonObject, field: string): string {
  const value = optionalString(from, field);
  if (value === undefined) throw new Unfit('missing', field);
  return value;
}

/** Absent, or a string of 1 to 255 characters. */
function optionalString(from: JsonObject, field: string): string | undefined {
  const value = from[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new Unfit('wrong-type', field);
  if (value === '') throw new Unfit('missing', field);
  if (value.length > 255) throw new Unfit('too-large', field);
  return value;
}

function userId(from: JsonObject, field: string): MatrixUserId {
  const value = requiredString(from, field);
  if (!/^@[^:\s]*:\S+$/.test(value)) throw new Unfit('wrong-type', field);
  return value as MatrixUserId;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** Leaves `parse` from any depth; never leaves this file. */
class Unfit extends Error {
  readonly problem: NotACallEvent;
  constructor(why: NotACallEvent['why'], field: string) {
    super(`${field}: ${why}`);
    this.problem = { why, field };
  }
}
