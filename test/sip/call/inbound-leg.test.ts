/** A leg that came in, on a stack and a clock that the test moves: whatever happens, in whatever order, it ends once and leaves nothing. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InboundCallLeg } from '../../../sip/call/inbound-leg.ts';
import type { LeftBehind } from '../../../sip/call/leg-world.ts';
import type { IncomingRequest, SentReply, StackReply } from '../../../sip/call/stack.ts';
import { changedPartyOf } from '../../../sip/inbound/index.ts';
import type { SipLegEvent } from '../../../sip/leg.ts';
import { makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { FakeClock, FakeStack, incoming, settled, silent, type TestRequest } from './fakes.ts';
import { OFFER, sdp } from './world.ts';

interface InviteUnderTest extends IncomingRequest {
  readonly replies: { readonly status: number; readonly reply: StackReply | undefined }[];
  /** The server no longer knows the transaction. */
  gone: boolean;
  cancel(reason?: string): void;
}

function invite(body: string, headers: Record<string, string> = {}): InviteUnderTest {
  const given = incoming('INVITE', {
    body,
    headers: { 'Call-ID': 'c', To: '<sip:us@192.0.2.2>', Contact: '<sip:far@192.0.2.1>', ...headers },
  });
  const replies: InviteUnderTest['replies'] = [];
  let onCancel: (cancel: SipRequest | undefined) => void = () => undefined;
  let final = false;
  return {
    message: given.message,
    fromServer: false,
    source: given.source,
    replies,
    gone: false,
    respond(status, reply, done) {
      // RFC 3261 §17.2.1: one final response; what comes after it is refused.
      const refused = this.gone || final;
      if (!refused) replies.push({ status, reply });
      final ||= status >= 200;
      const headers = [
        makeHeader('To', '<sip:us@192.0.2.2>;tag=us'),
        makeHeader('Contact', '<sip:us@192.0.2.2>'),
        makeHeader('CSeq', '1 INVITE'),
      ];
      const message = { kind: 'response', status, phrase: '', headers, body: Buffer.alloc(0) } as const;
      const sent: SentReply | undefined = refused ? undefined : { message, dialogId: 'd1' };
      queueMicrotask(() => done?.(sent));
    },
    onCancel: (run) => {
      onCancel = run;
    },
    onUpdate: () => undefined,
    cancel(reason) {
      if (final) return;
      final = true;
      const lines = reason === undefined ? [] : [makeHeader('Reason', reason)];
      onCancel({ ...given.message, method: 'CANCEL', headers: lines });
    },
  };
}

function legOf(request: InviteUnderTest) {
  const clock = new FakeClock();
  const stack = new FakeStack();
  const trunk = trunkSettings({ name: 't', host: '192.0.2.1' });
  const events: SipLegEvent[] = [];
  const leftBehind: LeftBehind[] = [];
  const told = { over: 0, released: 0 };
  const leg = new InboundCallLeg({
    trunk,
    stack,
    digest: undefined,
    clock,
    logger: silent,
    random: () => 0,
    readParty: (message) => changedPartyOf(message, trunk.inbound),
    refers: { ownHosts: new Set(['192.0.2.1']), find: () => undefined },
    onLeftBehind: (left) => leftBehind.push(left),
    onOver: () => told.over++,
    onReleased: () => told.released++,
    invite: request,
    account: undefined,
    caller: { number: '+4930901820', withheld: false },
    timerHeaders: {},
  });
  leg.listen((event) => events.push(event));
  return { clock, stack, leg, events, leftBehind, told };
}

const ANSWER = sdp('sendrecv', 7);
const ack = (body = ''): TestRequest => incoming('ACK', { cseq: 1, body });

describe('the answer and what crosses it', () => {
  test('the server drops the 200: a CANCEL that srf swallowed', async () => {
    const request = invite(OFFER);
    const { leg, events, told } = legOf(request);
    request.gone = true;
    await expect(leg.answer(ANSWER)).rejects.toMatchObject({ failure: { status: 487 } });
    await settled();
    expect(events.map(({ type }) => type)).toEqual(['failed']);
    expect(told).toEqual({ over: 1, released: 1 });
  });

  test('answered twice is answered once', async () => {
    const request = invite(OFFER);
    const { leg, stack } = legOf(request);
    const both = [leg.answer(ANSWER), leg.answer(sdp('inactive', 9))];
    await settled();
    stack.receive('c', ack());
    await Promise.all(both);
    expect(request.replies.map(({ status }) => status)).toEqual([200]);
  });

  test('an ACK of something else is not the one', async () => {
    const { leg, stack, events } = legOf(invite(OFFER));
    leg.answer(ANSWER).catch(() => undefined);
    await settled();
    stack.receive('c', incoming('ACK', { cseq: 9 }));
    leg.hangup();
    await settled();
    expect(stack.sent.some(({ method }) => method === 'BYE')).toBe(false);
    expect(events.map(({ type }) => type)).toEqual(['ended']);
  });

  test('the connection to the server is lost in the call: the dialog is left behind', async () => {
    const { leg, stack, leftBehind, told } = legOf(invite(OFFER));
    leg.answer(ANSWER).catch(() => undefined);
    await settled();
    stack.receive('c', ack());
    leg.connectionLost();
    expect(leftBehind).toEqual([{ what: 'dialog', dialogId: 'd1' }]);
    expect(told).toEqual({ over: 1, released: 1 });
  });
});

/** What can happen to a leg, as a test does it. */
const steps = {
  ring: ({ leg }) => leg.ring(),
  progress: ({ leg }) => leg.progress(ANSWER),
  answer: ({ leg, answers }) => answers.push(leg.answer(ANSWER).then(String, String)),
  reject: ({ leg }) => leg.reject({ status: 486, q850: 17 }),
  redirect: ({ leg }) => leg.reject({ status: 302, contact: 'not a <target>' }),
  hangup: ({ leg }) => leg.hangup({ q850: 16 }),
  digit: ({ leg }) => leg.sendDtmfInfo('5', 100),
  reoffer: ({ leg, answers }) => answers.push(leg.reoffer(sdp('sendonly', 8)).then(String, String)),
  refer: ({ leg, answers }) => answers.push(leg.refer('200').then(String, String)),
  'refer to itself': ({ leg, answers }) => answers.push(leg.refer(leg).then(String, String)),
  cancel: ({ request }) => request.cancel('SIP;cause=200'),
  gone: ({ request }) => {
    request.gone = true;
  },
  ack: ({ stack }) => stack.receive('c', ack()),
  'ack with answer': ({ stack }) => stack.receive('c', ack(ANSWER)),
  bye: ({ stack }) => stack.receive('c', incoming('BYE', { cseq: 5 })),
  'server ends': ({ stack }) =>
    stack.receive('c', incoming('BYE', { fromServer: true, headers: { Reason: 'SIP;cause=200;text="ACK timeout"' } })),
  'their offer': ({ stack }) => stack.receive('c', incoming('INVITE', { cseq: 6, body: OFFER })),
  'their update': ({ stack }) => stack.receive('c', incoming('UPDATE', { cseq: 7, body: OFFER })),
  'their late offer': ({ stack }) => stack.receive('c', incoming('INVITE', { cseq: 8 })),
  'their ack': ({ stack }) => stack.receive('c', incoming('ACK', { cseq: 8, body: OFFER })),
  'their prack': ({ stack }) => stack.receive('c', incoming('PRACK', { cseq: 9, body: ANSWER })),
  'their refer': ({ stack }) =>
    stack.receive('c', incoming('REFER', { cseq: 10, headers: { 'Refer-To': '<sip:300@192.0.2.1>' } })),
  'their news': ({ stack }) =>
    stack.receive('c', incoming('NOTIFY', { cseq: 11, headers: { Event: 'refer' }, body: 'SIP/2.0 200 OK' })),
  'their digit': ({ stack }) =>
    stack.receive('c', incoming('INFO', { cseq: 12, headers: { 'Content-Type': 'application/dtmf' }, body: '5' })),
  accept: ({ events }) => {
    for (const event of events) {
      if (event.type === 'reoffer') event.accept(sdp('recvonly', 9)).catch(() => undefined);
      if (event.type === 'refer') event.accept().notify(200);
    }
  },
  answered: ({ stack }) => {
    for (const sent of stack.sent.splice(0)) sent.respond(200, { body: ANSWER });
  },
  '481': ({ stack }) => {
    for (const sent of stack.sent.splice(0)) sent.respond(481);
  },
  silence: ({ stack }) => {
    for (const sent of stack.sent.splice(0)) sent.listener.error({ kind: 'silent', message: 'x' });
  },
  'connection lost': ({ leg }) => leg.connectionLost(),
  'time passes': ({ clock }) => clock.pass(25_000),
} satisfies Record<string, (world: Bench) => unknown>;

type Bench = ReturnType<typeof legOf> & { readonly request: InviteUnderTest; readonly answers: Promise<string>[] };

type Step = keyof typeof steps;
const all = Object.keys(steps) as Step[];
/** Most orders of everything never come to an answered call. */
const beginning = fc.constantFrom<readonly Step[]>([], ['ring', 'answer'], ['answer', 'ack with answer']);
const following = fc.array(fc.constantFrom(...all), { maxLength: 20 });

describe('whatever happens, in whatever order', () => {
  test.each([
    ['with an offer', OFFER, {}],
    ['with a late offer, reliably', '', { Require: '100rel' }],
  ])('%s: one end, and nothing is left', async (_, body, headers) => {
    await fc.assert(
      fc.asyncProperty(beginning, following, async (first, then) => {
        const order = [...first, ...then];
        const request = invite(body, headers);
        const bench: Bench = { ...legOf(request), request, answers: [] };
        const { clock, events, leg, stack, told } = bench;
        for (const name of order) {
          await steps[name](bench);
          await settled();
        }
        leg.hangup();
        // No time passes any more. A far side that says nothing more: the server ends what waits for an ACK, and what waits for an answer.
        for (let i = 0; i < 6; i++) {
          await settled();
          steps['server ends'](bench);
          steps.silence(bench);
        }
        const ends = events.filter(({ type }) => type === 'failed' || type === 'ended');
        expect(ends).toHaveLength(1);
        expect(events.at(-1)).toBe(ends[0]);
        expect(told).toEqual({ over: 1, released: 1 });
        expect([stack.attached, clock.pending]).toEqual([0, 0]);
        expect(request.replies.filter(({ status }) => status >= 200).length).toBeLessThanOrEqual(1);
        await Promise.all(bench.answers);
      }),
      { numRuns: 300 },
    );
  });
});
