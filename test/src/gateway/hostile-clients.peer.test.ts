/** Clients and homeservers that send anything: refused in words where there is a call, and the next call works. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../bench/fake-homeserver.ts';
import { House } from './house.ts';
import { ELEMENT_OFFER } from './room-call.ts';
import { answering } from './telephone.ts';

let house: House;
beforeAll(async () => {
  house = await House.open();
});
afterEach(async () => {
  await house.quiet();
  await house.proveCallsWork();
});
afterAll(async () => {
  await house?.close();
});

/** The offer without its lines that match. */
const without = (pattern: RegExp) => ELEMENT_OFFER.replace(pattern, '');
const PADDING = 'a=x-padding:0123456789012345678901234567890123456789\r\n';

describe('an offer', () => {
  it.each([
    ['that is no SDP', 'rubbish'],
    ['of nothing', ''],
    ['without audio', ELEMENT_OFFER.replace('m=audio', 'm=application')],
    ['with audio that is refused', ELEMENT_OFFER.replace(/m=audio \d+/, 'm=audio 0')],
    ['without a codec that telephones know', without(/^a=rtpmap:[08] .*\r\n/gm).replace(/^(m=audio.*?) 0 8 /m, '$1 ')],
    ['with a port beyond all ports', ELEMENT_OFFER.replace(/m=audio \d+/, 'm=audio 99999999999999')],
    ['with a negative port', ELEMENT_OFFER.replace(/m=audio \d+/, 'm=audio -1')],
    ['without a fingerprint', without(/^a=fingerprint.*\r\n/gm)],
    ['without ICE', without(/^a=ice-.*\r\n/gm)],
    ['with ten thousand media', ELEMENT_OFFER + 'm=audio 9 RTP/AVP 0\r\n'.repeat(2_000)],
    ['of 60 KB that ends in the middle of a line', (ELEMENT_OFFER + PADDING.repeat(1_100)).slice(0, 60_000)],
    ['with control characters', ELEMENT_OFFER.replace('v=0', 'v=\u0000\u202e0')],
  ])('%s: refused in words, or taken', async (_name, sdp) => {
    const call = await house.call();
    call.invite(sdp);
    if (sdp.length > 50_000 && sdp.includes('x-padding')) {
      // Long, but right: what is not understood is passed over (RFC 8866 §5.13).
      const telephone = await house.telephone(call.room);
      call.send('m.call.hangup', { reason: 'user_hangup' });
      telephone.reply(486);
      return;
    }
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/\w/);
  });

  it('of 100 KB is refused in words', async () => {
    const call = await house.call();
    call.invite(ELEMENT_OFFER + PADDING.repeat(2_000));
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/\w/);
  });

  it('inside a call that is rubbish changes nothing', async () => {
    const call = await house.call();
    call.invite();
    const telephone = await house.telephone(call.room);
    telephone.reply(200, { sdp: answering() });
    await telephone.request('ACK');
    await call.next('m.call.answer');
    for (const sdp of ['rubbish', '', ELEMENT_OFFER + PADDING.repeat(2_000), without(/^m=audio.*\r\n/gm)]) {
      call.send('m.call.negotiate', { lifetime: 30_000, description: { type: 'offer', sdp } });
      call.send('m.call.negotiate', { lifetime: 30_000, description: { type: 'answer', sdp } });
    }
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
  });
});

/** What a field may hold that should hold something else. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    '',
    -1,
    1e308,
    Number.MAX_SAFE_INTEGER,
    true,
    [],
    {},
    '0',
    '1',
    '\u202e\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constant('x'.repeat(5_000)),
);

const eventTypes = [
  'm.call.invite',
  'm.call.candidates',
  'm.call.answer',
  'm.call.select_answer',
  'm.call.reject',
  'm.call.negotiate',
  'm.call.replaces',
  'org.matrix.call.sdp_stream_metadata_changed',
  'm.room.member',
  'm.room.message',
  'm.room.encryption',
] as const;

const goodContent: Readonly<Record<(typeof eventTypes)[number], Json>> = {
  'm.call.invite': {
    lifetime: 60_000,
    offer: { type: 'offer', sdp: ELEMENT_OFFER },
    capabilities: {},
    invitee: '@a:b',
  },
  'm.call.candidates': { candidates: [{ candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0' }] },
  'm.call.answer': { answer: { type: 'answer', sdp: ELEMENT_OFFER } },
  'm.call.select_answer': { selected_party_id: 'x' },
  'm.call.reject': { reason: 'x' },
  'm.call.negotiate': { lifetime: 1, description: { type: 'offer', sdp: ELEMENT_OFFER } },
  'm.call.replaces': { replacement_id: 'x', target_user: { id: '@a:b', display_name: '\u202eevil\u0007' } },
  'org.matrix.call.sdp_stream_metadata_changed': { sdp_stream_metadata: { s: { purpose: 'm.usermedia' } } },
  'm.room.member': { membership: 'join', displayname: '\u202eevil\u0007\u2066' },
  'm.room.message': { msgtype: 'm.text', body: '\u202e' },
  'm.room.encryption': { algorithm: 'm.megolm.v1.aes-sha2' },
};

/** The same with something else at one place, however deep. */
function spoilt(value: Json, at: number, by: unknown): Json {
  const paths = pathsOf(value);
  const path = paths[at % paths.length] ?? [];
  return put(value, path, by) as Json;
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return Object.entries(value).flatMap(([key, held]) => [[key], ...pathsOf(held).map((rest) => [key, ...rest])]);
}

function put(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((held, index) => (String(index) === key ? put(held, rest, by) : held));
  return { ...(value as Json), [key]: put((value as Json)[key], rest, by) };
}

describe('events with anything in any field', () => {
  it('are left aside or refused, and disturb nobody', async () => {
    const spoiltEvent = fc.record({
      type: fc.constantFrom(...eventTypes),
      at: fc.nat(),
      by: anything,
      version: fc.constantFrom<unknown>('1', 0, 1, '0', 'x', null, {}),
      hasBegun: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(spoiltEvent, { minLength: 1, maxLength: 12 }), async (events) => {
        const call = await house.call();
        for (const { type, at, by, version, hasBegun } of events) {
          if (hasBegun) call.invite();
          const common = { call_id: call.callId, version, party_id: 'KFQDTYWZOJ' };
          const event = {
            type,
            room_id: call.room.id,
            sender: call.room.user,
            content: { ...common, ...goodContent[type] },
          };
          house.homeserver.push(spoilt(event, at, by));
        }
        // Whatever came of it: its caller can end it, and it is over.
        call.send('m.call.hangup', { reason: 'user_hangup' });
        call.send('m.call.hangup', { reason: 'user_hangup', version: 0 });
        house.homeserver.push({
          type: 'm.room.member',
          room_id: call.room.id,
          sender: call.room.user,
          state_key: call.room.user,
          content: { membership: 'leave' },
        });
        await house.quiet();
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

describe('a transaction', () => {
  let transactions = 1_000_000;
  async function put(body: string | Buffer, { token, id }: { token?: string; id?: string } = {}): Promise<Response> {
    const { hsToken } = await house.gateway.tokens();
    return fetch(`${house.gateway.url}/_matrix/app/v1/transactions/${id ?? ++transactions}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token ?? hsToken}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : new Uint8Array(body),
    });
  }

  it('with a bad token is refused, and nothing rings', async () => {
    const call = await house.call();
    const events = [
      {
        type: 'm.call.invite',
        event_id: '$forged',
        room_id: call.room.id,
        sender: call.room.user,
        content: { ...call.common, lifetime: 60_000, offer: { type: 'offer', sdp: ELEMENT_OFFER } },
      },
    ];
    const opened = await house.metric('trunkline_calls_opened_total');
    for (const token of ['wrong', '', 'x'.repeat(8_000), '\u00ff']) {
      const response = await put(JSON.stringify({ events }), { token });
      expect([401, 403]).toContain(response.status);
      expect(await response.json()).toMatchObject({ errcode: expect.stringMatching(/^M_/) });
    }
    expect(await house.metric('trunkline_calls_opened_total')).toBe(opened);
  });

  it.each([
    ['no JSON', '{"events": [', 400],
    ['nothing', '', 400],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00]), 400],
  ])('of %s is refused with words', async (_name, body, status) => {
    const response = await put(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ errcode: expect.stringMatching(/^M_/), error: expect.any(String) });
  });

  it('of 20 MB is refused before it is read', async () => {
    // The connection may be closed while the rest of it is still being written.
    const response = await put(`{"events":["${'x'.repeat(20 * 1024 * 1024)}"]}`).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
  });

  it.each(['null', '[]', '7', '{"events":null}', '{"events":{"a":1}}', '{"events":[null,7,"x",[],{}]}', '{}'])(
    'of %s is taken, or it would come for ever',
    async (body) => {
      expect((await put(body)).status).toBe(200);
    },
  );

  it('a hundred levels deep, then ten thousand', async () => {
    for (const depth of [100, 10_000]) {
      const body = `{"events":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      expect((await put(body)).status).toBeLessThan(500);
    }
  });

  it('that comes again, and events that come again or backwards, ring once', async () => {
    const call = await house.call();
    const common = {
      room_id: call.room.id,
      sender: call.room.user,
      origin_server_ts: Date.now(),
      unsigned: { age: 1 },
    };
    const invite = {
      ...common,
      type: 'm.call.invite',
      event_id: '$invite:once',
      content: { ...call.common, lifetime: 60_000, offer: { type: 'offer', sdp: ELEMENT_OFFER } },
    };
    const candidates = {
      ...common,
      type: 'm.call.candidates',
      event_id: '$candidates:once',
      content: { ...call.common, candidates: [{ candidate: '', sdpMid: '0' }] },
    };
    const opened = await house.metric('trunkline_calls_opened_total');
    const id = 'again';
    expect((await put(JSON.stringify({ events: [candidates, invite] }), { id })).status).toBe(200);
    expect((await put(JSON.stringify({ events: [candidates, invite] }), { id })).status).toBe(200);
    expect((await put(JSON.stringify({ events: [invite, invite, candidates] }))).status).toBe(200);
    const telephone = await house.telephone(call.room);
    telephone.reply(486);
    await telephone.request('ACK');
    await call.next('m.call.reject');
    expect((await put(JSON.stringify({ events: [invite] }))).status).toBe(200);
    await house.quiet();
    expect(await house.metric('trunkline_calls_opened_total')).toBe(opened + 1);
  });
});

describe('a lookup', () => {
  async function lookUp(query: string): Promise<unknown> {
    const { hsToken } = await house.gateway.tokens();
    const response = await fetch(`${house.gateway.url}/_matrix/app/v1/thirdparty/user/m.protocol.pstn?${query}`, {
      headers: { authorization: `Bearer ${hsToken}` },
    });
    return response.json();
  }

  it.each([
    ['nothing', ''],
    ['an empty number', 'm.id.phone='],
    ['characters that turn the direction', `m.id.phone=${encodeURIComponent('\u202e12345')}\u2066`],
    ['control characters', 'm.id.phone=%00%07123'],
    ['100 KB', `m.id.phone=${'1'.repeat(12_000)}`],
    ['bad escapes', 'm.id.phone=%ff%fe'],
  ])('of %s is answered with a list at once, of user IDs that are plain', async (_name, query) => {
    const found = await lookUp(query);
    const list = Array.isArray(found) ? (found as { userid: string }[]) : [];
    for (const { userid } of list) expect(userid).toMatch(/^@[a-z0-9._=/+-]+:hs\.test$/);
  });
});
