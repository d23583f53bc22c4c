/** A trunk that fails and one that does not, through the running gateway: one ring, one answer, the right words. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHeader } from '../../../sip/message/index.ts';
import { until } from '../../world/wait.ts';
import { answering, type Telephone } from './telephone.ts';
import { type Tenancy, useHouse } from './use-house.ts';

const keysIn = (sdp: string) => [...sdp.matchAll(/inline:(\S+)/g)].map(([, key]) => key);

async function answerIt(telephone: Telephone, lines: readonly string[] = []): Promise<void> {
  telephone.reply(180);
  telephone.reply(200, { sdp: answering(9, lines) });
  await telephone.request('ACK');
}

/** A call that the first trunk fails, by this status or by silence; its second attempt is at the other. */
async function failedOver({ house }: Tenancy, status: number | undefined) {
  const [first, second] = house.networks;
  const call = await house.call();
  call.invite();
  const failing = await house.telephone(call.room, first);
  if (status !== undefined) {
    failing.reply(status);
    await failing.request('ACK');
  }
  return { call, failing, telephone: await house.telephone(call.room, second) };
}

describe('with a second trunk', () => {
  const gateway = useHouse(() => ({
    trunk: { response_timeout_s: 1, keep_alive_s: 0 },
    otherTrunks: [{ keep_alive_s: 0 }],
  }));
  const networks = () => {
    const [first, second] = gateway.house.networks;
    if (!first || !second) throw new Error('there are two');
    return { first, second };
  };

  it.each([
    ['is silent', undefined],
    ['answers 500', 500],
    ['answers 503', 503],
    ['answers 408', 408],
  ])('a call whose first trunk %s goes out by the second; the client is answered once', async (_name, status) => {
    const { call, failing, telephone } = await failedOver(gateway, status);
    expect(telephone.callId).not.toBe(failing.callId);
    expect(telephone.offer).not.toBe(failing.offer);
    await answerIt(telephone);
    await call.next('m.call.answer');
    expect(call.said.filter(({ type }) => type.startsWith('m.call.')).map(({ type }) => type)).toEqual([
      'm.call.answer',
    ]);
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
  });

  it.each([
    ['busy', 486, 'user_busy', /busy/],
    ['unknown', 404, 'unknown_error', /not in service/],
    ['declined', 603, 'user_busy', /declined/],
    ['incomplete', 484, 'unknown_error', /incomplete/],
  ])('a person’s answer is the last word: %s', async (_name, status, reason, words) => {
    const { first, second } = networks();
    const before = second.seen.length;
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room, first);
    telephone.reply(status);
    await telephone.request('ACK');
    expect((await call.next('m.call.reject')).reason).toBe(reason);
    expect(await call.words()).toMatch(words);
    expect(second.seen.length).toBe(before);
  });

  it('when both fail the one that says most is told', async () => {
    const { call, telephone } = await failedOver(gateway, 502);
    telephone.reply(503, { headers: [makeHeader('Retry-After', '5')] });
    await telephone.request('ACK');
    await call.next('m.call.reject');
    expect(await call.words()).toMatch(/out of order/);
  });

  it('a caller who gives up while the second rings cancels that one alone', async () => {
    const { call, telephone } = await failedOver(gateway, 503);
    telephone.reply(180);
    call.send('m.call.hangup', {});
    telephone.respond(await telephone.request('CANCEL'), 200);
    telephone.reply(487);
    await telephone.request('ACK');
    const cancelled = networks().first.seen.filter((one) => one.kind === 'request' && one.method === 'CANCEL');
    expect(cancelled).toEqual([]);
  });
});

describe('with SRTP on both trunks', () => {
  const gateway = useHouse(() => ({
    trunk: { srtp: 'required', keep_alive_s: 0 },
    otherTrunks: [{ srtp: 'required', keep_alive_s: 0 }],
  }));

  it('the second attempt has keys of its own', async () => {
    const { call, failing, telephone } = await failedOver(gateway, 503);
    expect(keysIn(telephone.offer).length).toBeGreaterThan(0);
    for (const key of keysIn(telephone.offer)) expect(keysIn(failing.offer)).not.toContain(key);
    telephone.reply(486);
    await telephone.request('ACK');
    await call.next('m.call.reject');
  });
});

describe('when the certificate of the first trunk is not to be trusted', () => {
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    const read = (name: string) => readFileSync(new URL(`../../sip/server/data/tls/${name}`, import.meta.url));
    server = createServer({ cert: read('server.pem'), key: read('server.key') }).on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  afterAll(() => {
    server?.close();
  });
  const gateway = useHouse(() => ({
    trunk: { transport: 'tls', port, keep_alive_s: 0 },
    otherTrunks: [{ keep_alive_s: 0 }],
  }));

  it('the call goes out by the second, and the log says why', async () => {
    const [, second] = gateway.house.networks;
    const call = await gateway.house.call();
    call.invite();
    const telephone = await gateway.house.telephone(call.room, second);
    await answerIt(telephone);
    await call.next('m.call.answer');
    call.send('m.call.hangup', { reason: 'user_hangup' });
    telephone.respond(await telephone.request('BYE'), 200);
    await until('the log to say so', () =>
      /the trunk test failed \(trunk-unreachable\)/.test(gateway.house.gateway.log),
    );
    expect(gateway.house.gateway.log).toMatch(/certificate/i);
  });
});
