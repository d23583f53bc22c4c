/** Texts that are paid for: what a user is charged, whatever becomes of the text and of the process. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createTextCharging } from '../../../../src/account/index.ts';
import { micros } from '../../../../src/money.ts';
import { type Ledger, openStore, type Store } from '../../../../src/store/index.ts';
import { EUR, ledgerOf, purse, topUp } from '../../account/ledger/ledger-house.ts';
import { silent } from '../../call/fakes.ts';
import { ALICE, BOB, CAROL, eventId, FakeTransport, failure, type HouseOptions, ROOM, TextHouse } from './house.ts';

/** Of one segment. */
const PRICE = 5;

describe('a text that costs something', () => {
  let store: Store;
  let ledger: Ledger;
  let house: TextHouse;
  beforeEach(async () => {
    house = await open();
    await topUp(ledger, ALICE, 100);
  });

  async function open(options: HouseOptions = {}): Promise<TextHouse> {
    store = await openStore({ path: ':memory:' });
    ledger = ledgerOf(store);
    let opened: TextHouse | undefined;
    opened = await TextHouse.open({
      ...options,
      store,
      charging: createTextCharging({
        book: ledger,
        prices: {
          text: (transport) => ({
            kind: 'price',
            price: micros(transport === 'b' ? 7 : PRICE),
            currency: EUR,
            rate: 'r',
          }),
        },
        now: () => opened?.clock.now() ?? 0,
        logger: silent,
      }),
    });
    return opened;
  }

  it('is charged by the segment, when the trunk has accepted it', async () => {
    const waits = Promise.withResolvers<{ kind: 'accepted' }>();
    house.transport.answers = [() => waits.promise];
    await house.write('x'.repeat(161));
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([90, 10]);
    waits.resolve({ kind: 'accepted' });
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([90, 0]);
    expect(await ledger.balance('house:revenue')).toBe(10);
  });

  it('is refused without credit: nothing is stored, and the words say what it would cost', async () => {
    await house.write('x'.repeat(160 * 25));
    expect(house.transport.tries).toEqual([]);
    expect(house.signalling.statuses).toHaveLength(1);
    const held = await house.write('y', { to: [BOB, CAROL] });
    expect(held).toBeUndefined();
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([90, 0]);
    await ledger.post(
      [{ key: 'spent', from: `user:${ALICE}`, to: 'house:adjustments', amount: micros(82), reason: 'adjustment' }],
      1,
    );
    await house.write('both', { to: [BOB, CAROL] });
    await house.settle();
    const words =
      'failed: Your credit is too low: this costs 0.00001 EUR, and you have 0.000008 EUR left. Nothing was sent.';
    expect(house.signalling.of('$both')).toEqual([words, words]);
    expect(await house.store.deliveries.ofEvent(eventId('both'))).toEqual([]);
    // For one of them it is enough.
    await house.write('one');
    await house.settle();
    expect(house.bodies()).toEqual(['y', 'y', 'one']);
  });

  it('is free when it fails, also long after it was accepted', async () => {
    house.transport.always = () => ({ kind: 'accepted', messageId: 'm1' });
    await house.write('lost');
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([95, 0]);
    await house.out.receipt({ transport: 'a', messageId: 'm1', state: 'failed' });
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([100, 0]);
    house.transport.always = () => failure({ isTemporary: false, isTrunkFault: false });
    await house.write('refused');
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([100, 0]);
  });

  it('that is sent again is paid for again', async () => {
    house.transport.answers = [() => failure({ isTemporary: false, isTrunkFault: false })];
    await house.write('twice');
    await house.settle();
    await house.react('🔁', '$twice');
    await house.settle();
    expect(house.bodies()).toEqual(['twice']);
    expect(await purse(ledger, ALICE)).toEqual([95, 0]);
    house.transport.answers = [() => failure({ isTemporary: false, isTrunkFault: false })];
    await house.write('poor');
    await house.settle();
    await ledger.post(
      [{ key: 'spent', from: `user:${ALICE}`, to: 'house:adjustments', amount: micros(95), reason: 'adjustment' }],
      1,
    );
    await house.react('🔁', '$poor');
    await house.settle();
    expect(house.signalling.of('$poor').at(-1)).toContain('Your credit is too low');
    expect(house.bodies()).toEqual(['twice']);
  });

  it('gives everything back when it is taken back, or its telephone leaves the room', async () => {
    house.transport.always = () => failure();
    for (const text of ['one', 'two', 'three']) await house.write(text);
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([85, 15]);
    await house.redact('$two');
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([90, 10]);
    await house.out.left(ROOM, BOB.ghost);
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([100, 0]);
  });

  it('that a command put into the store is paid for before it leaves', async () => {
    house.transport.answers = [() => failure({ isTemporary: false, isTrunkFault: false })];
    await house.write('again');
    await house.settle();
    const [failed] = await house.store.deliveries.ofEvent(eventId('again'));
    if (failed === undefined) throw new Error('it is not there');
    const { state: _state, progress: _progress, ...delivery } = failed;
    await house.store.deliveries.add([{ ...delivery, text: 'again', textRef: 'out-by-hand', round: 1 }]);
    await house.pass(30_000);
    expect(house.bodies()).toEqual(['again']);
    expect(await purse(ledger, ALICE)).toEqual([95, 0]);
    await ledger.post(
      [{ key: 'spent', from: `user:${ALICE}`, to: 'house:adjustments', amount: micros(95), reason: 'adjustment' }],
      1,
    );
    await house.store.deliveries.add([{ ...delivery, text: 'more', textRef: 'out-more', round: 2 }]);
    await house.pass(30_000);
    expect(house.bodies()).toEqual(['again']);
    expect(house.signalling.of('$again').at(-1)).toContain('Your credit is too low');
  });

  it('holds the price of the dearest way, and is charged that of the way it took', async () => {
    const transports = [new FakeTransport('a'), new FakeTransport('b')];
    house = await open({ transports });
    await topUp(ledger, ALICE, 20);
    const waits = Promise.withResolvers<{ kind: 'accepted' }>();
    transports[0]?.answers.push(() => waits.promise);
    await house.write('by a');
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([13, 7]);
    waits.resolve({ kind: 'accepted' });
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([15, 0]);
    transports[0]?.answers.push(() => failure());
    await house.write('by b');
    await house.settle();
    expect(await purse(ledger, ALICE)).toEqual([8, 0]);
  });

  it('is charged once for each part that was accepted, and nothing stays held, wherever the process dies', async () => {
    type Fate = 'ok' | 'later' | 'refused' | 'dies-before' | 'dies-after';
    const fates = fc.array(fc.constantFrom<Fate>('ok', 'ok', 'later', 'refused', 'dies-before', 'dies-after'), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(
        fates,
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 }),
        async (given, texts) => {
          const transport = new FakeTransport('a');
          transport.longest = 10;
          house = await open({ transports: [transport], policy: { perUser: { perMinute: 1e6, atOnce: 1e6 } } });
          await topUp(ledger, ALICE, 1_000);
          const left = [...given];
          let isDead = false;
          const die = () => {
            house.kill();
            isDead = true;
            return new Promise<never>(() => undefined);
          };
          transport.always = (part, far) => {
            const fate = left.shift() ?? 'ok';
            if (fate === 'dies-after') far.takeIn(part);
            if (fate === 'dies-before' || fate === 'dies-after') return die();
            if (fate === 'later') return failure({ kind: 'unavailable', isTrunkFault: false });
            if (fate === 'refused') return failure({ isTemporary: false, isTrunkFault: false });
            return { kind: 'accepted' };
          };
          for (const [index, parts] of texts.entries()) {
            const to = [index % 2 === 0 ? BOB : CAROL];
            // It is handed over again until somebody said that it was taken.
            for (let isTaken = false; !isTaken; ) {
              const writing = house.write(`${index}`.padEnd(parts * 10, '.'), { to }).then(() => {
                isTaken = true;
              });
              await Promise.race([writing, house.settle()]);
              if (!isDead) continue;
              isDead = false;
              house.restart();
            }
          }
          for (let minutes = 0; minutes < 200; minutes += 10) {
            await house.pass(600_000);
            if (!isDead) continue;
            isDead = false;
            house.restart();
          }
          expect((await store.deliveries.counts()).waiting).toBe(0);
          let parts = 0;
          for (const [index, length] of texts.entries()) {
            const [delivery] = await store.deliveries.ofEvent(eventId(`${index}`.padEnd(length * 10, '.')));
            if (delivery?.state === 'accepted') parts += length;
          }
          expect(await purse(ledger, ALICE)).toEqual([1_000 - parts * PRICE, 0]);
          expect(await ledger.open()).toEqual([]);
          expect(await ledger.verify()).toEqual([]);
          await store.close();
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
