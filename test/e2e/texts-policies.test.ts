/** What an administrator chooses about texts. */
import { describe, expect, it } from 'vitest';
import { useWorld } from '../world/world.ts';
import { bodiesTo, newNumber, textPeer, textWorld, Writer } from './texting.ts';

/** RFC 3261 §17.1.2.2: it takes 32 s until nobody answers. */
const LONG_MS = 60_000;

function conversationIn(world: ReturnType<typeof useWorld>) {
  return async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const chat = await writer.chatWith(telephone);
    const says = (body: string) => peer.send({ from: telephone, to: writer.number, body });
    /** Transactions and Call-IDs of the texts that left, answered or not. */
    const sent = () => {
      const messages = world.current.relay.messages.filter(
        ({ to, text }) => to === 'peer' && text.startsWith('MESSAGE'),
      );
      const branches = messages.map(({ text }) => /branch=([^;\s]+)/.exec(text)?.[1]);
      return { transactions: new Set(branches).size, callIds: new Set(messages.map(({ callId }) => callId)).size };
    };
    return { peer, writer, telephone, chat, says, sent };
  };
}

describe('a trunk that does not know repeats and does not answer', () => {
  describe('at most once', () => {
    const world = useWorld(textWorld({ texts: { repeat: 'at-most-once' } }));
    const conversation = conversationIn(world);

    it('gets a text once, and its writer reads that it is not known what became of it', async () => {
      const { peer, chat, sent } = await conversation();
      peer.answer = () => undefined;
      const eventId = await chat.write('once');
      expect(await chat.status(eventId, 'FAIL_RETRIABLE', LONG_MS)).toMatch(/not known whether this text arrived/);
      expect(sent()).toEqual({ transactions: 1, callIds: 1 });
    });
  });

  describe('at least once', () => {
    const world = useWorld(
      textWorld({ texts: { repeat: 'at-least-once', edits: 'send', notices: 'send', reactions: 'send' } }),
    );
    const conversation = conversationIn(world);

    it('gets it again under the same Call-ID, until it answers', async () => {
      const { peer, telephone, chat, sent } = await conversation();
      peer.answer = () => undefined;
      const eventId = await chat.write('until you answer');
      await chat.status(eventId, 'PENDING', LONG_MS);
      peer.answer = () => ({ status: 200 });
      await chat.status(eventId, 'SUCCESS');
      expect(bodiesTo(peer, telephone)).toEqual(['until you answer']);
      const { transactions, callIds } = sent();
      expect(transactions).toBeGreaterThan(1);
      expect(callIds).toBe(1);
    });

    it('edits, notices and reactions go where that is chosen', async () => {
      const { peer, telephone, chat } = await conversation();
      const eventId = await chat.write('old');
      await peer.receives(({ to, body }) => to === telephone && body === 'old');
      await chat.write('* new', {
        'm.new_content': { msgtype: 'm.text', body: 'new' },
        'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
      });
      await peer.receives(({ to, body }) => to === telephone && body === '* new');
      await chat.write('from a bot', { msgtype: 'm.notice' });
      await peer.receives(({ to, body }) => to === telephone && body === 'from a bot');
      await chat.react(eventId, '👍');
      await peer.receives(({ to, body }) => to === telephone && body.includes('👍'));
    });
  });
});

describe('a trunk that cuts texts and repeats them without saying so', () => {
  const world = useWorld(textWorld({ trunk: { join_parts_s: 2, dup_window_s: 10 } }));
  const conversation = conversationIn(world);
  const full = (letter: string) => letter.repeat(153);

  it('has its parts joined, though the last came first', async () => {
    const { chat, says } = await conversation();
    for (const part of ['the end', full('a'), full('b')]) expect(await says(part)).toBe(200);
    const whole = `${full('a')}${full('b')}the end`;
    await chat.receives(whole);
    expect(await chat.bodies()).toEqual([whole]);
  });

  it('has texts of their own that are short', async () => {
    const { chat, says } = await conversation();
    for (const text of ['one', 'two']) expect(await says(text)).toBe(200);
    await chat.receives('two');
    expect(await chat.bodies()).toEqual(['one', 'two']);
  });

  it('has a text that comes twice shown once', async () => {
    const { chat, says } = await conversation();
    for (const text of ['same', 'same', 'other']) expect(await says(text)).toBe(200);
    await chat.receives('other');
    expect(await chat.bodies()).toEqual(['same', 'other']);
  });
});
