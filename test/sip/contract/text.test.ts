/** Texts by MESSAGE (RFC 3428), both ways, on every SIP server. */
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { header, makeHeader } from '../../../sip/message/index.ts';
import { SERVERS } from './servers.ts';
import { numbered, TextWorld } from './text-world.ts';

const HARD = 'Grüße, 你好 👩‍👩‍👧‍👦!\nSecond line\r\n\r\nafter an empty one, “quoted” €';

describe.each(SERVERS)('on the $name server', (server) => {
  let world: TextWorld;
  const open = async (options: Parameters<typeof TextWorld.open>[0] = {}): Promise<TextWorld> => {
    world = await TextWorld.open({ server, ...options });
    return world;
  };
  afterEach(() => world.close());

  describe('out', () => {
    test('a text with everything that is not ASCII arrives as it was written', async () => {
      await open({ trunk: { callerId: { from: '{number}', assertedIdentity: '{e164}' } } });
      const outcome = world.calls.texts.send(world.text({ text: HARD }));
      const request = await world.came();
      expect(request.body.toString()).toBe(HARD);
      expect(header(request, 'content-type')).toBe('text/plain;charset=utf-8');
      expect(request.uri).toBe(`sip:+441818118181@127.0.0.1:${world.peer.port}`);
      expect(header(request, 'from')).toMatch(/^<sip:\+4930901820@127\.0\.0\.1>;tag=[0-9a-f]+$/);
      expect(header(request, 'p-asserted-identity')).toBe('<sip:+4930901820@127.0.0.1>');
      // RFC 3428 §4: a MESSAGE begins no dialog.
      expect(header(request, 'contact')).toBeUndefined();
      world.peer.answer(request, 202);
      await expect(outcome).resolves.toEqual({ kind: 'accepted', status: 202 });
    });

    test.each([
      [404, false],
      [480, false],
      [503, false],
      [603, false],
      [408, true],
      [500, true],
      [504, true],
    ])('%i: whether it may have arrived all the same is %s', async (status, mayHaveArrived) => {
      await open();
      const outcome = world.calls.texts.send(world.text());
      world.peer.answer(await world.came(), status, { headers: [makeHeader('Retry-After', '7')] });
      await expect(outcome).resolves.toMatchObject({
        kind: 'failed',
        failure: { status, origin: 'remote' },
        mayHaveArrived,
        retryAfterMs: 7000,
      });
    });

    test('a challenge is answered under the next number, and the next text has credentials at once', async () => {
      await open({ trunk: { credentials: { username: 'gw', password: 'secret' } } });
      const first = world.calls.texts.send(world.text({ key: 'first' }));
      const bare = await world.came();
      expect(header(bare, 'cseq')).toBe('1 MESSAGE');
      world.peer.answer(bare, 407, {
        headers: [makeHeader('Proxy-Authenticate', 'Digest realm="t", nonce="n", qop="auth", algorithm=SHA-256')],
      });
      const proven = await world.came();
      expect(header(proven, 'cseq')).toBe('2 MESSAGE');
      expect(header(proven, 'call-id')).toBe(header(bare, 'call-id'));
      expect(header(proven, 'from')).toBe(header(bare, 'from'));
      expect(header(proven, 'proxy-authorization')).toContain('username="gw"');
      world.peer.answer(proven, 200);
      await expect(first).resolves.toMatchObject({ kind: 'accepted' });
      const second = world.calls.texts.send(world.text({ key: 'second' }));
      const atOnce = await world.came();
      expect(header(atOnce, 'proxy-authorization')).toContain('nc=00000002');
      expect(header(atOnce, 'cseq')).toBe('2 MESSAGE');
      world.peer.answer(atOnce, 200);
      await second;
    });

    test('the same key is the same request on the wire; after a refusal its next try counts on', async () => {
      await open();
      const text = world.text({ key: 'event$part1' });
      const first = world.calls.texts.send(text);
      const one = await world.came();
      world.peer.answer(one, 504);
      await first;
      world.peer.forget();
      const again = world.calls.texts.send(text);
      const two = await world.came();
      expect(numbered(two)).toBe(numbered(one));
      expect(header(two, 'from')).toBe(header(one, 'from'));
      expect(header(two, 'x-trunkline-text')).toBe(header(one, 'x-trunkline-text'));
      world.peer.answer(two, 480);
      await again;
      const third = world.calls.texts.send(text);
      const three = await world.came();
      expect(header(three, 'call-id')).toBe(header(one, 'call-id'));
      expect(header(three, 'cseq')).toBe('2 MESSAGE');
      world.peer.answer(three, 200);
      await third;
    });

    test('nothing is sent for a trunk without texts, a trunk or an account that is not there, a target that is none', async () => {
      await open({ texts: { enabled: false } });
      const { texts } = world.calls;
      const failed = (status: number) => ({
        kind: 'failed',
        failure: { status, origin: 'local' },
        mayHaveArrived: false,
      });
      await expect(texts.send(world.text())).resolves.toMatchObject(failed(405));
      await expect(texts.send(world.text({ trunk: 'other' }))).resolves.toMatchObject(failed(500));
      await expect(texts.send(world.text({ account: '20' }))).resolves.toMatchObject(failed(500));
      await world.close();
      await open();
      await expect(world.calls.texts.send(world.text({ target: '\n' }))).resolves.toMatchObject(failed(484));
      expect(world.peer.seen.filter((one) => one.kind === 'request' && one.method === 'MESSAGE')).toEqual([]);
    });
  });

  describe('in', () => {
    test('a text is answered 200 when it is taken, and not before', async () => {
      await open();
      let settle = (): void => undefined;
      world.reply = () =>
        new Promise((resolve) => {
          settle = () => resolve({ kind: 'taken' });
        });
      world.say(HARD);
      const text = await world.next();
      expect(text).toMatchObject({
        trunk: 'test',
        sender: { number: '+4930901820', withheld: false },
        called: '+441818118181',
        text: HARD,
        wants: { delivered: false, displayed: false },
      });
      expect(world.peer.seen.filter((one) => one.kind === 'response')).toEqual([]);
      settle();
      await world.answer(200);
    });

    test.each([
      [{ kind: 'refused', status: 404 } as const, 404, undefined],
      [{ kind: 'refused', status: 503, retryAfterS: 5.2 } as const, 503, '6'],
    ])('%j', async (reply, status, retryAfter) => {
      await open();
      world.reply = () => Promise.resolve(reply);
      world.say('Hello');
      expect(header(await world.answer(status), 'retry-after')).toBe(retryAfter);
    });

    test('what cannot be stored is 503', async () => {
      await open();
      world.reply = () => Promise.reject(new Error('the disk is full'));
      world.say('Hello');
      expect(header(await world.answer(503), 'retry-after')).toBe('10');
    });

    test('the same packet again is answered again and taken once', async () => {
      await open();
      const packet = world.write('Hello');
      world.peer.send(packet);
      await world.next();
      await world.answer(200);
      world.peer.send(packet);
      await world.answer(200);
      expect(world.texts).toHaveLength(1);
    });

    test('the same by another way is taken again, under the same key: its sender may have been started anew', async () => {
      await open();
      const headers = { 'Call-ID': `again-${world.peer.port}` };
      world.say('Hello', headers);
      const { key } = await world.next();
      await world.answer(200);
      world.say('Hello', headers);
      expect((await world.next()).key).toBe(key);
      await world.answer(200);
    });

    test('a trunk that asks is told that it may send texts', async () => {
      await open();
      world.peer.send(world.peer.write('OPTIONS', { 'Call-ID': `options-${world.peer.port}` }));
      const allowed = header(await world.peer.response(200, 'OPTIONS'), 'allow');
      expect(allowed).toContain('MESSAGE');
      await world.close();
      await open({ texts: { enabled: false } });
      world.peer.send(world.peer.write('OPTIONS', { 'Call-ID': `options-${world.peer.port}` }));
      expect(header(await world.peer.response(200, 'OPTIONS'), 'allow')).not.toContain('MESSAGE');
    });

    test.runIf(server.isEmbedded)(
      'whatever a body holds, it is answered, and the next text comes through',
      async () => {
        await open();
        const types = ['text/plain', 'text/html', 'message/cpim', 'message/imdn+xml', 'application/vnd.3gpp.sms', 'x'];
        const bodies = fc.sample(fc.tuple(fc.constantFrom(...types), fc.uint8Array({ maxLength: 900 })), 150);
        for (const [type, body] of bodies) {
          world.say(Buffer.from(body), { 'Content-Type': type });
          const answer = await world.peer.next('an answer', (one) => one.kind === 'response');
          expect(answer.kind === 'response' ? answer.status : 0).toBeOneOf([200, 400, 415]);
        }
        world.texts.length = 0;
        world.say('Hello');
        await world.answer(200);
        expect(world.texts.map(({ text }) => text)).toEqual(['Hello']);
      },
    );

    test('a repeat has the same key; another number under the same Call-ID another one', async () => {
      await open();
      world.reply = () => Promise.resolve({ kind: 'refused', status: 503 });
      const say = (cseq: number, id: string): Promise<unknown> => {
        world.say('Hello', { 'Call-ID': id, CSeq: `${cseq} MESSAGE` });
        return world.answer(503);
      };
      const id = `all-${world.peer.port}`;
      for (const cseq of [1, 2, 3]) await say(cseq, id);
      const keys = world.texts.map(({ key }) => key);
      expect(new Set(keys).size).toBe(3);
    });

    test('a trunk without texts', async () => {
      await open({ texts: { enabled: false } });
      world.say('Hello');
      await world.answer(405);
      expect(world.texts).toEqual([]);
    });
  });
});
