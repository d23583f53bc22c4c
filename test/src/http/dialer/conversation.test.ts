import { describe, expect, it } from 'vitest';
import { linesOf, type ShownEvent } from '../../../../src/http/dialer/app/conversation.ts';

const US = '@alice:example.org';
const GHOST = '@_sip_44:example.org';

function event(changes: Partial<ShownEvent> & { readonly msgtype?: string; readonly body?: unknown } = {}): ShownEvent {
  const { msgtype = 'm.text', body = 'hello', ...rest } = changes;
  return {
    id: '$1',
    sender: GHOST,
    type: 'm.room.message',
    content: { msgtype, body },
    at: 1,
    isRedacted: false,
    sending: null,
    isRead: false,
    ...rest,
  };
}

describe('a conversation with a telephone', () => {
  it.each([
    ['a text of the telephone', {}, { from: 'them', body: 'hello' }],
    ['a sentence of the gateway', { msgtype: 'm.notice' }, { from: 'gateway', body: 'hello' }],
    ['somebody else in the room', { sender: '@bob:example.org' }, { from: 'them', body: '@bob:example.org: hello' }],
    ['ours, on its way', { sender: US, sending: 'sending' as const }, { from: 'us', state: 'sending' }],
    ['ours, not sent', { sender: US, sending: 'not-sent' as const }, { from: 'us', state: 'not-sent' }],
    ['ours, at the homeserver', { sender: US }, { from: 'us', state: 'sent' }],
    ['ours, taken', { sender: US, isRead: true }, { from: 'us', state: 'taken' }],
  ])('shows %s', (_, changes, line) => {
    expect(linesOf([event(changes)], US, GHOST)).toEqual([{ id: '$1', at: 1, body: 'hello', ...line }]);
  });

  it.each([
    ['what was deleted', { isRedacted: true }],
    ['what is no message', { type: 'm.room.member' }],
    ['what has no words', { body: 7 }],
  ])('does not show %s', (_, changes) => {
    expect(linesOf([event(changes)], US, GHOST)).toEqual([]);
  });
});
