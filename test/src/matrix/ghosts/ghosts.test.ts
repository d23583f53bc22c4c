import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lru } from '../../../../src/lru.ts';
import { Ghosts } from '../../../../src/matrix/ghosts/ghosts.ts';
import { RateLimit } from '../../../../src/matrix/ghosts/rate-limit.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { FakeHomeserver, refuse, unreachable } from '../support/fake-homeserver.ts';
import { GHOST, hurriedClock } from '../support/side.ts';

const format = { prefix: '_sip_', gatewayHost: 'sip.example.org', serverName: 'hs.test' };

describe('ghosts', () => {
  let store: Store;
  let homeserver: FakeHomeserver;
  let name: string;
  beforeEach(async () => {
    store = await openStore({ path: ':memory:' });
    homeserver = new FakeHomeserver();
    name = 'Alice';
  });
  afterEach(() => store.close());

  const numbers = { isDialable: (text: string) => /^\d+$/.test(text), displayName: () => name };
  const make = () =>
    new Ghosts({ homeserver, store, numbers, format, clock: hurriedClock, logger: pino({ level: 'silent' }) });

  it('are registered once, with their name, however many ask', async () => {
    const ghosts = make();
    await Promise.all([ghosts.ensure(GHOST), ghosts.ensure(GHOST), ghosts.ensure(GHOST)]);
    await ghosts.ensure(GHOST);
    await make().ensure(GHOST);
    expect(homeserver.requests).toMatchObject([
      {
        method: 'POST',
        path: '/_matrix/client/v3/register',
        body: {
          type: 'm.login.application_service',
          username: '_sip_01818118181=40sip.example.org',
          inhibit_login: true,
        },
      },
      { method: 'PUT', as: GHOST, body: { displayname: 'Alice' } },
    ]);
    expect(homeserver.requests[0]?.as).toBeUndefined();
  });

  it('count as registered when the homeserver has them already', async () => {
    homeserver.on(/register/, refuse(400, 'M_USER_IN_USE'));
    await make().ensure(GHOST);
    expect(await store.ghosts.find(GHOST)).toEqual({ userId: GHOST, displayName: 'Alice' });
  });

  it('are tried anew after a failure', async () => {
    const ghosts = make();
    homeserver.on(/register/, unreachable, 1);
    await expect(ghosts.ensure(GHOST)).rejects.toThrow('no answer from the homeserver');
    expect(await store.ghosts.find(GHOST)).toBeUndefined();
    await ghosts.ensure(GHOST);
    expect(ghosts.isReady(GHOST)).toBe(true);
  });

  it('exist without a name when it cannot be set, and get it at the next start', async () => {
    homeserver.on(/displayname/, refuse(500, 'M_UNKNOWN'), 1);
    await make().ensure(GHOST);
    await make().ensure(GHOST);
    expect(homeserver.lines()).toHaveLength(3);
    expect(await store.ghosts.find(GHOST)).toEqual({ userId: GHOST, displayName: 'Alice' });
  });

  it('get another name when it has changed', async () => {
    await make().ensure(GHOST);
    name = 'Bob';
    await make().ensure(GHOST);
    expect(homeserver.requests.at(-1)).toMatchObject({ body: { displayname: 'Bob' } });
    expect(homeserver.lines(/register/)).toHaveLength(1);
  });

  it('have names without control and direction characters, and never an empty one', async () => {
    name = 'Eve\u202e\n\u0007';
    expect(make().displayName(GHOST)).toBe('Eve');
    name = '\u200b';
    expect(make().displayName(GHOST)).toBe('01818118181');
  });

  it('of senders that are no numbers cannot be reached, whatever they are called', () => {
    const all = { isDialable: () => true, displayName: (text: string) => text };
    const parts = { homeserver, store, numbers: all, format, clock: hurriedClock, logger: pino({ level: 'silent' }) };
    const ghosts = new Ghosts(parts);
    const ghost = ghosts.forSender('shop@example.org');
    expect(ghost).toBeDefined();
    expect(ghosts.isUnreachable(ghost ?? '')).toBe(true);
    expect(ghosts.writable(ghost ?? '')).toBeUndefined();
    expect(ghosts.dialable(ghost ?? '')).toBeUndefined();
    expect(ghosts.forDialled('sender/shop@example.org')).toBeUndefined();
    expect(ghosts.displayName(ghost as typeof GHOST)).toBe('“shop example.org”');
  });
});

describe('a rate limit', () => {
  it('lets a burst through, then so many a second', () => {
    let now = 0;
    const limit = new RateLimit({ now: () => now, after: () => () => {} }, 2);
    const taken = () => Array.from({ length: 50 }, () => limit.take()).filter(Boolean).length;
    expect(taken()).toBe(10);
    now += 1_000;
    expect(taken()).toBe(2);
    now += 3_600_000;
    expect(taken()).toBe(10);
    now -= 5_000;
    expect(taken()).toBe(0);
  });
});

describe('a memory with a limit', () => {
  it('forgets what was not used for longest', () => {
    const memory = new Lru<string, number>(2);
    memory.set('a', 1);
    memory.set('b', 2);
    memory.get('a');
    memory.set('c', 3);
    expect([memory.get('a'), memory.get('b'), memory.get('c'), memory.size]).toEqual([1, undefined, 3, 2]);
  });
});
