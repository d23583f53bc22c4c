import { describe, expect, it } from 'vitest';
import { makeHeader, type SipRequest, type SipResponse } from '../../../../sip/message/index.ts';
import {
  acceptRemote,
  confirmUac,
  dialogId,
  refreshTarget,
  uacDialog,
  uasDialog,
} from '../../../../sip/server/dialog/state.ts';

const body = Buffer.alloc(0);
const invite: SipRequest = {
  kind: 'request',
  method: 'INVITE',
  uri: 'sip:bob@biloxi.example',
  headers: [
    makeHeader('From', 'Alice <sip:alice@atlanta.example>;tag=a1'),
    makeHeader('To', '<sip:bob@biloxi.example>'),
    makeHeader('Call-ID', 'c1'),
    makeHeader('CSeq', '7 INVITE'),
    makeHeader('Contact', '<sip:alice@10.0.0.1>'),
    makeHeader('Record-Route', '<sip:p2.example;lr>'),
    makeHeader('Record-Route', '<sip:p1.example;lr>'),
  ],
  body,
};

function response(status: number, tag: string, contact: string, routes: string): SipResponse {
  return {
    kind: 'response',
    status,
    phrase: '',
    headers: [
      makeHeader('From', 'Alice <sip:alice@atlanta.example>;tag=a1'),
      makeHeader('To', `<sip:bob@biloxi.example>${tag}`),
      makeHeader('Call-ID', 'c1'),
      makeHeader('CSeq', '7 INVITE'),
      makeHeader('Contact', contact),
      makeHeader('Record-Route', routes),
    ],
    body,
  };
}

const id = dialogId('c1', 'a1');

describe('a dialog', () => {
  it('of the caller: routes reversed, target from Contact, the number of the INVITE (§12.1.2)', () => {
    const made = uacDialog(
      id,
      invite,
      response(180, ';tag=b1', '<sip:bob@10.0.0.2>', '<sip:p2.example;lr>, <sip:p1.example;lr>'),
    );
    expect(made).toEqual({
      id: 'c1;from-tag=a1',
      role: 'uac',
      callId: 'c1',
      localTag: 'a1',
      remoteTag: 'b1',
      localAddress: 'Alice <sip:alice@atlanta.example>;tag=a1',
      remoteAddress: '<sip:bob@biloxi.example>;tag=b1',
      remoteTarget: 'sip:bob@10.0.0.2',
      routeSet: ['<sip:p1.example;lr>', '<sip:p2.example;lr>'],
      localSeq: 7,
      remoteSeq: undefined,
      confirmed: false,
    });
  });

  it('is not made by a response without a tag', () => {
    expect(uacDialog(id, invite, response(180, '', '<sip:bob@10.0.0.2>', '<sip:p.example;lr>'))).toBeUndefined();
  });

  it('takes the route set of the 2xx instead of the early one (§13.2.2.4)', () => {
    const early = uacDialog(id, invite, response(180, ';tag=b1', '<sip:bob@10.0.0.2>', '<sip:p1.example;lr>'));
    if (early === undefined) throw new Error('no dialog');
    const answer = response(200, ';tag=b1', '<sip:bob@10.0.0.3>', '<sip:p9.example;lr>');
    expect(confirmUac(early, answer)).toMatchObject({
      confirmed: true,
      routeSet: ['<sip:p9.example;lr>'],
      remoteTarget: 'sip:bob@10.0.0.3',
    });
  });

  it('of the called side: routes in order, the far side’s number (§12.1.1)', () => {
    expect(uasDialog(invite, 'b1', '<sip:bob@biloxi.example>;tag=b1', true)).toMatchObject({
      id: 'c1;from-tag=a1',
      localTag: 'b1',
      remoteTag: 'a1',
      remoteTarget: 'sip:alice@10.0.0.1',
      routeSet: ['<sip:p2.example;lr>', '<sip:p1.example;lr>'],
      localSeq: 0,
      remoteSeq: 7,
    });
  });

  it('takes requests in order only, and lets a target refresh move the target', () => {
    const made = uasDialog(invite, 'b1', '<sip:bob@biloxi.example>;tag=b1', true);
    const again = { ...invite, headers: [makeHeader('CSeq', '6 INFO')] };
    expect(acceptRemote(made, again)).toBeUndefined();
    expect(acceptRemote(made, { ...invite, headers: [makeHeader('CSeq', '9 INFO')] })?.remoteSeq).toBe(9);
    const moved = { ...invite, headers: [makeHeader('Contact', '<sip:alice@10.0.0.7>')] };
    expect(refreshTarget(made, moved).remoteTarget).toBe('sip:alice@10.0.0.7');
    expect(refreshTarget(made, { ...invite, headers: [] })).toBe(made);
  });
});
