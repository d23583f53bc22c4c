/** What belongs to an INVITE of ours besides itself. Pure. */
import { NO_BODY, type SipHeader, type SipRequest } from '../../message/index.ts';

/** Headers that an INVITE's credentials stand in; its ACK repeats them (RFC 3261 §22.1). */
export function credentialsOf(request: SipRequest): SipHeader[] {
  return request.headers.filter((one) => one.key === 'authorization' || one.key === 'proxy-authorization');
}

/** The CANCEL of a request (RFC 3261 §9.1): the same Via, Request-URI, identity and Route. */
export function cancelFor(request: SipRequest, extra: readonly SipHeader[] = []): SipRequest {
  const headers: SipHeader[] = [];
  let topDone = false;
  for (const one of request.headers) {
    switch (one.key) {
      case 'via':
        if (!topDone) headers.push(one);
        topDone = true;
        break;
      case 'max-forwards':
      case 'route':
      case 'from':
      case 'to':
      case 'call-id':
        headers.push(one);
        break;
      case 'cseq':
        headers.push({ ...one, value: one.value.replace(/\S+$/, 'CANCEL') });
        break;
    }
  }
  return { kind: 'request', method: 'CANCEL', uri: request.uri, headers: [...headers, ...extra], body: NO_BODY };
}
