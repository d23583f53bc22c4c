/** Trunks with SRTP, trunks that are not there, and a gateway that was not. */
import { beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../world/ports.ts';
import { until } from '../../world/wait.ts';
import { ELEMENT_OFFER } from './room-call.ts';
import { useHouse } from './use-house.ts';

describe('on a trunk that wants SRTP', () => {
  const gateway = useHouse(() => ({ trunk: { srtp: 'required' } }));

  const keyIn = (sdp: string) => {
    const match = /^a=crypto:(\d+) (\S+) inline:([^|\s]+)/m.exec(sdp);
    return { tag: match?.[1], suite: match?.[2] ?? '', key: Buffer.from(match?.[3] ?? '', 'base64') };
  };

  it('the keys are agreed on and used, and are in no log', async () => {
    const media = await gateway.calling();
    const { telephone, rtp } = media;
    expect(telephone.offer).toMatch(/^m=audio \d+ RTP\/SAVP /m);
    const { tag, suite, key } = keyIn(telephone.offer);
    const ours = Buffer.alloc(30, 7);
    rtp.secure(ours, key, suite.endsWith('_32') ? 4 : 10);
    const crypto = `a=crypto:${tag} ${suite} inline:${ours.toString('base64')}`;
    telephone.reply(200, { sdp: rtp.sdp({ protocol: 'RTP/SAVP', extra: [crypto] }) });
    await telephone.request('ACK');
    await media.clientAnswered();
    await media.expectAudio();
    await media.hangUp();
    expect(gateway.house.gateway.log).toContain('a=crypto');
    expect(gateway.house.gateway.log).not.toContain(key.toString('base64'));
    expect(gateway.house.gateway.log).not.toContain(ours.toString('base64'));
  });

  it('an answer without keys ends the call in words', async () => {
    const media = await gateway.calling();
    media.telephone.reply(200, { sdp: media.rtp.sdp() });
    await media.telephone.request('ACK');
    media.telephone.respond(await media.telephone.request('BYE'), 200);
    await media.call.next('m.call.reject');
    expect(await media.call.words()).toMatch(/\w/);
  });
});

describe('on a trunk that is not there', () => {
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
  });
  const gateway = useHouse(() => ({ trunk: { port } }));

  it('the call ends in words, and the administrator is told', async () => {
    const call = await gateway.house.call();
    call.invite();
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/cannot be reached/);
    await until('the log to say so', () => gateway.house.gateway.log.includes('needs an administrator'));
  });
});

describe('after the gateway was away', () => {
  const gateway = useHouse();

  it('an invite whose lifetime is over does not ring, a younger one does', async () => {
    const [old, young] = [await gateway.house.call(), await gateway.house.call()];
    const offer = { lifetime: 60_000, offer: { type: 'offer', sdp: ELEMENT_OFFER } };
    await gateway.house.gateway.halt();
    await gateway.house.start();
    old.send('m.call.invite', offer, { unsigned: { age: 61_000 } });
    young.send('m.call.invite', offer, { unsigned: { age: 30_000 } });
    const telephone = await gateway.house.telephone(young.room);
    telephone.reply(486);
    await telephone.request('ACK');
    await young.next('m.call.reject');
    const digits = old.room.number.slice(1);
    expect(gateway.house.network.seen.some((one) => one.kind === 'request' && one.uri.includes(digits))).toBe(false);
    expect(old.said.filter(({ type }) => type.startsWith('m.call.'))).toEqual([]);
  });
});
