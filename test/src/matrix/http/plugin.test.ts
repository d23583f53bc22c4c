import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unreachable } from '../support/fake-homeserver.ts';
import { createWorld, GHOST, invite, type World } from '../support/side.ts';

const V1 = '/_matrix/app/v1';
const UNSTABLE = '/_matrix/app/unstable';
const GOOD = { authorization: 'Bearer hs-secret' };

describe('requests of the homeserver', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ settings: { bodyLimitBytes: 1_000, registrationsPerSecond: 1 } });
  });
  afterEach(() => world.close());

  const ask = async (
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    more: { headers?: object; payload?: string } = {},
  ) => {
    const reply = await world.http.inject({ method, url, headers: GOOD, ...more });
    return { status: reply.statusCode, body: reply.json() as unknown };
  };

  describe('the token', () => {
    const PATHS: ['GET' | 'PUT' | 'POST', string][] = [
      ['PUT', `${V1}/transactions/1`],
      ['PUT', '/transactions/1'],
      ['GET', `${V1}/users/${encodeURIComponent(GHOST)}`],
      ['GET', `${V1}/rooms/%23a%3Ahs.test`],
      ['POST', `${V1}/ping`],
      ['GET', `${V1}/thirdparty/protocol/m.protocol.pstn`],
      ['GET', `${V1}/thirdparty/user/m.protocol.pstn?m.id.phone=1`],
      ['GET', `${UNSTABLE}/thirdparty/user/m.protocol.pstn?m.id.phone=1`],
      ['GET', `${V1}/thirdparty/location/m.protocol.pstn`],
    ];
    it.each(PATHS)('is asked for: %s %s', async (method, url) => {
      expect(await ask(method, url, { headers: {} })).toMatchObject({
        status: 401,
        body: { errcode: 'M_MISSING_TOKEN' },
      });
      for (const authorization of ['Bearer wrong', 'Bearer hs-secret-and-more', 'Bearer hs-secre']) {
        expect(await ask(method, url, { headers: { authorization } })).toMatchObject({
          status: 403,
          body: { errcode: 'M_FORBIDDEN' },
        });
      }
    });

    it('may stand in the query on the paths of old homeservers only', async () => {
      const payload = '{"events":[]}';
      expect(await ask('PUT', '/transactions/1?access_token=hs-secret', { headers: {}, payload })).toMatchObject({
        status: 200,
      });
      expect(await ask('PUT', '/transactions/1?access_token=wrong', { headers: {}, payload })).toMatchObject({
        status: 403,
      });
      expect(await ask('PUT', `${V1}/transactions/1?access_token=hs-secret`, { headers: {}, payload })).toMatchObject({
        status: 401,
      });
    });

    it('never reaches the log', async () => {
      await ask('PUT', '/transactions/1?access_token=hs-secret', { headers: {}, payload: '{"events":[]}' });
      await ask('PUT', '/transactions/1?access_token=guessed', { headers: {}, payload: '{"events":[]}' });
      expect(JSON.stringify(world.log)).not.toMatch(/hs-secret|as-secret|guessed/);
    });
  });

  describe('faults', () => {
    it.each<[string, 'GET' | 'PUT' | 'POST', string, string | undefined, number, string]>([
      ['an unknown path', 'GET', `${V1}/nothing`, undefined, 404, 'M_UNRECOGNIZED'],
      ['a path of the client API', 'GET', '/_matrix/client/versions', undefined, 404, 'M_UNRECOGNIZED'],
      ['a wrong method', 'POST', `${V1}/transactions/1`, '{}', 405, 'M_UNRECOGNIZED'],
      ['no JSON', 'PUT', `${V1}/transactions/1`, '{"events":', 400, 'M_NOT_JSON'],
      ['no body', 'PUT', `${V1}/transactions/1`, undefined, 400, 'M_NOT_JSON'],
      ['too much', 'PUT', `${V1}/transactions/1`, JSON.stringify({ events: ['x'.repeat(1_000)] }), 413, 'M_TOO_LARGE'],
    ])('%s', async (_what, method, url, payload, status, errcode) => {
      const headers = { ...GOOD, 'content-type': 'application/json' };
      const answer = await ask(method, url, payload === undefined ? {} : { headers, payload });
      expect(answer).toMatchObject({ status, body: { errcode } });
    });

    it('takes a body whatever its Content-Type says', async () => {
      const headers = { ...GOOD, 'content-type': 'text/plain; charset=rubbish' };
      expect(await ask('PUT', `${V1}/transactions/1`, { headers, payload: '{"events":[]}' })).toEqual({
        status: 200,
        body: {},
      });
    });

    it('answers 500 when the transaction cannot be stored, so that it comes again', async () => {
      await world.store.close();
      const headers = { ...GOOD, 'content-type': 'application/json' };
      const payload = JSON.stringify({ events: [invite('c')] });
      const answer = await ask('PUT', `${V1}/transactions/1`, { headers, payload });
      expect(answer).toMatchObject({ status: 500, body: { errcode: 'M_UNKNOWN' } });
    });
  });

  describe('third-party lookups', () => {
    it.each([V1, UNSTABLE])('describe both protocols in full at %s', async (at) => {
      for (const protocol of ['m.protocol.pstn', 'im.vector.protocol.pstn']) {
        expect(await ask('GET', `${at}/thirdparty/protocol/${protocol}`)).toEqual({
          status: 200,
          body: {
            user_fields: ['m.id.phone'],
            location_fields: [],
            icon: '',
            field_types: { 'm.id.phone': { regexp: expect.any(String), placeholder: expect.any(String) } },
            instances: [],
          },
        });
      }
      expect(await ask('GET', `${at}/thirdparty/protocol/irc`)).toMatchObject({
        status: 404,
        body: { errcode: 'M_NOT_FOUND' },
      });
    });

    it.each(['+44 1632 960000', '*31#030', '112', 'sip:bob@pbx.example', '**621'])(
      'give %s back as dialled',
      async (dialled) => {
        const at = `${V1}/thirdparty/user/im.vector.protocol.pstn?m.id.phone=${encodeURIComponent(dialled)}`;
        const { body } = await ask('GET', at);
        expect(body).toEqual([
          { userid: expect.any(String), protocol: 'im.vector.protocol.pstn', fields: { 'm.id.phone': dialled } },
        ]);
        const [{ userid }] = body as [{ userid: string }];
        const reverse = await ask('GET', `${V1}/thirdparty/user?userid=${encodeURIComponent(userid)}`);
        expect(reverse.body).toEqual([{ userid, protocol: 'm.protocol.pstn', fields: { 'm.id.phone': dialled } }]);
      },
    );

    it.each(['', 'bob', ' ', '1'.repeat(300), '\u202e123', '<script>'])('find nobody for %j', async (dialled) => {
      const at = `${V1}/thirdparty/user/m.protocol.pstn?m.id.phone=${encodeURIComponent(dialled)}`;
      expect(await ask('GET', at)).toEqual({ status: 200, body: [] });
      expect(world.homeserver.requests.filter(({ path }) => path.includes('register'))).toEqual([]);
    });

    it.each([
      ['@_sip_01818118181=40sip.example.org:hs.test', '01818118181'],
      ['@_sip_01818118181%40sip.example.org:hs.test', '01818118181'],
      ['@_sip_=2A31=2303=40sip.example.org:hs.test', '*31#03'],
      ['@.tel.441632960000:hs.test', '+441632960000'],
    ])('find the number of %s', async (userid, number) => {
      const answer = await ask('GET', `${V1}/thirdparty/user?userid=${encodeURIComponent(userid)}`);
      expect(answer.body).toEqual([{ userid, protocol: 'm.protocol.pstn', fields: { 'm.id.phone': number } }]);
    });

    it.each([
      '/user?userid=%40alice%3Ahs.test',
      '/user',
      '/user/irc?m.id.phone=1',
      '/user/m.protocol.pstn',
      '/location/m.protocol.pstn',
      '/location?alias=%23a%3Ahs.test',
      '/location/irc',
    ])('know nothing of %s', async (at) => {
      expect(await ask('GET', `${V1}/thirdparty${at}`)).toEqual({ status: 200, body: [] });
    });

    it('answer while the homeserver hangs', async () => {
      world.homeserver.on(/register/, () => new Promise(() => {}));
      const { body } = await ask('GET', `${V1}/thirdparty/user/m.protocol.pstn?m.id.phone=030`);
      expect(body).toHaveLength(1);
    });

    it('answer while the homeserver refuses', async () => {
      world.homeserver.on(/register/, unreachable);
      const { body } = await ask('GET', `${V1}/thirdparty/user/m.protocol.pstn?m.id.phone=030`);
      expect(body).toHaveLength(1);
    });

    it('register ghosts within a limit, and answer beyond it all the same', async () => {
      for (let number = 0; number < 20; number++) {
        const { body } = await ask('GET', `${V1}/thirdparty/user/m.protocol.pstn?m.id.phone=03${number}`);
        expect(body).toHaveLength(1);
      }
      const registered = world.homeserver.lines(/register/).length;
      expect(registered).toBeGreaterThanOrEqual(5);
      expect(registered).toBeLessThan(10);
    });
  });

  describe('queries', () => {
    it('confirm a ghost and bring it into being', async () => {
      expect(await ask('GET', `${V1}/users/${encodeURIComponent(GHOST)}`)).toEqual({ status: 200, body: {} });
      expect(world.homeserver.lines(/register|displayname/)).toHaveLength(2);
    });

    it('confirm a long ghost ID, up to what an ID may have', async () => {
      for (const [stars, status] of [
        [65, 200],
        [80, 404],
      ]) {
        const userId = `@_sip_${'=2a'.repeat(stars ?? 0)}1=40sip.example.org:hs.test`;
        expect((await ask('GET', `${V1}/users/${encodeURIComponent(userId)}`)).status).toBe(status);
      }
    });

    it('confirm the bot', async () => {
      expect((await ask('GET', `${V1}/users/@trunkline:hs.test`)).status).toBe(200);
    });

    it.each([
      '@alice:hs.test',
      '@_sip_bob=40sip.example.org:hs.test',
      '@_sip_1:hs.test',
      '@.tel.abc:hs.test',
      'rubbish',
    ])('deny %s', async (userId) => {
      const answer = await ask('GET', `${V1}/users/${encodeURIComponent(userId)}`);
      expect(answer).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } });
      expect(world.homeserver.lines(/register/)).toEqual([]);
    });

    it('say that a ghost cannot be made now', async () => {
      world.homeserver.on(/register/, unreachable);
      expect((await ask('GET', `${V1}/users/${encodeURIComponent(GHOST)}`)).status).toBe(502);
    });

    it('deny every room alias', async () => {
      expect(await ask('GET', `${V1}/rooms/%23_sip_1%3Ahs.test`)).toMatchObject({
        status: 404,
        body: { errcode: 'M_NOT_FOUND' },
      });
    });
  });
});
