import { afterEach, describe, expect, it } from 'vitest';
import {
  buildUdh,
  type Clock,
  gsm7Encode,
  type MessageTransport,
  type Taken,
  ucs2Encode,
} from '../../../src/message/index.ts';
import type { ArrivalMemory, SmppSettings } from '../../../src/smpp/index.ts';
import { type Pdu, writePdu } from '../../../src/smpp/session/pdu.ts';
import { type AccountOptions, openAccount, partOf } from './account.ts';
import { Smsc, toUs } from './smsc.ts';

const open: { smsc: Smsc; transports: MessageTransport[] }[] = [];
afterEach(async () => {
  for (const { smsc, transports } of open.splice(0)) {
    await Promise.all(transports.map((transport) => transport.close(0)));
    await smsc.stop();
  }
});

async function world(changes: Partial<SmppSettings> = {}, options: AccountOptions = {}) {
  const smsc = await Smsc.start();
  const account = openAccount(smsc, changes, options);
  open.push({ smsc, transports: [account.transport] });
  const session = await smsc.bound();
  await account.isUp();
  return { smsc, session, ...account };
}

const gsm = (text: string) => ({ short_message: Buffer.from(gsm7Encode(text) ?? []) });
const OK = 0;
const TEMPORARY = 0x64;

describe('texts in', () => {
  it('hands a text on, and answers when it is taken', async () => {
    const { session, ear } = await world();
    const taking = Promise.withResolvers<Taken>();
    ear.answer = () => taking.promise;
    let answered = false;
    const status = session.deliver(gsm('Grüße, 5 €')).finally(() => {
      answered = true;
    });
    const text = await ear.until(() => ear.texts[0]);
    expect(text).toMatchObject({
      transport: 'smsc',
      sender: '+447700900123',
      called: '+441818118181',
      text: 'Grüße, 5 €',
      withheld: false,
      wants: { delivered: false, displayed: false },
    });
    // Its answer comes behind that of an enquiry which was sent later.
    await session.ask('enquire_link', {});
    expect(answered).toBe(false);
    taking.resolve({ kind: 'taken' });
    expect(await status).toBe(OK);
  });

  it.each([
    ['no-such-number', 0x0b],
    ['not-allowed', 0x66],
    ['unavailable', TEMPORARY],
  ] as const)('says why a text is not taken: %s', async (why, status) => {
    const { session, ear } = await world();
    ear.answer = () => ({ kind: 'refused', why });
    expect(await session.deliver(gsm('hello'))).toBe(status);
  });

  it('asks for a text again that could not be stored', async () => {
    const { session, ear } = await world();
    ear.answer = () => Promise.reject(new Error('disk full'));
    expect(await session.deliver(gsm('hello'))).toBe(TEMPORARY);
  });

  it.each(['udh', 'udh, wide', 'sar', 'payload'])('knows the parts of a long text by %s', async (form) => {
    const { session, ear } = await world();
    const parts = ['Длинный текст 👋 ', 'в трёх ', 'частях'];
    const sent = form === 'payload' ? [parts.join('')] : parts;
    for (const [i, part] of sent.entries()) {
      const octets = Buffer.from(ucs2Encode(part));
      const concatenation = { reference: 0x1234, total: 3, index: i + 1 };
      const fields = {
        udh: { esm_class: 0x40, short_message: Buffer.concat([buildUdh(concatenation), octets]) },
        'udh, wide': { esm_class: 0x40, short_message: Buffer.concat([buildUdh(concatenation, true), octets]) },
        sar: { short_message: octets, sar_msg_ref_num: 0x1234, sar_total_segments: 3, sar_segment_seqnum: i + 1 },
        payload: { message_payload: octets },
      }[form];
      expect(await session.deliver({ data_coding: 8, ...fields })).toBe(OK);
    }
    expect(ear.texts.map(({ text }) => text)).toEqual(sent);
    const reference = form === 'udh' ? 0x34 : 0x1234;
    expect(ear.texts.map(({ part }) => part)).toEqual(
      form === 'payload' ? [undefined] : [1, 2, 3].map((index) => ({ reference, total: 3, index })),
    );
    expect(new Set(ear.texts.map(({ key }) => key)).size).toBe(sent.length);
  });

  it('takes a text by data_sm as well', async () => {
    const { session, ear } = await world();
    const answer = await session.ask('data_sm', {
      source_addr_ton: 5,
      source_addr: 'Bank',
      dest_addr_ton: 1,
      destination_addr: '441818118181',
      data_coding: 3,
      message_payload: Buffer.from('Français', 'latin1'),
    });
    expect(answer).toMatchObject({ command: 'data_sm_resp', status: OK });
    expect(ear.texts).toMatchObject([{ sender: 'Bank', text: 'Français' }]);
  });

  it('is not harmed by what is no text', async () => {
    const { smsc, session, ear } = await world();
    expect(await session.deliver({ data_coding: 4, short_message: Buffer.from([1, 2, 3]) })).toBe(0x66);
    expect(await session.deliver({ esm_class: 0x40, short_message: Buffer.from([200, 0, 3, 1]) })).toBe(0x66);
    expect(await session.ask('outbind', { system_id: 'x', password: 'y' })).toMatchObject({
      command: 'generic_nack',
      status: 3,
    });
    expect(await session.ask('query_sm', { message_id: '1' })).toMatchObject({ command: 'generic_nack', status: 3 });
    // A TLV of two octets that has one.
    const whole = writePdu('deliver_sm', 0x4d, { fields: { ...toUs, ...gsm('broken') } });
    const broken = Buffer.concat([whole, Buffer.from('0204000101', 'hex')]);
    broken.writeUInt32BE(broken.length, 0);
    const isNack = ({ command, sequence, status }: Pdu) =>
      command === 'generic_nack' && sequence === 0x4d && status === 2;
    session.socket.write(broken);
    await smsc.until(() => smsc.seen.some(isNack));
    expect(await session.deliver(gsm('still here'))).toBe(OK);
    expect(ear.texts.map(({ text }) => text)).toEqual(['still here']);
  });

  it('leaves who speaks no SMPP, and comes back', async () => {
    const { smsc, session, ear } = await world();
    session.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    const next = await smsc.until(() => smsc.sessions.find((other) => other !== session && other.isBound));
    expect(await next.deliver(gsm('hello'))).toBe(OK);
    expect(ear.texts).toHaveLength(1);
  });
});

describe('repeats', () => {
  it('knows a text again whose answer was lost with the connection', async () => {
    const { smsc, session, ear } = await world();
    const taking = Promise.withResolvers<Taken>();
    ear.answer = () => taking.promise;
    const lost = session.deliver(gsm('once'));
    await ear.until(() => ear.texts.length === 1);
    smsc.drop();
    expect(await lost).toBeUndefined();
    taking.resolve({ kind: 'taken' });
    const next = await smsc.until(() => smsc.sessions.find((other) => other !== session && other.isBound));
    expect(await next.deliver(gsm('once'))).toBe(OK);
    expect(ear.texts).toHaveLength(2);
    expect(ear.texts[1]?.key).toBe(ear.texts[0]?.key);
  });

  it('takes the same words for another text when the answer was read', async () => {
    const { smsc, session, ear } = await world({});
    expect(await session.deliver(gsm('ok'))).toBe(OK);
    // What was sent after the answer has come, so the answer was read.
    const before = enquiries(smsc);
    await smsc.until(() => enquiries(smsc) >= before + 2);
    smsc.drop();
    const next = await smsc.until(() => smsc.sessions.find((other) => other !== session && other.isBound));
    expect(await next.deliver(gsm('ok'))).toBe(OK);
    expect(new Set(ear.texts.map(({ key }) => key)).size).toBe(2);
  });

  it('takes the same words for another text on the same connection', async () => {
    const { session, ear } = await world();
    expect(await Promise.all([session.deliver(gsm('ok')), session.deliver(gsm('ok'))])).toEqual([OK, OK]);
    expect(await session.deliver(gsm('ok'))).toBe(OK);
    expect(new Set(ear.texts.map(({ key }) => key)).size).toBe(3);
  });

  it('knows after a crash which text was answered and may not have been', async () => {
    const memory = new Memory();
    let now = 1_000_000_000_000;
    const clock: Clock = { now: () => now, after: (ms, task) => hold(setTimeout(task, ms / 20)) };
    const { smsc, session, ear } = await world({ enquireLinkMs: 4_000 }, { clock, memory });
    await session.deliver(gsm('read'));
    memory.keys.push(...ear.texts.map(({ key }) => key));
    const before = enquiries(smsc);
    now += 20_000;
    await smsc.until(() => enquiries(smsc) >= before + 3 && memory.until > 0);
    now += 1_000;
    await session.deliver(gsm('lost'));
    memory.keys.push(...ear.texts.slice(1).map(({ key }) => key));
    // Killed: nothing is written down any more.
    const frozen = memory.copy();
    now += 60_000;
    const second = openAccount(smsc, {}, { clock, memory: frozen });
    open[0]?.transports.push(second.transport);
    const next = await smsc.until(() => smsc.sessions.findLast((other) => other !== session && other.isBound));
    for (const text of ['read', 'lost', 'lost']) expect(await next.deliver(gsm(text))).toBe(OK);
    const [read, lost] = ear.texts;
    expect(second.ear.texts[0]?.key).not.toBe(read?.key);
    expect(second.ear.texts[1]?.key).toBe(lost?.key);
    expect(second.ear.texts[2]?.key).not.toBe(lost?.key);
  });

  it('loses and doubles nothing while connections break under a stream of texts', async () => {
    const { smsc, ear } = await world();
    const stored = new Map<string, string>();
    ear.answer = async ({ key, text }) => {
      await new Promise((resolve) => setImmediate(resolve));
      stored.set(key, text);
      return { kind: 'taken' };
    };
    const texts = Array.from({ length: 120 }, (_, i) => `text ${i}`);
    const waiting = texts.map((text, i) => ({ text, i }));
    let sinceDrop = 0;
    while (waiting.length > 0) {
      const session = await smsc.bound();
      const batch = waiting.splice(0, 7);
      const statuses = await Promise.all(
        batch.map(async (item, at) => {
          if (sinceDrop > 35 && at === 4) {
            sinceDrop = 0;
            session.socket.resetAndDestroy();
          }
          sinceDrop += 1;
          return { item, status: await session.deliver(gsm(item.text)) };
        }),
      );
      // In order, before the others, as service centres do.
      waiting.unshift(...statuses.filter(({ status }) => status !== OK).map(({ item }) => item));
      if (!session.socket.writable) await smsc.until(() => !smsc.sessions.includes(session));
    }
    const count = (all: Iterable<string>) => [...all].sort();
    expect(count(stored.values())).toEqual(count(texts));
  });
});

describe('receipts', () => {
  const receipt = (text: string, fields = {}) => ({ esm_class: 4, short_message: Buffer.from(text), ...fields });

  it.each([
    [
      'text',
      receipt('id:17 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000 text:hi'),
    ],
    [
      'padded',
      receipt('id:0000000017 sub:001 dlvrd:001 submit date:2611211200 done date:2611211201 stat:DELIVRD err:000'),
    ],
    ['TLVs', receipt('', { receipted_message_id: '17', message_state: 2 })],
    [
      'TLVs of a text that does not say it is one',
      { receipted_message_id: '17', message_state: 2, short_message: Buffer.alloc(0) },
    ],
  ])('tells that a text was delivered: %s', async (_, fields) => {
    const { smsc, session, transport, ear } = await world();
    smsc.onSubmit = () => ({ messageId: '17' });
    const submitted = await transport.submit(partOf('hi'));
    expect(submitted).toEqual({ kind: 'accepted', messageId: '17' });
    expect(await session.deliver(fields)).toBe(OK);
    expect(ear.receipts).toEqual([{ transport: 'smsc', messageId: '17', state: 'delivered' }]);
    expect(ear.texts).toEqual([]);
  });

  it('reads a name that was hexadecimal in the answer', async () => {
    const { smsc, session, transport, ear } = await world({
      deliver: { alphabet: 'gsm7', messageIds: 'hex-then-decimal', bareIsInternational: true },
    });
    smsc.onSubmit = () => ({ messageId: '7B' });
    const submitted = await transport.submit(partOf('hi'));
    expect(await session.deliver(receipt('id:123 stat:UNDELIV err:27'))).toBe(OK);
    expect(submitted).toMatchObject({ messageId: '123' });
    expect(ear.receipts).toMatchObject([
      { messageId: '123', state: 'failed', failure: { kind: 'refused', said: 'UNDELIV; err 27', isTemporary: false } },
    ]);
  });

  it('tells nothing of what is still under way, or cannot be read', async () => {
    const { session, ear } = await world();
    for (const text of ['id:17 stat:ENROUTE', 'id:17 stat:ACCEPTD', 'hello', 'stat:DELIVRD']) {
      expect(await session.deliver(receipt(text))).toBe(OK);
    }
    expect(ear.receipts).toEqual([]);
  });
});

function enquiries(smsc: Smsc): number {
  return smsc.seen.filter(({ command }) => command === 'enquire_link').length;
}

function hold(timer: NodeJS.Timeout): () => void {
  return () => clearTimeout(timer);
}

class Memory implements ArrivalMemory {
  keys: string[] = [];
  until = 0;

  async latestKey(_: string, prefix: string): Promise<string | undefined> {
    return this.keys
      .filter((key) => key.startsWith(prefix))
      .sort()
      .at(-1);
  }

  async confirmedUntil(): Promise<number> {
    return this.until;
  }

  async confirm(_: string, until: number): Promise<void> {
    this.until = until;
  }

  copy(): Memory {
    return Object.assign(new Memory(), { keys: [...this.keys], until: this.until });
  }
}
