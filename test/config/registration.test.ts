import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import {
  type Config,
  loadConfig,
  planJoinRegistration,
  planRegistration,
  RegistrationError,
  readJoinToken,
  readRegistration,
} from '../../config/index.ts';

const config: Config = loadConfig({
  file: 'trunkline.yaml',
  text: `
homeserver: {url: 'http://localhost:8008', domain: example.org}
appservice: {url: 'http://localhost:9993'}
ghosts: {gateway_host: sip.example.org}
permissions: {call_out: []}
numbers: {region: GB}
trunks: [{name: office, host: sip.example.net}]
`,
});

const fresh = planRegistration(config, undefined, () => 'token').text;

describe('any file', () => {
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, 1, 'x', '(', '@_sip_.*'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'id',
          'url',
          'namespaces',
          'users',
          'aliases',
          'rooms',
          'protocols',
          'regex',
          'exclusive',
          'as_token',
        ),
        tie('node'),
        { maxKeys: 6 },
      ),
    ),
  })).node;

  it('is completed, or refused in words', () => {
    fc.assert(
      fc.property(value, (data) => {
        try {
          const { text } = planRegistration(config, stringify(data), () => 'token');
          expect(readRegistration(config, text).registration.id).toBe('trunkline');
        } catch (error) {
          expect(error).toBeInstanceOf(RegistrationError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('the registration that run works with', () => {
  it('is the one that was written', () => {
    expect(readRegistration(config, fresh)).toEqual({
      registration: { id: 'trunkline', asToken: 'token', hsToken: 'token', senderLocalpart: 'trunkline' },
      notes: [],
    });
  });

  it.each([
    [
      'another URL, as through a proxy',
      fresh.replace('url: http://localhost:9993', 'url: https://proxy'),
      'url changed',
    ],
    ['no receive_ephemeral', fresh.replace('receive_ephemeral: false\n', ''), 'receive_ephemeral added'],
    ['a rate limit', fresh.replace('rate_limited: false', 'rate_limited: true'), 'rate_limited changed'],
  ])('may have %s, which is noted', (_name, text, note) => {
    const { registration, notes } = readRegistration(config, text);
    expect(registration.asToken).toBe('token');
    expect(notes).toEqual([expect.stringContaining(note)]);
  });

  it('asks for read receipts where telephones are told that their texts were read', () => {
    const trunks = config.trunks.map((trunk) => ({
      ...trunk,
      texts: { ...trunk.texts, enabled: true, format: 'cpim' as const, receipts: true },
    }));
    expect(fresh).toContain('receive_ephemeral: false');
    expect(planRegistration({ ...config, trunks }, undefined, () => 'token').text).toContain('receive_ephemeral: true');
    expect(readRegistration({ ...config, trunks }, fresh).notes).toEqual([
      expect.stringContaining('receive_ephemeral changed'),
    ]);
    // Who turned it on by hand keeps it.
    const byHand = fresh.replace('receive_ephemeral: false', 'receive_ephemeral: true');
    expect(readRegistration(config, byHand).notes).toEqual([]);
  });

  it('may have other expressions for the same users', () => {
    const byHand = fresh
      .replace('^@_sip_.*:example\\.org$', "'@_sip_.+'")
      .replace('^@\\.tel\\..*:example\\.org$', "'@\\.tel.*:example.org'");
    expect(byHand).not.toContain('^@');
    expect(readRegistration(config, byHand).notes).toEqual([]);
  });

  it('may name the protocols in another order, with others among them', () => {
    const text = fresh
      .replace('  - m.protocol.pstn\n', '')
      .replace('  - im.vector.protocol.pstn\n', '  - im.vector.protocol.pstn\n  - irc\n  - m.protocol.pstn\n');
    expect(parse(text).protocols).toEqual(['im.vector.protocol.pstn', 'irc', 'm.protocol.pstn']);
    expect(readRegistration(config, text).notes).toEqual([]);
  });

  it.each([
    ['no protocol', fresh.replace('  - m.protocol.pstn\n', ''), /protocols changed/],
    ['another id', fresh.replace('id: trunkline', 'id: other'), /id changed from "other"/],
    ['no token', fresh.replace('as_token: token', ''), /as_token made/],
    ['an empty token', fresh.replace('hs_token: token', 'hs_token: ""'), /hs_token made/],
    ['ghosts of another server', fresh.replaceAll('example\\.org', 'example\\.com'), /namespace of users added/],
    ['ghosts that are not its own', fresh.replaceAll('exclusive: true', 'exclusive: false'), /made exclusive/],
    ['another kind of file', '[1, 2]', /not a registration/],
  ])('may not have %s', (_name, text, words) => {
    expect(() => readRegistration(config, text)).toThrow(RegistrationError);
    expect(() => readRegistration(config, text)).toThrow(words);
  });

  it('never says a token in an error', () => {
    const text = fresh.replaceAll('token: token', 'token: S3CRET').replace('id: trunkline', 'id: other');
    expect(() => readRegistration(config, text)).toThrow(/^(?!.*S3CRET)/);
  });
});

describe('the second registration, with which users are joined to rooms', () => {
  const written = planJoinRegistration(config, undefined, () => 'token').text;

  it('covers the users of the homeserver without owning them, and is sent nothing', () => {
    expect(parse(written)).toEqual({
      id: 'trunkline-users',
      url: null,
      as_token: 'token',
      hs_token: 'token',
      sender_localpart: 'trunkline-users',
      rate_limited: false,
      namespaces: { users: [{ exclusive: false, regex: '^@.*:example\\.org$' }], aliases: [], rooms: [] },
    });
    expect(readJoinToken(config, written)).toBe('token');
  });

  it('keeps its tokens, and fields of others', () => {
    const had = `${written}note: mine\n`.replace('as_token: token', 'as_token: kept');
    const plan = planJoinRegistration(config, had, () => 'other');
    expect(plan.changes).toEqual([]);
    expect(parse(plan.text)).toMatchObject({ as_token: 'kept', note: 'mine' });
  });

  it.each([
    ['with an address', written.replace('url: null', 'url: http://localhost:1')],
    ['of another homeserver', written.replace('example', 'elsewhere')],
    ['that owns the users', written.replace('exclusive: false', 'exclusive: true')],
    ['without a token', written.replace('as_token: token', 'as_token: ""')],
    ['that is none', '- a'],
  ])('%s is refused, without its tokens', (_name, text) => {
    expect(() => readJoinToken(config, text)).toThrow(RegistrationError);
    expect(() => readJoinToken(config, text)).toThrow(/^(?!.*token: token)/s);
  });
});
