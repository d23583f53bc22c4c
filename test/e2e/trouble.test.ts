/** When a call cannot even begin, the caller reads why instead of waiting. */
import { describe, expect, it } from 'vitest';
import { freePort } from '../world/ports.ts';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { MatrixClient } from './matrix-client.ts';

describe('someone who may not call', () => {
  const world = useWorld({ config: { permissions: { call_out: ['@boss:trunkline.test'] } } });

  it('reads so, and the ghost leaves', async () => {
    const user = await world.current.newUser();
    const caller = await world.current.newCaller(user);
    await caller.dial('0181 811 8181');
    await caller.state('ended');
    await caller.says(/do not have permission/);
    await until('the ghost to leave', async () => {
      const events = await world.current.eventsOf(user);
      return events.some(
        ({ type, content, sender }) =>
          type === 'm.room.member' && content.membership === 'leave' && sender.startsWith('@_sip_'),
      );
    });
    const sentences = (await world.current.eventsOf(user)).filter(({ type }) => type === 'm.room.message');
    expect(sentences).toHaveLength(1);
  });
});

describe('a trunk that is not there', () => {
  const world = useWorld(async () => ({
    directTo: { host: '127.0.0.1', port: await freePort() },
    trunk: { transport: 'tcp' },
  }));

  it('the caller reads that the provider cannot be reached', async () => {
    const caller = await world.current.newCaller();
    await caller.dial('0181 811 8181');
    await caller.state('ended');
    await caller.says(/provider cannot be reached/);
  });

  it('a room with encryption gets one sentence about texts, and no call is pretended', async () => {
    const client = new MatrixClient(world.current, await world.current.newUser());
    const room = await client.createDirectRoom(await client.lookUp('01818118181'));
    await client.setState(room, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' });
    const notice = await client.receives('m.room.message');
    expect(notice.msgtype).toBe('m.notice');
    expect(notice.body).toMatch(/encrypt/i);
  });
});
