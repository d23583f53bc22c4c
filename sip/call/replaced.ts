/** INVITE with Replaces (RFC 3891 §3): which of our calls it takes the place of, or what it is refused with. Pure. */
import type { SipLeg } from '../leg.ts';
import { headerLines, lenient, type SipRequest } from '../message/index.ts';
import { type DialogFacts, namesDialog, parseReplaces, type Replaces } from './dialog-facts.ts';

export type Replaced =
  | { readonly kind: 'none' }
  | { readonly kind: 'replaces'; readonly leg: SipLeg }
  | { readonly kind: 'refused'; readonly status: 400 | 481 | 486 | 603 };

/**
 * @param trunk the trunk that the INVITE came by: one trunk may not take over the calls of another
 * @param endedLately whether a dialog with this key (`dialogKey`) is over since a moment ago
 */
export function replacedBy(
  request: SipRequest,
  trunk: string,
  dialogs: Iterable<{ readonly leg: SipLeg; readonly dialog: DialogFacts }>,
  endedLately: (key: string) => boolean,
): Replaced {
  const lines = headerLines(request, 'replaces');
  if (lines.length === 0) return { kind: 'none' };
  const replaces = lines.length > 1 ? undefined : lenient(() => parseReplaces(lines[0] ?? ''));
  if (replaces === undefined) return { kind: 'refused', status: 400 };
  for (const { leg, dialog } of dialogs) {
    if (leg.trunk !== trunk || !namesDialog(replaces, dialog)) continue;
    if (dialog.confirmed) return replaces.earlyOnly ? { kind: 'refused', status: 486 } : { kind: 'replaces', leg };
    // Only a call that we began can be picked up while it rings.
    return dialog.ours ? { kind: 'replaces', leg } : { kind: 'refused', status: 481 };
  }
  return { kind: 'refused', status: endedLately(keyOf(replaces)) ? 603 : 481 };
}

/** What a dialog of ours is remembered by when it is over. */
export function dialogKey(dialog: DialogFacts): string {
  return `${dialog.callId} ${dialog.localTag} ${dialog.remoteTag}`;
}

function keyOf({ callId, toTag, fromTag }: Replaces): string {
  return `${callId} ${toTag} ${fromTag}`;
}
