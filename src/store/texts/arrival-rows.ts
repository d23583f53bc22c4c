/** What whole texts and parts of them have in common on the disk. */
import { createHash } from 'node:crypto';
import type { MatrixUserId, RingTarget, RoomId } from '../../matrix/index.ts';
import type { Arrival } from '../../message/index.ts';

export interface ArrivedColumns {
  text_ref: string;
  transport: string;
  key: string;
  account: string | null;
  called: string;
  sender: string;
  sender_name: string | null;
  withheld: number;
  /** Null when it is forgotten. */
  text: string | null;
  /** Of transport, sender, called and text: it outlives the text, so that a repeat without a mark is known. */
  digest: string;
  sent_at: number | null;
  received_at: number;
  wants_displayed: number;
}

type Arrived = Omit<Arrival, 'targets'>;

export function arrivedColumns(arrived: Arrived): ArrivedColumns {
  return {
    text_ref: arrived.textRef,
    transport: arrived.transport,
    key: arrived.key,
    account: arrived.account ?? null,
    called: arrived.called,
    sender: arrived.sender,
    sender_name: arrived.senderName ?? null,
    withheld: arrived.withheld ? 1 : 0,
    text: arrived.text,
    digest: digestOf(arrived),
    sent_at: arrived.sentAt === undefined ? null : Math.floor(arrived.sentAt),
    received_at: Math.floor(arrived.receivedAt),
    wants_displayed: arrived.wantsDisplayed ? 1 : 0,
  };
}

/** `text` is '' when it is forgotten. */
export function arrivedFrom(row: ArrivedColumns): Arrived {
  return {
    textRef: row.text_ref,
    transport: row.transport,
    key: row.key,
    ...(row.account === null ? {} : { account: row.account }),
    called: row.called,
    sender: row.sender,
    ...(row.sender_name === null ? {} : { senderName: row.sender_name }),
    withheld: row.withheld === 1,
    text: row.text ?? '',
    ...(row.sent_at === null ? {} : { sentAt: Number(row.sent_at) }),
    receivedAt: Number(row.received_at),
    wantsDisplayed: row.wants_displayed === 1,
  };
}

export function digestOf(of: Pick<Arrived, 'transport' | 'sender' | 'called' | 'text'>): string {
  const facts = JSON.stringify([of.transport, of.sender, of.called, of.text]);
  return createHash('sha256').update(facts).digest('base64url').slice(0, 22);
}

/** What `targetKey` made of a target. */
export function targetOf(key: string): RingTarget {
  const value = key.slice(5);
  if (key.startsWith('user:')) return { kind: 'user', user: value as MatrixUserId };
  if (key.startsWith('room:')) return { kind: 'room', room: value };
  const [line = '', room = ''] = value.split(' ');
  return { kind: 'line', line, room: room as RoomId };
}
