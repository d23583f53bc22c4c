import { describe, expect, it } from 'vitest';
import { type ArrivedText, createInsideTransport, type PartToSend, type Taken } from '../../../src/message/index.ts';

const part: PartToSend = {
  textRef: 'out-1',
  key: 'key-1',
  sender: '+441818118180',
  target: '+441818118181',
  text: 'Hello',
  index: 1,
  total: 1,
  reference: 7,
  wantsReceipts: true,
};

async function submitted(taken: Taken, of: PartToSend = part) {
  const transport = createInsideTransport('inside');
  const came: ArrivedText[] = [];
  transport.listen({
    arrived: async (text) => {
      came.push(text);
      return taken;
    },
    receipt: async () => undefined,
  });
  return { result: await transport.submit(of), came };
}

describe('a text to a number of our own', () => {
  it('arrives as it was written, under the same key each time', async () => {
    const { result, came } = await submitted({ kind: 'taken' });
    expect(result).toEqual({ kind: 'accepted' });
    expect(came).toEqual([
      {
        textRef: 'in-1',
        transport: 'inside',
        key: 'key-1',
        sender: '+441818118180',
        withheld: false,
        called: '+441818118181',
        text: 'Hello',
        wants: { delivered: false, displayed: false },
      },
    ]);
  });

  it('is never cut: nothing carries it', () => {
    const long = 'x'.repeat(5_000);
    expect(createInsideTransport('inside').cut(long)).toEqual({ kind: 'parts', parts: [long] });
  });

  it.each<[Taken, string, boolean]>([
    [{ kind: 'refused', why: 'no-such-number' }, 'no-such-number', false],
    [{ kind: 'refused', why: 'not-allowed' }, 'no-such-number', false],
    [{ kind: 'refused', why: 'unavailable' }, 'network', true],
  ])('%j', async (taken, kind, isTemporary) => {
    expect((await submitted(taken)).result).toMatchObject({
      kind: 'failed',
      failure: { kind, isTemporary, mayHaveArrived: false },
    });
  });

  it('waits while nobody listens', async () => {
    const transport = createInsideTransport('inside');
    expect(await transport.submit(part)).toMatchObject({ kind: 'failed', failure: { isTemporary: true } });
  });
});
