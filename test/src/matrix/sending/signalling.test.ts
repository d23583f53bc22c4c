import { expect, it } from 'vitest';
import type { CallId, MatrixUserId, RoomId } from '../../../../src/matrix/ids.ts';
import type { EventSender } from '../../../../src/matrix/sending/sender.ts';
import { createSignalling } from '../../../../src/matrix/sending/signalling.ts';
import type { TurnServers } from '../../../../src/matrix/sending/turn.ts';

type Sent = Parameters<EventSender['send']>[0];

const ROOM = '!r:s' as RoomId;
const GHOST = '@_sip_1:s' as MatrixUserId;
const CALL = { roomId: ROOM, ghost: GHOST, callId: 'c' as CallId, partyId: 'p' } as const;

function signalling() {
  const sent: Sent[] = [];
  const sender = { send: async (event: Sent) => void sent.push(event) } as EventSender;
  const turn = { get: async () => undefined } as unknown as TurnServers;
  return { sent, ...createSignalling(sender, turn) };
}

it('a notice says nothing that turns or hides text, whoever it quotes', async () => {
  const { sent, notice } = signalling();
  await notice(ROOM, GHOST, 'Busy \u202egnp.exe\u0007\u2066 and\nmore', 'k');
  expect(sent).toMatchObject([{ type: 'm.room.message', as: GHOST, content: { msgtype: 'm.notice' } }]);
  expect(sent[0]?.content.body).toBe('Busy gnp.exe and\nmore');
});

it('an event of a call and a notice of the same key are two, and neither waits for the other', async () => {
  const { sent, notice, send } = signalling();
  await send({ ...CALL, version: '1' }, { type: 'reject', reason: 'user_busy' }, 'k');
  await notice(ROOM, GHOST, 'Busy', 'k');
  expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
  expect(new Set(sent.map(({ lane }) => lane)).size).toBe(2);
});

it('version 0 has no m.call.negotiate: none is sent', async () => {
  const { sent, send } = signalling();
  await send({ ...CALL, version: '0' }, { type: 'negotiate', sdpType: 'answer', sdp: 'v=0', lifetimeMs: 1 }, 'k');
  expect(sent).toEqual([]);
});
