import { describe, expect, it } from 'vitest';
import type {
  InboundText,
  OutboundText,
  SipTexts,
  TextOutcome,
  TextReceipt,
  TextReply,
  TrunkStatus,
} from '../../../sip/index.ts';
import { createSipTransports } from '../../../src/message/over-sip.ts';
import type { ArrivedText, MessageTransport, PartToSend, Receipt, Taken } from '../../../src/message/transport.ts';

class FakeSip implements SipTexts {
  readonly sent: OutboundText[] = [];
  readonly notified: unknown[] = [];
  outcome: TextOutcome = { kind: 'accepted', status: 200 };
  take: (text: InboundText) => Promise<TextReply> = async () => ({ kind: 'refused', status: 500 });
  takeReceipt: (receipt: TextReceipt) => Promise<void> = async () => undefined;
  async send(text: OutboundText) {
    this.sent.push(text);
    return this.outcome;
  }
  limits() {
    return { maxCharacters: 10, isSms: false };
  }
  onText(take: FakeSip['take']) {
    this.take = take;
  }
  onReceipt(take: FakeSip['takeReceipt']) {
    this.takeReceipt = take;
  }
  async notify(text: unknown, state: string) {
    this.notified.push([text, state]);
  }
}

function world() {
  const sip = new FakeSip();
  let tell: (status: TrunkStatus) => void = () => undefined;
  const status = (name: string, state: TrunkStatus['state']): TrunkStatus => ({
    name,
    state,
    since: 0,
    calls: 0,
    registrations: [],
  });
  let statuses = [status('a', 'up'), status('b', 'down')];
  const [a, b] = createSipTransports({
    texts: sip,
    trunks: [
      { name: 'a', knowsRepeats: true, tellsReceipts: true, window: 5 },
      { name: 'b', knowsRepeats: false, tellsReceipts: false, window: 1 },
    ],
    status: () => statuses,
    onTrunkChange: (run) => {
      tell = run;
    },
  }) as [MessageTransport, MessageTransport];
  const change = (name: string, state: TrunkStatus['state']) => {
    statuses = statuses.map((each) => (each.name === name ? status(name, state) : each));
    tell(status(name, state));
  };
  return { sip, a, b, change };
}

const part = (more: Partial<PartToSend> = {}): PartToSend => ({
  textRef: 'out-1',
  key: 'out-1-1',
  target: '+4915112345678',
  sender: '+4930123456',
  text: 'Hello',
  index: 1,
  total: 1,
  reference: 7,
  wantsReceipts: true,
  ...more,
});

const inbound: InboundText = {
  textRef: 'in-1',
  trunk: 'a',
  key: 'k1',
  sender: { number: '+4915112345678', name: 'Bob', withheld: false },
  called: '+4930123456',
  text: 'Hi',
  sentAt: 5,
  wants: { delivered: true, displayed: false },
};

describe('texts over SIP', () => {
  it('sends a short text without part numbers, and by its own trunk', async () => {
    const { sip, a } = world();
    sip.outcome = { kind: 'accepted', status: 202, messageId: 'm1' };
    await expect(a.submit(part())).resolves.toEqual({ kind: 'accepted', messageId: 'm1' });
    expect(sip.sent).toEqual([
      {
        textRef: 'out-1',
        key: 'out-1-1',
        trunk: 'a',
        target: '+4915112345678',
        sender: '+4930123456',
        text: 'Hello',
        wantsReceipts: true,
      },
    ]);
  });

  it('numbers the parts of a long text, and asks for no receipts where there are none', async () => {
    const { sip, b } = world();
    await b.submit(part({ index: 2, total: 3 }));
    expect(sip.sent[0]).toMatchObject({ trunk: 'b', part: { index: 2, total: 3, reference: 7 }, wantsReceipts: false });
  });

  it('says in kinds why a text was not taken', async () => {
    const { sip, a } = world();
    sip.outcome = {
      kind: 'failed',
      failure: { status: 404, phrase: 'Not Found', sawProvisional: false, origin: 'remote' },
      mayHaveArrived: false,
    };
    const submitted = await a.submit(part());
    expect(submitted).toMatchObject({ kind: 'failed', failure: { kind: 'no-such-number', said: '404 Not Found' } });
  });

  it('cuts by the limits of the trunk', () => {
    const { a } = world();
    const cut = a.cut('0123456789abc');
    expect(cut.kind === 'parts' && cut.parts.join('')).toBe('0123456789abc');
    expect(cut.kind === 'parts' && cut.parts.length).toBe(2);
  });

  it('takes nothing before it is listened to', async () => {
    const { sip } = world();
    await expect(sip.take(inbound)).resolves.toEqual({ kind: 'refused', status: 503, retryAfterS: 30 });
    await expect(sip.take({ ...inbound, trunk: 'unknown' })).resolves.toMatchObject({ status: 503 });
  });

  it.each<[Taken, TextReply]>([
    [{ kind: 'taken' }, { kind: 'taken' }],
    [
      { kind: 'refused', why: 'no-such-number' },
      { kind: 'refused', status: 404 },
    ],
    [
      { kind: 'refused', why: 'not-allowed' },
      { kind: 'refused', status: 403 },
    ],
    [
      { kind: 'refused', why: 'unavailable' },
      { kind: 'refused', status: 503, retryAfterS: 30 },
    ],
  ])('hands a text on and answers when it is stored: %o', async (taken, reply) => {
    const { sip, a } = world();
    const arrived: ArrivedText[] = [];
    a.listen({
      async arrived(text) {
        arrived.push(text);
        return taken;
      },
      receipt: async () => undefined,
    });
    await expect(sip.take(inbound)).resolves.toEqual(reply);
    expect(arrived).toEqual([
      {
        textRef: 'in-1',
        transport: 'a',
        key: 'k1',
        sender: '+4915112345678',
        senderName: 'Bob',
        withheld: false,
        called: '+4930123456',
        text: 'Hi',
        sentAt: 5,
        wants: { delivered: true, displayed: false },
      },
    ]);
  });

  it('hands receipts to their trunk', async () => {
    const { sip, a, b } = world();
    const receipts: Receipt[] = [];
    const listener = {
      arrived: async (): Promise<Taken> => ({ kind: 'taken' }),
      async receipt(receipt: Receipt) {
        receipts.push(receipt);
      },
    };
    a.listen(listener);
    b.listen(listener);
    await sip.takeReceipt({ trunk: 'a', messageId: 'm1', state: 'delivered' });
    await sip.takeReceipt({ trunk: 'b', messageId: 'm2', state: 'failed', detail: 'expired' });
    expect(receipts).toEqual([
      { transport: 'a', messageId: 'm1', state: 'delivered' },
      {
        transport: 'b',
        messageId: 'm2',
        state: 'failed',
        failure: { kind: 'refused', isTemporary: false, isTrunkFault: false, said: 'expired', mayHaveArrived: false },
      },
    ]);
  });

  it('tells who waits for the trunk that it is up, once for each time', () => {
    const { a, b, change } = world();
    const ups: string[] = [];
    a.onUp(() => ups.push('a'));
    b.onUp(() => ups.push('b'));
    expect(b.state()).toEqual({ state: 'down' });
    change('b', 'up');
    change('b', 'up');
    change('b', 'down');
    change('b', 'up');
    expect(ups).toEqual(['b', 'b']);
    expect(b.state()).toEqual({ state: 'up' });
  });

  it('tells senders by the trunk that they came by', async () => {
    const { sip, a } = world();
    await a.notify({ transport: 'a', key: 'k1' }, 'displayed');
    expect(sip.notified).toEqual([[{ trunk: 'a', key: 'k1' }, 'displayed']]);
  });
});
