/** Lines, permissions, routes and emergency calls through the running gateway: what leaves it, by which trunk, and what does not. */
import { describe, expect, it } from 'vitest';
import { header, type SipRequest } from '../../../sip/message/index.ts';
import { answering } from './telephone.ts';
import { useHouse } from './use-house.ts';

const ALICE = '@alice:hs.test';
const BOB = '@bob:hs.test';
const CAROL = '@carol:hs.test';

const gateway = useHouse(() => ({
  trunk: { identity: { from: '{number}', asserted_identity: '{e164}' } },
  otherTrunks: [{ name: 'second' }],
  config: {
    numbers: {
      region: 'GB',
      emergency: {
        policy: 'allowed',
        trunk: 'second',
        caller_id: '+441818118189',
        location: '1 High Street, Anytown',
        location_header: 'X-Location',
        acknowledged: true,
        numbers: ['933'],
      },
    },
    lines: [
      { number: '+441818118180', users: [ALICE], name: 'Alice Example' },
      { number: '+441818118181', users: [BOB] },
    ],
    routes: [{ prefixes: ['+49'], trunks: ['second'] }, { users: [CAROL], trunks: ['second'] }, { trunks: ['test'] }],
    limits: { users: [{ users: [CAROL], calls: 0 }] },
  },
}));

/** What leaves when the user dials: the INVITE, and by which trunk. */
async function dialled(user: string, number: string, trunk: number): Promise<SipRequest> {
  const { house } = gateway;
  const call = await house.call(await house.room(user, number));
  call.invite();
  const network = house.networks[trunk];
  const invite = await network?.next('INVITE', (one) => one.kind === 'request' && one.method === 'INVITE');
  if (invite?.kind !== 'request') throw new Error('no INVITE');
  call.send('m.call.hangup', { reason: 'user_hangup' });
  network?.answer(invite, 486);
  await network?.next('ACK', (one) => one.kind === 'request' && one.method === 'ACK');
  return invite;
}

/** What the client and the room are told of a call that does not leave. */
async function refused(user: string, number: string): Promise<string> {
  const { house } = gateway;
  const call = await house.call(await house.room(user, number));
  call.invite();
  await call.next('m.call.reject');
  return call.words();
}

describe('who is called sees', () => {
  it('the line of the user, with its name', async () => {
    const invite = await dialled(ALICE, '0181 812 1000', 0);
    expect(header(invite, 'from')).toMatch(/^"Alice Example" <sip:\+441818118180@/);
    expect(header(invite, 'p-asserted-identity')).toContain('+441818118180');
  });

  it('nothing, when the user dialled a code for it', async () => {
    const invite = await dialled(ALICE, '*31#01818121001', 0);
    expect(invite.uri).toContain('sip:+441818121001@');
    expect(header(invite, 'from')).toContain('anonymous@anonymous.invalid');
    expect(header(invite, 'privacy')).toBe('id');
  });
});

describe('routes', () => {
  it('lead numbers of a country to another trunk', async () => {
    expect((await dialled(ALICE, '+49 30 1234567', 1)).uri).toContain('+49301234567');
  });
});

describe('what does not leave', () => {
  it.each([
    ['0909 879 0000', ALICE, /can be very expensive/],
    ['+881 6 1234 5678', ALICE, /can be very expensive/],
    ['0181 812 1002', CAROL, /as many calls as you may have/],
    ['0181 811 8180', ALICE, /own number/],
  ])('%s by %s', async (number, user, words) => {
    expect(await refused(user, number)).toMatch(words);
  });

  it('a call to a number of our own: it rings its user, who sees the line of the caller', async () => {
    const { house } = gateway;
    const rings = house.ring(BOB);
    const call = await house.call(await house.room(ALICE, '0181 811 8181'));
    call.invite();
    const ring = await rings;
    expect(ring.room.ghost).toContain('441818118180');
    ring.send('m.call.reject', {}, { party: 'PHONE' });
    expect((await call.next('m.call.reject')).reason).toBe('user_busy');
  });
});

describe('an emergency call', () => {
  it.each(['112', '999', '933', '*31#112'])(
    '%s leaves by its own trunk, with number and place, whatever limits say',
    async (number) => {
      const invite = await dialled(CAROL, number, 1);
      expect(invite.uri).toMatch(new RegExp(`^sip:${number.replace('*31#', '')}@`));
      expect(header(invite, 'from')).toContain('+441818118189');
      expect(header(invite, 'priority')).toBe('emergency');
      expect(header(invite, 'x-location')).toBe('1 High Street, Anytown');
      expect(header(invite, 'privacy')).toBeUndefined();
    },
  );
});

it('figures tell of calls by trunk, and health of trunks', async () => {
  const { house } = gateway;
  const call = await house.call();
  call.invite();
  const telephone = await house.telephone(call.room);
  telephone.reply(200, { sdp: answering() });
  await telephone.request('ACK');
  call.send('m.call.hangup', { reason: 'user_hangup' });
  telephone.respond(await telephone.request('BYE'), 200);
  await house.quiet();
  const metrics = await (await fetch(`${house.gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/^trunkline_calls_ended_total\{trunk="test",direction="out",cause="normal"\} [1-9]/m);
  expect(metrics).toMatch(/^trunkline_trunk_state\{trunk="second",state="(up|down|unknown)"\} 1$/m);
  const health = (await (await fetch(`${house.gateway.url}/health`)).json()) as {
    parts: Record<string, { detail: string }>;
  };
  expect(health.parts.trunks?.detail).toMatch(/test: .* second: /);
});
