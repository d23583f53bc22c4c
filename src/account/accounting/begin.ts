/** A call that begins, as it goes into the books. Pure. */
import type { AccountedCall, Plan, Route } from '../../call/index.ts';
import { isE164 } from '../../number/index.ts';
import { INSIDE } from '../inbound.ts';
import { countryOf } from '../limits/country.ts';
import type { StoredRecord, TelephoneLegRecord } from '../records/ports.ts';

/** The record of a call before anything has left the house. */
export function openRecord(call: AccountedCall): StoredRecord {
  const common = {
    callRef: call.callRef,
    isOpen: true,
    openedAt: call.openedAt,
    seenAt: call.openedAt,
    talkMs: 0,
    legs: [],
  };
  if (call.direction === 'in') {
    const { callerNumber, called, trunk, account, sipCallId } = call;
    return {
      ...common,
      direction: 'in',
      dialled: called,
      ...numberFields(callerNumber),
      line: called,
      isInside: trunk === INSIDE,
      isEmergency: false,
      trunk,
      ...(account === undefined ? {} : { account }),
      sipCallId,
    };
  }
  const { user, roomId, callId, ghost, dialled, plan, isInside, transferOf } = call;
  const [route] = plan.routes;
  return {
    ...common,
    direction: 'out',
    user,
    roomId,
    callId,
    ghost,
    dialled,
    ...numberFields(plan.e164 ?? route.target),
    ...(route.callerId === undefined ? {} : { line: route.callerId }),
    isInside,
    isEmergency: plan.emergency === true,
    ...(transferOf === undefined ? {} : { transferOf }),
  };
}

/** The leg that a route makes. */
export function legOf(plan: Plan, index: number, startedAt: number): TelephoneLegRecord | undefined {
  const route: Route | undefined = plan.routes[index];
  if (route === undefined) return undefined;
  const { trunk, account, target, callerId, tariff } = route;
  return {
    kind: 'telephone',
    index,
    trunk,
    ...(account === undefined ? {} : { account }),
    target,
    ...(callerId === undefined ? {} : { callerId }),
    startedAt,
    ...(tariff === undefined ? {} : { tariff }),
  };
}

/** Number and country of the other telephone. */
export function numberFields(number: string | undefined): Pick<StoredRecord, 'number' | 'country'> {
  if (number === undefined) return {};
  return { number, ...(isE164(number) ? { country: countryOf(number) } : {}) };
}
