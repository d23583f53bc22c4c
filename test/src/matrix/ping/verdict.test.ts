import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { HomeserverError, type HomeserverErrorFacts } from '../../../../src/matrix/client/errors.ts';
import { Liveness } from '../../../../src/matrix/client/liveness.ts';
import { proveLoop } from '../../../../src/matrix/ping/ping.ts';
import { pingVerdict } from '../../../../src/matrix/ping/verdict.ts';
import { FakeHomeserver, refuse, unreachable } from '../support/fake-homeserver.ts';
import { hurriedClock } from '../support/side.ts';

const context = {
  homeserverUrl: 'http://hs.test:8008',
  appserviceId: 'trunkline',
  appserviceUrl: 'http://gateway.test:9993',
};

describe('what a ping that fails means', () => {
  it.each<[string, Partial<HomeserverErrorFacts>, string, RegExp, boolean]>([
    [
      'nobody there',
      { kind: 'unreachable', detail: 'ECONNREFUSED' },
      'homeserver-unreachable',
      /hs\.test:8008.*ECONNREFUSED/,
      true,
    ],
    [
      'a proxy without a homeserver',
      { kind: 'unreachable', status: 502 },
      'homeserver-unreachable',
      /answered 502/,
      true,
    ],
    [
      'an unknown token',
      { status: 401, errcode: 'M_UNKNOWN_TOKEN' },
      'not-registered',
      /app_service_config_files/,
      true,
    ],
    ['another ID', { status: 403, errcode: 'M_FORBIDDEN' }, 'not-registered', /"trunkline"/, true],
    ['no url', { status: 400, errcode: 'M_URL_NOT_SET' }, 'cannot-reach-us', /no url/, true],
    [
      'no connection back',
      { status: 502, errcode: 'M_CONNECTION_FAILED' },
      'cannot-reach-us',
      /gateway\.test:9993/,
      true,
    ],
    ['no answer in time', { status: 504, errcode: 'M_CONNECTION_TIMEOUT' }, 'cannot-reach-us', /in time/, true],
    [
      'another hs_token',
      { status: 502, errcode: 'M_BAD_STATUS', body: { status: 403, body: '{}' } },
      'cannot-reach-us',
      /hs_token/,
      true,
    ],
    [
      'somebody else at our address',
      { status: 502, errcode: 'M_BAD_STATUS', body: { status: 404 } },
      'cannot-reach-us',
      /Something other.*404/,
      true,
    ],
    ['an old homeserver', { status: 404, errcode: 'M_UNRECOGNIZED' }, 'not-supported', /does not know the ping/, false],
  ])('%s', (_what, facts, state, words, tryAgain) => {
    const error = new HomeserverError({ kind: 'refused', action: 'ping', ...facts });
    const verdict = pingVerdict({ ok: false, error }, context);
    expect(verdict).toMatchObject({ state, tryAgain });
    expect(verdict.words).toMatch(words);
  });
});

describe('proving the loop', () => {
  async function prove(homeserver: FakeHomeserver) {
    const lines: string[] = [];
    const logger = pino(
      { level: 'info' },
      {
        write: (line: string) => {
          const { level, msg } = JSON.parse(line) as { level: number; msg: string };
          lines.push(`${pino.levels.labels[level]}: ${msg}`);
        },
      },
    );
    const states: string[] = [];
    const signal = new AbortController().signal;
    await proveLoop(
      { homeserver, context, clock: hurriedClock, logger, signal, liveness: new Liveness() },
      ({ state }) => states.push(state),
    );
    return { lines, states };
  }

  it('says once that it stands', async () => {
    const homeserver = new FakeHomeserver().on(/ping/, { duration_ms: 4 });
    expect(await prove(homeserver)).toEqual({
      lines: ['info: The homeserver and the gateway reach each other (4 ms).'],
      states: ['proven'],
    });
    expect(homeserver.requests[0]?.path).toBe('/_matrix/client/v1/appservice/trunkline/ping');
  });

  it('tries until it does, and says each trouble once', async () => {
    const homeserver = new FakeHomeserver().on(/ping/, {});
    homeserver.on(/ping/, refuse(401, 'M_UNKNOWN_TOKEN'), 2).on(/ping/, unreachable, 3);
    const { lines, states } = await prove(homeserver);
    expect(states).toEqual([
      ...Array.from({ length: 3 }, () => 'homeserver-unreachable'),
      ...Array.from({ length: 2 }, () => 'not-registered'),
      'proven',
    ]);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['warn', 'error', 'info']);
  });
});
