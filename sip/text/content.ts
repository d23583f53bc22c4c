/** The body of a text as its trunk wants it. Pure. */
import type { OutboundText } from '../text.ts';
import type { TrunkSettings } from '../trunk/index.ts';
import type { TextIds } from './ids.ts';
import type { TextContent } from './message.ts';

export interface ContentFacts {
  readonly trunk: TrunkSettings;
  readonly ids: TextIds;
  /** ms since 1970. */
  readonly epochMs: number;
}

export interface WrittenText {
  readonly content: TextContent;
  /** By which receipts name it, where they were asked for. */
  readonly messageId?: string;
}

export function contentOf(text: OutboundText, _facts: ContentFacts): WrittenText {
  return { content: plainContent(text.text) };
}

/** RFC 3428 §10: every client takes it. */
export function plainContent(text: string): TextContent {
  return { contentType: 'text/plain;charset=utf-8', body: Buffer.from(text.toWellFormed()) };
}
