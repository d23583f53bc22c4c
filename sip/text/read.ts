/** What the body of a MESSAGE holds. Pure; never throws. */
import { bodyParts, header, lenient, type SipRequest } from '../message/index.ts';
import type { TextPart } from '../text.ts';

export interface ReadText {
  readonly kind: 'text';
  readonly text: string;
  readonly part?: TextPart;
  /** ms since 1970. */
  readonly sentAt?: number;
  /** Who wrote it, where the body says so. */
  readonly sender?: string;
  /** Whom it is for, where the body says so. */
  readonly called?: string;
}

export type ReadBody =
  | ReadText
  /** Nothing for anybody to read. */
  | { readonly kind: 'nothing' }
  /** 415. */
  | { readonly kind: 'unsupported'; readonly why: string };

/** What we read (RFC 3261 §21.4.13). */
export const ACCEPT = 'text/plain';

export function readBody(request: SipRequest): ReadBody {
  if (request.body.length === 0) return { kind: 'nothing' };
  const encoding = header(request, 'content-encoding')?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity')
    return { kind: 'unsupported', why: 'the body is encoded' };
  // A body without a type says nothing of how it is to be read (RFC 3261 §20.15): here it is text.
  if (header(request, 'content-type') === undefined) return { kind: 'text', text: request.body.toString() };
  const part = lenient(() => bodyParts(request))?.find(({ type }) => type === 'text/plain');
  if (part === undefined) return { kind: 'unsupported', why: 'no part of the body is text' };
  if (part.body.length === 0) return { kind: 'nothing' };
  return { kind: 'text', text: part.body.toString() };
}
