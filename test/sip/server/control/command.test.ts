import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../../sip/server/control/command.ts';

function parse(text: string) {
  return parseCommand(Buffer.from(text));
}

describe('commands of an application', () => {
  it.each([
    ['1|authenticate|secret|', { type: 'authenticate', id: '1', secret: 'secret' }],
    ['1|ping', { type: 'ping', id: '1' }],
    ['1|route|INVITE', { type: 'route', id: '1', verb: 'invite' }],
    ['1|remove_route|invite', { type: 'removeRoute', id: '1', verb: 'invite' }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('reads a request outside of a dialog, with its route', () => {
    const command = parse(
      '7|sip|||sip:10.0.0.1;lr\r\nINVITE sip:a@b SIP/2.0\r\nfrom: <sip:x@localhost>\r\nX-Odd-Case: 1\r\ncontent-length: 3\r\n\r\nv=0äö',
    );
    expect(command).toMatchObject({
      type: 'request',
      id: '7',
      transactionId: '',
      dialogId: '',
      route: 'sip:10.0.0.1;lr',
      method: 'INVITE',
      uri: 'sip:a@b',
      headers: [
        { key: 'from', name: 'From', value: '<sip:x@localhost>' },
        { key: 'x-odd-case', name: 'X-Odd-Case', value: '1' },
      ],
    });
    // drachtio-srf counts characters in Content-Length: the frame says how long the body is.
    expect(command.type === 'request' && command.body.toString()).toBe('v=0äö');
  });

  it('reads a request inside a dialog and a CANCEL inside a transaction', () => {
    expect(parse('7|sip||call;from-tag=1\r\nBYE sip:placeholder SIP/2.0\r\n\r\n')).toMatchObject({
      method: 'BYE',
      dialogId: 'call;from-tag=1',
    });
    expect(parse('7|sip|txn|\r\nCANCEL sip:a@b SIP/2.0\r\n\r\n')).toMatchObject({
      method: 'CANCEL',
      transactionId: 'txn',
    });
  });

  it('reads a response', () => {
    expect(parse('7|sip|txn|\r\nSIP/2.0 486 Busy Here\r\nreason: Q.850;cause=17\r\n\r\n')).toMatchObject({
      type: 'response',
      transactionId: 'txn',
      status: 486,
      phrase: 'Busy Here',
      headers: [{ key: 'reason', name: 'Reason' }],
    });
  });

  it('lets no value begin a header of its own', () => {
    const command = parse('7|sip||\r\nINVITE sip:a@b SIP/2.0\r\nSubject: x\nVia: SIP/2.0/UDP evil\r\n\r\n');
    expect(command).toMatchObject({ headers: [{ key: 'subject', value: 'x Via: SIP/2.0/UDP evil' }] });
  });

  it.each([
    ['1|proxy|txn|||||||sip:a@b', /does not proxy.*drachtio server/],
    ['1|authenticate|secret|tag1,tag2', /does not route by tags/],
    ['1|route|cdr:attempt', /no CDR events.*drachtio server/],
    ['1|route|subscribe', /does not take SUBSCRIBE/],
    ['1|route|in vite', /unsupported verb/],
    ['1|nonsense', /Unknown message type/],
    ['1|sip||', /SIP message is missing/],
    ['1|sip||\r\nINVITE\r\n\r\n', /invalid request line/],
    ['1|sip|t|\r\nSIP/2.0 99 x\r\n\r\n', /invalid status line/],
    ['1|sip||\r\nSIP/2.0 200 OK\r\n\r\n', /transaction id missing/],
    ['1|sip||\r\nINVITE sip:a SIP/2.0\r\nbad header: 1\r\n\r\n', /invalid header/],
  ])('refuses %j with words', (text, reason) => {
    const command = parse(text);
    expect(command.type).toBe('refused');
    expect(command.type === 'refused' && command.reason).toMatch(reason);
  });

  it('throws at nothing', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array(), (text, bytes) => {
        parse(text);
        parseCommand(Buffer.from(bytes));
        parse(`1|sip||\r\n${text}`);
      }),
    );
  });
});
