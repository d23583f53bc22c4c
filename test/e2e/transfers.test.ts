/** Transfers as Element Web makes them (matrix-js-sdk in a real Chromium), against real telephones; and calls between users. */
import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { dominantFrequency, readWav } from '../world/audio.ts';
import { type Baresip, startBaresip } from '../world/peers/baresip.ts';
import type { Phone } from '../world/phone/phone.ts';
import { until } from '../world/wait.ts';
import { SERVER_NAME, type Telephone, type User, useWorld } from '../world/world.ts';

const FIRST_HZ = 440;
const THIRD_HZ = 700;

/** Users are called user1, user2 … in the order in which they come, and each has a number. */
const numberOf = (n: number) => `+4418181182${10 + n}`;
const ALL = Array.from({ length: 20 }, (_, i) => i + 1);

const world = useWorld({
  trunk: { inbound: { allow_from: ['127.0.0.1'] } },
  config: {
    rooms: { join_users: 'as-user' },
    // Calls to numbers of our own come by the gateway.
    lookups: { real_users: false },
    lines: ALL.map((n) => ({ number: numberOf(n), users: [`@user${n}:${SERVER_NAME}`] })),
  },
});

let people = 0;
async function person(): Promise<{ readonly n: number; readonly user: User; readonly phone: Phone }> {
  const user = await world.current.newUser();
  people += 1;
  return { n: people, user, phone: await world.current.newPhone(user) };
}

/** A telephone that answers at once; from now on calls out reach it. */
async function answering(number: string, sineHz: number): Promise<Baresip> {
  const peer = await startBaresip({ user: number, source: { sineHz } });
  world.current.onReset(() => peer.stop());
  world.current.connectPeer(peer);
  return peer;
}

/** What a telephone heard over all its call, in which its far side changed. */
async function tonesHeard(peer: Baresip): Promise<ReadonlySet<number>> {
  const tones = new Set<number>();
  for (const file of await peer.heard()) {
    const { samples, sampleRate } = readWav(file);
    const step = Math.round(sampleRate * 0.3);
    for (let at = 0; at + step <= samples.length; at += step) {
      const tone = dominantFrequency(samples.subarray(at, at + step), { sampleRate });
      if (tone) tones.add(Math.round(tone.hz / 10) * 10);
    }
  }
  return tones;
}

/** Settles when a telephone has heard this much more: 8 kHz, 16 bits. */
async function hasHeard(peer: Baresip, seconds: number): Promise<void> {
  const bytes = async () => {
    const sizes = await Promise.all((await peer.heard()).map(async (file) => (await stat(file)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  };
  const before = await bytes();
  await until(`${seconds} s of audio`, async () => (await bytes()) - before >= seconds * 16_000);
}

describe('a client puts its telephone through to a number', () => {
  it.each(['it called', 'it was called by'] as const)('that %s: the two telephones hear each other', async (role) => {
    const { n, phone } = await person();
    const first =
      role === 'it called'
        ? await answering('+441818118181', FIRST_HZ)
        : await world.current.newTelephone('+441632960055', { source: { sineHz: FIRST_HZ } });
    if (role === 'it was called by') {
      await (first as Telephone).dial(numberOf(n));
      await phone.rings();
      await phone.answer();
    } else await phone.dial('0181 811 8181');
    await phone.state('connected');
    await phone.hears(FIRST_HZ);
    expect(await phone.call()).toMatchObject({ canBeTransferred: true });

    const third = await answering('+441818118182', THIRD_HZ);
    await phone.transfer('0181 811 8182');
    await third.waitForEvent('CALL_ESTABLISHED');
    await phone.state('ended');
    await until('the client’s history to be tidied', async () => {
      const events = await world.current.eventsOf({ name: '', session: phone.session });
      return events.some(({ type, content }) => type === 'm.call.hangup' && content.reason === 'user_hangup');
    });
    await Promise.all([hasHeard(first, 1.5), hasHeard(third, 1.5)]);
    await first.command('hangup');
    await third.waitForEvent('CALL_CLOSED');
    expect([...(await tonesHeard(third))]).toContain(FIRST_HZ);
    expect([...(await tonesHeard(first))]).toContain(THIRD_HZ);
  });

  it('that does not answer: the telephone is let go with the reason, as the client has left', async () => {
    const first = await answering('+441818118181', FIRST_HZ);
    const { phone, user } = await person();
    await phone.dial('0181 811 8181');
    await phone.state('connected');
    await phone.hears(FIRST_HZ);
    const third = await startBaresip({ user: '+441818118183', answer: 'manual' });
    world.current.onReset(() => third.stop());
    world.current.connectPeer(third);
    await phone.transfer('0181 811 8183');
    await third.waitForEvent('CALL_INCOMING');
    await third.command('hangup');
    await first.waitForEvent('CALL_CLOSED');
    await until('the client to be told', async () => {
      const events = await world.current.eventsOf(user);
      return events.some(({ type }) => type === 'm.call.reject_replacement');
    });
  });
});

describe('a client joins its two calls', () => {
  it('of which it made one and took the other', async () => {
    const { n, phone } = await person();
    const first = await world.current.newTelephone('+441632960056', { source: { sineHz: FIRST_HZ } });
    await first.dial(numberOf(n));
    await phone.rings();
    await phone.answer();
    await phone.hears(FIRST_HZ);
    // Not held first, as Element would: this baresip records no more after a hold. With a hold: test/src/gateway.
    const third = await answering('+441818118182', THIRD_HZ);
    await phone.dial('0181 811 8182');
    await phone.state('connected');
    await phone.hears(THIRD_HZ);
    await phone.transferToNewest();
    await until('both calls to be over at the client', async () =>
      (await phone.calls()).every(({ state }) => state === 'ended'),
    );
    await Promise.all([hasHeard(first, 1.5), hasHeard(third, 1.5)]);
    await third.command('hangup');
    await first.waitForEvent('CALL_CLOSED');
    expect([...(await tonesHeard(third))]).toContain(FIRST_HZ);
    expect([...(await tonesHeard(first))]).toContain(THIRD_HZ);
  });
});

describe('a telephone puts its client through', () => {
  it('to another telephone, which the client then hears', async () => {
    const first = await answering('+441818118181', FIRST_HZ);
    const { phone } = await person();
    await phone.dial('0181 811 8181');
    await phone.state('connected');
    await phone.hears(FIRST_HZ);
    const third = await answering('+441818118182', THIRD_HZ);
    await first.command('transfer', 'sip:+441818118182@127.0.0.1');
    await third.waitForEvent('CALL_ESTABLISHED');
    await phone.hears(THIRD_HZ);
    await first.waitForEvent('CALL_CLOSED');
    await phone.hangUp();
    await third.waitForEvent('CALL_CLOSED');
  });
});

describe('a user calls the number of another', () => {
  it('who rings, and the two talk without a telephone network', async () => {
    const [one, other] = [await person(), await person()];
    await one.phone.dial(numberOf(other.n));
    await other.phone.rings();
    await other.phone.answer();
    await one.phone.state('connected');
    await other.phone.state('connected');
    expect(world.current.relay.messages.filter(({ text }) => text.startsWith('INVITE'))).toEqual([]);
    const { dbfs } = await one.phone.hears(1_000);
    expect(dbfs).toBeGreaterThan(-30);
    await other.phone.hears(1_000);
    await one.phone.hangUp();
    await other.phone.state('ended');
  });

  it('is told so when it is their own', async () => {
    const { n, user, phone } = await person();
    await phone.dial(numberOf(n));
    await phone.state('ended');
    await until('the sentence in the room', async () => {
      const events = await world.current.eventsOf(user);
      return events.some(({ content }) => content.body === 'This is your own number.');
    });
  });

  it('puts them through to a third user', async () => {
    const [one, other, third] = [await person(), await person(), await person()];
    const first = await world.current.newTelephone('+441632960057', { source: { sineHz: FIRST_HZ } });
    await first.dial(numberOf(one.n));
    await one.phone.rings();
    await one.phone.answer();
    await one.phone.hears(FIRST_HZ);
    await one.phone.transfer(third.user.session.userId);
    await third.phone.rings();
    await third.phone.answer();
    await third.phone.hears(FIRST_HZ);
    await one.phone.state('ended');
    await third.phone.hangUp();
    await first.waitForEvent('CALL_CLOSED');
    expect((await other.phone.calls()).length).toBe(0);
  });
});
