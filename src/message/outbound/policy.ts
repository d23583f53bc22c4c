/** What the administrator chose for texts that go out. */

import type { Retry } from './back-off.ts';

export interface OutboundPolicy {
  /** A text that could not be sent for so long fails. */
  readonly longestWaitMs: number;
  /** The pauses between tries. */
  readonly retry: Retry;
  /**
   * A part whose outcome is not known, on a transport that does not know repeats: sent again (`at-least-once`: it may arrive
   * twice) or not (`at-most-once`: it may not arrive; the user is told so).
   */
  readonly unknownOutcome: 'at-least-once' | 'at-most-once';
  /** The user is told once in a room when a text is more segments than this. */
  readonly costNoticeAbove: number;
  /** A text of more segments is refused. */
  readonly mostSegments: number;
  /** A room with several telephones: the user is told what texts cost before the first. */
  readonly groupCostNotice: boolean;
  /** At most so many telephones in one room get a text. */
  readonly mostTelephones: number;
  /** An edit goes as a new text, "* …", or is not sent (the room is told so once). */
  readonly edits: 'send' | 'ignore';
  /** `m.notice` of users and their bots. */
  readonly notices: 'send' | 'ignore';
  /** Reactions other than "send again": as a text that quotes, or nothing. */
  readonly reactions: 'send' | 'ignore';
  /** Pictures and files: as a link to a download, where links are set up, or refused in words. */
  readonly media: 'link' | 'refuse';
  /** A quote of what is answered stands in front of a reply. */
  readonly quoteReplies: boolean;
  /** Texts that one user may write: so many a minute (a text to three telephones is three), and so many at once. */
  readonly perUser?: { readonly perMinute: number; readonly atOnce: number };
  /** Parts a second, by transport; absent: as fast as its window allows. */
  readonly perSecond?: ReadonlyMap<string, number>;
}

/** What holds when the administrator says nothing. */
export const defaultOutboundPolicy: OutboundPolicy = {
  longestWaitMs: 24 * 3_600_000,
  retry: { firstMs: 30_000, longestMs: 30 * 60_000 },
  unknownOutcome: 'at-least-once',
  costNoticeAbove: 1,
  mostSegments: 10,
  groupCostNotice: true,
  mostTelephones: 10,
  edits: 'ignore',
  notices: 'ignore',
  reactions: 'ignore',
  media: 'link',
  quoteReplies: true,
  perUser: { perMinute: 30, atOnce: 20 },
};
