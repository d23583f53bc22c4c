/** Operations in the chat with the gateway: who may, where, and that a repeat does nothing twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventId, RoomId } from '../../../src/matrix/index.ts';
import { micros } from '../../../src/money.ts';
import { closedOut } from '../account/records/samples.ts';
import { refuse } from '../matrix/support/fake-homeserver.ts';
import { ALICE, MALLORY } from '../matrix/support/side.ts';
import { DECK } from './transcript.ts';
import { ADMIN, CONTROL_ROOM, NOW, type OperationWorld, operationWorld } from './world.ts';

let world: OperationWorld;
beforeEach(async () => {
  world = await operationWorld();
});
afterEach(() => world.close());

describe('credit', () => {
  it('is shown to whoever asks', async () => {
    expect(await world.say('credit')).toBe('Credit: 0.00 EUR.');
    expect(await world.say('Credit')).toBe('Credit: 0.00 EUR.');
  });

  it('of others is shown to administrators alone', async () => {
    expect(await world.say('credit @alice:hs.test', { as: MALLORY })).toBe('Only administrators may do this.');
    expect(await world.say('credit @alice:hs.test', { as: ADMIN })).toBe('Credit: 0.00 EUR.');
  });

  it('is asked for in a control room with a mark in front', async () => {
    expect(await world.say('credit', { room: CONTROL_ROOM })).toBe('');
    expect(await world.say('!credit', { room: CONTROL_ROOM })).toBe('Credit: 0.00 EUR.');
    expect(await world.say('!nothing of ours', { room: CONTROL_ROOM })).toBe('');
  });
});

describe('what changed credit', () => {
  it('is one line for a call, and none for what was held and given back', async () => {
    const own = 'user:@alice:hs.test';
    const held = 'held:@alice:hs.test';
    const amount = (value: number) => micros(value);
    await world.say('topup @alice:hs.test 10', { as: ADMIN });
    await world.store.records().close(closedOut('c-1', { user: ALICE, number: '+442079460000' }), [], NOW);
    const call = { about: 'c-1' };
    await world.ledger.post(
      [
        { key: 'c-1 reserve 1', from: own, to: held, amount: amount(30_000), reason: 'call-reserve', ...call },
        { key: 'c-1 reserve 2', from: own, to: held, amount: amount(30_000), reason: 'call-reserve', ...call },
        { key: 'c-1 charge', from: held, to: 'house:revenue', amount: amount(44_000), reason: 'call-charge', ...call },
        { key: 'c-1 release', from: held, to: own, amount: amount(16_000), reason: 'call-release', ...call },
        { key: 't-1 hold', from: own, to: held, amount: amount(50_000), reason: 'text-hold', about: 't-1' },
        { key: 't-1 release', from: held, to: own, amount: amount(50_000), reason: 'text-release', about: 't-1' },
      ],
      NOW,
    );
    expect(await world.say('credit')).toBe(
      [
        'Credit: 9.956 EUR.',
        '2026-03-02 10:00 UTC  -0.044 EUR  call to 020 7946 0000',
        '2026-03-02 10:00 UTC  +10.00 EUR  top-up',
      ].join('\n'),
    );
    expect((await world.say('credit movements')).split('\n')).toHaveLength(6);
  });
});

describe('help', () => {
  it('lists operations, and shows examples of one', async () => {
    expect(await world.say('help')).toContain('credit – shows your credit');
    expect(await world.say('help credit')).toContain('for example: credit');
    expect(await world.say('!help', { room: CONTROL_ROOM })).toContain('credit – shows your credit');
  });
});

describe('a command that comes again', () => {
  it('adds money once', async () => {
    const topup = 'topup @alice:hs.test 10';
    expect(await world.say(topup, { as: ADMIN, eventId: '$topup' })).toBe(
      '@alice:hs.test: +10.00 EUR. Credit: 10.00 EUR.',
    );
    // As after a crash between the ledger and the answer.
    const again = { sender: ADMIN, roomId: '!admins:hs.test' as RoomId, place: 'phone-room', text: topup } as const;
    expect(await world.chat.run({ ...again, eventId: '$topup' as EventId })).toBe(
      'That was done already. @alice:hs.test: Credit: 10.00 EUR.',
    );
    expect(await world.say(topup, { as: ADMIN, eventId: '$other' })).toContain('Credit: 20.00 EUR.');
  });

  it('is refused when it says something else by then', async () => {
    await world.say('topup @alice:hs.test 10', { as: ADMIN, eventId: '$topup' });
    const other = { sender: ADMIN, roomId: '!admins:hs.test' as RoomId, place: 'phone-room' } as const;
    expect(await world.chat.run({ ...other, text: 'topup @alice:hs.test 99', eventId: '$topup' as EventId })).toMatch(
      /^This was not done/,
    );
    expect(await world.say('credit')).toContain('Credit: 10.00 EUR.');
  });
});

describe('trouble of the gateway', () => {
  it('is said without its details, and logged', async () => {
    await world.store.close();
    const asked = { sender: ALICE, roomId: '!phone:hs.test' as RoomId, place: 'phone-room', text: 'credit' } as const;
    await expect(world.chat.run({ ...asked, eventId: '$late' as EventId })).rejects.toThrow();
  });
});

describe('files', () => {
  const read = (over: Record<string, unknown>) => {
    world.homeserver.on(/event\/\$file$/, {
      type: 'm.room.message',
      sender: ADMIN,
      content: { msgtype: 'm.file', body: 'deck.csv', url: 'mxc://hs.test/deck', ...over },
    });
    return world.say('rates import carrier', { as: ADMIN, repliesTo: '$file' });
  };

  it('are had from a homeserver that knows the older address alone', async () => {
    world.homeserver
      .on(/client\/v1\/media\/download/, refuse(404, 'M_UNRECOGNIZED'))
      .on(/media\/v3\/download\/hs.test\/deck/, DECK);
    expect(await read({})).toBe('The deck carrier was read: 3 new.');
  });

  it.each([
    ['encrypted', { url: undefined, file: { url: 'mxc://hs.test/deck' } }],
    ['pictures', { msgtype: 'm.image' }],
    ['too large', { info: { size: 1e9 } }],
    ['somewhere else', { url: 'https://example.org/deck.csv' }],
  ])('are asked for when they are %s', async (_what, over) => {
    expect(await read(over)).toBe('Upload the file here first, then write this as an answer to it.');
    expect(world.homeserver.lines(/media/)).toEqual([]);
  });
});
