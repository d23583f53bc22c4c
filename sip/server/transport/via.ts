/** What a server does with the topmost Via, and where its response goes (RFC 3261 §18.2, RFC 3581). Pure. */
import {
  bareHost,
  defaultPort,
  hasParam,
  header,
  param,
  parseVia,
  type SipRequest,
  splitList,
  stringifyVia,
  type TransportName,
  type Via,
  withFirstElement,
  withParam,
} from '../../message/index.ts';

/**
 * The topmost Via of a message that the parser accepted.
 * @throws SipParseError when there is none, which the parser does not let through
 */
export function topVia(message: { headers: SipRequest['headers'] }): Via {
  for (const line of message.headers) {
    if (line.key !== 'via') continue;
    const value = line.value;
    return parseVia(value.includes(',') ? (splitList(value)[0] ?? '') : value);
  }
  return parseVia('');
}

/**
 * Notes where a request came from: `received` when sent-by says otherwise or `rport` asks (RFC 3261 §18.2.1, RFC 3581
 * §4), `rport` filled in.
 */
export function noteSource(request: SipRequest, address: string, port: number): { request: SipRequest; via: Via } {
  const via = topVia(request);
  const wantsPort = hasParam(via.params, 'rport');
  if (!wantsPort && bareHost(via.host) === address) return { request, via };
  let params = withParam(via.params, 'received', address);
  if (wantsPort) params = withParam(params, 'rport', String(port));
  const noted: Via = { ...via, params };
  return { request: withFirstElement(request, 'via', stringifyVia(noted)), via: noted };
}

/**
 * Where the response to a request goes on UDP, or when its connection is gone (RFC 3261 §18.2.2). `maddr` is not
 * followed: there is no multicast here, and it would let anybody aim our responses.
 */
export function responseAddress(via: Via, transport: TransportName): { address: string; port: number } {
  const address = param(via.params, 'received') ?? bareHost(via.host);
  const rport = transport === 'udp' ? Number(param(via.params, 'rport') ?? '') : 0;
  return { address, port: rport > 0 ? rport : (via.port ?? defaultPort(transport)) };
}

/** @returns the Via element for a request of ours; `rport` asks for the response on the port it came from (RFC 3581 §3) */
export function ownVia(transport: TransportName, host: string, port: number, branch: string): string {
  return `SIP/2.0/${transport.toUpperCase()} ${host}:${port};branch=${branch};rport`;
}

/** @returns the transaction's branch of a response, and the method of its CSeq line */
export function responseKey(message: { headers: SipRequest['headers'] }): { branch: string; method: string } {
  const cseq = header(message as SipRequest, 'cseq') ?? '';
  return {
    branch: param(topVia(message).params, 'branch') ?? '',
    method: cseq.slice(cseq.search(/[ \t]/) + 1).trimStart(),
  };
}
