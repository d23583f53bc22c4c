/** What is shown in rooms of texts. */
import { afterEach, describe, expect, it } from 'vitest';
import { HomeserverError } from '../../../../src/matrix/client/errors.ts';
import type { HomeserverRequest } from '../../../../src/matrix/client/homeserver.ts';
import type { EventId, MatrixUserId, SendStatus } from '../../../../src/matrix/index.ts';
import { refuse, unreachable } from '../support/fake-homeserver.ts';
import { ALICE, event, GHOST, ROOM } from '../support/side.ts';
import { type TextWorld, textWorld } from './world.ts';

let world: TextWorld;
afterEach(() => world.close());

const text = (body: string) => event('m.room.message', { msgtype: 'm.text', body });
const SECOND = '@_sip_0207946000=40sip.example.org:hs.test' as MatrixUserId;
const post = (key: string, more: Record<string, unknown> = {}) =>
  world.side.texts.post({ key, roomId: ROOM, ghost: GHOST, body: 'hello', ...more });
const status = (eventId: string, of: SendStatus, ghost: MatrixUserId = GHOST) =>
  world.side.texts.status({
    key: `${eventId}|${ghost}|${of.state}`,
    roomId: ROOM,
    ghost,
    eventId: eventId as EventId,
    status: of,
  });
const sent = (type: string) => world.homeserver.requests.filter(({ path }) => path.includes(`/send/${type}/`));

describe('a text of a telephone', () => {
  it('is posted as its ghost, at its time, mentioning nobody', async () => {
    world = await textWorld();
    world.homeserver.on(/PUT .*\/send\//, { event_id: '$posted' });
    expect(await post('k', { sentAt: 1_600_000_000_123.5, body: 'hi @room\u0000' })).toBe('$posted');
    const [request] = sent('m.room.message');
    expect(request).toMatchObject({
      as: GHOST,
      query: { ts: 1_600_000_000_123 },
      body: { msgtype: 'm.text', body: 'hi @room', 'm.mentions': {} },
    });
  });

  it('has one transaction for each key, in every process', async () => {
    world = await textWorld();
    world.homeserver.on(/PUT .*\/send\//, { event_id: '$posted' });
    await Promise.all([post('a'), post('a'), post('b')]);
    await post('a');
    const paths = sent('m.room.message').map(({ path }) => path);
    expect(paths).toHaveLength(3);
    expect(new Set(paths).size).toBe(2);
  });

  it('waits for a homeserver that is away, and those of a room stay in order', async () => {
    world = await textWorld();
    world.homeserver.on(/PUT .*\/send\//, { event_id: '$posted' }).on(/PUT .*\/send\//, unreachable, 50);
    const order: string[] = [];
    await Promise.all(['a', 'b', 'c'].map((key) => post(key, { body: key }).then(() => order.push(key))));
    expect(order).toEqual(['a', 'b', 'c']);
    const bodies = sent('m.room.message').map(({ body }) => (body as { body: string }).body);
    expect(bodies.slice(-3)).toEqual(['a', 'b', 'c']);
  });

  it('is looked for when its answer was lost: a homeserver that was restarted does not know the transaction', async () => {
    world = await textWorld();
    const posted: unknown[] = [];
    world.homeserver
      .on(/PUT .*\/send\//, { event_id: '$second' })
      .on(
        /PUT .*\/send\//,
        ({ as, body }: HomeserverRequest) => {
          posted.push({ event_id: '$first', sender: as, content: body });
          throw new HomeserverError({ kind: 'unreachable', action: 'send', detail: 'ECONNRESET' });
        },
        1,
      )
      .on(/GET .*\/messages$/, () => ({ chunk: [text('other'), ...posted] }));
    expect(await post('a')).toBe('$first');
    expect(await post('b')).toBe('$second');
    expect(sent('m.room.message')).toHaveLength(2);
  });

  it('rejects when the homeserver refuses', async () => {
    world = await textWorld();
    world.homeserver.on(/PUT .*\/send\//, refuse(403, 'M_FORBIDDEN'));
    world.homeserver.on(/joined_rooms$/, { joined_rooms: [ROOM] });
    await expect(post('a')).rejects.toMatchObject({ name: 'HomeserverError', retryable: false });
    expect(await world.store.portals.inRoom(ROOM)).toHaveLength(1);
    // It is in the room no more: the next text goes elsewhere.
    world.homeserver.on(/joined_rooms$/, { joined_rooms: [] });
    await expect(post('a')).rejects.toMatchObject({ retryable: false });
    expect(await world.store.portals.inRoom(ROOM)).toEqual([]);
  });
});

describe('words', () => {
  it('are said once for each key, as an answer', async () => {
    world = await textWorld();
    const notice = { key: 'k', roomId: ROOM, as: GHOST, text: 'Long texts cost more.', inReplyTo: '$e' as EventId };
    await Promise.all([world.side.texts.notice(notice), world.side.texts.notice(notice)]);
    await world.side.texts.notice(notice);
    expect(sent('m.room.message').map(({ body }) => body)).toEqual([
      {
        msgtype: 'm.notice',
        body: 'Long texts cost more.',
        'm.mentions': {},
        'm.relates_to': { 'm.in_reply_to': { event_id: '$e' } },
      },
    ]);
  });

  it('of a text that failed answer it', async () => {
    world = await textWorld();
    await status('$e', { state: 'failed', words: 'No.', canBeSentAgain: true });
    expect(sent('m.room.message')[0]?.body).toMatchObject({
      body: 'No.',
      'm.relates_to': { 'm.in_reply_to': { event_id: '$e' } },
    });
    expect(world.homeserver.lines(/receipt/)).toEqual([]);
  });
});

describe('what became of a text', () => {
  it('is a read receipt of the ghost that never goes back', async () => {
    world = await textWorld();
    const [first, second] = [1, 2].map((n) => event('m.room.message', { msgtype: 'm.text', body: `${n}` }));
    await world.push('1', first, second);
    await world.side.idle();
    await status(String(second?.event_id), { state: 'sent' });
    await status(String(first?.event_id), { state: 'sent' });
    await status('$older', { state: 'sent' });
    await world.side.idle();
    expect(world.homeserver.lines(/receipt/)).toEqual([
      `POST /_matrix/client/v3/rooms/${ROOM}/receipt/m.read/${String(second?.event_id)}`,
    ]);
    expect(sent('com.beeper.message_send_status')).toEqual([]);
  });

  it('is one receipt, the newest, when the homeserver was away', async () => {
    world = await textWorld();
    const events = [1, 2, 3].map((n) => text(`${n}`));
    await world.push('1', ...events);
    await world.side.idle();
    world.homeserver.on(/receipt/, unreachable, 1);
    for (const { event_id } of events) await status(String(event_id), { state: 'sent' });
    await world.side.idle();
    const sentFor = world.homeserver.lines(/receipt/).map((line) => line.split('/').at(-1));
    expect(sentFor).toEqual([events[0]?.event_id, events[2]?.event_id]);
  });

  it('is an event for clients that know it, with who has the text', async () => {
    world = await textWorld([GHOST, SECOND], { settings: { textStatus: 'events' } });
    await status('$e', { state: 'sent' });
    await status('$e', { state: 'delivered' });
    await status('$e', { state: 'delivered' }, SECOND);
    await status('$f', { state: 'waiting', words: 'Later.' });
    await status('$f', { state: 'failed', words: 'No.', canBeSentAgain: true });
    await status('$g', { state: 'failed', words: 'Never.', canBeSentAgain: false });
    const network = 'sip://sip.example.org/01818118181';
    const about = (id: string) => ({ network, 'm.relates_to': { rel_type: 'm.reference', event_id: id } });
    const reason = 'm.foreign_network_error';
    const bodies = sent('com.beeper.message_send_status').map(({ body }) => body);
    expect(bodies).toEqual([
      { ...about('$e'), status: 'SUCCESS', delivered_to_users: [] },
      { ...about('$e'), status: 'SUCCESS', delivered_to_users: [GHOST] },
      {
        ...about('$e'),
        network: 'sip://sip.example.org/0207946000',
        status: 'SUCCESS',
        delivered_to_users: [GHOST, SECOND],
      },
      { ...about('$f'), status: 'PENDING', message: 'Later.' },
      { ...about('$f'), status: 'FAIL_RETRIABLE', reason, message: 'No.' },
      { ...about('$g'), status: 'FAIL_PERMANENT', reason, message: 'Never.' },
    ]);
    expect(world.homeserver.lines(/receipt/)).toEqual([]);
  });
});

describe('names and quotes', () => {
  it('are asked for once, and learned from events', async () => {
    world = await textWorld();
    world.homeserver.on(/GET .*m.room.member\/@alice/, { membership: 'join', displayname: 'Alice \u202eX' });
    expect(await world.side.texts.nameOf(ROOM, ALICE)).toBe('Alice X');
    await world.push('1', event('m.room.member', { membership: 'join', displayname: 'Al' }, { state_key: ALICE }));
    await world.side.idle();
    expect(await world.side.texts.nameOf(ROOM, ALICE)).toBe('Al');
    expect(world.homeserver.lines(/m.room.member\/@alice/)).toHaveLength(1);
    world.homeserver.on(/GET .*m.room.member\/@bob/, refuse(404, 'M_NOT_FOUND'));
    expect(await world.side.texts.nameOf(ROOM, '@bob:hs.test' as MatrixUserId)).toBe('bob');
  });

  it('show the words of an earlier text without what it answered', async () => {
    world = await textWorld();
    const earlier = event('m.room.message', {
      msgtype: 'm.text',
      body: '> <@x:y> what?\n\nthis',
      'm.relates_to': { 'm.in_reply_to': { event_id: '$w' } },
    });
    world.homeserver.on(/GET .*event\/\$known$/, earlier).on(/GET .*event\/\$gone$/, refuse(404, 'M_NOT_FOUND'));
    expect(await world.side.texts.quoted(ROOM, '$known' as EventId)).toEqual({ sender: ALICE, body: 'this' });
    expect(await world.side.texts.quoted(ROOM, '$gone' as EventId)).toBeUndefined();
  });
});
