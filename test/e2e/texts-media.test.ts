/** Pictures and files of users, which telephones get as links. */
import { expect, it } from 'vitest';
import { type User, useWorld } from '../world/world.ts';
import { newNumber, textPeer, textWorld, Writer } from './texting.ts';

/** Where telephones are told to look; here they ask the gateway itself. */
const PUBLIC = 'https://sms.example.org';
const PICTURE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

const world = useWorld(textWorld({ texts: { media_links: { url: PUBLIC, max_megabytes: 1 } } }));

async function upload({ session }: User, bytes: Buffer<ArrayBuffer>, type: string): Promise<string> {
  const reply = await fetch(`${world.current.synapse.url}/_matrix/media/v3/upload?filename=cat.png`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${session.accessToken}`, 'Content-Type': type },
    body: bytes,
  });
  return ((await reply.json()) as { content_uri: string }).content_uri;
}

/** A user sends media; settles with the link that the telephone gets. */
async function linkOf(bytes: Buffer<ArrayBuffer>, type: string, more: Record<string, unknown> = {}) {
  const peer = await textPeer(world.current);
  const writer = await Writer.join(world.current);
  const telephone = newNumber();
  const chat = await writer.chatWith(telephone);
  const url = await upload(writer.user, bytes, type);
  const info = { mimetype: type, size: bytes.length };
  const eventId = await chat.write('cat.png', { msgtype: 'm.image', url, info, ...more });
  return { peer, chat, eventId, telephone };
}

const fetched = (link: string) => fetch(link.replace(PUBLIC, world.current.gateway.url));

it('are a link that opens the file, and nothing else', async () => {
  const { peer, telephone } = await linkOf(PICTURE, 'image/png');
  const { body } = await peer.receives(({ to }) => to === telephone);
  const [, link = ''] = /^Image cat\.png: (https:\S+)$/.exec(body) ?? [];
  expect(link).toMatch(/^https:\/\/sms\.example\.org\/m\/\S+$/);
  const reply = await fetched(link);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('image/png');
  expect(Buffer.from(await reply.arrayBuffer())).toEqual(PICTURE);
  expect((await fetched(`${link.slice(0, -3)}AAA`)).status).toBe(404);
});

it('have their words in front', async () => {
  const { peer, telephone } = await linkOf(PICTURE, 'image/png', { body: 'Look at her!', filename: 'cat.png' });
  const { body } = await peer.receives(({ to }) => to === telephone);
  expect(body).toMatch(/^Look at her!\nImage cat\.png: https:/);
});

it('that somebody made to do harm are not opened by a browser', async () => {
  const page = Buffer.from('<script>alert(1)</script>');
  const { peer, telephone } = await linkOf(page, 'text/html', { msgtype: 'm.file' });
  const { body } = await peer.receives(({ to }) => to === telephone);
  const reply = await fetched(/https:\S+/.exec(body)?.[0] ?? '');
  expect(reply.headers.get('content-type')).not.toMatch(/html/);
  expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
});

it('that are too large are refused in words', async () => {
  const { peer, chat, eventId } = await linkOf(PICTURE, 'image/png', {
    info: { mimetype: 'image/png', size: 5_000_000 },
  });
  expect(await chat.status(eventId, 'FAIL_PERMANENT')).toMatch(/files of more than 1/);
  expect(peer.texts).toHaveLength(0);
});
