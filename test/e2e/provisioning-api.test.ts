/** The provisioning API of a gateway at work: programs with tokens, users with OpenID tokens of a real homeserver. */
import { describe, expect, it } from 'vitest';
import { ANSWER } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, SERVER_NAME, useWorld } from '../world/world.ts';

const ADMIN = 'admin-of-the-test-0123456789';
const READER = 'reader-of-the-test-0123456789';

const world = useWorld({
  config: {
    api: {
      enabled: true,
      tokens: [
        { name: 'operator', token: ADMIN, access: 'administrator' },
        { name: 'wallboard', token: READER },
      ],
    },
    credit: { default: 'prepaid' },
  },
});

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(
  path: string,
  authorization: string,
  { method = 'GET', body, key }: { readonly method?: string; readonly body?: unknown; readonly key?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${world.current.gateway.url}/_trunkline/v1${path}`, {
    method,
    headers: {
      authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const bearer = (token: string) => `Bearer ${token}`;
const creditOf = (user: string) => `/users/${encodeURIComponent(user)}/credit`;

describe('the provisioning API', () => {
  it('lists a live call and ends it: the caller reads who did, and the record is there', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('talking');
    await caller.hears(MICROPHONE_HZ);
    const live = await ask('/calls', bearer(READER));
    const [call] = live.body.calls as { readonly callRef: string }[];
    expect(call).toMatchObject({ callRef: expect.any(String), direction: 'out', number: '+441818118181' });
    const end = `/calls/${call?.callRef}`;
    expect((await ask(end, bearer(READER), { method: 'DELETE' })).status).toBe(403);
    expect((await ask(end, bearer(ADMIN), { method: 'DELETE' })).status).toBe(200);
    await caller.state('ended');
    await caller.says(/An administrator ended the call/);
    expect((await sipp.finished).passed).toBe(true);
    expect((await ask(end, bearer(ADMIN), { method: 'DELETE' })).body).toMatchObject({ status: 404 });
    await until('the record of the call', async () => {
      const response = await fetch(`${world.current.gateway.url}/_trunkline/v1/records/export?format=csv`, {
        headers: { authorization: bearer(READER) },
      });
      const text = await response.text();
      return text.includes('ended-by-administrator') && text.includes(call?.callRef ?? '-') ? text : undefined;
    });
  });

  it('tops up once, however often it is asked; the user sees it by OpenID, and nobody else’s', async () => {
    const { session } = await world.current.newUser();
    const { session: other } = await world.current.newUser();
    const topUps = [1, 2].map(() =>
      ask(`${creditOf(session.userId)}/topups`, bearer(ADMIN), {
        method: 'POST',
        body: { amount: '12.50' },
        key: 'order-17',
      }),
    );
    for (const { status } of await Promise.all(topUps)) expect([200, 409]).toContain(status);
    const resource = `/_matrix/client/v3/user/${encodeURIComponent(session.userId)}/openid/request_token`;
    const token = (await world.current.synapse.request('POST', resource, { token: session.accessToken, body: {} })) as {
      readonly access_token: string;
    };
    const openId = `MatrixOpenID ${token.access_token}`;
    const own = await ask(creditOf(session.userId), openId);
    expect(own.body).toMatchObject({ balance: { amount: '12.50', currency: 'EUR' } });
    expect((await ask(creditOf(other.userId), openId)).status).toBe(403);
    expect((await ask('/trunks', openId)).status).toBe(403);
    expect((await ask('/trunks', `MatrixOpenID ${token.access_token}x`)).status).toBe(401);
    expect(session.userId).toContain(SERVER_NAME);
  });

  it('keeps its tokens, and those of users, out of the log', async () => {
    await ask('/users', bearer(`${ADMIN}x`));
    expect((await ask('/users', bearer(ADMIN))).status).toBe(200);
    const { log } = world.current.gateway;
    expect(log).not.toContain(ADMIN);
    expect(log).not.toContain(READER);
  });
});
