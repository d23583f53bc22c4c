/** Answers a text with a text (RFC 3428): what was written, from the number that it was written to. */
import type { RemoteInfo } from 'node:dgram';
import { header, makeHeader, parseNameAddr, parseUri, type SipRequest, userText } from '../../../sip/message/index.ts';
import { newTag } from './bye.ts';

const LONGEST = 100;

/**
 * @param local this end @param from where the text came from
 * @returns the MESSAGE that goes back
 */
export function textBack(
  text: SipRequest,
  local: { readonly host: string; readonly port: number; readonly number: string },
  from: Pick<RemoteInfo, 'address' | 'port'>,
): SipRequest {
  const { host, port, number } = local;
  const writer = parseUri(parseNameAddr(header(text, 'from') ?? '').uri);
  const user = writer.kind === 'sip' ? (userText(writer) ?? '') : '';
  const uri = `sip:${user}@${from.address}:${from.port}`;
  const written = [...text.body.toString()].slice(0, LONGEST).join('');
  return {
    kind: 'request',
    method: 'MESSAGE',
    uri,
    headers: [
      makeHeader('Via', `SIP/2.0/UDP ${host}:${port};branch=z9hG4bK${newTag()};rport`),
      makeHeader('Max-Forwards', '70'),
      makeHeader('From', `<sip:${number}@${host}>;tag=${newTag()}`),
      makeHeader('To', `<${uri}>`),
      makeHeader('Call-ID', `${newTag()}@trunkline.demo`),
      makeHeader('CSeq', '1 MESSAGE'),
      makeHeader('Content-Type', 'text/plain;charset=UTF-8'),
    ],
    body: Buffer.from(`You wrote: ${written}`),
  };
}
