import { describe, expect, test } from 'vitest';
import { nextPlan } from '../../../sip/call/next-invite.ts';
import { NO_RETRIES, planRetry, type RetryPolicy } from '../../../sip/call/retry.ts';
import { makeHeader, type SipResponse } from '../../../sip/message/index.ts';

function response(status: number, ...headers: [string, string][]): SipResponse {
  return {
    kind: 'response',
    status,
    phrase: '',
    headers: headers.map(([name, value]) => makeHeader(name, value)),
    body: Buffer.alloc(0),
  };
}

const policy: RetryPolicy = {
  maxRedirects: 3,
  ownHosts: ['sip.example.net', '192.0.2.1'],
  mayCall: (user) => !user.startsWith('+1900'),
  known: ['100rel', 'timer'],
};

describe('which response is answered with another INVITE', () => {
  const redirect = (uri: string) => ({ kind: 'redirect', uri });
  test.each<[string, SipResponse, object | undefined]>([
    ['486', response(486), undefined],
    ['422 with Min-SE', response(422, ['Min-SE', '600;x=y']), { kind: 'session-interval', minSeS: 600 }],
    ['422 without', response(422), undefined],
    ['422 with nonsense', response(422, ['Min-SE', '-1']), undefined],
    [
      '420 for what we can leave',
      response(420, ['Unsupported', '100rel, Timer']),
      { kind: 'extensions', without: ['100rel', 'timer'], require: [] },
    ],
    ['420 for what we never said', response(420, ['Unsupported', 'replaces']), undefined],
    ['420 for nothing', response(420), undefined],
    [
      '421 for what we can do',
      response(421, ['Require', '100rel']),
      { kind: 'extensions', without: [], require: ['100rel'] },
    ],
    ['421 for what we cannot', response(421, ['Require', '100rel, sec-agree']), undefined],
    ['302 inside', response(302, ['Contact', '<sip:+4418@SIP.example.net>']), redirect('sip:+4418@SIP.example.net')],
    [
      '302 by q',
      response(302, ['Contact', '<sip:1@192.0.2.1>;q=0.2, <sip:2@192.0.2.1>;q=0.9']),
      redirect('sip:2@192.0.2.1'),
    ],
    [
      '302 past foreign ones',
      response(302, ['Contact', '<sip:1@example.com>, <tel:+1>, <sip:2@192.0.2.1>']),
      redirect('sip:2@192.0.2.1'),
    ],
    ['301', response(301, ['Contact', 'sip:2@192.0.2.1']), redirect('sip:2@192.0.2.1')],
    ['302 outside', response(302, ['Contact', '<sip:+4418@example.com>']), undefined],
    ['302 outside by maddr', response(302, ['Contact', '<sip:1@192.0.2.1;maddr=198.51.100.1>']), undefined],
    ['302 to a forbidden number', response(302, ['Contact', '<sip:+19005550100@192.0.2.1>']), undefined],
    ['302 to an escaped forbidden number', response(302, ['Contact', '<sip:%2B19005550100@192.0.2.1>']), undefined],
    ['302 with headers', response(302, ['Contact', '<sip:2@192.0.2.1?Subject=x>']), undefined],
    ['302 with rubbish', response(302, ['Contact', '<<<>>,,"']), undefined],
    ['302 without Contact', response(302), undefined],
    ['305', response(305, ['Contact', '<sip:2@192.0.2.1>']), undefined],
    ['380', response(380, ['Contact', '<sip:2@192.0.2.1>']), undefined],
  ])('%s', (_, given, expected) => {
    const planned = planRetry(given, NO_RETRIES, policy);
    if (expected === undefined) expect(planned).toBeUndefined();
    else expect(planned?.retry).toMatchObject(expected);
  });

  test('no place is tried twice, and no more than three', () => {
    let history = NO_RETRIES;
    for (const user of ['1', '2', '3']) {
      const planned = planRetry(response(302, ['Contact', `<sip:${user}@192.0.2.1>`]), history, policy);
      expect(planned).toBeDefined();
      history = planned?.history ?? history;
      expect(planRetry(response(302, ['Contact', `<sip:${user}@192.0.2.1>`]), history, policy)).toBeUndefined();
    }
    expect(planRetry(response(302, ['Contact', '<sip:4@192.0.2.1>']), history, policy)).toBeUndefined();
  });

  test('a peer that always wants more is given up', () => {
    let history = NO_RETRIES;
    let tries = 0;
    for (;;) {
      const planned = planRetry(response(422, ['Min-SE', String(100 * (tries + 1))]), history, policy);
      if (planned === undefined) break;
      history = planned.history;
      tries++;
    }
    expect(tries).toBe(2);
    const once = planRetry(response(420, ['Unsupported', 'timer']), NO_RETRIES, policy);
    expect(planRetry(response(420, ['Unsupported', '100rel']), once?.history ?? NO_RETRIES, policy)).toBeUndefined();
  });
});

describe('the next INVITE', () => {
  const plan = {
    uri: 'sip:1@192.0.2.1',
    headers: { Supported: '100rel, timer', 'Session-Expires': '300', 'Min-SE': '90', 'Call-ID': 'c' },
    body: 'v=0',
  };

  test('with credentials, the old ones replaced', () => {
    const first = nextPlan(plan, { kind: 'challenge', headers: { Authorization: 'Digest a' } });
    const second = nextPlan(first, {
      kind: 'challenge',
      headers: { Authorization: 'Digest b', 'Proxy-Authorization': 'Digest c' },
      proxy: 'sip:192.0.2.9:5060',
    });
    expect(second).toEqual({
      ...plan,
      proxy: 'sip:192.0.2.9:5060',
      headers: { ...plan.headers, Authorization: 'Digest b', 'Proxy-Authorization': 'Digest c' },
    });
  });

  test('a proxy may be several: the retry goes to the one that challenged', () => {
    const proxied = { ...plan, proxy: 'sip:proxy.example.net' };
    const pinned = nextPlan(proxied, { kind: 'challenge', headers: {}, proxy: 'sip:192.0.2.9' });
    expect(pinned.proxy).toBe('sip:192.0.2.9');
    expect(nextPlan(proxied, { kind: 'challenge', headers: {} }).proxy).toBe('sip:proxy.example.net');
  });

  test('to the next place of the trunk, without the credentials for the last one', () => {
    const both = {
      ...plan,
      backups: ['sip:b.example.net', 'sip:c.example.net'],
      headers: { ...plan.headers, Authorization: 'x' },
    };
    const next = nextPlan(both, { kind: 'backup', proxy: 'sip:b.example.net' });
    expect(next).toMatchObject({ proxy: 'sip:b.example.net', backups: ['sip:c.example.net'], uri: plan.uri });
    expect(next.headers).not.toHaveProperty('Authorization');
  });

  test('with a longer interval, also when no timer was asked for', () => {
    expect(nextPlan(plan, { kind: 'session-interval', minSeS: 600 }).headers).toMatchObject({
      'Session-Expires': '600',
      'Min-SE': '600',
      Supported: '100rel, timer',
    });
    expect(nextPlan({ ...plan, headers: {} }, { kind: 'session-interval', minSeS: 600 }).headers).toEqual({
      'Session-Expires': '600',
      'Min-SE': '600',
      Supported: 'timer',
    });
  });

  test('without an extension: neither its tag nor its headers', () => {
    const next = nextPlan(plan, { kind: 'extensions', without: ['timer'], require: [] });
    expect(next.headers).toEqual({ Supported: '100rel', 'Call-ID': 'c' });
    const bare = nextPlan(next, { kind: 'extensions', without: ['100rel'], require: [] });
    expect(bare.headers).toEqual({ 'Call-ID': 'c' });
  });

  test('redirected: to the new place, without the credentials for the old', () => {
    const authorised = { ...plan, proxy: 'sip:p', headers: { ...plan.headers, authorization: 'Digest a' } };
    expect(nextPlan(authorised, { kind: 'redirect', uri: 'sip:2@192.0.2.2', user: '2' })).toEqual({
      ...plan,
      uri: 'sip:2@192.0.2.2',
    });
  });

  test('redirected inside the domain: by the same way', () => {
    const proxied = { ...plan, proxy: 'sip:p' };
    expect(nextPlan(proxied, { kind: 'redirect', uri: 'sip:2@192.0.2.1', user: '2' }).proxy).toBe('sip:p');
    expect(nextPlan(proxied, { kind: 'redirect', uri: 'sip:2@192.0.2.1:5080', user: '2' }).proxy).toBeUndefined();
  });
});
