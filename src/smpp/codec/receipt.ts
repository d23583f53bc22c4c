/** Delivery receipts: TLVs (SMPP 3.4 §5.3.2.12, §5.3.2.35) and the text that Appendix B describes. */
import type { TextFailure, TextFailureKind } from '../../message/index.ts';
import { type Fields, numberField, octetsField, textField } from './fields.ts';
import { type MessageIdForm, messageIdOf } from './message-id.ts';

export interface SmppReceipt {
  readonly messageId: string;
  /** `underway`: nothing is decided. */
  readonly state: 'delivered' | 'displayed' | 'failed' | 'underway';
  readonly failure?: TextFailure;
}

type Stat = 'DELIVRD' | 'EXPIRED' | 'DELETED' | 'UNDELIV' | 'ACCEPTD' | 'REJECTD' | 'UNKNOWN' | 'ENROUTE';

// SMPP 3.4 §5.2.28.
const STATES: Readonly<Record<number, Stat>> = {
  1: 'ENROUTE',
  2: 'DELIVRD',
  3: 'EXPIRED',
  4: 'DELETED',
  5: 'UNDELIV',
  6: 'ACCEPTD',
  7: 'UNKNOWN',
  8: 'REJECTD',
};

/** @param text of the message, when it can be read. @returns undefined when it does not say which message, or what became of it */
export function readReceipt(fields: Fields, text: string | undefined, form: MessageIdForm): SmppReceipt | undefined {
  const said = readReceiptText(text ?? '');
  const named = textField(fields, 'receipted_message_id') ?? said.id;
  const messageId = named === undefined ? undefined : messageIdOf(named, 'receipt', form);
  const stat = STATES[numberField(fields, 'message_state') ?? 0] ?? said.stat;
  if (messageId === undefined || stat === undefined) return undefined;
  const state = stateOf(stat);
  if (state !== 'failed') return { messageId, state };
  const network = networkError(octetsField(fields, 'network_error_code'));
  const facts = [stat, said.err === undefined ? undefined : `err ${said.err}`, network?.said];
  return {
    messageId,
    state,
    failure: {
      kind: network?.kind ?? (stat === 'EXPIRED' ? 'unavailable' : 'refused'),
      isTemporary: false,
      isTrunkFault: false,
      said: facts.filter((fact) => fact !== undefined).join('; '),
      mayHaveArrived: false,
    },
  };
}

/**
 * `id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm done date:YYMMDDhhmm stat:DDDDDDD err:E Text:…` (Appendix B), with the
 * liberties that are taken with it: other order, other letters, spaces behind colons. The text at its end is the sender's own.
 */
export function readReceiptText(text: string): { readonly id?: string; readonly stat?: Stat; readonly err?: string } {
  const head = text.slice(0, 500).replace(/\btext:.*$/is, '');
  const id = /(?:^|\s)id:\s*([^\s]{1,64})/i.exec(head)?.[1];
  const stat = statOf(/(?:^|\s)stat:\s*([a-z]{1,20})/i.exec(head)?.[1] ?? '');
  const err = /(?:^|\s)err:\s*([0-9a-z]{1,12})/i.exec(head)?.[1];
  return {
    ...(id === undefined ? {} : { id }),
    ...(stat === undefined ? {} : { stat }),
    ...(err === undefined ? {} : { err }),
  };
}

const STATS: Readonly<Record<string, Stat>> = {
  DELIV: 'DELIVRD',
  EXPIR: 'EXPIRED',
  DELET: 'DELETED',
  UNDEL: 'UNDELIV',
  ACCEP: 'ACCEPTD',
  REJEC: 'REJECTD',
  UNKNO: 'UNKNOWN',
  ENROU: 'ENROUTE',
};

/** Seven letters by the book; "DELIVERED" and "REJECTED" are written too. */
function statOf(word: string): Stat | undefined {
  return STATS[word.slice(0, 5).toUpperCase()];
}

function stateOf(stat: Stat): SmppReceipt['state'] {
  switch (stat) {
    case 'DELIVRD':
      return 'delivered';
    case 'EXPIRED':
    case 'DELETED':
    case 'UNDELIV':
    case 'REJECTD':
      return 'failed';
    case 'ACCEPTD':
    case 'ENROUTE':
    case 'UNKNOWN':
      return 'underway';
  }
}

const GSM_NETWORK = 3;

// 3GPP TS 29.002 §17.6.6, what concerns a text.
const GSM_ERRORS: Readonly<Record<number, TextFailureKind>> = {
  1: 'no-such-number',
  5: 'no-such-number',
  6: 'unavailable',
  9: 'no-such-number',
  11: 'no-such-number',
  13: 'blocked',
  21: 'no-such-number',
  27: 'unavailable',
  31: 'unavailable',
  32: 'unavailable',
};

/** SMPP 3.4 §5.3.2.31: the kind of network, then its code. */
function networkError(
  octets: Uint8Array | undefined,
): { readonly said: string; readonly kind?: TextFailureKind } | undefined {
  if (octets?.length !== 3) return undefined;
  const [network = 0, high = 0, low = 0] = octets;
  const code = (high << 8) | low;
  const kind = network === GSM_NETWORK ? GSM_ERRORS[code] : undefined;
  return { said: `network error ${network}:${code}`, ...(kind === undefined ? {} : { kind }) };
}
