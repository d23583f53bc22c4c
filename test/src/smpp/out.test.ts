import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { MessageTransport } from '../../../src/message/index.ts';
import { parseUdh } from '../../../src/message/index.ts';
import { decodeText, encodeText } from '../../../src/smpp/codec/index.ts';
import type { SmppSettings } from '../../../src/smpp/index.ts';
import { openAccount, partOf } from './account.ts';
import { Smsc, type SmscOptions } from './smsc.ts';

const pem = (name: string) => readFileSync(new URL(`../../sip/server/data/tls/${name}`, import.meta.url), 'utf8');

const open: { smsc: Smsc; transports: MessageTransport[] }[] = [];
afterEach(async () => {
  for (const { smsc, transports } of open.splice(0)) {
    await Promise.all(transports.map((transport) => transport.close(0)));
    await smsc.stop();
  }
});

async function world(
  changes: Partial<SmppSettings> | ((port: number) => Partial<SmppSettings>) = {},
  options?: SmscOptions,
) {
  const smsc = await Smsc.start(options);
  const account = openAccount(smsc, typeof changes === 'function' ? changes(smsc.port) : changes);
  open.push({ smsc, transports: [account.transport] });
  return { smsc, ...account };
}

describe('binding', () => {
  it('binds as a transceiver of version 3.4 and says so', async () => {
    const { smsc, transport } = await world({ systemType: 'vma', addressRange: '^44' });
    const up = Promise.withResolvers<void>();
    transport.onUp(up.resolve);
    expect(transport.state()).toEqual({ state: 'unknown' });
    const { bind } = await smsc.bound();
    await up.promise;
    expect(bind?.command).toBe('bind_transceiver');
    expect(bind?.fields).toMatchObject({
      system_id: 'trunkline',
      password: 'secret08',
      system_type: 'vma',
      interface_version: 0x34,
      address_range: '^44',
    });
    expect(transport.state()).toEqual({ state: 'up' });
  });

  it('binds twice where one connection carries one direction', async () => {
    const { smsc, transport, isUp } = await world({ bind: 'two' });
    await isUp();
    await smsc.until(() => smsc.sessions.filter(({ isBound }) => isBound).length === 2);
    const binds = smsc.sessions.map(({ bind }) => bind?.command).sort();
    expect(binds).toEqual(['bind_receiver', 'bind_transmitter']);
    await expect(transport.submit(partOf('hello'))).resolves.toEqual({ kind: 'accepted', messageId: '1' });
    expect(smsc.mostSessions).toBe(2);
  });

  it('says that the password is wrong, without telling it, and does not insist', async () => {
    const { smsc, transport } = await world({ password: 'wrong' });
    await smsc.until(() => smsc.seen.length > 0 && smsc.sessions.length === 0);
    const { detail } = transport.state();
    expect(detail).toBe('the bind was refused: ESME_RINVPASWD; check system_id, password and system_type');
    expect(await transport.submit(partOf('hello'))).toMatchObject({
      kind: 'failed',
      failure: { kind: 'network', isTemporary: true, isTrunkFault: true, mayHaveArrived: false },
    });
    expect(smsc.seen).toHaveLength(1);
  });

  it('unbinds when it is closed, after what is under way', async () => {
    const { smsc, transport, isUp } = await world();
    await isUp();
    const seen = Promise.withResolvers<void>();
    smsc.onSubmit = (_, count) => {
      seen.resolve();
      return { messageId: String(count) };
    };
    const submitted = transport.submit(partOf('hello'));
    await seen.promise;
    await transport.close(100_000);
    await expect(submitted).resolves.toEqual({ kind: 'accepted', messageId: '1' });
    await smsc.until(() => smsc.seen.some(({ command }) => command === 'unbind') && smsc.sessions.length === 0);
    expect(await transport.submit(partOf('late'))).toMatchObject({
      kind: 'failed',
      failure: { mayHaveArrived: false },
    });
  });

  it('comes back after the connection broke, with never more than one at a time', async () => {
    const { smsc, transport, isUp } = await world();
    for (let round = 1; round <= 3; round += 1) {
      await smsc.bound();
      await isUp();
      expect(await transport.submit(partOf(`round ${round}`))).toMatchObject({ kind: 'accepted' });
      smsc.drop();
      await smsc.until(() => smsc.sessions.length === 0);
    }
    await isUp();
    expect(smsc.mostSessions).toBe(1);
  });

  it('notices by enquire_link that nobody is there any more', async () => {
    const { smsc } = await world({ enquireLinkMs: 2_000, answerMs: 4_000 });
    const first = await smsc.bound();
    await smsc.until(() => smsc.seen.filter(({ command }) => command === 'enquire_link').length >= 2);
    expect(smsc.sessions).toEqual([first]);
    smsc.answersEnquiries = false;
    await smsc.until(() => smsc.sessions.length > 0 && smsc.sessions[0] !== first);
    smsc.answersEnquiries = true;
  });

  it('goes by TLS, and only to whom the certificate names', async () => {
    const tls = { key: pem('server.key'), cert: pem('server.pem') };
    const trusted = { ca: pem('ca.pem'), serverName: 'sip.example.test' };
    const to = (changes: object) => (port: number) => ({
      endpoints: [{ host: '127.0.0.1', port, tls: changes }] as const,
    });
    const { transport, isUp } = await world(to(trusted), { tls });
    await isUp();
    expect(await transport.submit(partOf('hello'))).toMatchObject({ kind: 'accepted' });

    for (const [changes, why] of [
      [{ serverName: 'sip.example.test' }, /unable to verify|self-signed|issuer/i],
      [{ ...trusted, serverName: 'sms.example.net' }, /sms\.example\.net/],
    ] as const) {
      const other = await world(to(changes), { tls });
      await other.smsc.until(() => other.transport.state().state === 'down');
      expect(other.transport.state().detail).toMatch(why);
      expect(other.smsc.seen).toEqual([]);
    }
  });
});

describe('texts out', () => {
  it('sends a text with its addresses, asks for a receipt and gives its name', async () => {
    const { smsc, transport, isUp } = await world();
    await isUp();
    smsc.onSubmit = () => ({ messageId: '00A1b2' });
    expect(await transport.submit(partOf('Grüße, 5 €'))).toEqual({ kind: 'accepted', messageId: 'a1b2' });
    expect(smsc.submits[0]).toMatchObject({
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: '441818118181',
      dest_addr_ton: 1,
      dest_addr_npi: 1,
      destination_addr: '447700900123',
      esm_class: 0,
      registered_delivery: 1,
      data_coding: 0,
      short_message: Buffer.from(encodeText('Grüße, 5 €', 'gsm7').octets),
    });
  });

  it.each<SmppSettings['submit']['long']>(['udh', 'sar', 'payload'])(
    'sends three parts of UCS-2 by %s',
    async (long) => {
      const { smsc, transport, isUp } = await world({ submit: { ...baseSubmit, long } });
      await isUp();
      const text = `${'Привет 👋 '.repeat(16)}конец`;
      const cut = transport.cut(text);
      if (cut.kind !== 'parts') throw new Error('too long');
      expect(cut.parts).toHaveLength(long === 'payload' ? 1 : 3);
      for (const [i, part] of cut.parts.entries()) {
        const sent = partOf(part, { index: i + 1, total: cut.parts.length, reference: 700 });
        expect(await transport.submit(sent)).toMatchObject({ kind: 'accepted' });
      }
      const read = smsc.submits.map((fields) => {
        expect(fields.data_coding).toBe(8);
        const octets = long === 'payload' ? (fields.message_payload as Buffer) : (fields.short_message as Buffer);
        if (long !== 'udh') return decodeText(octets, 8, 'gsm7');
        expect(fields.esm_class).toBe(0x40);
        expect(octets.length).toBeLessThanOrEqual(140);
        const header = parseUdh(octets);
        expect(header?.concatenation).toMatchObject({ reference: 700 & 0xff, total: 3 });
        return decodeText(octets.subarray(header?.length), 8, 'gsm7');
      });
      expect(read.join('')).toBe(text);
      if (long === 'sar') {
        expect(smsc.submits.map((fields) => fields.sar_segment_seqnum)).toEqual([1, 2, 3]);
        expect(smsc.submits[0]).toMatchObject({ sar_msg_ref_num: 700, sar_total_segments: 3 });
      }
    },
  );

  it('lets no more than the window be under way', async () => {
    const { smsc, transport, isUp } = await world({ window: 3 });
    await isUp();
    smsc.onSubmit = () => undefined;
    const submitted = Array.from({ length: 8 }, (_, i) => transport.submit(partOf(`text ${i}`)));
    await smsc.until(() => smsc.submits.length === 3);
    // Each answer lets the next one go.
    for (let answered = 0; answered < 8; answered += 1) {
      const next = await smsc.until(() => smsc.seen.filter(({ command }) => command === 'submit_sm')[answered]);
      expect(smsc.submits.length - answered).toBeLessThanOrEqual(3);
      smsc.answer(next, { messageId: `id-${answered}` });
    }
    expect(await Promise.all(submitted)).toEqual(
      Array.from({ length: 8 }, (_, i) => ({ kind: 'accepted', messageId: `id-${i}` })),
    );
  });

  it('says of texts whose answer was lost that they may have arrived, and of others that they have not', async () => {
    const { smsc, transport, isUp } = await world({ window: 2 });
    await isUp();
    smsc.onSubmit = () => undefined;
    const submitted = ['a', 'b', 'c'].map((text) => transport.submit(partOf(text)));
    await smsc.until(() => smsc.submits.length === 2);
    smsc.drop();
    const failures = (await Promise.all(submitted)).map((outcome) => outcome.kind === 'failed' && outcome.failure);
    expect(failures).toMatchObject([
      { kind: 'network', isTemporary: true, mayHaveArrived: true },
      { kind: 'network', isTemporary: true, mayHaveArrived: true },
      { kind: 'network', isTemporary: true, mayHaveArrived: false },
    ]);
  });

  it('says that a text may have arrived when nobody answers it', async () => {
    const { smsc, transport, isUp } = await world({ answerMs: 1_000 });
    await isUp();
    smsc.onSubmit = () => undefined;
    expect(await transport.submit(partOf('hello'))).toMatchObject({
      kind: 'failed',
      failure: { kind: 'network', mayHaveArrived: true, said: 'submit_sm was not answered' },
    });
  });

  it.each([0x58, 0x14])('waits when the service centre wants fewer texts (status %i)', async (status) => {
    const { smsc, transport, isUp } = await world();
    await isUp();
    smsc.onSubmit = () => ({ status });
    const outcome = await transport.submit(partOf('hello'));
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { kind: 'throttled', isTemporary: true, mayHaveArrived: false },
    });
    if (outcome.kind === 'failed') expect(outcome.failure.retryAfterMs).toBeGreaterThanOrEqual(1_000);
  });

  it('refuses what no PDU can carry without asking anybody', async () => {
    const { smsc, transport, isUp } = await world();
    await isUp();
    for (const [changes, kind] of [
      [{ target: 'Bob' }, 'no-such-number'],
      [{ target: '' }, 'no-such-number'],
      [{ sender: 'Grüße' }, 'not-allowed'],
      [{ text: 'x'.repeat(300) }, 'unacceptable'],
    ] as const) {
      expect(await transport.submit(partOf('hello', changes))).toMatchObject({
        kind: 'failed',
        failure: { kind, isTemporary: false, mayHaveArrived: false },
      });
    }
    expect(smsc.submits).toEqual([]);
  });
});

const baseSubmit = {
  alphabet: 'gsm7',
  types: {
    international: { ton: 1, npi: 1 },
    national: { ton: 2, npi: 1 },
    short: { ton: 3, npi: 0 },
    alphanumeric: { ton: 5, npi: 0 },
  },
  plus: false,
  serviceType: '',
  receipts: true,
} as const;
