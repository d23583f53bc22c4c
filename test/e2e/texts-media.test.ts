/** Pictures and files for telephones: a link that leads to the file, through a real homeserver's media repository. */
import { describe, expect, it } from 'vitest';
import { useWorld } from '../world/world.ts';
import { newNumber, textPeer, textWorld, Writer } from './texting.ts';

const BASE = 'https://sip.example.org';
const world = useWorld(textWorld({ texts: { media_links: { url: BASE, max_megabytes: 1 } } }));

async function upload(writer: Writer, octets: Buffer, type: string): Promise<string> {
  const response = await fetch(`${world.current.synapse.url}/_matrix/media/v3/upload?filename=cat.png`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writer.user.session.accessToken}`, 'content-type': type },
    body: new Uint8Array(octets),
  });
  return ((await response.json()) as { content_uri: string }).content_uri;
}

describe('a picture that a user sends', () => {
  it('reaches the telephone as a link by which it is downloaded', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const chat = await writer.chatWith(telephone);
    const octets = Buffer.from('89504e470d0a1a0a', 'hex');
    const url = await upload(writer, octets, 'image/png');
    await chat.write('cat.png', { msgtype: 'm.image', url, info: { mimetype: 'image/png', size: octets.length } });
    const { body } = await peer.receives(({ to }) => to === telephone);
    const [link = ''] = /https:\S+/.exec(String(body)) ?? [];
    expect(link.startsWith(`${BASE}/m/`)).toBe(true);

    const response = await fetch(link.replace(BASE, world.current.gateway.url));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="cat\.png"/);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(octets);
    const other = await fetch(`${world.current.gateway.url}/m/${'A'.repeat(43)}`);
    expect(other.status).toBe(404);
  });

  it('is refused in words when it is too large', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const chat = await writer.chatWith(telephone);
    const url = await upload(writer, Buffer.from('x'), 'video/mp4');
    const eventId = await chat.write('film.mp4', { msgtype: 'm.video', url, info: { size: 5_000_000 } });
    expect(await chat.status(eventId, 'FAIL_PERMANENT')).toContain('files of more than 1 MB do not go to telephones');
    expect(peer.texts).toEqual([]);
  });
});
