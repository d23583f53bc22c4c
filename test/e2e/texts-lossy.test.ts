/** Texts over a network that loses 30 % of all datagrams and repeats 30 %: each arrives once, at both sides. */
import { describe, expect, it } from 'vitest';
import type { PeerText } from '../world/peers/texter.ts';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { newNumber, textPeer, textWorld, Writer } from './texting.ts';

const BAD = { lossPercent: 30, repeatPercent: 30, holdMs: 700 };
const MANY = 20;
const LONG_MS = 110_000;

const world = useWorld(textWorld({ trunk: { knows_repeats: true, window: 20 } }));

const words = (who: string) => Array.from({ length: MANY }, (_, i) => `${who} ${i} ü😀`);

describe.each([1, 2, 3])('three of ten lost, three of ten repeated, seed %i', (seed) => {
  it('every text arrives once and in order, at both sides', async () => {
    const peer = await textPeer(world.current);
    const writers = [await Writer.join(world.current), await Writer.join(world.current)];
    const chats = await Promise.all(
      writers.map(async (writer) => {
        const telephone = newNumber();
        return { writer, telephone, chat: await writer.chatWith(telephone) };
      }),
    );
    world.current.relay.setNetwork({ ...BAD, seed });

    await Promise.all(
      chats.flatMap(({ writer, telephone, chat }) => [
        (async () => {
          for (const body of words('out')) await chat.write(body);
        })(),
        (async () => {
          // A telephone sends the next text when the network has taken the one before, and this one until it has.
          for (const [i, body] of words('in').entries()) {
            const text = { from: telephone, to: writer.number, body, id: `${telephone.slice(1)}-${i}` };
            while ((await peer.send(text)) !== 200);
          }
        })(),
      ]),
    );
    for (const { telephone, chat } of chats) {
      await until('all texts at the telephone', () => once(peer.texts, telephone).length >= MANY, {
        timeoutMs: LONG_MS,
      });
      await until('all texts in the room', async () => (await chat.bodies()).length >= MANY, { timeoutMs: LONG_MS });
    }
    world.current.relay.setNetwork({});
    for (const { telephone, chat } of chats) {
      expect(once(peer.texts, telephone)).toEqual(words('out'));
      expect(await chat.bodies()).toEqual(words('in'));
    }
    const { messages } = world.current.relay;
    expect(messages.filter(({ lost }) => lost).length).toBeGreaterThan(messages.length / 5);
  });
});

/** What a trunk that knows repeats by their Call-ID hands to a telephone. */
function once(texts: readonly PeerText[], telephone: string): readonly string[] {
  const seen = new Map<string, string>();
  for (const { to, callId, body } of texts) if (to === telephone && !seen.has(callId)) seen.set(callId, body);
  return [...seen.values()];
}
