/** By what repeats of a MESSAGE are known. Pure. */
import { createHash } from 'node:crypto';
import { header, lenient, parseCSeq, parseNameAddr, type SipRequest, tagOf } from '../message/index.ts';

/**
 * The same for each repeat of one MESSAGE, with a new branch too: of trunk, From-tag, Call-ID and CSeq. Some send all texts
 * under one Call-ID, so that it alone would not do; one without From-tag (RFC 2543) is told by its From.
 */
export function keyOf(request: SipRequest, trunk: string): string {
  const from = header(request, 'from') ?? '';
  const address = lenient(() => parseNameAddr(from));
  const tag = (address === undefined ? undefined : tagOf(address)) ?? from;
  const cseq = lenient(() => parseCSeq(header(request, 'cseq') ?? ''))?.number ?? 0;
  const parts = [trunk, tag, header(request, 'call-id') ?? '', cseq];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
