/** Requests as trunks write them, of headers alone. */
import { makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { type InboundSettings, trunkSettings } from '../../../sip/trunk/index.ts';

export function invite(
  headers: Readonly<Record<string, string | readonly string[]>>,
  uri = 'sip:200@192.0.2.1',
): SipRequest {
  const lines = Object.entries({
    From: '<sip:+4930901820@provider.example>;tag=f',
    To: '<sip:200@192.0.2.1>',
    'Call-ID': 'c',
    CSeq: '1 INVITE',
    ...headers,
  });
  return {
    kind: 'request',
    method: 'INVITE',
    uri,
    headers: lines.flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one) => makeHeader(name, one)),
    ),
    body: Buffer.alloc(0),
  };
}

export function settings(given: Partial<InboundSettings> = {}): InboundSettings {
  return trunkSettings({ name: 't', host: 'provider.example', inbound: given }).inbound;
}
