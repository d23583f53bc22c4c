/** By what repeats of a MESSAGE are known. Pure. */
import { createHash } from 'node:crypto';
import { header, headerKey, lenient, parseCSeq, parseNameAddr, type SipRequest, tagOf } from '../message/index.ts';
import { IDEMPOTENCY_HEADER } from './ids.ts';

const TEXT_ID = headerKey(IDEMPOTENCY_HEADER);

/**
 * The same for each repeat of one MESSAGE, with a new branch too: of trunk, From-tag, Call-ID and CSeq. Some send all texts
 * under one Call-ID, so that it alone would not do; one without From-tag (RFC 2543) is told by its From. Another Trunkline says
 * itself which text it is: then a try under a new CSeq is the same one.
 */
export function keyOf(request: SipRequest, trunk: string): string {
  const from = header(request, 'from') ?? '';
  const said = header(request, TEXT_ID);
  if (said !== undefined && /^[0-9a-f]{32}$/.test(said)) return hashOf([trunk, from.replace(/;tag=.*$/i, ''), said]);
  const address = lenient(() => parseNameAddr(from));
  const tag = (address === undefined ? undefined : tagOf(address)) ?? from;
  const cseq = lenient(() => parseCSeq(header(request, 'cseq') ?? ''))?.number ?? 0;
  return hashOf([trunk, tag, header(request, 'call-id') ?? '', cseq]);
}

function hashOf(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
