/** A SIP server that is silent, refuses, lies or goes away: every call still ends, and what is left behind is cleared. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSipCalls, type TrunkCalls } from '../../../sip/call/index.ts';
import { trunkSettings } from '../../../sip/trunk/index.ts';
import { FakeClock } from './fakes.ts';
import { PretendedServer } from './pretended-server.ts';
import { keptLog, OFFER, TestCall } from './world.ts';

let server: PretendedServer;
let clock: FakeClock;
let calls: TrunkCalls;
let lines: string[];

beforeEach(async () => {
  server = await PretendedServer.open();
  clock = new FakeClock();
  const log = keptLog();
  lines = log.lines;
  calls = await createSipCalls({
    connection: { host: '127.0.0.1', port: server.port, secret: 'x' },
    trunks: [trunkSettings({ name: 'test', host: '192.0.2.1' })],
    logger: log.logger,
    clock,
  });
});
afterEach(async () => {
  const closed = calls.close(0);
  await clock.pass(60_000);
  await closed;
  await server.close();
});

function place(): TestCall {
  const call = new TestCall();
  call.leg = calls.placeCall(
    { callRef: 'c', trunk: 'test', target: '200', sdp: OFFER, ringTimeoutMs: 300_000 },
    (event) => call.heard(event),
  );
  return call;
}

async function answered(): Promise<TestCall> {
  const call = place();
  const invite = await server.request(1);
  server.sent(invite, 't1');
  server.respond(invite, 't1', 'd1', 200, { headers: { 'Content-Type': 'application/sdp' }, body: OFFER });
  await call.next('answered');
  await server.request(2);
  return call;
}

async function logged(text: string): Promise<void> {
  await expect.poll(() => lines.some((line) => line.includes(text)), { interval: 5 }).toBe(true);
}

const methods = (): string[] => server.requests.map(({ method }) => method);

describe('silence', () => {
  test('it takes the INVITE and says nothing', async () => {
    const call = place();
    await server.request(1);
    await clock.pass(39_999);
    expect(call.events).toEqual([]);
    await clock.pass(1);
    expect((await call.next('failed')).failure).toMatchObject({ status: 408, origin: 'timeout' });
    expect(calls.health().calls).toBe(0);
  });

  test('it sends the INVITE and passes no response up', async () => {
    const call = place();
    server.sent(await server.request(1), 't1');
    await logged('sent INVITE');
    await clock.pass(40_000);
    expect((await call.next('failed')).failure).toMatchObject({ status: 408, origin: 'timeout' });
    // The server may still know it.
    expect((await server.request(2)).method).toBe('CANCEL');
  });

  test('it never answers for the BYE', async () => {
    const call = await answered();
    call.leg.hangup();
    await call.next('ended');
    await server.request(3);
    expect(methods()).toEqual(['INVITE', 'ACK', 'BYE']);
    await clock.pass(40_000);
    await calls.close(60_000);
  });
});

describe('refusal', () => {
  test('it will not send the INVITE', async () => {
    const call = place();
    server.refuse(await server.request(1), 'requested protocol/transport not available');
    expect((await call.next('failed')).failure).toEqual({
      status: 503,
      phrase: 'requested protocol/transport not available',
      sawProvisional: false,
      origin: 'local',
    });
  });

  test('it does not know the dialog of a re-INVITE any more', async () => {
    const call = await answered();
    const offered = call.leg.reoffer(OFFER);
    server.refuse(await server.request(3), 'Server error: unable to find dialog for dialog id provided');
    await expect(offered).rejects.toMatchObject({ failure: { status: 481, origin: 'local' } });
    expect(await call.next('ended')).toMatchObject({ end: { by: 'dialog-lost' } });
  });

  test('it will not send a re-INVITE because one of its own is out: ours comes again', async () => {
    const call = await answered();
    const offered = call.leg.reoffer(OFFER);
    server.refuse(await server.request(3), 'another INVITE of this dialog has no final response yet');
    await logged('made again');
    await clock.pass(4_000);
    const again = await server.request(4);
    server.sent(again, 't4');
    server.respond(again, 't4', 'd1', 200, { headers: { 'Content-Type': 'application/sdp' }, body: OFFER });
    await expect(offered).resolves.toContain('m=audio');
  });
});

describe('nonsense', () => {
  test('responses that nobody waits for, messages that are none: the call goes on', async () => {
    const call = place();
    const invite = await server.request(1);
    server.sent(invite, 't1');
    server.respond(invite, 'unknown', 'd9', 486);
    server.respond(invite, 't1', 'd1', 180, {
      headers: { Contact: '<<<', 'Content-Type': 'multipart/mixed' },
      body: 'x',
    });
    server.say('id|sip|network|10|udp|192.0.2.1|5060|now|t1|d1|\r\nnot a message');
    server.say('id|response|unknown|OK');
    expect(await call.next('provisional')).toMatchObject({ status: 180 });
    server.respond(invite, 't1', 'd1', 486);
    expect((await call.next('failed')).failure).toMatchObject({ status: 486 });
  });
});

describe('the server goes away and comes back', () => {
  test('a ringing call that was left behind is cancelled', async () => {
    const call = place();
    const invite = await server.request(1);
    server.sent(invite, 't1');
    server.respond(invite, 't1', 'd1', 180);
    await call.next('provisional');
    server.cut();
    await call.next('failed');
    await clock.pass(1_000);
    const cancel = await server.request(2);
    expect(cancel).toMatchObject({ method: 'CANCEL', transactionId: 't1' });
  });

  test('an answered call that was left behind is ended', async () => {
    const call = await answered();
    server.cut();
    await call.next('ended');
    await clock.pass(1_000);
    const bye = await server.request(3);
    expect(bye).toMatchObject({ method: 'BYE', dialogId: 'd1' });
    server.refuse(bye, 'unable to find dialog');
    expect(calls.health()).toMatchObject({ connected: true, lost: 1, calls: 0 });
  });
});
