/** Texts that go out, with time and the SIP server in the test's hands. */
import { describe, expect, test } from 'vitest';
import type { SipFailure, TextOutcome } from '../../../sip/index.ts';
import { OutboundTexts, type TextTrunk } from '../../../sip/text/outbound.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { FakeClock, FakeStack, type SentByTest, settled, silent } from '../call/fakes.ts';

function world(input: Partial<TrunkInput> = {}, serviceRoute: readonly string[] = []) {
  const clock = new FakeClock();
  const stack = new FakeStack();
  const settings = trunkSettings({
    name: 'test',
    host: '192.0.2.1',
    port: 5060,
    ...input,
    texts: { enabled: true, ...input.texts },
  });
  const heard: ('answered' | SipFailure['origin'])[] = [];
  const trunk: TextTrunk = {
    settings,
    as: (account) => (account === undefined ? settings : undefined),
    learned: () => ({ serviceRoute }),
    callAnswered: () => heard.push('answered'),
    callFailed: ({ origin }) => heard.push(origin),
  };
  const texts = new OutboundTexts({
    stack,
    clock,
    logger: silent,
    trunk: (name) => (name === 'test' ? trunk : undefined),
    epochMs: () => 0,
  });
  let count = 0;
  const send = (key = `key-${++count}`, text = 'Hello'): Promise<TextOutcome> =>
    texts.send({ textRef: key, trunk: 'test', target: '+441818118181', key, text, wantsReceipts: false });
  /** The far side answers with this status, our own server when it has no tag. */
  const local = (sent: SentByTest, status: number, headers: Record<string, string> = {}): void =>
    sent.respond(status, {
      headers: { ...headers, To: '<sip:far@192.0.2.1>' },
      source: { address: '', port: 0, protocol: 'udp' },
    });
  return { clock, stack, texts, send, heard, local };
}

const at = (stack: FakeStack, index: number): SentByTest => {
  const sent = stack.sent[index];
  if (sent === undefined) throw new Error(`only ${stack.sent.length} requests were sent`);
  return sent;
};

describe('the pace of a trunk', () => {
  test('twenty texts in one second leave in order, one a second', async () => {
    const { clock, stack, send } = world({ texts: { perSecond: 1 } });
    for (let index = 1; index <= 20; index++) void send(undefined, `text ${index}`);
    await settled();
    const bodies = (): string[] => stack.sent.map(({ body }) => String(body));
    expect(bodies()).toEqual(['text 1']);
    await clock.pass(9_500);
    expect(bodies()).toHaveLength(10);
    await clock.pass(9_500);
    expect(bodies()).toEqual(Array.from({ length: 20 }, (_, index) => `text ${index + 1}`));
  });

  test('those that wait when the gateway stops are not sent', async () => {
    const { stack, texts, send } = world({ texts: { perSecond: 0.01 } });
    const first = send();
    const second = send();
    await settled();
    texts.close();
    expect(await second).toMatchObject({
      kind: 'failed',
      failure: { status: 503, origin: 'local' },
      mayHaveArrived: false,
    });
    expect(stack.sent).toHaveLength(1);
    // What is under way is waited for.
    at(stack, 0).respond(200);
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect(await send()).toMatchObject({ failure: { origin: 'local' } });
  });
});

describe('where a text is sent', () => {
  test('by the Service-Route that the registration learned', async () => {
    const { stack, send } = world({}, ['<sip:192.0.2.9;lr>']);
    void send();
    await settled();
    expect(at(stack, 0).headers.Route).toBe('<sip:192.0.2.9;lr>');
    expect(at(stack, 0).proxy).toBe('sip:192.0.2.9;lr');
  });

  test.each([
    [1200, undefined],
    [700, undefined],
  ])('%i bytes go where the trunk is when it takes parts', async (length, proxy) => {
    const { stack, send } = world();
    void send(undefined, 'x'.repeat(length));
    await settled();
    expect(at(stack, 0).proxy).toBe(proxy);
  });

  test('a long one goes by TCP where the trunk allows it, a short one does not', async () => {
    const { stack, send } = world({ texts: { long: 'tcp' } });
    void send(undefined, 'x'.repeat(1200));
    void send(undefined, 'short');
    await settled();
    expect(at(stack, 0).proxy).toBe('sip:192.0.2.1:5060;transport=tcp');
    expect(at(stack, 1).proxy).toBeUndefined();
  });

  const BACKUP = { backupHosts: ['192.0.2.2'] };

  test('to the host that stands in, when the first certainly does not have it', async () => {
    const { stack, send } = world(BACKUP);
    const outcome = send();
    await settled();
    at(stack, 0).respond(503);
    await settled();
    expect(at(stack, 1).proxy).toBe('sip:192.0.2.2');
    expect(at(stack, 1).headers['Call-ID']).toBe(at(stack, 0).headers['Call-ID']);
    at(stack, 1).respond(200);
    expect(await outcome).toMatchObject({ kind: 'accepted' });
  });

  test('after silence the next try goes there, and the first host is tried again later', async () => {
    const { clock, stack, send, local } = world(BACKUP);
    const outcome = send('a');
    await settled();
    local(at(stack, 0), 408);
    expect(await outcome).toMatchObject({ mayHaveArrived: true });
    expect(stack.sent).toHaveLength(1);
    void send('a');
    await settled();
    expect(at(stack, 1).proxy).toBe('sip:192.0.2.2');
    at(stack, 1).respond(200);
    await clock.pass(300_001);
    void send('b');
    await settled();
    expect(at(stack, 2).proxy).toBeUndefined();
  });

  test('a refusal is the text’s, and no other host is asked', async () => {
    const { stack, send, heard } = world(BACKUP);
    const outcome = send();
    await settled();
    at(stack, 0).respond(404);
    expect(await outcome).toMatchObject({ failure: { status: 404 } });
    expect(stack.sent).toHaveLength(1);
    expect(heard).toEqual(['answered']);
  });
});

describe('whether it may have arrived when nobody answered', () => {
  const UNSENT = { 'X-Trunkline-Unsent': 'yes' };

  test.each([
    ['no answer', 'udp', 408, {}, true],
    ['nobody listens there', 'udp', 503, {}, false],
    ['the connection broke', 'tcp', 503, {}, true],
    ['the connection could not be made', 'tcp', 503, UNSENT, false],
    ['the name leads nowhere', 'tls', 503, UNSENT, false],
  ] as const)('%s, by %s', async (_, transport, status, headers, mayHaveArrived) => {
    const { stack, send, local } = world({ transport });
    const outcome = send();
    await settled();
    local(at(stack, 0), status, headers);
    expect(await outcome).toMatchObject({ kind: 'failed', mayHaveArrived });
  });

  test('our own server is lost under way', async () => {
    const { stack, send, heard } = world();
    const outcome = send();
    await settled();
    stack.connected = false;
    at(stack, 0).listener.error({ kind: 'disconnected', message: 'lost' });
    expect(await outcome).toMatchObject({ mayHaveArrived: true, failure: { origin: 'transport' } });
    // That says nothing about the trunk.
    expect(heard).toEqual([]);
  });

  test('our own server was not there', async () => {
    const { stack, send } = world();
    stack.connected = false;
    const outcome = send();
    await settled();
    at(stack, 0).listener.error({ kind: 'disconnected', message: 'not connected' });
    expect(await outcome).toMatchObject({ mayHaveArrived: false });
  });

  test('our own server would not send it', async () => {
    const { stack, send } = world({ transport: 'tcp' });
    const outcome = send();
    await settled();
    at(stack, 0).listener.error({ kind: 'refused', message: 'no' });
    expect(await outcome).toMatchObject({ mayHaveArrived: false });
  });
});

test('the trunk hears that it was silent', async () => {
  const { stack, send, heard, local } = world();
  const outcome = send();
  await settled();
  local(at(stack, 0), 408);
  await outcome;
  expect(heard).toEqual(['timeout']);
});
