import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RoomId } from '../../../../src/matrix/index.ts';
import { EventSender, type EventToSend, transactionId } from '../../../../src/matrix/sending/sender.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { FakeHomeserver, refuse, unreachable } from '../support/fake-homeserver.ts';
import { GHOST, hurriedClock, ROOM } from '../support/side.ts';

const logger = pino({ level: 'silent' });

function event(key: string, more: Partial<EventToSend> = {}): EventToSend {
  return { key, lane: 'call', roomId: ROOM, as: GHOST, type: 'm.call.hangup', content: { n: key }, ...more };
}

describe('sending events', () => {
  let store: Store;
  let homeserver: FakeHomeserver;
  let sender: EventSender;
  beforeEach(async () => {
    store = await openStore({ path: ':memory:' });
    homeserver = new FakeHomeserver();
    sender = new EventSender({ homeserver, outbox: store.outbox, clock: hurriedClock, logger });
  });
  afterEach(() => store.close());

  const sent = () => homeserver.requests.map(({ body }) => (body as { n: string }).n);

  it('goes out as the ghost, with a transaction ID that is always the same for its key', async () => {
    await sender.send(event('k'));
    expect(homeserver.requests).toMatchObject([
      {
        method: 'PUT',
        as: GHOST,
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(ROOM)}/send/m.call.hangup/${transactionId('k')}`,
      },
    ]);
    expect(transactionId('k')).not.toBe(transactionId('l'));
    expect(transactionId('any key: #!?/')).toMatch(/^tl-[\w-]{32}$/);
  });

  it('is tried again with the same ID until it arrives, and what comes after it waits', async () => {
    homeserver.on(/send/, unreachable, 2).on(/send/, refuse(502, 'M_UNKNOWN'), 1);
    await Promise.all([sender.send(event('1')), sender.send(event('2')), sender.send(event('3'))]);
    expect(sent()).toEqual(['1', '1', '1', '1', '2', '3']);
    expect(new Set(homeserver.requests.slice(0, 4).map(({ path: at }) => at)).size).toBe(1);
  });

  it('does not hold up other calls', async () => {
    const gate = Promise.withResolvers<unknown>();
    homeserver.on(/!slow/, () => gate.promise);
    const slow = sender.send(event('slow', { lane: 'slow', roomId: '!slow:hs.test' as RoomId }));
    await sender.send(event('quick', { lane: 'quick' }));
    gate.resolve({});
    await slow;
  });

  it('sends the same key once, at the same time and later', async () => {
    await Promise.all([sender.send(event('k')), sender.send(event('k'))]);
    await sender.send(event('k'));
    expect(sent()).toEqual(['k']);
  });

  it('gives two sends of one key the same end', async () => {
    homeserver.on(/send/, refuse(403, 'M_FORBIDDEN'));
    const [first, second] = await Promise.allSettled([sender.send(event('k')), sender.send(event('k'))]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    expect(homeserver.requests).toHaveLength(1);
  });

  it('does not take what is under way for what was left behind', async () => {
    const gate = Promise.withResolvers<unknown>();
    homeserver.on(/send/, () => gate.promise);
    const under = sender.send(event('k'));
    await expect.poll(() => homeserver.requests.length).toBe(1);
    await sender.recover();
    gate.resolve({});
    await under;
    await sender.idle();
    expect(homeserver.requests).toHaveLength(1);
  });

  it('rejects with what the homeserver said when it refuses, and goes on with the next', async () => {
    homeserver.on(/send/, refuse(403, 'M_FORBIDDEN', 'not in the room'), 1);
    const [refused, next] = await Promise.allSettled([sender.send(event('1')), sender.send(event('2'))]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { facts: { errcode: 'M_FORBIDDEN' } } });
    expect(next.status).toBe('fulfilled');
  });

  it('gives an answer up when its time is over', async () => {
    let now = 0;
    const after = (_ms: number, task: () => void) => {
      queueMicrotask(task);
      return () => {};
    };
    const clock = { now: () => now, after };
    const patient = new EventSender({ homeserver, outbox: store.outbox, clock, logger });
    homeserver.on(/send/, () => {
      now += 20_000;
      return unreachable();
    });
    await expect(patient.send(event('k', { type: 'm.call.answer' }))).rejects.toThrow(/no answer from the homeserver/);
    expect(homeserver.requests.length).toBeLessThan(5);
  });

  it('keeps no content of what was sent', async () => {
    await sender.send(event('k'));
    await sender.idle();
    await expect.poll(() => store.outbox.recover()).toEqual([]);
  });

  it('sends after a restart what still means something, once', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'trunkline-outbox-'));
    const file = path.join(folder, 'store.sqlite');
    const before = await openStore({ path: file });
    homeserver.on(/send/, () => new Promise(() => {}));
    const dying = new EventSender({ homeserver, outbox: before.outbox, clock: hurriedClock, logger });
    void dying.send(event('answer', { type: 'm.call.answer' }));
    void dying.send(event('hangup'));
    void dying.send(event('notice', { type: 'm.room.message', lane: 'notices' }));
    await expect.poll(async () => (await before.rowCounts()).outbox).toBe(3);
    await before.close();

    const after = await openStore({ path: file });
    const fresh = new FakeHomeserver();
    const next = new EventSender({ homeserver: fresh, outbox: after.outbox, clock: hurriedClock, logger });
    await next.recover();
    await next.idle();
    expect(fresh.requests.map(({ body }) => (body as { n: string }).n).sort()).toEqual(['hangup', 'notice']);
    await next.send(event('hangup'));
    expect(fresh.requests).toHaveLength(2);
    await after.close();
    await rm(folder, { recursive: true });
  });

  it('leaves what it could not send for the next start when it stops', async () => {
    homeserver.on(/send/, unreachable);
    const clock = { now: () => 0, after: () => () => {} };
    const stopping = new EventSender({ homeserver, outbox: store.outbox, clock, logger });
    const waiting = stopping.send(event('k'));
    await expect.poll(() => homeserver.requests.length).toBe(1);
    stopping.stop();
    await expect(waiting).rejects.toThrow();
    expect(await store.outbox.recover()).toMatchObject([{ key: 'k' }]);
  });
});
