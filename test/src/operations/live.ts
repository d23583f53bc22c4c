/** A gateway that runs, as operations see it. */

import type { LiveCall, Route } from '../../../src/call/index.ts';
import { currency, micros } from '../../../src/money.ts';
import type { LiveParts } from '../../../src/operations/index.ts';
import { NOW } from './world.ts';

const going = {
  callRef: 'call-live',
  direction: 'out',
  phase: 'talking',
  user: '@alice:hs.test',
  number: '+447700900123',
  trunk: 'office',
  since: NOW - 60_000,
  answeredAt: NOW - 50_000,
} as LiveCall;

const emergency = { ...going, callRef: 'call-999', number: '999', isEmergency: true } as LiveCall;

const route = {
  trunk: 'office',
  target: '+447700900123',
  callerId: '+441632960000',
  tariff: {
    price: {
      currency: currency('EUR'),
      connectFee: micros(10_000),
      perMinute: micros(50_000),
      firstS: 60,
      nextS: 1,
    },
    rate: 'carrier 447 2026-03-02',
  },
} as unknown as Route;

export function fakeLive(): LiveParts {
  const calls = new Map([going, emergency].map((call) => [call.callRef, call]));
  return {
    trunks: () => [
      {
        name: 'office',
        state: 'up',
        since: NOW - 3_600_000,
        calls: 1,
        maxCalls: 10,
        registrations: [
          { account: 'office-1', state: 'registered', expiresAt: NOW + 1_800_000 },
          { account: '201', state: 'refused', detail: 'The password is wrong.' },
        ],
      },
      { name: 'backup', state: 'down', detail: 'It does not answer.', since: NOW, calls: 0, registrations: [] },
    ],
    registerNow: (trunk) => ({ office: 2, smsc: 0 })[trunk],
    calls: () => [...calls.values()],
    endCall(callRef) {
      if (callRef === 'call-999') return 'emergency';
      return calls.delete(callRef) ? 'ended' : 'unknown';
    },
    async tryCall(_user, dialled) {
      if (dialled.startsWith('0906')) {
        return { kind: 'refuse', cause: 'destination-closed', admin: 'premium-rate is closed' };
      }
      const plan = { routes: [route] } as const;
      if (dialled.startsWith('01632')) {
        return { kind: 'inside', plan, called: '+441632960006', caller: { kind: 'unknown' } } as never;
      }
      return { kind: 'allow', plan };
    },
    sharedRoom: async () => undefined,
    showLine: async () => undefined,
    async chatWith(_user, _dialled, line) {
      const room = line === undefined ? '!chat:hs.test' : '!shared:hs.test';
      return {
        roomId: room,
        link: `https://matrix.to/#/${room}?via=hs.test`,
        name: '07700 900123',
        isJoined: line !== undefined,
      };
    },
    async sendText() {
      const room = '!chat:hs.test';
      return { roomId: room, link: `https://matrix.to/#/${room}?via=hs.test`, name: '07700 900123', isJoined: true };
    },
  };
}
