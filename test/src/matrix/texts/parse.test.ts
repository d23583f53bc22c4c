import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTextEventType, parseTextEvent } from '../../../../src/matrix/texts/parse.ts';
import { withoutFallback, withoutHtmlFallback } from '../../../../src/matrix/texts/reply-fallback.ts';
import { parseEvent } from '../../../../src/matrix/transactions/parse.ts';

const NOW = 1_700_000_000_000;

function read(type: string, content: unknown, more: Record<string, unknown> = {}) {
  const raw = { type, content, event_id: '$e', room_id: '!r:x', sender: '@a:x', origin_server_ts: NOW - 5, ...more };
  const event = parseEvent(raw);
  if (event === undefined) throw new Error('no event');
  return parseTextEvent(event, NOW, false);
}

const said = (content: unknown, type = 'm.room.message') => {
  const parsed = read(type, content);
  return parsed?.kind === 'text' ? parsed.text : undefined;
};

const HTML = { format: 'org.matrix.custom.html' };

describe('a text of a room', () => {
  it('has its writer, its time and its words', () => {
    expect(read('m.room.message', { msgtype: 'm.text', body: 'hello' })).toEqual({
      kind: 'text',
      text: {
        eventId: '$e',
        roomId: '!r:x',
        sender: '@a:x',
        sentAt: NOW - 5,
        recovered: false,
        content: { kind: 'text', body: 'hello' },
      },
    });
    expect(read('m.room.message', { msgtype: 'm.text', body: 'x' }, { origin_server_ts: 'soon' })).toMatchObject({
      text: { sentAt: NOW },
    });
  });

  it.each([
    [
      { msgtype: 'm.emote', body: 'waves' },
      { kind: 'emote', body: 'waves' },
    ],
    [
      { msgtype: 'm.notice', body: 'beep' },
      { kind: 'notice', body: 'beep' },
    ],
    [
      { msgtype: 'm.text', body: 'b', ...HTML, formatted_body: '<b>b</b>' },
      { kind: 'text', body: 'b', html: '<b>b</b>' },
    ],
    [
      { msgtype: 'm.text', body: 'b', format: 'x', formatted_body: '<b>b</b>' },
      { kind: 'text', body: 'b' },
    ],
    [
      { msgtype: 'm.text', body: '' },
      { kind: 'text', body: '' },
    ],
    [
      { msgtype: 'm.image', body: 'cat.jpg', url: 'mxc://x/abc', info: { mimetype: 'image/jpeg', size: 12 } },
      { kind: 'media', media: 'image', url: 'mxc://x/abc', name: 'cat.jpg', mimeType: 'image/jpeg', bytes: 12 },
    ],
    [
      { msgtype: 'm.file', body: 'look at this', filename: 'a.pdf', url: 'mxc://x:8448/abc' },
      { kind: 'media', media: 'file', url: 'mxc://x:8448/abc', name: 'a.pdf', caption: 'look at this' },
    ],
    [
      { msgtype: 'm.image', body: 'cat.jpg', file: { url: 'mxc://x/abc' } },
      { kind: 'other', what: 'm.image' },
    ],
    [
      { msgtype: 'm.image', body: 'cat.jpg', url: 'https://x/abc' },
      { kind: 'other', what: 'm.image' },
    ],
    [
      { msgtype: 'm.location', body: 'here', geo_uri: 'geo:51.5,-0.1;u=35' },
      { kind: 'location', body: 'here', geoUri: 'geo:51.5,-0.1;u=35' },
    ],
    [
      { msgtype: 'm.location', body: 'here', geo_uri: 'javascript:x' },
      { kind: 'other', what: 'm.location' },
    ],
    [
      { msgtype: 'm.key.verification.request', body: 'x' },
      { kind: 'other', what: 'm.key.verification.request' },
    ],
  ])('%j', (content, expected) => {
    expect(said(content)?.content).toEqual(expected);
  });

  it('is also a sticker, or something that cannot be put into words', () => {
    expect(said({ body: 'party', url: 'mxc://x/s' }, 'm.sticker')?.content).toMatchObject({
      media: 'sticker',
      name: 'party',
    });
    for (const type of ['m.poll.start', 'org.matrix.msc3381.poll.start']) {
      expect(said({}, type)?.content).toEqual({ kind: 'other', what: 'm.poll.start' });
    }
  });

  it.each([{}, { msgtype: 'm.text' }, { msgtype: 3, body: 'x' }, { msgtype: 'm.text', body: ['x'] }, null, 'x'])(
    'says nothing: %j',
    (content) => {
      expect(said(content)).toBeUndefined();
    },
  );

  it('takes the place of another, with its new words', () => {
    const content = {
      msgtype: 'm.text',
      body: '* hullo',
      'm.new_content': { msgtype: 'm.text', body: 'hullo' },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$first' },
    };
    expect(said(content)).toMatchObject({ edits: '$first', content: { body: 'hullo' } });
    expect(said({ ...content, 'm.new_content': 'hullo' })).toBeUndefined();
  });
});

describe('an answer', () => {
  const reply = { 'm.in_reply_to': { event_id: '$other' } };

  it('loses what it answers from its words', () => {
    const content = {
      msgtype: 'm.text',
      body: '> <@b:x> how are you?\n> really\n\nfine\n> not a quote',
      ...HTML,
      formatted_body: '<mx-reply><blockquote>how?</blockquote></mx-reply>fine',
      'm.relates_to': reply,
    };
    expect(said(content)).toMatchObject({
      repliesTo: '$other',
      content: { body: 'fine\n> not a quote', html: 'fine' },
    });
  });

  it('keeps a quote that somebody wrote', () => {
    expect(said({ msgtype: 'm.text', body: '> quoted\n\nyes' })?.content).toMatchObject({ body: '> quoted\n\nyes' });
    expect(said({ msgtype: 'm.text', body: '> quoted\n\nyes', 'm.relates_to': reply })?.content).toMatchObject({
      body: '> quoted\n\nyes',
    });
    expect(withoutFallback('> <@b:x> only that')).toBe('> <@b:x> only that');
    expect(withoutHtmlFallback('<mx-reply>never closed')).toBe('<mx-reply>never closed');
  });

  it('in a thread is one only when it says so', () => {
    const thread = { rel_type: 'm.thread', event_id: '$root', ...reply };
    expect(
      said({ msgtype: 'm.text', body: 'x', 'm.relates_to': { ...thread, is_falling_back: true } }),
    ).not.toHaveProperty('repliesTo');
    expect(said({ msgtype: 'm.text', body: 'x', 'm.relates_to': thread })).toMatchObject({ repliesTo: '$other' });
  });
});

describe('reactions and redactions', () => {
  it('are read', () => {
    const relates = { rel_type: 'm.annotation', event_id: '$t', key: '🔁' };
    expect(read('m.reaction', { 'm.relates_to': relates })).toEqual({
      kind: 'reaction',
      reaction: { eventId: '$e', roomId: '!r:x', sender: '@a:x', key: '🔁', target: '$t' },
    });
    const redaction = { kind: 'redaction', redaction: { target: '$t' } };
    expect(read('m.room.redaction', {}, { redacts: '$t' })).toMatchObject(redaction);
    expect(read('m.room.redaction', { redacts: '$t' })).toMatchObject(redaction);
    expect(read('m.room.redaction', { redacts: '$t' }, { redacts: '$of-old-servers' })).toMatchObject(redaction);
  });

  it.each([
    ['m.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$t' } }],
    ['m.reaction', { 'm.relates_to': { rel_type: 'm.thread', event_id: '$t', key: 'x' } }],
    ['m.reaction', {}],
    ['m.room.redaction', { redacts: 'no event' }],
    ['m.room.redaction', { redacts: 7 }],
  ])('are left aside when they mean nothing: %s %j', (type, content) => {
    expect(read(type, content)).toBeUndefined();
  });
});

describe('whatever a stranger sends', () => {
  const types = ['m.room.message', 'm.sticker', 'm.reaction', 'm.room.redaction', 'm.poll.start'];
  const keys = fc.constantFrom(
    'msgtype',
    'body',
    'format',
    'formatted_body',
    'url',
    'info',
    'm.relates_to',
    'm.new_content',
    'm.in_reply_to',
    'event_id',
    'rel_type',
    'key',
    'redacts',
    'geo_uri',
    'filename',
    'size',
    'mimetype',
    'is_falling_back',
  );
  const values = fc.oneof(
    fc.constantFrom('m.text', 'm.image', 'm.location', 'm.replace', 'm.annotation', '$t', 'mxc://a/b', 'm.thread'),
    fc.string({ unit: 'binary' }),
    fc.anything(),
  );
  const content = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: 'small' }, values, fc.dictionary(keys, tie('node'), { maxKeys: 8 })),
  })).node;

  it('is read or left aside, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), content, fc.anything(), (type, content, redacts) => {
        const event = parseEvent({ type, content, redacts, event_id: '$e', room_id: '!r:x', sender: '@a:x' });
        if (event === undefined) return;
        const parsed = parseTextEvent(event, NOW, true);
        expect(isTextEventType(type)).toBe(true);
        if (parsed?.kind !== 'text') return;
        expect(JSON.stringify(parsed).isWellFormed()).toBe(true);
        if (parsed.text.content.kind === 'media') expect(parsed.text.content.url).toMatch(/^mxc:\/\/[^/\s]+\/[^/\s]+$/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('loses no word of its own with a fallback', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (quoted, own) => {
        fc.pre(own.trim() !== '' && !own.startsWith('>') && own === own.trim() && !quoted.join('').includes('\n'));
        const lines = quoted.map((line) => `> ${line}`);
        expect(withoutFallback(['> <@b:x> first', ...lines, '', own].join('\n'))).toBe(own);
      }),
    );
  });
});
