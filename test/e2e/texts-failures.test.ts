/** What the network says of a text that it does not take, in words; what is tried again, and what can be sent again. */
import { describe, expect, it } from 'vitest';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { bodiesTo, newNumber, textPeer, textWorld, Writer } from './texting.ts';

const world = useWorld(textWorld());

async function conversation() {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const telephone = newNumber();
  return { peer, writer, telephone, chat: await writer.chatWith(telephone) };
}

describe('for good', () => {
  it.each([
    [404, /not in service/],
    [410, /not in service/],
    [484, /not in service/],
    [604, /not in service/],
    [403, /does not allow/],
    [608, /does not allow/],
    [607, /wants no texts/],
    [413, /shorter/],
    [415, /cannot carry/],
    [488, /cannot carry/],
    [405, /did not take/],
    [501, /did not take/],
    [603, /did not take/],
  ])('%i', async (status, words) => {
    const { peer, telephone, chat } = await conversation();
    peer.answer = () => ({ status });
    const eventId = await chat.write('Hello');
    expect(await chat.status(eventId, 'FAIL_RETRIABLE')).toMatch(words);
    expect(bodiesTo(peer, telephone)).toEqual([]);
    expect(peer.texts).toHaveLength(1);
    const notices = await until('the notice', async () => {
      const own = (await chat.notices()).filter(({ content }) => words.test(String(content.body)));
      return own.length > 0 ? own : undefined;
    });
    expect(notices).toHaveLength(1);
    expect(notices[0]?.content['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: eventId } });
  });
});

describe('for the moment', () => {
  it.each([
    [408, /cannot be reached/],
    [480, /cannot be reached/],
    [486, /cannot be reached/],
    [429, /no more texts for the moment/],
    [500, /has a problem/],
    [503, /has a problem/],
  ])('%i is tried again, in order', async (status, words) => {
    const { peer, telephone, chat } = await conversation();
    let isAway = true;
    peer.answer = () => ({ status: isAway ? status : 200 });
    const first = await chat.write('first');
    const second = await chat.write('second');
    expect(await chat.status(first, 'PENDING')).toMatch(words);
    isAway = false;
    await chat.status(second, 'SUCCESS');
    expect(bodiesTo(peer, telephone)).toEqual(['first', 'second']);
  });

  it('waits as long as the network asks for', async () => {
    const { peer, telephone, chat } = await conversation();
    const times: number[] = [];
    peer.answer = () => {
      times.push(Date.now());
      return times.length === 1 ? { status: 503, headers: { 'Retry-After': '4' } } : { status: 200 };
    };
    await chat.status(await chat.write('patient'), 'SUCCESS');
    expect(bodiesTo(peer, telephone)).toEqual(['patient']);
    const [asked = 0, again = 0] = times;
    expect(again - asked).toBeGreaterThanOrEqual(4_000);
  });
});

describe('sent again', () => {
  it.each(['🔁', '🔁\ufe0f'])('by %s', async (key) => {
    const { peer, telephone, chat } = await conversation();
    let status = 404;
    peer.answer = () => ({ status });
    const eventId = await chat.write('once more');
    await chat.status(eventId, 'FAIL_RETRIABLE');
    status = 200;
    await chat.react(eventId, key);
    await chat.status(eventId, 'SUCCESS');
    expect(bodiesTo(peer, telephone)).toEqual(['once more']);
  });
});

describe('what cannot be sent', () => {
  it('a picture, where nobody could fetch it', async () => {
    const { peer, chat } = await conversation();
    const eventId = await chat.write('cat.jpg', {
      msgtype: 'm.image',
      url: 'mxc://trunkline.test/abc',
      info: { mimetype: 'image/jpeg' },
    });
    await chat.notice(/Pictures and files cannot be sent/);
    expect(peer.texts).toHaveLength(0);
    expect(eventId).not.toBe('');
  });

  it('a text of too many SMS', async () => {
    const { peer, chat } = await conversation();
    await chat.write('я'.repeat(800));
    await chat.notice(/12 SMS long; at most 10/);
    expect(peer.texts).toHaveLength(0);
  });

  it('an edit, unless edits are sent', async () => {
    const { peer, telephone, chat } = await conversation();
    const eventId = await chat.write('old');
    await chat.status(eventId, 'SUCCESS');
    await chat.write('* new', {
      'm.new_content': { msgtype: 'm.text', body: 'new' },
      'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
    });
    await chat.notice(/does not reach the telephone/);
    expect(bodiesTo(peer, telephone)).toEqual(['old']);
  });

  it('says what a long text costs, once', async () => {
    const { peer, telephone, chat } = await conversation();
    await chat.status(await chat.write('a'.repeat(200)), 'SUCCESS');
    await chat.status(await chat.write('b'.repeat(200)), 'SUCCESS');
    expect(bodiesTo(peer, telephone)).toHaveLength(2);
    expect((await chat.notices()).filter(({ content }) => /as 2 SMS/.test(String(content.body)))).toHaveLength(1);
  });
});
