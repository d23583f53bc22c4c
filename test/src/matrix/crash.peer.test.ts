/** The gateway's process is killed again and again while a homeserver pushes calls: none is lost, none rings twice. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RoomId } from '../../../src/matrix/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { freePort } from '../../world/ports.ts';
import { ALICE, GHOST, invite, settings } from './support/side.ts';

const CALLS = 210;
const KILLS = 6;
const ROOMS = Array.from({ length: 7 }, (_, n) => `!room${n}:hs.test` as RoomId);

let folder: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trunkline-crash-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

it('loses no call and doubles none, whenever it is killed', async () => {
  const storeFile = path.join(folder, 'store.sqlite');
  const effects = path.join(folder, 'effects');
  const port = await freePort();
  const store = await openStore({ path: storeFile });
  for (const roomId of ROOMS) {
    await store.portals.save({ roomId, ghost: GHOST, userId: ALICE, userJoined: true, encrypted: false, others: 1 }, 1);
  }
  await store.close();

  const start = async () => {
    const script = new URL('support/intake-process.ts', import.meta.url);
    const process = fork(script, [storeFile, String(port), effects, JSON.stringify(settings)], { stdio: 'inherit' });
    await once(process, 'message');
    return process;
  };
  child = await start();
  const killAt = new Set(Array.from({ length: KILLS }, (_, n) => Math.floor(((n + 1) * CALLS) / (KILLS + 1))));
  for (let n = 0; n < CALLS; n++) {
    const roomId = ROOMS[n % ROOMS.length];
    const body = JSON.stringify({ events: [invite(`call-${n}`, {}, { room_id: roomId })] });
    const pushed = push(port, n, body);
    // Looked at below; it may fail while something else is waited for.
    pushed.catch(() => {});
    if (killAt.has(n)) {
      // Some die before they have read the request, some in the middle, some after the answer.
      const dying = child;
      if (n % 3 > 0) await new Promise((resolve) => setImmediate(resolve));
      if (n % 3 > 1) await pushed.catch(() => {});
      dying.kill('SIGKILL');
      await once(dying, 'exit');
      await pushed.catch(() => {});
      child = await start();
      // What a homeserver does that saw no answer: the same again.
      await push(port, n, body);
    } else {
      await pushed;
    }
  }

  const lines = async () => (await readFile(effects, 'utf8')).trim().split('\n');
  const wanted = Array.from({ length: CALLS }, (_, n) => `call-${n}`);
  const known = async () => new Set((await lines()).map((line) => line.split(' ')[1]));
  await expect.poll(async () => (await known()).size, { timeout: 10_000 }).toBe(CALLS);
  const rung = (await lines()).filter((line) => line.startsWith('rung')).map((line) => line.slice(5));
  expect(rung.length).toBe(new Set(rung).size);
  // A call that died between the journal and the ringing is told so at the next start: it is not lost silently.
  const interrupted = new Set(
    (await lines()).filter((line) => line.startsWith('interrupted')).map((line) => line.slice(12)),
  );
  expect(wanted.filter((callId) => !rung.includes(callId) && !interrupted.has(callId))).toEqual([]);
});

async function push(port: number, txnId: number, body: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/_matrix/app/v1/transactions/${txnId}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${settings.hsToken}`, 'content-type': 'application/json' },
    body,
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
}
