/** The telephone behind the page: Matrix on one side, states for the page on the other. */
import {
  ClientEvent,
  EventType,
  HttpApiEvent,
  KnownMembership,
  type MatrixClient,
  type MatrixEvent,
  MsgType,
  type Room,
  RoomEvent,
  SyncState,
} from 'matrix-js-sdk';
import {
  CallErrorCode,
  CallEvent,
  CallParty,
  CallState,
  CallType,
  type MatrixCall,
} from 'matrix-js-sdk/lib/webrtc/call.js';
import { CallEventHandlerEvent } from 'matrix-js-sdk/lib/webrtc/callEventHandler.js';
import { directRoom } from './direct-room.ts';
import { warn } from './log.ts';
import { ghostOf } from './look-up.ts';
import { idle, isBusy, next, type PhoneEvent, type PhoneState } from './phone-state.ts';

export interface PhoneListener {
  onState(state: PhoneState): void;
  /** Whether the homeserver answers. */
  onOnline(online: boolean): void;
  /** The session is over (logged out elsewhere). */
  onLoggedOut(): void;
  /** The far side's audio, to be played; undefined when there is none. */
  onAudio(stream: MediaStream | undefined): void;
}

export class Phone {
  readonly #client: MatrixClient;
  readonly #listener: PhoneListener;
  readonly #isGateway: (userId: string) => boolean;
  #state: PhoneState = idle;
  #call: MatrixCall | undefined;
  #attempts = 0;
  /** Whose notices belong to the last call, and since when. */
  #notices: { ghost: string; since: number } | undefined;

  /** @param isGateway whether a user is one of the gateway's: its own, or the one of a number */
  constructor(client: MatrixClient, listener: PhoneListener, isGateway: (userId: string) => boolean) {
    this.#isGateway = isGateway;
    this.#client = client;
    this.#listener = listener;
  }

  get state(): PhoneState {
    return this.#state;
  }

  /** Starts syncing; settles when the first sync is there. */
  async start(): Promise<void> {
    const client = this.#client;
    const prepared = new Promise<void>((resolve) => {
      client.on(ClientEvent.Sync, (state) => {
        const online = state !== SyncState.Error && state !== SyncState.Reconnecting;
        if (state !== SyncState.Stopped) this.#listener.onOnline(online);
        if (state === SyncState.Prepared || state === SyncState.Syncing) resolve();
      });
    });
    client.on(HttpApiEvent.SessionLoggedOut, () => this.#listener.onLoggedOut());
    client.on(CallEventHandlerEvent.Incoming, (call) => this.#onIncoming(call));
    client.on(RoomEvent.MyMembership, (room) => this.#acceptInvitation(room));
    client.on(RoomEvent.Timeline, (event) => this.#onTimeline(event));
    await client.startClient({ initialSyncLimit: 1, disablePresence: true });
    await prepared;
    for (const room of client.getRooms()) this.#acceptInvitation(room);
  }

  /** Ends the call, stops syncing and logs the session out at the homeserver. */
  async logOut(): Promise<void> {
    this.hangUp();
    this.#client.stopClient();
    await this.#client.logout();
  }

  stop(): void {
    this.hangUp();
    this.#client.stopClient();
  }

  /** Calls a number as it was typed. What goes wrong becomes a state with a sentence. */
  async dial(number: string): Promise<void> {
    if (isBusy(this.#state)) return;
    performance.mark('dialer:dial');
    this.#apply({ type: 'dial', number });
    const attempt = ++this.#attempts;
    // The user may give up, and dial another number, while the homeserver is being asked.
    const isWanted = () => this.#attempts === attempt && this.#state.kind === 'looking-up';
    try {
      await this.#place(number, isWanted);
    } catch (error) {
      warn('the call could not be placed', error);
      if (this.#attempts !== attempt) return;
      this.#apply({ type: 'failed', sentence: 'The homeserver did not let the call through. Try again.' });
    }
  }

  /** Takes the call that rings. */
  async answer(): Promise<void> {
    const call = this.#call;
    if (this.#state.kind !== 'ringing' || call === undefined) return;
    this.#apply({ type: 'answer' });
    try {
      await call.answer(true, false);
    } catch (error) {
      warn('the call could not be answered', error);
      this.#onEnded(call, CallParty.Remote, CallErrorCode.NoUserMedia);
    }
  }

  hangUp(): void {
    if (this.#state.kind === 'ringing' && this.#call !== undefined) {
      this.#call.reject();
      return;
    }
    if (this.#call === undefined) {
      this.#apply({ type: 'ended', by: 'us', reason: 'user_hangup', at: Date.now() });
      return;
    }
    this.#call.hangup(CallErrorCode.UserHangup, false);
  }

  async setMuted(muted: boolean): Promise<void> {
    if (this.#call === undefined) return;
    await this.#call.setMicrophoneMuted(muted);
    this.#apply({ type: 'muted', muted: this.#call.isMicrophoneMuted() });
  }

  setHeld(held: boolean): void {
    if (this.#state.kind !== 'talking' || this.#call === undefined) return;
    this.#call.setRemoteOnHold(held);
    this.#apply({ type: 'held', held });
  }

  /** Sends a keypad tone (RFC 4733) in the call, after those that are still being sent. */
  sendDigit(digit: string): void {
    if (this.#state.kind !== 'talking') return;
    const senders = this.#call?.peerConn?.getSenders() ?? [];
    const dtmf = senders.find((sender) => sender.track?.kind === 'audio')?.dtmf;
    if (dtmf?.canInsertDTMF !== true) {
      this.#apply({ type: 'note', text: 'The other side takes no keypad tones now.' });
      return;
    }
    // insertDTMF throws away what is left of earlier tones (WebRTC 1.0 §7.2): a fast typist would lose digits.
    dtmf.insertDTMF(dtmf.toneBuffer + digit);
    this.#apply({ type: 'digit', digit });
  }

  dismiss(): void {
    this.#apply({ type: 'dismiss' });
  }

  async #place(number: string, isWanted: () => boolean): Promise<void> {
    const ghost = await ghostOf(this.#client, number);
    if (!isWanted()) return;
    if (ghost === undefined) {
      this.#apply({ type: 'failed', sentence: 'This number cannot be called.' });
      return;
    }
    // A number of the user's own may be looked up as themselves; every chat of theirs would be one with them.
    if (ghost === this.#client.getUserId()) {
      this.#apply({ type: 'failed', sentence: 'This is your own number.' });
      return;
    }
    performance.mark('dialer:looked-up');
    this.#notices = { ghost, since: Date.now() };
    const room = await directRoom(this.#client, ghost);
    if (!isWanted()) return;
    this.#apply({ type: 'found', name: room.getMember(ghost)?.rawDisplayName ?? number });
    const call = this.#client.createCall(room.roomId);
    if (call === null) {
      this.#apply({ type: 'failed', sentence: 'This browser cannot make calls.' });
      return;
    }
    this.#follow(call);
    await call.placeVoiceCall();
  }

  /** A telephone calls. While we are on another call it rings our other clients, and the gateway's time-out ends it. */
  #onIncoming(call: MatrixCall): void {
    if (isBusy(this.#state) || call.type !== CallType.Voice) return;
    const caller = call.getOpponentMember()?.userId ?? '';
    const name = this.#client.getRoom(call.roomId)?.getMember(caller)?.rawDisplayName ?? caller;
    this.#notices = { ghost: caller, since: Date.now() };
    this.#follow(call);
    this.#apply({ type: 'incoming', name });
  }

  /** Calls of numbers that are new come in rooms that are new: the gateway's invitations are accepted at once. */
  #acceptInvitation(room: Room): void {
    if (room.getMyMembership() !== KnownMembership.Invite) return;
    const inviter = room.getDMInviter();
    if (inviter === undefined || !this.#isGateway(inviter)) return;
    this.#client.joinRoom(room.roomId).catch((error: unknown) => warn('an invitation could not be accepted', error));
  }

  #follow(call: MatrixCall): void {
    this.#call = call;
    call.on(CallEvent.State, (state) => {
      if (state === CallState.InviteSent) performance.mark('dialer:invited');
      if (state === CallState.Connecting) performance.mark('dialer:answered');
      if (state === CallState.Connected) this.#onConnected(call);
      if (state === CallState.Ended) this.#onEnded(call, call.hangupParty, call.hangupReason);
    });
    call.on(CallEvent.Hangup, () => this.#onEnded(call, call.hangupParty, call.hangupReason));
    call.on(CallEvent.Error, (error) => {
      warn('the call has a problem', error.code);
      if (error.code === CallErrorCode.NoUserMedia) this.#onEnded(call, CallParty.Remote, error.code);
    });
    call.on(CallEvent.FeedsChanged, () => this.#listener.onAudio(call.remoteUsermediaStream));
    call.on(CallEvent.LocalHoldUnhold, (heldByOther) => this.#apply({ type: 'held-by-other', held: heldByOther }));
  }

  /** ICE has found a way, but audio and keys need DTLS too: `connectionState` knows of both. */
  #onConnected(call: MatrixCall): void {
    const connection = call.peerConn;
    if (connection === undefined || this.#call !== call) return;
    if (connection.connectionState !== 'connected') {
      connection.addEventListener('connectionstatechange', () => this.#onConnected(call), { once: true });
      return;
    }
    if (this.#state.kind !== 'calling' && this.#state.kind !== 'answering') return;
    performance.mark('dialer:connected');
    this.#apply({ type: 'connected', at: Date.now() });
  }

  #onEnded(call: MatrixCall, party: CallParty | undefined, reason: string | undefined): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    this.#listener.onAudio(undefined);
    const by = party === CallParty.Local ? 'us' : 'them';
    this.#apply({ type: 'ended', by, reason: reason ?? 'unknown_error', at: Date.now() });
  }

  /** The gateway's sentences: notices of the ghost since the call began. */
  #onTimeline(event: MatrixEvent): void {
    const expected = this.#notices;
    if (expected === undefined || event.getSender() !== expected.ghost) return;
    if (event.getType() !== EventType.RoomMessage) return;
    const { msgtype, body } = event.getContent();
    // Clocks differ: an event is of this call when it came after it began, by the homeserver's account of its age.
    if (msgtype !== MsgType.Notice || typeof body !== 'string') return;
    if (event.localTimestamp < expected.since - 1000) return;
    this.#apply({ type: 'note', text: body });
  }

  #apply(event: PhoneEvent): void {
    const state = next(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.onState(state);
  }
}
