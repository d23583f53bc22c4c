/** A leg on a stack and a clock that the test moves: what timing alone brings about. */

import { beforeEach, describe, expect, test } from 'vitest';
import { CallLeg } from '../../../sip/call/leg.ts';
import type { LeftBehind } from '../../../sip/call/leg-world.ts';
import { DigestSession } from '../../../sip/digest/index.ts';
import { changedPartyOf } from '../../../sip/inbound/index.ts';
import type { SipCallId, SipLegEvent } from '../../../sip/leg.ts';
import { buildInvite, trunkSettings } from '../../../sip/trunk/index.ts';
import { FakeClock, FakeStack, incoming, settled, silent } from './fakes.ts';
import { OFFER, sdp } from './world.ts';

const CALL_ID = 'c@trunkline' as SipCallId;
const ANSWER = sdp('sendrecv', 9);
type Reoffer = Extract<SipLegEvent, { type: 'reoffer' }>;

let clock: FakeClock;
let stack: FakeStack;
let events: SipLegEvent[];
let leftBehind: LeftBehind[];
let released: number;
let leg: CallLeg;

beforeEach(() => place());

function place(digest?: DigestSession, tellsTrying = true): void {
  clock = new FakeClock();
  stack = new FakeStack();
  stack.tellsTrying = tellsTrying;
  events = [];
  leftBehind = [];
  released = 0;
  const trunk = trunkSettings({ name: 't', host: '192.0.2.1' });
  const request = {
    callRef: 'r',
    trunk: 't',
    target: '200',
    callerId: '+4930901820',
    sdp: OFFER,
    ringTimeoutMs: 60_000,
    responseTimeoutMs: 5_000,
  };
  leg = new CallLeg({
    request,
    listener: (event) => events.push(event),
    plan: buildInvite(trunk, request, { callId: CALL_ID, fromTag: 'us' }),
    sipCallId: CALL_ID,
    stack,
    digest,
    policy: { maxRedirects: 0, ownHosts: [], mayCall: () => false, known: ['timer', '100rel'] },
    pin: () => undefined,
    trunk,
    readParty: (message) => changedPartyOf(message, trunk.inbound),
    refers: { ownHosts: new Set(), find: () => undefined },
    clock,
    logger: silent,
    random: () => 0,
    onLeftBehind: (left) => leftBehind.push(left),
    onOver: () => undefined,
    onReleased: () => {
      released++;
    },
  });
  leg.start();
}

const types = (): string[] => events.map(({ type }) => type);
const lastReoffer = (): Reoffer => {
  const found = events.findLast((event) => event.type === 'reoffer');
  if (found === undefined) throw new Error('no offer was heard');
  return found;
};

async function answer(headers: Record<string, string> = {}): Promise<void> {
  stack.last('INVITE').respond(200, { body: ANSWER, headers });
  await settled();
  expect(types()).toEqual(['answered']);
}

describe('events', () => {
  test('the first comes after the call was placed, each in its turn, also when a listener acts on it', async () => {
    stack.last('INVITE').respond(180);
    expect(events).toEqual([]);
    await settled();
    stack.last('INVITE').respond(200, { body: ANSWER });
    leg.hangup();
    expect(types()).toEqual(['provisional']);
    await settled();
    expect(types()).toEqual(['provisional', 'answered', 'ended']);
  });

  test('none comes after the end', async () => {
    await answer();
    const bye = incoming('BYE', { headers: { Reason: 'Q.850;cause=16' } });
    stack.receive(CALL_ID, bye);
    stack.receive(CALL_ID, incoming('INFO', { headers: { 'Content-Type': 'application/dtmf' }, body: '5' }));
    leg.hangup();
    leg.connectionLost();
    await settled();
    expect(types()).toEqual(['answered', 'ended']);
    expect(bye.replies[0]?.status).toBe(200);
    expect([released, stack.attached, clock.pending]).toEqual([1, 0, 0]);
  });
});

describe('who is reached', () => {
  const asserted = (identity: string) => ({ headers: { 'P-Asserted-Identity': identity } });

  test('somebody else than was called, told once', async () => {
    await settled();
    stack.last('INVITE').respond(180, asserted('<sip:200@192.0.2.1>'));
    stack.last('INVITE').respond(180, asserted('"Bob" <sip:201@192.0.2.1>'));
    stack.last('INVITE').respond(200, { ...asserted('"Bob" <sip:201@192.0.2.1>'), body: ANSWER });
    await settled();
    expect(types()).toEqual(['provisional', 'provisional', 'identity', 'answered']);
    expect(events[2]).toMatchObject({ party: { number: '201', name: 'Bob', withheld: false } });
  });

  test('nobody new: our own number comes back, or one that is withheld', async () => {
    await settled();
    stack.last('INVITE').respond(180, asserted('<sip:004930901820@192.0.2.1>'));
    stack.last('INVITE').respond(200, {
      headers: { 'P-Asserted-Identity': '<sip:201@192.0.2.1>', Privacy: 'id' },
      body: ANSWER,
    });
    await settled();
    expect(types()).toEqual(['provisional', 'answered']);
  });
});

describe('giving up', () => {
  test('a trunk that says nothing at all; a 100 is something', async () => {
    await clock.pass(5_000);
    expect(events).toMatchObject([
      { type: 'failed', failure: { status: 408, origin: 'timeout', sawProvisional: false } },
    ]);
    place();
    await settled();
    stack.last('INVITE').respond(100, { tag: '' });
    await clock.pass(10_000);
    expect(types()).toEqual([]);
  });

  test('a server that keeps the 100 to itself: a trunk has as long as one may take to ring', async () => {
    place(undefined, false);
    await clock.pass(14_999);
    expect(types()).toEqual([]);
    await clock.pass(1);
    expect(types()).toEqual(['failed']);
  });

  test('nobody answers for as long as the caller waits', async () => {
    await settled();
    stack.last('INVITE').respond(180);
    await clock.pass(59_999);
    expect(types()).toEqual(['provisional']);
    await clock.pass(1);
    expect(types()).toEqual(['provisional', 'failed']);
    expect(stack.last('INVITE').cancelled).toEqual({ Reason: 'Q.850;cause=19;text="No answer"' });
    expect(released).toBe(0);
    stack.last('INVITE').respond(487);
    expect([released, clock.pending]).toEqual([1, 0]);
  });

  test('hung up before the server has sent anything: the CANCEL follows when it has', async () => {
    place();
    leg.hangup();
    expect(stack.last('INVITE').cancelled).toBeUndefined();
    await settled();
    expect(stack.last('INVITE').cancelled).toEqual({});
    expect(types()).toEqual(['failed']);
  });

  test('no final response after the CANCEL: the call is released all the same', async () => {
    await settled();
    leg.hangup();
    await clock.pass(36_000);
    expect([released, clock.pending]).toEqual([1, 0]);
  });

  test('the 200 comes after the CANCEL, the BYE is never answered', async () => {
    await settled();
    stack.last('INVITE').respond(180);
    leg.hangup();
    stack.last('INVITE').respond(200, { body: ANSWER });
    await settled();
    expect(stack.last('INVITE').acks).toBe(1);
    stack.last('BYE').listener.error({ kind: 'silent', message: 'x' });
    await settled();
    expect(released).toBe(1);
    expect(types()).toEqual(['provisional', 'failed']);
  });
});

describe('the server ends the call', () => {
  test.each([
    ['SIP ;cause=200 ;text="Session timer expired"', 'session-timer'],
    ['SIP ;cause=200 ;text="ACK timeout"', 'dialog-lost'],
  ])('%s', async (reason, by) => {
    await answer();
    stack.receive(CALL_ID, incoming('BYE', { fromServer: true, tag: 'us', headers: { Reason: reason } }));
    await settled();
    expect(events.at(-1)).toMatchObject({ type: 'ended', end: { by } });
    expect(stack.sent.map(({ method }) => method)).toEqual(['INVITE']);
  });
});

describe('the connection is lost', () => {
  test('while it rings: the INVITE is left behind', async () => {
    await settled();
    leg.connectionLost();
    await settled();
    expect(types()).toEqual(['failed']);
    expect(leftBehind).toEqual([{ what: 'invite', uri: 'sip:200@192.0.2.1', transactionId: 't1' }]);
    expect(released).toBe(1);
  });

  test('in a call: the dialog of the fork that answered is left behind', async () => {
    stack.last('INVITE').respond(180, { tag: 'A' });
    stack.last('INVITE').respond(180, { tag: 'B' });
    stack.last('INVITE').respond(200, { tag: 'A', body: ANSWER });
    leg.connectionLost();
    expect(leftBehind).toEqual([{ what: 'dialog', dialogId: 'dialog-A' }]);
  });

  test('while the BYE waits for its answer: the dialog is left behind', async () => {
    await answer();
    leg.hangup();
    leg.connectionLost();
    expect(leftBehind).toEqual([{ what: 'dialog', dialogId: 'dialog-far' }]);
  });
});

describe('offers of the far side', () => {
  test('the next one may be right behind the ACK', async () => {
    await answer();
    stack.receive(CALL_ID, incoming('INVITE', { cseq: 1, body: sdp('sendonly', 2) }));
    await settled();
    await lastReoffer().accept(sdp('recvonly', 2));
    stack.receive(CALL_ID, incoming('ACK', { cseq: 1 }));
    const next = incoming('INVITE', { cseq: 2, body: sdp('sendrecv', 3) });
    stack.receive(CALL_ID, next);
    expect(next.replies).toEqual([]);
  });

  test('one that comes before the last is answered gets 500 and a time', async () => {
    await answer();
    stack.receive(CALL_ID, incoming('INVITE', { cseq: 1, body: sdp('sendonly', 2) }));
    const second = incoming('UPDATE', { cseq: 2, body: sdp('sendrecv', 3) });
    stack.receive(CALL_ID, second);
    expect(second.replies).toEqual([{ status: 500, reply: { headers: { 'Retry-After': '0' } } }]);
  });

  test('one that nobody answers is refused in time, and the next is welcome', async () => {
    await answer();
    const offer = incoming('INVITE', { cseq: 1, body: sdp('sendonly', 2) });
    stack.receive(CALL_ID, offer);
    await clock.pass(20_000);
    expect(offer.replies).toEqual([{ status: 500, reply: undefined }]);
    await expect(lastReoffer().accept(OFFER)).resolves.toBeUndefined();
    stack.receive(CALL_ID, incoming('INVITE', { cseq: 2, body: sdp('sendrecv', 3) }));
    await settled();
    expect(types()).toEqual(['answered', 'reoffer', 'reoffer']);
  });

  test('one that is cancelled needs no answer', async () => {
    await answer();
    const offer = incoming('INVITE', { cseq: 1, body: sdp('sendonly', 2) });
    stack.receive(CALL_ID, offer);
    await settled();
    offer.cancel();
    lastReoffer().reject(488);
    expect(offer.replies).toEqual([]);
  });

  test('one is open when the call ends: it is refused', async () => {
    await answer();
    const offer = incoming('INVITE', { cseq: 1, body: sdp('sendonly', 2) });
    stack.receive(CALL_ID, offer);
    leg.hangup();
    expect(offer.replies).toEqual([{ status: 500, reply: undefined }]);
  });

  test('an ACK without the answer to our late offer leaves it open no longer', async () => {
    await answer();
    stack.receive(CALL_ID, incoming('INVITE', { cseq: 5 }));
    await settled();
    const reanswer = lastReoffer().accept(OFFER);
    stack.receive(CALL_ID, incoming('ACK', { cseq: 4, body: ANSWER }));
    stack.receive(CALL_ID, incoming('ACK', { cseq: 5 }));
    await expect(reanswer).resolves.toBeUndefined();
  });

  test('no ACK ever comes: what waits for it goes on', async () => {
    await answer();
    stack.receive(CALL_ID, incoming('INVITE', { cseq: 5 }));
    await settled();
    const reanswer = lastReoffer().accept(OFFER);
    const ours = leg.reoffer(sdp('sendonly', 3));
    await settled();
    expect(stack.sent.filter(({ method }) => method === 'INVITE')).toHaveLength(1);
    await clock.pass(33_000);
    await expect(reanswer).resolves.toBeUndefined();
    stack.last('INVITE').respond(200, { body: ANSWER });
    await expect(ours).resolves.toBe(ANSWER);
  });

  test('before the answer: 491 until the fork has described itself', async () => {
    await settled();
    stack.last('INVITE').respond(180, { tag: 'A' });
    const early = incoming('UPDATE', { tag: 'A', body: ANSWER });
    stack.receive(CALL_ID, early);
    expect(early.replies).toEqual([{ status: 491, reply: undefined }]);
    const stranger = incoming('UPDATE', { tag: 'nobody', body: ANSWER });
    stack.receive(CALL_ID, stranger);
    expect(stranger.replies[0]?.status).toBe(481);
  });
});

describe('our offers', () => {
  test('one after the other', async () => {
    await answer();
    const first = leg.reoffer(sdp('sendonly', 2));
    const second = leg.reoffer(sdp('sendrecv', 3));
    await settled();
    expect(stack.sent).toHaveLength(2);
    stack.last('INVITE').respond(200, { body: sdp('recvonly', 10) });
    await expect(first).resolves.toContain('a=recvonly');
    await settled();
    expect(stack.sent).toHaveLength(3);
    stack.last('INVITE').respond(200, { body: ANSWER });
    await expect(second).resolves.toBe(ANSWER);
  });

  test('491 again and again: four attempts, each after its back-off', async () => {
    await answer();
    const offered = leg.reoffer(sdp('sendonly', 2));
    const refused = expect(offered).rejects.toMatchObject({ failure: { status: 491 } });
    for (let attempt = 1; attempt <= 4; attempt++) {
      await settled();
      expect(stack.sent).toHaveLength(1 + attempt);
      stack.last('INVITE').respond(491);
      await clock.pass(2_099);
      expect(stack.sent).toHaveLength(1 + attempt);
      await clock.pass(1);
    }
    await refused;
  });

  test('the call ends during a back-off', async () => {
    await answer();
    const offered = leg.reoffer(sdp('sendonly', 2));
    await settled();
    stack.last('INVITE').respond(491);
    await settled();
    leg.hangup();
    await expect(offered).rejects.toMatchObject({ failure: { status: 481, origin: 'local' } });
    stack.last('BYE').respond(200);
    await settled();
    expect([released, clock.pending]).toEqual([1, 0]);
  });

  test('408 inside the call ends it, with a BYE', async () => {
    await answer();
    const offered = leg.reoffer(sdp('sendonly', 2));
    await settled();
    stack.last('INVITE').respond(408);
    await expect(offered).rejects.toMatchObject({ failure: { status: 408 } });
    expect(events.at(-1)).toMatchObject({ type: 'ended', end: { by: 'dialog-lost' } });
    expect(stack.last('BYE').headers.Reason).toContain('cause=41');
  });

  test('a 200 without a description is a refusal', async () => {
    await answer();
    const offered = leg.reoffer(sdp('sendonly', 2));
    await settled();
    stack.last('INVITE').respond(200);
    await expect(offered).rejects.toMatchObject({ failure: { status: 488 } });
    expect(stack.last('INVITE').acks).toBe(1);
  });

  test('not before the answer', async () => {
    await expect(leg.reoffer(OFFER)).rejects.toMatchObject({ failure: { status: 481, origin: 'local' } });
  });
});

describe('refreshes on a trunk with credentials', () => {
  const ours = { 'Session-Expires': '100;refresher=uac', Allow: 'INVITE, UPDATE, BYE' };
  beforeEach(() => place(new DigestSession({ username: 'u', password: 'p' })));

  test('before the server would, again and again, until the call ends', async () => {
    await answer(ours);
    for (let round = 1; round <= 3; round++) {
      await clock.pass(39_999);
      expect(stack.sent).toHaveLength(round);
      await clock.pass(1);
      expect(stack.last('UPDATE').headers).toMatchObject({
        'Session-Expires': '100;refresher=uac',
        Supported: 'timer',
      });
      expect(stack.last('UPDATE').body).toBeUndefined();
      stack.last('UPDATE').respond(200, { headers: ours });
      await settled();
    }
    leg.hangup();
    stack.last('BYE').respond(200);
    await settled();
    expect(clock.pending).toBe(0);
  });

  test('by re-INVITE with the description in force, where UPDATE is not taken', async () => {
    await answer(ours);
    stack.receive(
      CALL_ID,
      incoming('UPDATE', {
        body: sdp('sendonly', 2),
        headers: { 'Session-Expires': '100;refresher=uas', Supported: 'timer' },
      }),
    );
    await settled();
    await lastReoffer().accept(sdp('recvonly', 7));
    await clock.pass(40_000);
    stack.last('UPDATE').respond(405);
    await settled();
    expect(stack.last('INVITE').body).toBe(sdp('recvonly', 7));
    stack.last('INVITE').respond(200, { body: ANSWER, headers: ours });
    await clock.pass(40_000);
    expect(stack.sent.filter(({ method }) => method === 'UPDATE')).toHaveLength(1);
  });

  test('not when it is their turn, nor after a 2xx that ends the timer', async () => {
    await answer({ ...ours, 'Session-Expires': '100;refresher=uas' });
    await clock.pass(100_000);
    expect(stack.sent).toHaveLength(1);
    const offered = leg.reoffer(OFFER);
    await settled();
    stack.last('INVITE').respond(200, { body: ANSWER });
    await offered;
    await clock.pass(100_000);
    expect(stack.sent).toHaveLength(2);
  });

  test('a refusal is left to the server, 481 ends the call', async () => {
    await answer(ours);
    await clock.pass(40_000);
    stack.last('UPDATE').respond(500);
    await settled();
    expect(types()).toEqual(['answered']);
    const offered = leg.reoffer(OFFER);
    await settled();
    stack.last('INVITE').respond(200, { body: ANSWER, headers: ours });
    await offered;
    await clock.pass(40_000);
    stack.last('UPDATE').respond(481);
    await settled();
    expect(events.at(-1)).toMatchObject({ type: 'ended', end: { by: 'dialog-lost' } });
  });
});

test('without credentials the server refreshes', async () => {
  await answer({ 'Session-Expires': '100;refresher=uac', Allow: 'UPDATE' });
  await clock.pass(100_000);
  expect(stack.sent).toHaveLength(1);
});
