/** Third-party lookups as clients make them: through the homeserver (MSC2845). */
import { describe, expect, it } from 'vitest';
import { useWorld } from '../world/world.ts';

const world = useWorld();

interface Found {
  readonly userid: string;
  readonly protocol: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

async function lookUp(protocol: string, query: Record<string, string>): Promise<Found[]> {
  const { session } = await world.current.newUser();
  const resource = `/_matrix/client/v3/thirdparty/user/${protocol}?${new URLSearchParams(query)}`;
  return (await world.current.synapse.request('GET', resource, { token: session.accessToken })) as Found[];
}

describe('third-party lookups', () => {
  it('the homeserver offers the dial pad under both names', async () => {
    const { session } = await world.current.newUser();
    const protocols = await world.current.synapse.request('GET', '/_matrix/client/v3/thirdparty/protocols', {
      token: session.accessToken,
    });
    expect(Object.keys(protocols as object)).toEqual(
      expect.arrayContaining(['m.protocol.pstn', 'im.vector.protocol.pstn']),
    );
  });

  it.each(['m.protocol.pstn', 'im.vector.protocol.pstn'])('%s gives the number as dialled', async (protocol) => {
    const [found] = await lookUp(protocol, { 'm.id.phone': '01818118181' });
    expect(found).toMatchObject({
      userid: '@_sip_01818118181=40sip.example.org:trunkline.test',
      protocol,
      fields: { 'm.id.phone': '01818118181' },
    });
  });

  it('the ghost has a name that people can read, before anyone calls it', async () => {
    const [found] = await lookUp('m.protocol.pstn', { 'm.id.phone': '+441818118181' });
    const { session } = await world.current.newUser();
    const profile = await world.current.synapse.request(
      'GET',
      `/_matrix/client/v3/profile/${encodeURIComponent(found?.userid ?? '')}`,
      { token: session.accessToken },
    );
    expect((profile as { displayname: string }).displayname.replaceAll(/\D/g, '')).toMatch(/1818118181$/);
  });

  it('leads back from the ghost to the number', async () => {
    const userid = '@_sip_=2a31=23=40sip.example.org:trunkline.test';
    const found = await lookUp('m.protocol.pstn', { 'm.id.phone': '*31#' });
    expect(found.map((entry) => entry.userid)).toEqual([userid]);
  });

  it.each<Record<string, string>>([{}, { 'm.id.phone': '' }, { 'm.id.phone': 'x'.repeat(300) }])(
    '%j finds nobody',
    async (query) => {
      expect(await lookUp('m.protocol.pstn', query)).toEqual([]);
    },
  );
});
