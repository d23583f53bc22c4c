/** A gateway that was killed in a call: the next one ends it. */
import { afterEach, describe, expect, test } from 'vitest';
import { lastBye, lastWillOf, readLastWill } from '../../../sip/call/last-will.ts';
import { header, makeHeader, type SipRequest } from '../../../sip/message/index.ts';
import { Caller, type InboundWorld, inboundWorld } from '../call/inbound-world.ts';
import { OFFER, sdp } from '../call/world.ts';
import { SERVERS, type ServerUnderTest } from './servers.ts';

const worlds: InboundWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0).reverse()) await world.close();
});

/** Answers a request that came from another server than the peer's own. */
function answerTo(world: InboundWorld, peerOf: InboundWorld, request: SipRequest, status: number): void {
  const { peer } = peerOf;
  const own = peer.server;
  peer.server = Number(world.address.split(':').at(-1));
  peer.answer(request, status);
  peer.server = own;
}

async function started(server: ServerUnderTest): Promise<InboundWorld> {
  const world = await inboundWorld({ server });
  worlds.push(world);
  return world;
}

describe.each(SERVERS)('on the $name server', (server) => {
  test('a call that came in is ended by another process, in its dialog', async () => {
    const first = await started(server);
    const caller = new Caller(first);
    caller.invite();
    const call = await first.next();
    expect(call.leg.lastWill).toBeUndefined();
    const acknowledged = call.call.leg.answer(sdp('sendrecv', 7));
    await caller.response(200);
    caller.ack();
    await acknowledged;
    const will = call.leg.lastWill ?? '';

    const second = await started(server);
    const ended = second.calls.endAbandoned?.([will, 'rubbish', '{}', will.replace('"test"', '"gone"')]);
    const bye = await first.peer.request('BYE');
    expect(header(bye, 'call-id')).toBe(caller.callId);
    expect(header(bye, 'from')).toContain(`;tag=${caller.remoteTag}`);
    expect(header(bye, 'to')).toContain(`;tag=${caller.tag}`);
    expect(bye.uri).toBe(first.peer.uri);
    expect(Number.parseInt(header(bye, 'cseq') ?? '', 10)).toBeGreaterThan(1_700_000_000);
    answerTo(second, first, bye, 200);
    await ended;
  });

  test('a call of ours', async () => {
    const first = await started(server);
    const events: string[] = [];
    const answered = new Promise<void>((resolve) => {
      const leg = first.calls.placeCall(
        { callRef: 'c', trunk: 'test', target: '200', sdp: OFFER, ringTimeoutMs: 5_000 },
        (event) => {
          events.push(event.type);
          if (event.type === 'answered') {
            will = leg.lastWill ?? '';
            resolve();
          }
        },
      );
    });
    let will = '';
    const invite = await first.peer.request('INVITE');
    first.peer.answer(invite, 200, { sdp: true });
    await answered;
    const second = await started(server);
    const ended = second.calls.endAbandoned?.([will]);
    const bye = await first.peer.request('BYE');
    expect(header(bye, 'from')).toBe(header(invite, 'from'));
    expect(header(bye, 'to')).toContain(';tag=peer-tag');
    answerTo(second, first, bye, 481);
    await ended;
  });
});

describe('what is written down', () => {
  const made = (kind: 'request' | 'response', headers: Record<string, string>) => {
    const lines = Object.entries(headers).map(([name, value]) => makeHeader(name, value));
    const parts = { headers: lines, body: Buffer.alloc(0) };
    return kind === 'request'
      ? ({ kind, method: 'INVITE', uri: 'sip:us', ...parts } as const)
      : ({ kind, status: 200, phrase: 'OK', ...parts } as const);
  };
  const source = { address: '2001:db8::7', port: 5060, protocol: 'udp' };
  const dialog = { trunk: 't', account: '200', callId: 'c', from: '<sip:a>;tag=1', to: '<sip:b>;tag=2', source };

  test('the routes of a caller are turned round, those of the called side are not', () => {
    const headers = { Contact: '<sip:far@10.0.0.1>', 'Record-Route': '<sip:p1;lr>, <sip:p2;lr>' };
    const routes = (kind: 'request' | 'response') =>
      readLastWill(lastWillOf({ ...dialog, made: made(kind, headers) }) ?? '')?.routes;
    expect(routes('request')).toEqual(['<sip:p1;lr>', '<sip:p2;lr>']);
    expect(routes('response')).toEqual(['<sip:p2;lr>', '<sip:p1;lr>']);
  });

  test('without a proxy the BYE goes to where the far side sent from', () => {
    const will = readLastWill(
      lastWillOf({ ...dialog, made: made('request', { Contact: '<sip:far@10.0.0.1>' }) }) ?? '',
    );
    expect(will && lastBye(will, 'x')).toMatchObject({ uri: 'sip:far@10.0.0.1', proxy: 'sip:[2001:db8::7]:5060' });
  });

  test('nothing without a Contact', () => {
    expect(lastWillOf({ ...dialog, made: made('request', {}) })).toBeUndefined();
  });
});
