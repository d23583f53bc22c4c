import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChallengeResponse,
  DigestSession,
  parseChallenges,
  parseCredentials,
  stringifyChallenge,
  verifyDigest,
} from '../../../sip/digest/index.ts';

const INVITE = { method: 'INVITE', uri: 'sip:200@pbx.example.com', body: 'v=0\r\n' };
const BYE = { method: 'BYE', uri: 'sip:200@192.0.2.4:5070' };

function session(realm?: string): DigestSession {
  let count = 0;
  const credentials = { username: 'bob', password: 'zanzibar' };
  return new DigestSession(realm === undefined ? credentials : { ...credentials, realm }, () => `cnonce${++count}`);
}

function by401(...wwwAuthenticate: string[]): ChallengeResponse {
  return { status: 401, wwwAuthenticate, proxyAuthenticate: [] };
}

function by407(...proxyAuthenticate: string[]): ChallengeResponse {
  return { status: 407, wwwAuthenticate: [], proxyAuthenticate };
}

function challenge(nonce: string, more = ''): string {
  return `Digest realm="pbx", nonce="${nonce}", qop="auth"${more}`;
}

describe('one request', () => {
  it('goes out without credentials the first time', () => {
    expect(session().begin(INVITE).headers).toEqual([]);
  });

  it('answers a 407 in Proxy-Authorization', () => {
    const outcome = session()
      .begin(INVITE)
      .challenged(by407(challenge('a')));
    expect(outcome).toMatchObject({ kind: 'retry', headers: [{ name: 'Proxy-Authorization' }] });
  });

  it('carries the credentials of a 401 on when a 407 follows', () => {
    const request = session().begin(INVITE);
    request.challenged(by401(challenge('a')));
    const outcome = request.challenged(by407('Digest realm="edge", nonce="b", qop="auth"'));
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    const credentials = outcome.headers.map((line) => [line.name, parseCredentials(line.value)]);
    expect(credentials).toMatchObject([
      ['Authorization', { realm: 'pbx', nonce: 'a', nc: 2 }],
      ['Proxy-Authorization', { realm: 'edge', nonce: 'b', nc: 1 }],
    ]);
  });

  it('tries a stale nonce once more, with the new one', () => {
    const request = session().begin(INVITE);
    request.challenged(by401(challenge('a')));
    const outcome = request.challenged(by401(challenge('b', ', stale=TRUE')));
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    expect(parseCredentials(outcome.headers[0]?.value ?? '')).toMatchObject({ nonce: 'b', nc: 1 });
  });

  it.each([
    ['the same challenge again', by401(challenge('a'))],
    ['the same nonce, called stale', by401(challenge('a', ', stale=true'))],
    ['a new nonce that is not called stale', by401(challenge('b'))],
  ])('stops at %s', (_what, response) => {
    const request = session().begin(INVITE);
    request.challenged(by401(challenge('a')));
    expect(request.challenged(response)).toEqual({
      kind: 'refused',
      reason: 'rejected',
      message: 'username or password were not accepted by realm "pbx"',
    });
  });

  it('is never sent more than three times', () => {
    const request = session().begin(INVITE);
    expect(request.challenged(by401(challenge('a'))).kind).toBe('retry');
    expect(request.challenged(by407('Digest realm="edge", nonce="b"')).kind).toBe('retry');
    expect(request.challenged(by401(challenge('c', ', stale=true')))).toMatchObject({
      kind: 'refused',
      reason: 'too-many',
    });
  });

  it('answers each realm that asks at once (RFC 3261 §22.3)', () => {
    const outcome = session()
      .begin(INVITE)
      .challenged(by407('Digest realm="one", nonce="1"', 'Digest realm="two", nonce="2"'));
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    expect(outcome.headers.map((line) => parseCredentials(line.value)?.realm)).toEqual(['one', 'two']);
  });

  it('takes a challenge from the wrong header when the right one is absent', () => {
    const outcome = session()
      .begin(INVITE)
      .challenged({ status: 407, wwwAuthenticate: [challenge('a')], proxyAuthenticate: [] });
    expect(outcome).toMatchObject({ kind: 'retry', headers: [{ name: 'Authorization' }] });
  });

  it.each([
    ['no header at all', by401(), 'no-challenge', /without a Digest challenge/],
    ['another scheme only', by401('Basic realm="x"'), 'no-challenge', /without a Digest challenge/],
    ['a challenge without nonce', by401('Digest realm="x"'), 'no-challenge', /without a Digest challenge/],
    ['an unknown algorithm only', by401(challenge('a', ', algorithm=AKAv1-MD5')), 'unsupported', /AKAv1-MD5.*SHA-256/],
    ['an unknown qop only', by401('Digest realm="x", nonce="a", qop="auth-conf"'), 'unsupported', /auth-conf/],
  ])('refuses %s, in words', (_what, response, reason, words) => {
    const outcome = session().begin(INVITE).challenged(response);
    expect(outcome).toMatchObject({ kind: 'refused', reason });
    expect(outcome.kind === 'refused' && outcome.message).toMatch(words);
  });

  it('gives nothing to a realm that the credentials are not for', () => {
    expect(
      session('mine')
        .begin(INVITE)
        .challenged(by401(challenge('a'))),
    ).toMatchObject({
      kind: 'refused',
      reason: 'no-credentials',
    });
  });

  it('says nothing of the password in a refusal', () => {
    const request = session().begin(INVITE);
    request.challenged(by401(challenge('a')));
    expect(JSON.stringify(request.challenged(by401(challenge('a'))))).not.toContain('zanzibar');
  });
});

describe('later requests', () => {
  it('carry credentials at once, with their own method and URI and the next count', () => {
    const dialog = session();
    dialog.begin(INVITE).challenged(by407(challenge('a')));
    const [line] = dialog.begin(BYE).headers;
    const presented = parseCredentials(line?.value ?? '');
    if (presented === undefined) throw new Error('no credentials');
    expect(presented).toMatchObject({ uri: BYE.uri, nonce: 'a', nc: 2, cnonce: 'cnonce1' });
    expect(verifyDigest(presented, { password: 'zanzibar', method: 'BYE' })).toBe(true);
    expect(parseCredentials(dialog.begin(INVITE).headers[0]?.value ?? '')?.nc).toBe(3);
  });

  it('answer a fresh nonce even when it is not called stale: this request was not challenged yet', () => {
    const dialog = session();
    dialog.begin(INVITE).challenged(by401(challenge('a')));
    const bye = dialog.begin(BYE);
    const outcome = bye.challenged(by401(challenge('b')));
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    expect(parseCredentials(outcome.headers[0]?.value ?? '')).toMatchObject({ nonce: 'b', nc: 1 });
    expect(dialog.begin(BYE).headers).toHaveLength(1);
  });

  it('go on counting when the same nonce is asked for again', () => {
    const dialog = session();
    dialog.begin(INVITE).challenged(by401(challenge('a')));
    const outcome = dialog.begin(BYE).challenged(by401(challenge('a')));
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    expect(parseCredentials(outcome.headers[0]?.value ?? '')?.nc).toBe(3);
  });

  it('use the nextnonce of a success', () => {
    const dialog = session();
    dialog.begin(INVITE).challenged(by401(challenge('a')));
    dialog.succeeded('nextnonce="n\\"2", rspauth="x", qop=auth');
    expect(parseCredentials(dialog.begin(BYE).headers[0]?.value ?? '')).toMatchObject({ nonce: 'n"2', nc: 1 });
  });

  it('keep the session key of a -sess algorithm through a nextnonce', () => {
    const dialog = session();
    dialog.begin(INVITE).challenged(by401(challenge('a', ', algorithm=SHA-256-sess')));
    const before = dialog.begin(BYE).headers;
    dialog.succeeded('nextnonce="b"');
    const presented = parseCredentials(dialog.begin(BYE).headers[0]?.value ?? '');
    if (presented === undefined) throw new Error('no credentials');
    expect(before).toHaveLength(1);
    // A server that made a new key of the new nonce would get another response.
    expect(verifyDigest(presented, { password: 'zanzibar', method: 'BYE' })).toBe(false);
  });
});

describe('challenge parsing', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replace(/[\r\n]/g, ''));

  it('reads back whatever realm, nonce and opaque are written', () => {
    fc.assert(
      fc.property(text, text, fc.option(text, { nil: undefined }), fc.boolean(), (realm, nonce, opaque, stale) => {
        const line = stringifyChallenge({ realm, nonce, ...(opaque === undefined ? {} : { opaque }), stale });
        const twice = parseChallenges([`${line}, ${line}`, line]);
        expect(twice).toHaveLength(3);
        for (const one of twice) expect(one).toMatchObject({ realm, nonce, opaque, stale });
      }),
    );
  });

  it('never throws, whatever comes', () => {
    const pieces = fc.constantFrom('Digest ', 'realm=', '"', '\\', ',', ' ', '=', 'nonce="a"', 'qop', '\0', 'ü');
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
        const outcome = session()
          .begin(INVITE)
          .challenged(by401(parts.join('')));
        expect(['retry', 'refused']).toContain(outcome.kind);
      }),
    );
  });
});
