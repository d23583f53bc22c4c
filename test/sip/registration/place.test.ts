/** Which Contact the registrar has, and when it has to be another one. */
import { describe, expect, test } from 'vitest';
import { NO_PLACE, type Place, refusedAt, seenNow, takenAt } from '../../../sip/registration/place.ts';
import type { Whereabouts } from '../../../sip/registration/whereabouts.ts';

const direct = (said: string): Whereabouts => ({ said, seen: said, isDoubtful: false });
const behind = (outside: string): Whereabouts => ({
  said: '10.0.0.1:5060',
  seen: outside,
  outside,
  isDoubtful: false,
});
const uri = (at: string): string => `sip:t1@${at}`;

/** Registered at a place, the second time with the Contact that the first answer told. */
function registered(where: Whereabouts): Place {
  const first = uri(where.said);
  const { place, isToRenew } = takenAt(NO_PLACE, { sent: first, listed: [first], where }, 0);
  if (!isToRenew) return place;
  const second = uri(where.outside ?? where.said);
  return takenAt(place, { sent: second, listed: [second], where }, 0).place;
}

describe('the first registration', () => {
  test('where we are seen at our own address is the only one', () => {
    const sent = uri('192.0.2.7:5060');
    const step = takenAt(NO_PLACE, { sent, listed: [sent], where: direct('192.0.2.7:5060') }, 0);
    expect(step).toMatchObject({ isToRenew: false, place: { bound: sent } });
  });

  test('behind NAT is followed by one with the outer address, which takes the first away', () => {
    const sent = uri('10.0.0.1:5060');
    const step = takenAt(NO_PLACE, { sent, listed: [sent], where: behind('198.51.100.1:1024') }, 0);
    expect(step).toMatchObject({ isToRenew: true, place: { outside: '198.51.100.1:1024', gone: sent } });
    expect(step.words).toBe(
      'The trunk sees this gateway at 198.51.100.1:1024 now. The registration is renewed, so that calls come there.',
    );
  });

  test('of which nothing is said stays as it is', () => {
    const step = takenAt(NO_PLACE, { sent: undefined, listed: [], where: undefined }, 0);
    expect(step).toEqual({ place: { ...NO_PLACE }, isToRenew: false });
  });
});

describe('a move that an answer to OPTIONS shows', () => {
  test('of the NAT: the new outer address comes, the old one goes', () => {
    const step = seenNow(registered(behind('198.51.100.1:1024')), behind('198.51.100.2:2048'), 1000);
    expect(step).toMatchObject({
      isToRenew: true,
      place: { outside: '198.51.100.2:2048', gone: uri('198.51.100.1:1024') },
    });
    expect(step.words).toContain('sees this gateway at 198.51.100.2:2048 now, before at 198.51.100.1:1024.');
  });

  test('of our own: the new address comes, the old one goes', () => {
    const step = seenNow(registered(direct('192.0.2.7:5060')), direct('192.0.2.8:5060'), 1000);
    expect(step).toMatchObject({ isToRenew: true, place: { outside: undefined, gone: uri('192.0.2.7:5060') } });
    expect(step.words).toContain('This gateway is at 192.0.2.8:5060 now, before at 192.0.2.7:5060.');
  });

  test('out of the NAT: our own address again', () => {
    const step = seenNow(registered(behind('198.51.100.1:1024')), direct('192.0.2.8:5060'), 1000);
    expect(step).toMatchObject({ isToRenew: true, place: { outside: undefined, gone: uri('198.51.100.1:1024') } });
  });

  test('is followed once a minute, by the place that is seen then', () => {
    const { place } = seenNow(registered(behind('198.51.100.1:1')), behind('198.51.100.1:2'), 1000);
    expect(seenNow(place, behind('198.51.100.1:3'), 60_999)).toEqual({ place, isToRenew: false });
    expect(seenNow(place, behind('198.51.100.1:3'), 61_000)).toMatchObject({
      isToRenew: true,
      place: { outside: '198.51.100.1:3' },
    });
  });

  test('is none when the answer does not say, or before anything is registered', () => {
    const place = registered(direct('192.0.2.7:5060'));
    expect(seenNow(place, { said: '192.0.2.7:5060', isDoubtful: false }, 1000).isToRenew).toBe(false);
    expect(seenNow(NO_PLACE, behind('198.51.100.1:1024'), 1000).isToRenew).toBe(false);
  });
});

describe('a move that the refresh itself shows', () => {
  const [old, fresh] = [uri('192.0.2.7:5060'), uri('192.0.2.8:5060')];
  const before = registered(direct('192.0.2.7:5060'));
  const where = direct('192.0.2.8:5060');

  test('at a registrar that keeps both: the old one is taken away', () => {
    const step = takenAt(before, { sent: fresh, listed: [old, fresh], where }, 1000);
    expect(step).toMatchObject({ isToRenew: true, place: { bound: fresh, gone: old } });
    const again = takenAt(step.place, { sent: fresh, listed: [fresh], where }, 1000);
    expect(again).toMatchObject({ isToRenew: false, place: { bound: fresh, gone: undefined, moving: undefined } });
  });

  test('at a registrar that does not let go: it is asked once', () => {
    const { place } = takenAt(before, { sent: fresh, listed: [old, fresh], where }, 1000);
    expect(takenAt(place, { sent: fresh, listed: [old, fresh], where }, 1000).isToRenew).toBe(false);
  });

  test('at a registrar that keeps one: there is nothing to do', () => {
    expect(takenAt(before, { sent: fresh, listed: [fresh], where }, 1000).isToRenew).toBe(false);
  });

  test('at a registrar that has no room for both: the old one goes in the same request, once', () => {
    const step = refusedAt(before, { sent: fresh, listed: [], where });
    expect(step).toMatchObject({ isToRenew: true, place: { bound: old, gone: old } });
    expect(refusedAt(step.place, { sent: fresh, listed: [], where }).isToRenew).toBe(false);
  });
});
