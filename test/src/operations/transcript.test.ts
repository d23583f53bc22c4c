/** Every command in the chat with the gateway, word by word: a change of any answer is seen here. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCommand, OPERATIONS } from '../../../src/operations/index.ts';
import { closedOut } from '../account/records/samples.ts';
import { ALICE, state } from '../matrix/support/side.ts';
import { fakeLive } from './live.ts';
import { CONVERSATION, type Line } from './transcript.ts';
import { BOT, CONTROL_ROOM, NOW, type OperationWorld, operationWorld } from './world.ts';

let world: OperationWorld;
beforeEach(async () => {
  world = await operationWorld(fakeLive());
  const records = world.store.records();
  const february = NOW - 5 * 24 * 3_600_000;
  const call = { user: ALICE, openedAt: february, answeredAt: february + 5_000, endedAt: february + 95_000 };
  await records.close(closedOut('call-1', call), [], NOW);
  await records.close(closedOut('call-2', { ...call, openedAt: NOW - 60_000, number: '+442079460000' }), [], NOW);
  world.homeserver
    .on(/createRoom$/, { room_id: '!chat:hs.test' })
    .on(/chat:hs.test\/state$/, state(ALICE, '@_sip_+447700900123=40sip.example.org:hs.test'))
    .on(/PUT .*chat:hs.test\/send\//, { event_id: '$shown' });
});
afterEach(() => world.close());

async function answerTo({ as, text, room, file }: Line): Promise<string> {
  if (file === undefined) return world.say(text, { as, ...(room === undefined ? {} : { room }) });
  const content = { msgtype: 'm.file', body: 'deck.csv', url: 'mxc://hs.test/deck' };
  world.homeserver
    .on(/GET .*event\/\$deck$/, { type: 'm.room.message', event_id: '$deck', sender: as, content }, 1)
    .on(/GET .*media\/download\/hs.test\/deck$/, file, 1);
  return world.say(text, { as, repliesTo: '$deck' });
}

/** A whole conversation, on machines that have other things to do. */
const LONG_MS = 60_000;

describe('the chat with the gateway', () => {
  it('answers as it is written down', { timeout: LONG_MS }, async () => {
    const lines: string[] = [];
    for (const line of CONVERSATION) {
      const answer = await answerTo(line);
      const where = line.room === CONTROL_ROOM ? ' in the control room' : '';
      const file = line.file === undefined ? '' : ' [in answer to a file]';
      const said = answer === '' ? '(no answer)' : answer;
      lines.push(`${line.as}${where}: ${line.text}${file}`, said.replace(/^/gm, '    '), '');
    }
    await expect(lines.join('\n')).toMatchFileSnapshot(join(import.meta.dirname, 'data/chat.txt'));
    expect(lines.join('\n')).not.toContain(BOT);
  });

  it('is asked for everything that there is', () => {
    const asked = new Set(
      CONVERSATION.map(({ text }) => findCommand(text.replace(/^!/, ''), OPERATIONS)?.operation.name),
    );
    const known = OPERATIONS.filter(({ command }) => command !== undefined).map(({ name }) => name);
    expect(known.filter((name) => !asked.has(name))).toEqual([]);
  });
});
