import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNameAddr, parseUri } from '../../../sip/message/index.ts';
import { buildInvite, TargetError, type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';

const ids = { callId: 'c@trunkline', fromTag: 'f' };
const call = { target: '+441818118181', callerId: '+4930901820', sdp: 'v=0\r\n' };

const common = {
  'Call-ID': 'c@trunkline',
  Allow: 'INVITE, ACK, CANCEL, BYE, UPDATE, INFO, PRACK, OPTIONS, REFER, NOTIFY',
  Supported: 'replaces',
  'User-Agent': 'Trunkline',
  'Content-Type': 'application/sdp',
};

function invite(trunk: Partial<TrunkInput>, given: Partial<typeof call & { callerName: string }> = {}) {
  return buildInvite(trunkSettings({ name: 't', host: 'sip.example.net', ...trunk }), { ...call, ...given }, ids);
}

describe('the INVITE', () => {
  test('of a trunk with nothing but a host', () => {
    expect(invite({})).toEqual({
      uri: 'sip:+441818118181@sip.example.net',
      headers: {
        ...common,
        From: '<sip:+4930901820@sip.example.net>;tag=f',
        To: '<sip:+441818118181@sip.example.net>',
      },
      body: 'v=0\r\n',
    });
  });

  test('of a trunk that wants its account in From and the number in P-Preferred-Identity', () => {
    const plan = invite({
      credentials: { username: '1234567t0', password: 'x' },
      numberFormat: { form: 'e164' },
      callerId: { from: '{sipUser}', preferredIdentity: '{e164}' },
    });
    expect(plan).toEqual({
      uri: 'sip:441818118181@sip.example.net',
      headers: {
        ...common,
        From: '<sip:1234567t0@sip.example.net>;tag=f',
        To: '<sip:441818118181@sip.example.net>',
        'P-Preferred-Identity': '<sip:+4930901820@sip.example.net>',
      },
      body: 'v=0\r\n',
    });
  });

  test('of a trunk by TLS with a port, names and all identity headers', () => {
    const plan = invite(
      {
        port: 5061,
        transport: 'tls',
        callerId: { from: '{number}', assertedIdentity: '{e164}', remotePartyId: '{digits}' },
        userPhone: true,
      },
      { callerName: 'Älice "A"' },
    );
    expect(plan.uri).toBe('sip:+441818118181@sip.example.net:5061;transport=tls;user=phone');
    expect(plan.headers).toEqual({
      ...common,
      From: '"Älice \\"A\\"" <sip:+4930901820@sip.example.net;user=phone>;tag=f',
      To: '<sip:+441818118181@sip.example.net;user=phone>',
      'P-Asserted-Identity': '"Älice \\"A\\"" <sip:+4930901820@sip.example.net;user=phone>',
      'Remote-Party-ID':
        '"Älice \\"A\\"" <sip:4930901820@sip.example.net;user=phone>;party=calling;privacy=off;screen=no',
    });
  });

  test('of a trunk with IP authentication and a technical prefix', () => {
    const plan = invite({
      numberFormat: { form: '+e164', techPrefix: '12345678', techPrefixSeparator: '*' },
      callerId: { from: '{digits}', assertedIdentity: '{digits}' },
    });
    expect(plan.uri).toBe('sip:12345678*+441818118181@sip.example.net');
    expect(plan.headers.From).toBe('<sip:4930901820@sip.example.net>;tag=f');
  });

  test('of a trunk whose domain is not its address', () => {
    const plan = invite({ host: '192.0.2.7', port: 5080, transport: 'tcp', domain: 'example.org' });
    expect(plan).toMatchObject({
      uri: 'sip:+441818118181@example.org',
      proxy: 'sip:192.0.2.7:5080;transport=tcp',
      headers: { From: '<sip:+4930901820@example.org>;tag=f', To: '<sip:+441818118181@example.org>' },
    });
  });

  test('with the extensions that the trunk is to be asked for', () => {
    expect(invite({ rel100: 'supported', sessionTimers: { offer: true, expiresS: 600 } }).headers).toMatchObject({
      Supported: 'replaces, 100rel, timer',
      'Session-Expires': '600',
      'Min-SE': '90',
    });
    const required = invite({ rel100: 'required' }).headers;
    expect(required.Require).toBe('100rel');
    expect(required.Supported).toBe('replaces');
  });

  test('of a trunk on IPv6, on UDP alone, with headers of its own', () => {
    const plan = invite({ host: '2001:db8::1', port: 5062, udpOnly: true, extraHeaders: { 'X-Account': '42' } });
    expect(plan.uri).toBe('sip:+441818118181@[2001:db8::1]:5062;transport=udp');
    expect(plan.headers).toMatchObject({ 'X-Account': '42', From: '<sip:+4930901820@[2001:db8::1]>;tag=f' });
  });
});

describe('who calls', () => {
  test('a call without caller ID: anonymous From, Privacy, and the number for the trunk alone', () => {
    const plan = invite(
      { callerId: { default: '+4930901820', assertedIdentity: '{e164}', remotePartyId: '{e164}' } },
      { callerId: 'anonymous', callerName: 'Alice' },
    );
    expect(plan.headers).toMatchObject({
      From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f',
      Privacy: 'id',
      'P-Asserted-Identity': '<sip:+4930901820@sip.example.net>',
      'Remote-Party-ID': '<sip:+4930901820@sip.example.net>;party=calling;privacy=full;screen=no',
    });
    expect(JSON.stringify(plan.headers)).not.toContain('Alice');
  });

  test('a call without caller ID on a trunk that wants its account in From', () => {
    const plan = invite(
      { credentials: { username: 'acc', password: 'x' }, callerId: { from: '{sipUser}' } },
      { callerId: 'anonymous', callerName: 'Alice' },
    );
    expect(plan.headers).toMatchObject({ From: '"Anonymous" <sip:acc@sip.example.net>;tag=f', Privacy: 'id' });
  });

  test('a trunk that is anonymous by default', () => {
    const { headers } = buildInvite(
      trunkSettings({ name: 't', host: 'h', callerId: { default: 'anonymous', assertedIdentity: '{e164}' } }),
      { target: '200', sdp: '' },
      ids,
    );
    expect(headers).toMatchObject({ From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=f', Privacy: 'id' });
    expect(headers['P-Asserted-Identity']).toBeUndefined();
  });

  test('a number that looks like a URI stays a user part', () => {
    const from = (template: string) =>
      invite({ callerId: { from: template } }, { callerId: 'sip:x@y>;tag=z' }).headers.From;
    expect(from('{number}')).toBe('<sip:sip%3Ax%40y%3E;tag=z@sip.example.net>;tag=f');
    expect(from('sip:{number}@other.example')).toBe('<sip:sip%3Ax%40y%3E;tag=z@other.example>;tag=f');
  });

  test.each<[string, Partial<TrunkInput>, string]>([
    ['the default of the trunk', { callerId: { default: '200' } }, '<sip:200@h>'],
    ['the account, without a number', { credentials: { username: 'acc', password: 'x' } }, '<sip:acc@h>'],
    ['nobody, without either', {}, '"Anonymous" <sip:anonymous@anonymous.invalid>'],
    [
      'the national form',
      { callerId: { default: '+4930901820', from: '{national}', nationalFormat: { countryCode: '49' } } },
      '<sip:030901820@h>',
    ],
    [
      'a whole URI',
      { callerId: { default: '+49309', from: 'sip:{digits}@other.example' } },
      '<sip:49309@other.example>',
    ],
    ['a name by default', { callerId: { default: '1', defaultName: 'Desk' } }, '"Desk" <sip:1@h>'],
    ['no name where none is wanted', { callerId: { default: '1', defaultName: 'Desk', sendName: false } }, '<sip:1@h>'],
  ])('%s', (_, trunk, from) => {
    const { headers } = buildInvite(trunkSettings({ name: 't', host: 'h', ...trunk }), { target: '1', sdp: '' }, ids);
    expect(headers.From).toBe(`${from};tag=f`);
  });
});

describe('who is called', () => {
  test.each([
    ['200', 'sip:200@sip.example.net'],
    ['*31#030901820', 'sip:*31%23030901820@sip.example.net'],
    ['**621', 'sip:**621@sip.example.net'],
    ['#100#', 'sip:%23100%23@sip.example.net'],
    ['alice@example.org', 'sip:alice%40example.org@sip.example.net'],
    ['a b', 'sip:a%20b@sip.example.net'],
    ['tel:+44-181-811-8181;phone-context=x', 'sip:+441818118181@sip.example.net'],
    ['sip:bob@sip.example.net', 'sip:bob@sip.example.net'],
    ['sip:bob;x=y@sip.example.net;method=REGISTER?Route=%3Csip:evil%3E', 'sip:bob;x=y@sip.example.net'],
    ['SIP:bob:secret@sip.example.net', 'sip:bob@sip.example.net'],
  ])('%s is %s', (target, uri) => {
    const plan = invite({}, { target });
    expect(plan.uri).toBe(uri);
    expect(plan.proxy).toBeUndefined();
  });

  test('a SIP URI elsewhere leaves through the trunk', () => {
    expect(invite({ port: 5070 }, { target: 'sips:bob@example.org:5071' })).toMatchObject({
      uri: 'sips:bob@example.org:5071',
      proxy: 'sip:sip.example.net:5070',
      headers: { To: '<sips:bob@example.org:5071>' },
    });
  });

  test.each(['', 'sip:', 'sip:@@', 'sip:bob@exa mple', 'sip:bob@h>\r\nX: y', 'a\r\nb', 'sips:'])(
    '%j is refused',
    (target) => {
      expect(() => invite({}, { target })).toThrow(TargetError);
    },
  );

  test('whatever is dialled, it is refused or its headers are one line each and can be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (target, callerId, callerName) => {
        let plan: ReturnType<typeof invite>;
        try {
          plan = invite({ callerId: { assertedIdentity: '{number}' } }, { target, callerId, callerName });
        } catch (error) {
          expect(error).toBeInstanceOf(TargetError);
          return;
        }
        expect(plan.uri).not.toMatch(/[\s<>"]/);
        expect(parseUri(plan.uri).kind).toBe('sip');
        for (const value of Object.values(plan.headers)) expect(value).not.toMatch(/[\r\n]/);
        for (const name of ['From', 'To', 'P-Asserted-Identity']) {
          const value = plan.headers[name];
          if (value !== undefined) expect(() => parseNameAddr(value)).not.toThrow();
        }
      }),
    );
  });
});

describe('a call that is made because of another one', () => {
  const because = (trunk: Partial<TrunkInput>, given: Partial<Parameters<typeof buildInvite>[1]>) =>
    buildInvite(trunkSettings({ name: 't', host: 'sip.example.net', ...trunk }), { ...call, ...given }, ids).headers;

  test('takes the place of another, on behalf of somebody, with the hops that are left', () => {
    expect(because({}, { replaces: 'x@y;to-tag=a;from-tag=b', referredBy: '100', maxForwards: 12 })).toMatchObject({
      Replaces: 'x@y;to-tag=a;from-tag=b',
      Require: 'replaces',
      'Referred-By': '<sip:100@sip.example.net>',
      'Max-Forwards': '12',
    });
  });

  test('names who forwarded it, where the trunk wants that; nobody who withholds the number', () => {
    const divertedBy = [
      { number: '+441818118182', withheld: false },
      { withheld: true },
      { number: '+441818118183', withheld: true },
      { number: '200', withheld: false },
    ];
    expect(because({}, { divertedBy })).not.toHaveProperty('Diversion');
    expect(because({ diversion: true, numberFormat: { form: 'e164' } }, { divertedBy }).Diversion).toBe(
      '<sip:441818118182@sip.example.net>;reason=unknown;counter=1;privacy=off, ' +
        '<sip:200@sip.example.net>;reason=unknown;counter=1;privacy=off',
    );
  });

  test('carries headers of its own, but none that makes the request what it is', () => {
    const headers = because(
      {},
      {
        extraHeaders: { Priority: 'emergency', Route: '<sip:evil>', from: 'x', 'X-A': 'b\r\nVia: c', 'bad name': 'd' },
      },
    );
    expect(headers).toMatchObject({ Priority: 'emergency', 'X-A': 'b Via: c' });
    expect(headers).not.toHaveProperty('Route');
    expect(headers).not.toHaveProperty('from');
    expect(headers).not.toHaveProperty('bad name');
  });
});
