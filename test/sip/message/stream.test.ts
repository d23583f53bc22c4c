import { describe, expect, it } from 'vitest';
import { StreamFramer } from '../../../sip/message/index.ts';
import { inviteText } from './build.ts';

const LIMITS = { headBytes: 1_000, headerLines: 20, bodyBytes: 100 };

function types(framer: StreamFramer, ...chunks: string[]): string[][] {
  return chunks.map((chunk) => framer.push(Buffer.from(chunk)).map((item) => item.type));
}

describe('keep-alive (RFC 5626)', () => {
  it.each([
    { chunks: ['\r\n\r\n'], expected: [['ping']] },
    { chunks: ['\r\n'], expected: [['pong']] },
    { chunks: ['\r\n', '\r\n'], expected: [['pong'], ['ping']] },
    { chunks: ['\r', '\n\r', '\n'], expected: [[], [], ['ping']] },
    { chunks: ['\r\n\r\n\r\n\r\n'], expected: [['ping', 'ping']] },
  ])('$chunks is $expected', ({ chunks, expected }) => {
    expect(types(new StreamFramer(), ...chunks)).toEqual(expected);
  });

  it('is no part of the message that follows', () => {
    expect(types(new StreamFramer(), `\r\n\r\n${inviteText(['l: 0'])}\r\n`)).toEqual([['ping', 'message', 'pong']]);
  });
});

describe('messages', () => {
  it('come when their last byte has come', () => {
    const text = inviteText(['l: 3'], 'abc');
    const framer = new StreamFramer();
    expect(types(framer, text.slice(0, 50), text.slice(50, -1), text.slice(-1))).toEqual([[], [], ['message']]);
    expect(framer.midMessage).toBe(false);
  });

  it('do not share their bytes with what comes later', () => {
    const framer = new StreamFramer();
    const [item] = framer.push(Buffer.from(inviteText(['l: 3'], 'abc')));
    framer.push(Buffer.from(inviteText(['l: 3'], 'xyz').repeat(3)));
    expect(item?.type === 'message' && item.message.body.toString()).toBe('abc');
  });

  it('that are faulty do not end the stream while their length is known', () => {
    const bad = inviteText(['l: 3', 'Contact: <'], 'abc');
    expect(types(new StreamFramer(), bad + inviteText(['l: 0']))).toEqual([['invalid', 'message']]);
  });

  it('of unusual size pass while within limits', () => {
    const framer = new StreamFramer();
    const body = 'x'.repeat(300_000);
    expect(types(framer, inviteText([`l: ${body.length}`], body))).toEqual([['message']]);
    expect(framer.midMessage).toBe(false);
  });
});

describe('the stream is lost', () => {
  it.each([
    ['without Content-Length', inviteText(), 400, true],
    ['with one that is no number', inviteText(['l: x']), 400, true],
    ['with two that differ', inviteText(['l: 1', 'l: 2']), 400, true],
    ['with a body too large', inviteText(['l: 101']), 513, true],
    ['with a head too large', inviteText(['l: 0', `X: ${'x'.repeat(1_000)}`]), 513, false],
    ['with a head that does not end', `INVITE sip:a@b SIP/2.0\r\nX: ${'x'.repeat(1_000)}`, 513, false],
    ['with too many headers', inviteText(Array.from({ length: 20 }, () => 'X: y')), 513, false],
    ['with something that is not SIP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 400, false],
  ])('%s', (_what, text, status, answered) => {
    const framer = new StreamFramer(LIMITS);
    const items = framer.push(Buffer.from(text));
    expect(items).toMatchObject([{ type: 'lost', error: { status } }]);
    expect(items[0]?.type === 'lost' && items[0].error.request !== undefined).toBe(answered);
    expect(framer.push(Buffer.from(inviteText(['l: 0'])))).toEqual([]);
    expect(framer.midMessage).toBe(false);
  });
});
