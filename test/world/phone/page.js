// A Matrix client as clients are built on matrix-js-sdk, reduced to telephone calls. Tests drive it by `window.phone`.
import { createClient } from 'matrix-js-sdk';
import { CallErrorCode, CallEvent } from 'matrix-js-sdk/lib/webrtc/call.js';
import { CallEventHandlerEvent } from 'matrix-js-sdk/lib/webrtc/callEventHandler.js';

/** @type {import('matrix-js-sdk').MatrixClient} */
let client;
/** @type {{ call: import('matrix-js-sdk/lib/webrtc/call.js').MatrixCall, states: string[], title: string, rangAt: number }[]} */
const rung = [];

const player = new Audio();
player.autoplay = true;

function newest() {
  const entry = rung.at(-1);
  if (entry === undefined) throw new Error('no call has rung');
  return entry;
}

/** What a client shows of a call that comes in: the name of its room. */
function titleOf(call) {
  return client.getRoom(call.roomId)?.name ?? '';
}

/** Notes what becomes of a call, and lets it be heard. */
function follow(call) {
  const entry = { call, states: [call.state], title: titleOf(call), rangAt: Date.now() };
  rung.push(entry);
  call.on(CallEvent.State, (state) => entry.states.push(state));
  call.on(CallEvent.FeedsChanged, () => {
    player.srcObject = call.remoteUsermediaStream ?? null;
  });
}

async function lookUp(number) {
  const [found] = await client.getThirdpartyUser('m.protocol.pstn', { 'm.id.phone': number });
  if (found === undefined) throw new Error('unable to look up the number');
  return found.userid;
}

window.phone = {
  async start(session) {
    client = createClient({ ...session, fallbackICEServerAllowed: false });
    client.on(CallEventHandlerEvent.Incoming, follow);
    const prepared = new Promise((resolve) => {
      client.on('sync', (state) => {
        if (state === 'PREPARED') resolve(undefined);
      });
    });
    await client.startClient({ initialSyncLimit: 5, disablePresence: true });
    await prepared;
  },

  /** All calls that rang, oldest first. */
  calls: () =>
    rung.map(({ call, states, title, rangAt }) => ({
      callId: call.callId,
      roomId: call.roomId,
      caller: call.getOpponentMember()?.userId ?? '',
      callerName: call.getOpponentMember()?.name ?? '',
      title,
      rangAt,
      states,
      state: call.state,
      heldByThem: call.isLocalOnHold(),
      canBeTransferred: call.opponentCanBeTransferred(),
      takesDigits: call.opponentSupportsDTMF(),
      hangupReason: call.hangupReason,
      hungUpByThem: call.hangupParty === 'remote',
    })),

  answer: () => newest().call.answer(true, false),
  decline: () => newest().call.reject(),
  hangUp: () => newest().call.hangup(CallErrorCode.UserHangup, false),
  hold: (on) => newest().call.setRemoteOnHold(on),
  async press(digits) {
    for (const digit of digits) {
      newest().call.sendDtmfDigit(digit);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  },
  join: (roomId) => client.joinRoom(roomId),
  /** As Element Web dials: looks the number up, makes the chat, calls at once. */
  async dial(number) {
    const { room_id: roomId } = await client.createRoom({
      preset: 'trusted_private_chat',
      visibility: 'private',
      invite: [await lookUp(number)],
      is_direct: true,
    });
    const call = client.createCall(roomId);
    follow(call);
    await call.placeVoiceCall();
  },
  /** As Element Web transfers to a number, or to a user. */
  transfer: async (to) => newest().call.transfer(to.startsWith('@') ? to : await lookUp(to)),
  /** As Element Web joins two calls: the one before is put through to the newest. */
  transferToNewest: () => rung.at(-2).call.transferToCall(newest().call),
  stop: () => client?.stopClient(),
};
