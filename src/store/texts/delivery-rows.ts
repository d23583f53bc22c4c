/** The table of texts on their way out, and what a row means. */
import type { EventId, MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { Delivery, DeliveryProgress, DeliveryState, StoredDelivery, TextRoute } from '../../message/index.ts';

export interface DeliveriesTable {
  text_ref: string;
  /** Order of arrival; within a lane texts are sent in it. */
  seq: number;
  event_id: string;
  room_id: string;
  ghost: string;
  user_id: string;
  lane: string;
  target: string;
  sender: string | null;
  /** JSON */
  routes: string;
  /** Null when it is forgotten: the network has it. */
  text: string | null;
  reference: number;
  round: number;
  created_at: number;
  expires_at: number;
  state: DeliveryState;
  words: string | null;
  ended_at: number | null;
  /** The first of its lane that waits: there is one in each lane that has any. */
  is_head: number;
  route: number;
  /** `routes[route].transport` */
  transport: string;
  parts_accepted: number;
  parts_total: number | null;
  tries: number;
  under_way: number;
  next_try_at: number;
}

/** All but `seq` and `is_head`. */
export function newRow(delivery: Delivery): Omit<DeliveriesTable, 'seq' | 'is_head'> {
  return {
    text_ref: delivery.textRef,
    event_id: delivery.eventId,
    room_id: delivery.roomId,
    ghost: delivery.ghost,
    user_id: delivery.user,
    lane: delivery.lane,
    target: delivery.target,
    sender: delivery.sender ?? null,
    routes: JSON.stringify(delivery.routes),
    text: delivery.text,
    reference: delivery.reference,
    round: delivery.round,
    created_at: Math.floor(delivery.createdAt),
    expires_at: Math.floor(delivery.expiresAt),
    state: 'waiting',
    words: null,
    ended_at: null,
    route: 0,
    transport: transportOf(delivery.routes, 0),
    parts_accepted: 0,
    parts_total: null,
    tries: 0,
    under_way: 0,
    next_try_at: Math.floor(delivery.createdAt),
  };
}

/** All but `transport`. */
export function progressColumns(progress: DeliveryProgress) {
  return {
    route: progress.route,
    parts_accepted: progress.partsAccepted,
    parts_total: progress.partsTotal ?? null,
    tries: progress.tries,
    under_way: progress.underWay ? 1 : 0,
    next_try_at: Math.ceil(progress.nextTryAt),
  };
}

/** `text` is '' when it is forgotten. */
export function storedDelivery(row: Omit<DeliveriesTable, 'is_head'>): StoredDelivery {
  return {
    textRef: row.text_ref,
    eventId: row.event_id as EventId,
    roomId: row.room_id as RoomId,
    ghost: row.ghost as MatrixUserId,
    user: row.user_id as MatrixUserId,
    lane: row.lane,
    target: row.target,
    ...(row.sender === null ? {} : { sender: row.sender }),
    routes: JSON.parse(row.routes) as TextRoute[],
    text: row.text ?? '',
    reference: row.reference,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    round: row.round,
    state: row.state,
    progress: {
      route: row.route,
      partsAccepted: row.parts_accepted,
      ...(row.parts_total === null ? {} : { partsTotal: row.parts_total }),
      tries: row.tries,
      underWay: row.under_way === 1,
      nextTryAt: Number(row.next_try_at),
    },
  };
}

/** '' when there is no such route. */
export function transportOf(routes: readonly TextRoute[], route: number): string {
  return routes[route]?.transport ?? '';
}
