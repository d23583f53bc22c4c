import pino from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseTurnServer, TurnServers } from '../../../../src/matrix/sending/turn.ts';
import { FakeHomeserver, unreachable } from '../support/fake-homeserver.ts';

const REPLY = { uris: ['turn:turn.hs.test?transport=udp'], username: 'u', password: 'p', ttl: 3_600 };

describe('TURN servers', () => {
  let now: number;
  let homeserver: FakeHomeserver;
  let turn: TurnServers;
  beforeEach(() => {
    now = 0;
    homeserver = new FakeHomeserver();
    turn = new TurnServers(homeserver, { now: () => now, after: () => () => {} }, pino({ level: 'silent' }));
  });

  it('are asked for once while their password is good', async () => {
    homeserver.on(/turnServer/, REPLY);
    const wanted = { uris: REPLY.uris, username: 'u', password: 'p' };
    expect(await Promise.all([turn.get(), turn.get()])).toEqual([wanted, wanted]);
    now = 3_000_000;
    await turn.get();
    expect(homeserver.requests).toHaveLength(1);
    now = 3_400_000;
    expect(await turn.get()).toEqual(wanted);
    expect(homeserver.requests).toHaveLength(2);
  });

  it('are none when the homeserver has none', async () => {
    homeserver.on(/turnServer/, {});
    expect(await turn.get()).toBeUndefined();
    expect(await turn.get()).toBeUndefined();
    expect(homeserver.requests).toHaveLength(1);
  });

  it('do not keep a call from going on when they cannot be had', async () => {
    homeserver.on(/turnServer/, unreachable, 1).on(/turnServer/, REPLY);
    homeserver.on(/turnServer/, unreachable, 1);
    expect(await turn.get()).toBeUndefined();
    now = 61_000;
    expect(await turn.get()).toMatchObject({ username: 'u' });
  });

  it.each([null, 7, [], { uris: 'turn:x' }, { uris: [7], username: 'u', password: 'p' }, { uris: ['turn:x'] }])(
    'are none in %j',
    (reply) => {
      expect(parseTurnServer(reply).turn).toBeUndefined();
    },
  );
});
