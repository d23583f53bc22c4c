/** Texts as mobile networks carry them over SIP (3GPP TS 24.341). Pure. */
import {
  parseRp,
  parseTpdu,
  type Rp,
  serializeDeliverReport,
  serializeRp,
  serializeSubmitReport,
  type Tpdu,
} from './codec/index.ts';
import type { ReadBody } from './read.ts';
import { smsId } from './sms-id.ts';

/**
 * @param now ms since 1970
 * @param inReplyTo Call-ID of the MESSAGE that it answers (RFC 3261 §20.21)
 * @throws TextCodecError
 */
export function readSms(body: Buffer, now: number, inReplyTo: string | undefined): ReadBody {
  const rp = parseRp(body);
  switch (rp.kind) {
    case 'data': {
      const tpdu = parseTpdu(rp.tpdu, rp.direction);
      return { ...readTpdu(tpdu), ...acknowledgementOf(rp, tpdu, now) };
    }
    case 'ack':
      return { kind: 'nothing', why: 'the network has a text of ours' };
    case 'error':
      return inReplyTo === undefined
        ? { kind: 'nothing', why: 'the network refuses a text without saying which' }
        : { kind: 'receipt', name: { callId: inReplyTo }, state: 'failed', detail: `RP-ERROR ${rp.cause}` };
    case 'memory-available':
      return { kind: 'nothing', why: 'a telephone has room again' };
    default:
      return rp satisfies never;
  }
}

type Readable = Exclude<ReadBody, { readonly kind: 'unsupported' | 'malformed' }>;

function readTpdu(tpdu: Tpdu): Readable {
  switch (tpdu.kind) {
    case 'deliver':
    case 'submit': {
      // TS 23.040 §9.2.3.9: a type 0 is acknowledged and shown to nobody. Data is for programs.
      if (tpdu.isProbe) return { kind: 'nothing', why: 'a probe' };
      if (tpdu.text === undefined) return { kind: 'nothing', why: 'an SMS that is no text' };
      const { text, part } = tpdu;
      if (part === undefined && text.trim() === '') return { kind: 'nothing', why: 'the text is empty' };
      const piece = part === undefined ? {} : { part };
      if (tpdu.kind === 'submit') return { kind: 'text', text, ...piece, called: tpdu.recipient };
      const sentAt = tpdu.sentAt === undefined ? {} : { sentAt: tpdu.sentAt };
      return { kind: 'text', text, ...piece, ...sentAt, sender: tpdu.sender };
    }
    case 'status-report': {
      if (tpdu.state === 'pending') return { kind: 'nothing', why: 'the network still tries' };
      const name = { messageId: smsId(tpdu.recipient, tpdu.reference) };
      const detail = tpdu.state === 'failed' ? { detail: `TP-Status ${tpdu.status}` } : {};
      return { kind: 'receipt', name, state: tpdu.state, ...detail };
    }
    case 'deliver-report':
    case 'submit-report':
      return { kind: 'nothing', why: 'a report without its text' };
    default:
      return tpdu satisfies never;
  }
}

/** TS 24.011 §7.3.3: the answer goes the other way, under the same reference. */
function acknowledgementOf(rp: Extract<Rp, { kind: 'data' }>, tpdu: Tpdu, now: number): { acknowledgement: Buffer } {
  const { reference } = rp;
  return {
    acknowledgement:
      rp.direction === 'to-mobile'
        ? serializeRp({ kind: 'ack', direction: 'to-network', reference, tpdu: serializeDeliverReport() })
        : serializeRp({
            kind: 'ack',
            direction: 'to-mobile',
            reference,
            ...(tpdu.kind === 'submit' ? { tpdu: serializeSubmitReport(now) } : {}),
          }),
  };
}
