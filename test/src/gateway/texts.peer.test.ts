/** Texts through the running gateway: from a room to the telephone network and back, over restarts and failures. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import { House } from './house.ts';
import { telephoneWrites } from './text-chat.ts';

const ALICE = '@alice:hs.test';
const BOB = '@bob:hs.test';
const DAVE = '@dave:hs.test';
const CAROL = '@carol:hs.test';
const ALICES = '+441818118180';
const DAVES = '+441818118181';
const POOLED = '+441818118190';

let house: House;

beforeAll(async () => {
  house = await House.open({
    trunk: { texts: { enabled: true }, inbound: { allow_from: ['127.0.0.1'] } },
    config: {
      permissions: { call_out: ['@*:hs.test'], text_out: [ALICE, BOB, DAVE] },
      lines: [
        { number: ALICES, users: [ALICE] },
        { number: DAVES, users: [DAVE] },
      ],
      texts: { first_retry_s: 1, pools: [{ name: 'lent', numbers: [POOLED], users: [BOB] }] },
    },
  });
});

afterAll(async () => {
  await house?.close();
});

async function telephone(from: string, to: string, body: string, callId?: string): Promise<number> {
  const { status } = await telephoneWrites(house.network, {
    from,
    to,
    body,
    ...(callId === undefined ? {} : { callId }),
  });
  return status;
}

describe('a text of a user', () => {
  it('reaches the telephone from the number of the user, and is shown as read when the trunk has it', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2001'));
    const eventId = chat.write('Grüße, 😀');
    const message = await chat.arrives('Grüße, 😀');
    expect(message.uri).toContain('sip:+441818122001@');
    expect(header(message, 'from')).toContain(`sip:${ALICES}@`);
    chat.answer(message, 200);
    await chat.isRead(eventId);
  });

  it('that the network refuses is told in words, and sent again by a reaction', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2002'));
    const eventId = chat.write('Anybody there?');
    chat.answer(await chat.arrives('Anybody there?'), 404);
    expect(await chat.words()).toMatch(/not in service.*🔁/);
    chat.react(eventId, '🔁');
    chat.answer(await chat.arrives('Anybody there?'), 200);
    await chat.isRead(eventId);
  });

  it('that the trunk cannot take now goes later, in order', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2003'));
    chat.write('First');
    chat.answer(await chat.arrives('First'), 503);
    const second = chat.write('Second');
    chat.answer(await chat.arrives('First'), 200);
    chat.answer(await chat.arrives('Second'), 200);
    await chat.isRead(second);
  });

  it('of somebody who may not write does not leave', async () => {
    const chat = await house.chat(await house.room(CAROL, '0181 812 2004'));
    chat.write('Hello');
    expect(await chat.words()).toMatch(/do not have permission to send texts/);
  });

  it.each([
    ['999', /In an emergency, call/],
    ['0909 879 0000', /not allowed here/],
  ])('to %s does not leave', async (number, words) => {
    const chat = await house.chat(await house.room(ALICE, number));
    chat.write('Hello');
    expect(await chat.words()).toMatch(words);
  });
});

describe('a text of a telephone', () => {
  it('is shown to whose number it is for; the answer in that room reaches the telephone', async () => {
    const reached = house.textTo(ALICE);
    expect(await telephone('+441818123001', ALICES, 'Are you in?')).toBe(200);
    const chat = await reached;
    expect(await chat.text()).toBe('Are you in?');
    chat.write('Yes');
    const message = await chat.arrives('Yes');
    expect(message.uri).toContain('sip:+441818123001@');
    expect(header(message, 'from')).toContain(`sip:${ALICES}@`);
    chat.answer(message, 200);
  });

  it('that comes twice is shown once', async () => {
    const chat = await house.chat(await house.room(ALICE, '+441818123002'));
    expect(await telephone('+441818123002', ALICES, 'Once', 'the-same')).toBe(200);
    expect(await telephone('+441818123002', ALICES, 'Once', 'the-same')).toBe(200);
    expect(await telephone('+441818123002', ALICES, 'After it')).toBe(200);
    expect(await chat.text()).toBe('Once');
    expect(await chat.text()).toBe('After it');
  });

  it('for a number of nobody is answered 404', async () => {
    expect(await telephone('+441818123003', '+441818118199', 'Hello?')).toBe(404);
  });
});

it('a lent number: the answer reaches the user to whom it was lent', async () => {
  const chat = await house.chat(await house.room(BOB, '+441818123004'));
  chat.write('It is Bob');
  const message = await chat.arrives('It is Bob');
  expect(header(message, 'from')).toContain(`sip:${POOLED}@`);
  chat.answer(message, 200);
  expect(await telephone('+441818123004', POOLED, 'Hello Bob')).toBe(200);
  expect(await chat.text()).toBe('Hello Bob');
  expect(await telephone('+441818123005', POOLED, 'Who is this?')).toBe(404);
});

it('STOP is honoured, shown and answered; START lifts it', async () => {
  const chat = await house.chat(await house.room(ALICE, '+441818123006'));
  const acknowledge = async (): Promise<void> => {
    const answer = await house.network.request('MESSAGE');
    expect(answer.uri).toContain('+441818123006');
    house.network.answer(answer, 200);
  };
  expect(await telephone('+441818123006', ALICES, 'STOP')).toBe(200);
  await acknowledge();
  expect(await chat.text()).toBe('STOP');
  await chat.words();
  chat.write('Just one more');
  expect(await chat.words()).toMatch(/asked for no more texts/);
  expect(await telephone('+441818123006', ALICES, 'START')).toBe(200);
  await acknowledge();
  chat.write('Welcome back');
  chat.answer(await chat.arrives('Welcome back'), 200);
});

it('a text to a number of our own stays inside', async () => {
  const reached = house.textTo(DAVE);
  const chat = await house.chat(await house.room(ALICE, DAVES));
  const eventId = chat.write('Inside');
  await chat.isRead(eventId);
  const daves = await reached;
  expect(await daves.text()).toBe('Inside');
  daves.write('Inside, too');
  expect(await chat.text()).toBe('Inside, too');
});

describe('a gateway that is killed', () => {
  it('sends what waited, under the same Call-ID', async () => {
    const chat = await house.chat(await house.room(ALICE, '0181 812 2005'));
    const eventId = chat.write('Through the storm');
    const first = await chat.arrives('Through the storm');
    await house.gateway.kill();
    house.network.forget();
    await house.start();
    const again = await chat.arrives('Through the storm');
    expect(header(again, 'call-id')).toBe(header(first, 'call-id'));
    chat.answer(again, 200);
    await chat.isRead(eventId);
  });

  it('shows what it had taken', async () => {
    const chat = await house.chat(await house.room(ALICE, '+441818123007'));
    house.homeserver.isAway = true;
    expect(await telephone('+441818123007', ALICES, 'Keep this')).toBe(200);
    await house.gateway.kill();
    house.homeserver.isAway = false;
    await house.start();
    expect(await chat.text()).toBe('Keep this');
  });
});

it('a gateway that is stopped waits for the answer to what it has sent', async () => {
  const chat = await house.chat(await house.room(ALICE, '0181 812 2007'));
  const eventId = chat.write('Last words');
  const message = await chat.arrives('Last words');
  const stopped = house.gateway.halt();
  chat.answer(message, 200);
  await stopped;
  house.network.forget();
  await house.start();
  const next = chat.write('First words');
  chat.answer(await chat.arrives('First words'), 200);
  await chat.isRead(next);
  await chat.isRead(eventId);
  expect(house.network.seen.filter((one) => one.body.toString() === 'Last words')).toEqual([]);
});

it('health and figures tell of texts', async () => {
  const sent = 'trunkline_text_parts_sent_total\\{trunk="test"\\}';
  const before = (await house.metric(sent)) || 0;
  const chat = await house.chat(await house.room(ALICE, '0181 812 2006'));
  const eventId = chat.write('One more');
  chat.answer(await chat.arrives('One more'), 200);
  await chat.isRead(eventId);
  expect(await house.metric(sent)).toBe(before + 1);
  const health = await (await fetch(`${house.gateway.url}/health`)).json();
  expect(JSON.stringify(health)).toMatch(/Out: 0 waiting/);
  expect(await house.metric('trunkline_texts_waiting')).toBe(0);
});

it('no words of a text and no whole number are in the log', () => {
  const { log } = house.gateway;
  expect(log).toContain('Text taken');
  expect(log).not.toMatch(/Grüße|Through the storm|Keep this|Are you in/);
  expect(log).not.toMatch(/4418181(?:18180|23001|22001)/);
});
