/** What a text is called on the wire, made of its idempotency key: the same for each try, in every process. Pure. */
import { createHash } from 'node:crypto';

export interface TextIds {
  readonly callId: string;
  readonly fromTag: string;
  /** CSeq of the first request; one with credentials has the next (RFC 3261 §22.2). */
  readonly cseq: number;
  /** By which receipts name it (RFC 5438 §6.3): 64 bits that nobody else makes. */
  readonly messageId: string;
  /** 0 to 255: by which an SMS is known (3GPP TS 23.040 §9.2.3.6). */
  readonly reference: number;
}

/** What a far side may tell repeats by when it looks at no Call-ID. */
export const IDEMPOTENCY_HEADER = 'X-Trunkline-Text';

/** @param scope what else makes it another request: the trunk that it goes by */
export function idsOf(key: string, scope: string): TextIds {
  const hash = createHash('sha256')
    .update(JSON.stringify([scope, key]))
    .digest('hex');
  return {
    callId: `${hash.slice(0, 32)}@trunkline`,
    fromTag: hash.slice(32, 44),
    cseq: 1,
    messageId: hash.slice(44, 60),
    reference: Number.parseInt(hash.slice(60, 62), 16),
  };
}
