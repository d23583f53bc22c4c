import { describe, expect, it } from 'vitest';
import { DigestSession, parseCredentials, verifyDigest } from '../../../sip/digest/index.ts';

interface Vector {
  readonly what: string;
  readonly challenges: readonly string[];
  readonly user?: string;
  readonly password?: string;
  readonly method?: string;
  readonly uri?: string;
  readonly cnonce?: string;
  readonly body?: string;
  /** From the RFC, or computed with another implementation of the hashes and the formula. */
  readonly response: string;
  /** Parameters as they must stand in the header. */
  readonly says: readonly string[];
  /** Parameters that must not stand in it. */
  readonly not?: readonly string[];
}

const NONCE = 'dcd98b7102dd2f0e8b11d0f600bfb0c093';
const CNONCE = '0a4f113b';
const BILOXI = `Digest realm="biloxi.com", nonce="${NONCE}"`;
const RFC7616 = {
  user: 'Mufasa',
  password: 'Circle of Life',
  method: 'GET',
  uri: '/dir/index.html',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const RFC7616_CHALLENGE = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
  'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';
const REGISTER = { method: 'REGISTER', uri: 'sip:biloxi.com' };

const VECTORS: readonly Vector[] = [
  {
    what: 'RFC 2617 §3.5',
    challenges: [
      `Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="${NONCE}", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
    ],
    user: 'Mufasa',
    password: 'Circle Of Life',
    method: 'GET',
    uri: '/dir/index.html',
    response: '6629fae49393a05397450978507c4ef1',
    says: ['username="Mufasa"', 'qop=auth', 'nc=00000001', 'opaque="5ccc069c403ebaf9f0171e9517f40e41"'],
    not: ['algorithm'],
  },
  {
    what: 'RFC 7616 §3.9.1 with MD5',
    challenges: [RFC7616_CHALLENGE('MD5')],
    ...RFC7616,
    response: '8ca523f5e9506fed4657c9700eebdbec',
    says: ['algorithm=MD5', 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'],
    not: ['userhash'],
  },
  {
    what: 'RFC 7616 §3.9.1 with SHA-256',
    challenges: [RFC7616_CHALLENGE('SHA-256')],
    ...RFC7616,
    response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    says: ['algorithm=SHA-256'],
  },
  {
    what: 'RFC 7616 §3.9.1: both offered, the first one counts',
    challenges: [RFC7616_CHALLENGE('SHA-256'), RFC7616_CHALLENGE('MD5')],
    ...RFC7616,
    response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    says: ['algorithm=SHA-256'],
  },
  {
    what: 'RFC 7616 §3.9.2 with SHA-512-256 and userhash (values of erratum 4897)',
    challenges: [
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, ' +
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", ' +
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
    ],
    user: 'Jäsøn Doe',
    password: 'Secret, or not?',
    method: 'GET',
    uri: '/doe.json',
    cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
    response: '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5',
    says: ['username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"', 'userhash=true'],
  },
  {
    what: 'MD5-sess',
    challenges: [`${BILOXI}, algorithm=MD5-sess, qop="auth"`],
    response: 'e4e4ea61d186d07a92c9e1f6919902e9',
    says: ['algorithm=MD5-sess', `cnonce="${CNONCE}"`],
  },
  {
    what: 'MD5-sess without qop: the cnonce is sent all the same',
    challenges: [`${BILOXI}, algorithm=MD5-sess`],
    response: 'fff17611bcbbf00c9116a2c922dea8e1',
    says: [`cnonce="${CNONCE}"`],
    not: ['qop', 'nc'],
  },
  {
    what: 'SHA-256-sess, spelled oddly',
    challenges: [`${BILOXI}, algorithm="sha-256-SESS", qop=auth`],
    response: '5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792',
    says: ['algorithm=SHA-256-sess', 'qop=auth'],
  },
  {
    what: 'SHA-512-256-sess with auth-int',
    challenges: [`${BILOXI}, algorithm=SHA-512-256-sess, qop="auth-int"`],
    body: 'v=0\r\n',
    response: '0220683d8c9faccc1d05bd2ef0e7ccdff87eacd5f06fb6bfd9cd7d3acf66a00b',
    says: ['qop=auth-int'],
  },
  {
    what: 'no qop: the form of RFC 2069',
    challenges: [BILOXI],
    response: 'bf57e4e0d0bffc0fbaedce64d59add5e',
    says: [],
    not: ['qop', 'nc', 'cnonce', 'algorithm', 'opaque'],
  },
  {
    what: 'an empty qop is none',
    challenges: [`${BILOXI}, qop=""`],
    response: 'bf57e4e0d0bffc0fbaedce64d59add5e',
    says: [],
    not: ['qop', 'nc', 'cnonce'],
  },
  {
    what: 'qop "auth-int,auth" is auth',
    challenges: [`${BILOXI}, qop="auth-int,auth"`],
    body: 'v=0\r\n',
    response: '89eb0059246c02b2f6ee02c7961d5ea3',
    says: ['qop=auth'],
  },
  {
    what: 'qop auth-int alone covers the body',
    challenges: [`${BILOXI}, qop="auth-int"`],
    body: 'v=0\r\n',
    response: '77226bb823dc077c1ad3537415667bae',
    says: ['qop=auth-int', 'nc=00000001'],
  },
  {
    what: 'SHA-256 with auth-int',
    challenges: [`${BILOXI}, algorithm=SHA-256, qop="auth-int"`],
    body: 'v=0\r\n',
    response: '554a9ffe79ce71c3cb6c9630deddd2787d8033f895e5cdef6a73c8e84ed4c979',
    says: ['algorithm=SHA-256'],
  },
  {
    what: 'a realm with a comma',
    challenges: [`Digest realm="Foo, Inc", nonce="${NONCE}", qop="auth"`],
    ...REGISTER,
    response: '7e73eff61a78f9e442e205eb8997ade4',
    says: ['realm="Foo, Inc"'],
  },
  {
    what: 'a realm with escaped quotes and a backslash',
    challenges: [`Digest realm="The \\"Foo\\" \\\\ Co", nonce="${NONCE}", qop="auth"`],
    ...REGISTER,
    response: 'd1b4433d59e6cdf675e7a18cfe1f0a4f',
    says: ['realm="The \\"Foo\\" \\\\ Co"'],
  },
  {
    what: 'a realm and a password beyond ASCII',
    challenges: [`Digest realm="Büro", nonce="${NONCE}", algorithm=SHA-256, qop="auth"`],
    ...REGISTER,
    password: 'zanzibär',
    response: '1425c142a648aee3ce984bdeea2675779d99af7e8d1e7cc8ac3e8f3feb68b839',
    says: ['realm="Büro"'],
  },
  {
    what: 'three challenges with three nonces, one unknown: the first known one',
    challenges: [
      'Digest realm="r", nonce="C", algorithm=MD2, qop="auth"',
      'Digest realm="r", nonce="A", opaque="o==", algorithm=SHA-256, qop="auth"',
      'Digest realm="r", nonce="B", opaque="o==", algorithm=MD5, qop="auth"',
    ],
    ...REGISTER,
    response: '456183c9e60a4297c222ec6df2dab75ce20f2719b0bdbac08ccef17a72b112c2',
    says: ['nonce="A"', 'opaque="o=="', 'algorithm=SHA-256'],
  },
  {
    what: 'the same three in one line, with a scheme that is not Digest',
    challenges: [
      'Negotiate abc==, Digest realm="r", nonce="C", algorithm=MD2, qop="auth", ' +
        'Digest realm="r", nonce="A", opaque="o==", algorithm=SHA-256, qop="auth",Digest realm="r",nonce="B",algorithm=MD5',
    ],
    ...REGISTER,
    response: '456183c9e60a4297c222ec6df2dab75ce20f2719b0bdbac08ccef17a72b112c2',
    says: ['nonce="A"', 'algorithm=SHA-256'],
  },
  {
    what: 'an empty opaque goes back, stale on the first challenge means nothing',
    challenges: [`Digest realm="callcentric.com", nonce="${NONCE}", opaque="", stale=TRUE`],
    ...REGISTER,
    response: '4c022126aecdfbe9022aad9130f2eecd',
    says: ['opaque=""'],
    not: ['stale', 'qop'],
  },
  {
    what: 'missing quotes, missing and doubled commas',
    challenges: [`digest  Realm=biloxi.com nonce=${NONCE},,qop="auth" ,`],
    response: '89eb0059246c02b2f6ee02c7961d5ea3',
    says: ['realm="biloxi.com"', `nonce="${NONCE}"`],
  },
  {
    what: 'an empty password',
    challenges: [`${BILOXI}, qop="auth"`],
    ...REGISTER,
    password: '',
    response: '64e221c26550d0a302d37213815af76b',
    says: [],
  },
];

describe('digest challenges', () => {
  it.each(VECTORS)('$what', (vector) => {
    const { user = 'bob', password = 'zanzibar', method = 'INVITE', uri = 'sip:bob@biloxi.com' } = vector;
    const session = new DigestSession({ username: user, password }, () => vector.cnonce ?? CNONCE);
    const body = Buffer.from(vector.body ?? '');
    const outcome = session
      .begin({ method, uri, body })
      .challenged({ status: 401, wwwAuthenticate: vector.challenges, proxyAuthenticate: [] });
    if (outcome.kind !== 'retry') throw new Error(outcome.message);
    expect(outcome.headers).toHaveLength(1);
    const line = outcome.headers[0];
    expect(line?.name).toBe('Authorization');
    const value = line?.value ?? '';
    const params = value.replace(/^Digest /, '').split(', ');
    expect(value).toContain(`response="${vector.response}"`);
    expect(params).toContain(`uri="${uri}"`);
    for (const said of vector.says) expect(value).toContain(said);
    for (const name of vector.not ?? []) expect(params.some((param) => param.startsWith(`${name}=`))).toBe(false);

    const presented = parseCredentials(value);
    if (presented === undefined) throw new Error('the header cannot be read back');
    const plain = { ...presented, username: user };
    expect(verifyDigest(plain, { password, method, body })).toBe(true);
    expect(verifyDigest(plain, { password: `${password}x`, method, body })).toBe(false);
    expect(verifyDigest(plain, { password, method: 'BYE', body })).toBe(false);
  });
});
