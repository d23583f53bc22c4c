/** A live call in as administrators see it. */
import type { InboundCall } from '../../../sip/index.ts';
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { LiveCall } from '../live-call.ts';
import type { Phase } from '../machine.ts';
import type { Timeline } from '../timeline.ts';

export function liveInbound(
  { callRef, trunk, called, caller }: InboundCall,
  phase: Phase,
  answered: { readonly by: MatrixUserId; readonly roomId: RoomId } | undefined,
  timeline: Timeline,
): LiveCall {
  const answeredAt = timeline.at('answeredAt');
  const number = caller.withheld ? undefined : (caller.number ?? caller.name);
  return {
    callRef,
    direction: 'in',
    phase,
    ...(answered ? { user: answered.by, roomId: answered.roomId } : {}),
    ...(number === undefined ? {} : { number }),
    called,
    trunk,
    since: timeline.arrivedAt,
    ...(answeredAt === undefined ? {} : { answeredAt }),
  };
}
