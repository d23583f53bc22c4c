import { afterEach, describe, expect, it } from 'vitest';
import type { MatrixUserId } from '../../../../src/matrix/index.ts';
import { ALICE, createWorld, type World } from '../support/side.ts';

const OWN = '+441818118181';

let world: World;
afterEach(() => world.close());

async function lookUp(phone: string): Promise<readonly { readonly userid: string }[]> {
  const url = `/_matrix/app/v1/thirdparty/user/m.protocol.pstn?m.id.phone=${encodeURIComponent(phone)}`;
  const reply = await world.http.inject({ method: 'GET', url, headers: { authorization: 'Bearer hs-secret' } });
  return reply.json() as { userid: string }[];
}

describe('a lookup of a number of our own', () => {
  it('gives its user, however it is dialled; the ghost is made all the same', async () => {
    world = await createWorld({
      realUsers: {
        numberOf: (dialled) => dialled.replace(/^01/, '+441').replace(/ /g, ''),
        ownerOf: (number) => (number === OWN ? ALICE : undefined),
      },
    });
    for (const dialled of [OWN, '01818118181', '01818 118181']) {
      expect(await lookUp(dialled)).toMatchObject([{ userid: ALICE, fields: { 'm.id.phone': dialled } }]);
    }
    expect(world.homeserver.lines(/POST .*register/).length).toBeGreaterThan(0);
    expect((await lookUp('+441632960001'))[0]?.userid).toContain('@_sip_+441632960001');
  });

  it('gives the ghost where its user does not want to be found', async () => {
    world = await createWorld({ realUsers: { numberOf: (dialled) => dialled, ownerOf: () => ALICE } });
    await world.store.choices.set(ALICE as MatrixUserId, 'findable', 'off');
    expect((await lookUp(OWN))[0]?.userid).toContain('@_sip_');
  });
});
