import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGhostId, encodeGhostId, encodeTelId, type GhostIdFormat } from '../../../src/number/ghost-id.ts';

const format: GhostIdFormat = { prefix: '_sip_', gatewayHost: 'sip.example.org', serverName: 'example.org' };
const percent: GhostIdFormat = { ...format, escape: '%' };

/** Numbers, codes and addresses as people type them, and anything at all. */
const dialled = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789+*#@.;=%:/ ABCxyz-()'), minLength: 1, maxLength: 60 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
);

describe('ghost user IDs', () => {
  it.each([
    ['01818118181', '@_sip_01818118181=40sip.example.org:example.org'],
    ['+441818118181', '@_sip_+441818118181=40sip.example.org:example.org'],
    ['*31#030123', '@_sip_=2a31=23030123=40sip.example.org:example.org'],
    ['1-800-FLOWERS', '@_sip_1-800-=46=4c=4f=57=45=52=53=40sip.example.org:example.org'],
    ['sip:bob@pbx.example', '@_sip_sip=3abob=40pbx.example=40sip.example.org:example.org'],
    ['030 1=2%', '@_sip_030=201=3d2=25=40sip.example.org:example.org'],
    ['٠٣٠', '@_sip_=d9=a0=d9=a3=d9=a0=40sip.example.org:example.org'],
  ])('%s is %s', (text, userId) => {
    expect(encodeGhostId(text, format)).toBe(userId);
    expect(decodeGhostId(userId, format)).toEqual({ dialled: text, namespace: 'gateway' });
  });

  it('writes the form of MSC2845 when it is set', () => {
    expect(encodeGhostId('01818118181', percent)).toBe('@_sip_01818118181%40sip.example.org:example.org');
  });

  it('reads both escapes, whichever is written, in small and capital letters', () => {
    for (const id of ['=40', '%40'].map((at) => `@_sip_=2a31%23${at}sip.example.org:example.org`)) {
      expect(decodeGhostId(id, format)?.dialled).toBe('*31#');
      expect(decodeGhostId(id, percent)?.dialled).toBe('*31#');
    }
    expect(decodeGhostId('@_sip_=2A1=40sip.example.org:example.org', format)?.dialled).toBe('*1');
    expect(decodeGhostId('@_sip_%2a1%40sip.example.org:example.org', format)?.dialled).toBe('*1');
  });

  it('undoes an escape once', () => {
    expect(decodeGhostId('@_sip_=253d=40sip.example.org:example.org', format)?.dialled).toBe('%3d');
    expect(decodeGhostId('@_sip_%253d%40sip.example.org:example.org', format)?.dialled).toBe('%3d');
  });

  it('gives every text back as it was', () => {
    fc.assert(
      fc.property(dialled, fc.constantFrom(format, percent), (text, as) => {
        const userId = encodeGhostId(text, as);
        if (userId === undefined) return;
        expect(Buffer.byteLength(userId)).toBeLessThanOrEqual(255);
        expect(decodeGhostId(userId, format)).toEqual({ dialled: text, namespace: 'gateway' });
      }),
    );
  });

  it('refuses exactly what does not fit', () => {
    const fixed = '@_sip_=40sip.example.org:example.org'.length;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (length) => {
        const userId = encodeGhostId('1'.repeat(length), format);
        expect(userId !== undefined).toBe(length + fixed <= 255);
      }),
    );
    expect(encodeGhostId('', format)).toBeUndefined();
    expect(encodeGhostId('\ud800', format)).toBeUndefined();
  });

  it('writes only what the grammar of user IDs has', () => {
    fc.assert(
      fc.property(dialled, (text) => {
        const userId = encodeGhostId(text, format);
        if (userId !== undefined) expect(userId).toMatch(/^@[a-z0-9._=/+-]+:example\.org$/);
      }),
    );
  });

  it('gives different texts different ghosts', () => {
    fc.assert(
      fc.property(dialled, dialled, (one, other) => {
        const [a, b] = [encodeGhostId(one, format), encodeGhostId(other, format)];
        if (a !== undefined && b !== undefined) expect(a === b).toBe(one === other);
      }),
    );
  });

  it.each([
    ['another server', '@_sip_1=40sip.example.org:example.com'],
    ['another prefix', '@_irc_1=40sip.example.org:example.org'],
    ['another gateway', '@_sip_1=40pbx.example:example.org'],
    ['no gateway', '@_sip_1:example.org'],
    ['no number', '@_sip_=40sip.example.org:example.org'],
    ['a broken escape', '@_sip_1=4=40sip.example.org:example.org'],
    ['bytes that are not UTF-8', '@_sip_=ff=40sip.example.org:example.org'],
    ['no sigil', '_sip_1=40sip.example.org:example.org'],
    ['nothing', ''],
    ['more than 255 bytes', `@_sip_${'1'.repeat(250)}=40sip.example.org:example.org`],
  ])('is not ours: %s', (_what, userId) => {
    expect(decodeGhostId(userId, format)).toBeUndefined();
  });

  it('never throws on a foreign ID', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        decodeGhostId(text, format);
        decodeGhostId(`@_sip_${text}:example.org`, format);
        decodeGhostId(`@.tel.${text}:example.org`, format);
      }),
    );
  });
});

describe('the .tel namespace', () => {
  it.each(['@.tel.441818118181:example.org', '@.tel.+441818118181:example.org', '@.tel.=2b441818118181:example.org'])(
    '%s is +441818118181',
    (userId) => {
      expect(decodeGhostId(userId, format)).toEqual({ dialled: '+441818118181', namespace: 'tel' });
    },
  );

  it('takes E.164 only', () => {
    for (const text of ['', '0181', 'bob', '1234567890123456', '44-181']) {
      expect(decodeGhostId(`@.tel.${text}:example.org`, format)).toBeUndefined();
    }
    expect(encodeTelId('+441818118181', 'example.org')).toBe('@.tel.441818118181:example.org');
    expect(encodeTelId('0181', 'example.org')).toBeUndefined();
  });
});
