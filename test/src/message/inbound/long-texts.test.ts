import { describe, expect, it } from 'vitest';
import { BOB, CAROL, InboundHouse } from './house.ts';

const MINUTE = 60_000;
const taken = { kind: 'taken' };

const part = (text: string, index: number, total = 3, reference = 7) => ({ text, part: { index, total, reference } });

describe('a long text in parts', () => {
  it.each([[[1, 2, 3]], [[1, 3, 2]], [[2, 1, 3]], [[2, 3, 1]], [[3, 1, 2]], [[3, 2, 1]]])(
    'in the order %j is one',
    async (order) => {
      const house = await InboundHouse.open();
      for (const index of order) expect(await house.arrive(part(`<${index}>`, index))).toEqual(taken);
      await house.settle();
      expect(house.bodies()).toEqual(['<1><2><3>']);
    },
  );

  it('that come all at once is one', async () => {
    const house = await InboundHouse.open();
    await Promise.all([3, 1, 2].map((index) => house.arrive(part(`<${index}>`, index))));
    await house.settle();
    expect(house.bodies()).toEqual(['<1><2><3>']);
  });

  it('may say the same in two of them', async () => {
    const house = await InboundHouse.open({ policy: { duplicates: new Map([['a', 5_000]]) } });
    for (const index of [1, 2, 3]) await house.arrive(part('ha', index));
    await house.settle();
    expect(house.bodies()).toEqual(['hahaha']);
  });

  it('takes no repeat for a part, by key or by words', async () => {
    const house = await InboundHouse.open();
    await house.arrive({ ...part('<1>', 1), key: 'k' });
    await house.arrive({ ...part('<1>', 1), key: 'k' });
    await house.arrive(part('<1>', 1));
    await house.arrive(part('<2>', 2));
    await house.arrive(part('<3>', 3));
    await house.arrive(part('<2>', 2));
    await house.pass(10 * MINUTE);
    expect(house.bodies()).toEqual(['<1><2><3>']);
  });

  it('of two senders, references or totals at once are two', async () => {
    const house = await InboundHouse.open();
    await house.arrive(part('a1', 1, 2));
    await house.arrive(part('b1', 1, 2, 8));
    await house.arrive(part('c1', 1, 3));
    await house.arrive({ ...part('d1', 1, 2), sender: CAROL });
    await house.arrive(part('b2', 2, 2, 8));
    await house.arrive(part('a2', 2, 2));
    await house.settle();
    expect(house.bodies()).toEqual(['b1b2', 'a1a2']);
  });

  it('under the reference of one that is not whole is another', async () => {
    const house = await InboundHouse.open();
    await house.arrive(part('old 1', 1, 2));
    await house.arrive(part('new 1', 1, 2));
    await house.arrive(part('new 2', 2, 2));
    await house.settle();
    expect(house.bodies()).toEqual(['new 1new 2']);
    await house.pass(3 * MINUTE);
    expect(house.bodies()).toEqual(['new 1new 2', 'old 1[…]\n[Of 2 parts of this text, these have not come: 2]']);
  });

  it('is shown with what is missing when the rest does not come', async () => {
    const house = await InboundHouse.open();
    await house.arrive(part('<2>', 2, 4));
    await house.pass(2 * MINUTE);
    await house.arrive(part('<3>', 3, 4));
    expect(house.bodies()).toEqual([]);
    await house.pass(MINUTE);
    expect(house.bodies()).toEqual(['[…]<2><3>[…]\n[Of 4 parts of this text, these have not come: 1, 4]']);
  });

  it('goes on over a restart', async () => {
    const house = await InboundHouse.open();
    await house.arrive(part('<1>', 1));
    await house.arrive(part('<3>', 3));
    await house.restart();
    await house.arrive(part('<2>', 2));
    await house.settle();
    expect(house.bodies()).toEqual(['<1><2><3>']);
  });

  it('that is whole on the disk when the process dies is shown by the next', async () => {
    const house = await InboundHouse.open();
    await house.arrive(part('<1>', 1, 2));
    // The part is stored, and not joined.
    house.dieAfter(0);
    await house.arrive(part('<2>', 2, 2));
    await house.restart();
    await house.pass(1);
    expect(house.bodies()).toEqual(['<1><2>']);
  });

  it.each([
    [0, 3],
    [4, 3],
    [1, 1],
    [1, 0],
    [Number.NaN, 3],
  ])('part %d of %d is a text of its own', async (index, total) => {
    const house = await InboundHouse.open();
    await house.arrive(part('alone', index, total));
    await house.settle();
    expect(house.bodies()).toEqual(['alone']);
  });

  it('tells the sender of each part that it was delivered', async () => {
    const house = await InboundHouse.open();
    await house.arrive({ ...part('<1>', 1, 2), key: 'k1' });
    await house.arrive({ ...part('<2>', 2, 2), key: 'k2' });
    await house.settle();
    expect(house.transport.notified).toEqual([
      { key: 'k1', state: 'delivered' },
      { key: 'k2', state: 'delivered' },
    ]);
  });
});

describe('parts that do not say so', () => {
  const full = (letter: string) => letter.repeat(153);
  const policy = { join: new Map([['a', 5_000]]) };

  it('are joined where the administrator said so', async () => {
    const house = await InboundHouse.open({ policy });
    for (const text of [full('a'), full('b'), 'rest']) expect(await house.arrive(text)).toEqual(taken);
    await house.pass(4_000);
    expect(house.bodies()).toEqual([]);
    await house.pass(1_000);
    expect(house.bodies()).toEqual([`${full('a')}${full('b')}rest`]);
  });

  it('are not where nothing was said', async () => {
    const house = await InboundHouse.open();
    await house.arrive(full('a'));
    await house.arrive('rest');
    await house.settle();
    expect(house.bodies()).toEqual([full('a'), 'rest']);
  });

  it('two short texts stay two', async () => {
    const house = await InboundHouse.open({ policy });
    await house.arrive('one');
    await house.arrive('two');
    await house.pass(5_000);
    expect(house.bodies()).toEqual(['one', 'two']);
  });

  it('a text after a while is another', async () => {
    const house = await InboundHouse.open({ policy });
    await house.arrive(full('a'));
    await house.pass(6_000);
    await house.arrive('rest');
    await house.pass(6_000);
    expect(house.bodies()).toEqual([full('a'), 'rest']);
  });

  it('are joined by the next process, none of them lost', async () => {
    const house = await InboundHouse.open({ policy });
    await house.arrive(full('a'));
    await house.restart();
    await house.arrive('rest');
    await house.arrive({ sender: CAROL, text: 'else' });
    await house.restart();
    await house.pass(6_000);
    expect(house.bodies()).toEqual([`${full('a')}rest`]);
    expect(house.homeserver.posted).toHaveLength(2);
  });

  it('an order is not held back', async () => {
    const house = await InboundHouse.open({ policy });
    await house.arrive('STOP');
    await house.settle();
    expect(house.bodies()).toEqual(['STOP']);
    expect(await house.store.consents.hasOptedOut('+4930123456', BOB)).toBe(true);
  });
});

describe('a store in trouble', () => {
  it('that has a part after all, though it said that it has not', async () => {
    const house = await InboundHouse.open();
    const { arrivals } = house.store;
    const takeFragment = arrivals.takeFragment.bind(arrivals);
    arrivals.takeFragment = async (fragment) => {
      arrivals.takeFragment = takeFragment;
      await takeFragment(fragment);
      throw new Error('the disk does not answer');
    };
    const first = { ...part('<1>', 1, 2), key: 'k' };
    expect(await house.arrive(first)).toEqual({ kind: 'refused', why: 'unavailable' });
    expect(await house.arrive(first)).toEqual(taken);
    await house.arrive(part('<2>', 2, 2));
    await house.pass(1);
    expect(house.bodies()).toEqual(['<1><2>']);
  });

  it('that cannot join the parts is asked again', async () => {
    const house = await InboundHouse.open();
    const { arrivals } = house.store;
    const join = arrivals.join.bind(arrivals);
    arrivals.join = () => Promise.reject(new Error('the disk is full'));
    await house.arrive(part('<1>', 1, 2));
    expect(await house.arrive(part('<2>', 2, 2))).toEqual({ kind: 'refused', why: 'unavailable' });
    arrivals.join = join;
    await house.pass(10_000);
    expect(house.bodies()).toEqual(['<1><2>']);
  });
});
