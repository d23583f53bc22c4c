/** What a real Element Web sent is answered so that a real Chromium takes the answer. */
import { describe, expect, it } from 'vitest';
import { ANSWER } from '../world/scenarios.ts';
import { useWorld } from '../world/world.ts';
import { elementCall, MatrixClient } from './matrix-client.ts';

const world = useWorld();

async function placeElementCall(change: (content: Record<string, unknown>) => Record<string, unknown> = (c) => c) {
  const sipp = await world.current.answerWith(ANSWER);
  const client = new MatrixClient(world.current, await world.current.newUser());
  const room = await client.createDirectRoom(await client.lookUp('01818118181'));
  for (const { type, content } of elementCall()) await client.send(room, type, change({ ...content }));
  return { sipp, client, room, answer: await client.receives('m.call.answer') };
}

const call = { call_id: elementCall()[0]?.content.call_id, party_id: elementCall()[0]?.content.party_id, version: '1' };

describe("Element's call", () => {
  it('gets an answer that Chromium takes: audio both ways, in G.711, with keys', async () => {
    const { sipp, client, room, answer } = await placeElementCall();
    expect(answer.call_id).toBe(call.call_id);
    expect(answer.version).toBe('1');
    // A party of its own, or Element takes it for its own echo.
    expect(answer.party_id).toEqual(expect.any(String));
    expect(answer.party_id).not.toBe(call.party_id);
    expect(answer.capabilities).toMatchObject({ 'm.call.dtmf': true });
    // With a key that is not the stream's, Element plays nothing; without any it plays the only stream there is.
    expect(Object.keys(answer).filter((key) => key.includes('sdp_stream_metadata'))).toEqual([]);

    const { sdp } = answer.answer as { sdp: string };
    expect(await applyInChromium(sdp)).toEqual({
      direction: 'sendrecv',
      audioTracks: 1,
      codecs: ['audio/PCMU/8000', 'audio/telephone-event/8000'],
    });

    await client.send(room, 'm.call.select_answer', { ...call, selected_party_id: answer.party_id });
    await client.send(room, 'm.call.hangup', { ...call, reason: 'user_hangup' });
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
  });

  it('in version 0, without party_id, is answered in version 0', async () => {
    const { client, room, sipp, answer } = await placeElementCall(({ party_id: _, ...content }) => ({
      ...content,
      version: 0,
    }));
    expect(answer.version).toBe(0);
    await client.send(room, 'm.call.hangup', { call_id: call.call_id, version: 0 });
    const { passed, errors } = await sipp.finished;
    expect(passed, errors).toBe(true);
  });
});

/** Gives an answer to an offer of this machine's Chromium, made as matrix-js-sdk makes it. */
async function applyInChromium(sdp: string): Promise<unknown> {
  const tab = await world.current.browser.openPage(`${world.current.dialerUrl}`);
  try {
    return await tab.page.evaluate((answer) => trunklineProbe.applyAnswer(answer), sdp);
  } finally {
    await tab.close();
  }
}
