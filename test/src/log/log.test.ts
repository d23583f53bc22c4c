import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogSettings, redactText } from '../../../src/log/index.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void, settings: Partial<LogSettings> = {}): string {
  let text = '';
  write(
    createLogger(
      { level: 'debug', format: 'json', redact: true, ...settings },
      {
        write: (line) => {
          text += line;
        },
      },
    ),
  );
  return text;
}

describe('the log', () => {
  it('never holds a secret, at any depth, in errors and in texts', () => {
    const text = logged((log) => {
      log.info({ asToken: 'S3CRET', trunk: { auth: { password: 'S3CRET' } } }, 'start');
      log.info({ event: { content: { body: 'S3CRET', formatted_body: 'S3CRET' } } }, 'message');
      log.warn({ headers: { Authorization: 'Digest S3CRET', 'proxy-authorization': 'S3CRET' } }, 'request');
      log.error(
        { err: new Error('GET /x?access_token=S3CRET failed', { cause: new Error('Bearer S3CRET') }) },
        'failed',
      );
      log.error(new Error('password: S3CRET'));
      log.debug('INVITE sip:a SIP/2.0\r\nProxy-Authorization: Digest username="S3CRET"\r\nVia: x');
      log.debug({ sdp: 'a=ice-pwd:S3CRET\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:S3CRET\r\n' }, 'offer');
      log.child({ part: 'x' }).info({ hs_token: 'S3CRET' }, 'as_token: "S3CRET"');
    });
    expect(text).not.toContain('S3CRET');
    expect(text.trim().split('\n')).toHaveLength(8);
  });

  it('shortens numbers wherever they stand, and keeps the identifiers of a call', () => {
    const text = logged((log) =>
      log.info(
        { callRef: 'c1234567890', ghost: '@_sip_01818118181=40h:s', dialled: '+44 1818 118181' },
        'Calling %s',
        '01818118181',
      ),
    );
    expect(text).not.toContain('118181');
    expect(JSON.parse(text)).toMatchObject({
      callRef: 'c1234567890',
      ghost: '@_sip_…81=40h:s',
      dialled: '…81',
      msg: 'Calling …81',
    });
  });

  it('shows numbers, not secrets, when redaction is off', () => {
    const text = logged((log) => log.info({ dialled: '01818118181', password: 'S3CRET' }), { redact: false });
    expect(text).toContain('01818118181');
    expect(text).not.toContain('S3CRET');
  });

  it('keeps the identifiers in a SIP message, and no secret of it', () => {
    const sip =
      'INVITE sip:+…81@h SIP/2.0\nCall-ID: fdc218821bab48473b\nAuthorization: Digest S3CRET\n\na=ice-pwd:S3CRET';
    const text = logged((log) => log.debug({ sip }, 'sent INVITE'));
    expect(text).toContain('Call-ID: fdc218821bab48473b');
    expect(text).not.toContain('S3CRET');
  });

  it('leaves addresses, ports and times alone', () => {
    expect(redactText('192.168.100.200:5060 at 2026-11-21T07:53:06.123Z', { numbers: true })).toBe(
      '192.168.100.200:5060 at 2026-11-21T07:53:06.123Z',
    );
  });

  it('never lets six digits in a row through', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789+ =_@%ab') }), (text) => {
        expect(redactText(text, { numbers: true })).not.toMatch(/\d{6}/);
      }),
    );
  });

  it.each(['json', 'pretty'] as const)('names characters that would change how it reads (%s)', (format) => {
    const text = logged((log) => log.warn({ phrase: 'Busy\u001b[31m\u202egnp' }, 'refused\u0007 by \u2066x'), {
      format,
    });
    expect(text).toContain('Busy<U+001B>[31m<U+202E>gnp');
    expect(text).toContain('refused<U+0007> by <U+2066>x');
  });

  it('leaves tabs, line ends and other scripts alone', () => {
    expect(redactText('a\tb\r\nשלום ünï 電話', { numbers: true })).toBe('a\tb\r\nשלום ünï 電話');
  });

  it('is readable for people', () => {
    const text = logged((log) => log.child({ part: 'call' }).info({ callRef: 'c1', seconds: 3 }, 'Call ended'), {
      format: 'pretty',
    });
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}call {4}Call ended {2}callRef=c1 seconds=3\n$/);
  });

  it('shows errors with their causes to people', () => {
    const text = logged((log) => log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed'), {
      format: 'pretty',
    });
    expect(text).toContain('Error: outer');
    expect(text).toContain('Error: inner');
  });
});
