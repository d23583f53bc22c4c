/** The state events with which a bridge describes a room's other side (MSC2346). */
import type { MatrixUserId } from '../ids.ts';
import type { JsonObject } from '../json.ts';

/** The stable name, and the one that Element Web and Desktop read today. */
export const BRIDGE_EVENT_TYPES = ['m.bridge', 'uk.half-shot.bridge'] as const;

export interface BridgeFacts {
  readonly bot: MatrixUserId;
  /** Who brought the ghost into the room. */
  readonly creator: string;
  readonly gatewayHost: string;
  readonly dialled: string;
  readonly displayName: string;
}

/** Unique for this number at this gateway. */
export function bridgeStateKey({ gatewayHost, dialled }: Pick<BridgeFacts, 'gatewayHost' | 'dialled'>): string {
  return `sip://${gatewayHost}/${encodeURIComponent(dialled)}`.slice(0, 255);
}

export function bridgeContent(facts: BridgeFacts): JsonObject {
  const { bot, creator, gatewayHost, dialled, displayName } = facts;
  return {
    bridgebot: bot,
    creator,
    protocol: { id: 'sip', displayname: 'Telephone' },
    network: { id: gatewayHost, displayname: gatewayHost },
    channel: { id: dialled, displayname: displayName, external_url: telUri(dialled) },
  };
}

/** RFC 3966 for digits, the URI itself when a SIP URI was dialled. */
function telUri(dialled: string): string {
  return /^sips?:/i.test(dialled) ? dialled : `tel:${encodeURIComponent(dialled).replace(/%2B/g, '+')}`;
}
