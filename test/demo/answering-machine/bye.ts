/** The end of a call from the side that was called. */
import { randomBytes } from 'node:crypto';
import type { RemoteInfo } from 'node:dgram';
import { header, headerList, makeHeader, parseNameAddr, type SipRequest } from '../../../sip/message/index.ts';

/** This end of the dialog. */
export interface Local {
  readonly host: string;
  readonly port: number;
  readonly tag: string;
}

/**
 * The BYE of a dialog that an INVITE has made (RFC 3261 §12.2.1.1): From and To change places, the Record-Routes are the
 * way, the caller's Contact is the target.
 * @param from where the INVITE came from, for a caller that gave no Contact
 */
export function byeRequest(invite: SipRequest, local: Local, from: RemoteInfo): SipRequest {
  const contact = header(invite, 'contact');
  return {
    kind: 'request',
    method: 'BYE',
    uri: contact === undefined ? `sip:${from.address}:${from.port}` : parseNameAddr(contact).uri,
    headers: [
      makeHeader('Via', `SIP/2.0/UDP ${local.host}:${local.port};branch=z9hG4bK${newTag()};rport`),
      makeHeader('Max-Forwards', '70'),
      ...headerList(invite, 'record-route').map((route) => makeHeader('Route', route)),
      makeHeader('From', `${header(invite, 'to')};tag=${local.tag}`),
      makeHeader('To', header(invite, 'from') ?? ''),
      makeHeader('Call-ID', header(invite, 'call-id') ?? ''),
      makeHeader('CSeq', '1 BYE'),
    ],
    body: Buffer.alloc(0),
  };
}

export function newTag(): string {
  return randomBytes(8).toString('hex');
}
