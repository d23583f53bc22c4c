/** What presets put on the wire: INVITE and REGISTER as providers want them. */
import { describe, expect, it } from 'vitest';
import { presetTrunk } from '../../config/preset-pages.ts';
import { presets } from '../../config/presets.ts';
import { buildRegister } from '../../sip/registration/register.ts';
import { buildInvite, trunkAddress } from '../../sip/trunk/index.ts';
import { trunksOf } from '../../src/gateway-settings/index.ts';
import { configWithTrunk } from '../config/one-trunk.ts';

function trunkOf(preset: string, more: object = {}) {
  const found = presets.get(preset);
  if (found === undefined) throw new Error(`no preset ${preset}`);
  const [trunk] = trunksOf(configWithTrunk({ ...(presetTrunk(found) as object), ...more }));
  if (trunk === undefined) throw new Error('no trunk');
  return trunk;
}

const ids = { callId: 'c1', fromTag: 't1' };

/** The lines of an INVITE that say who calls whom. */
function invite(preset: string, more: object = {}, request: { target?: string; callerId?: string } = {}): string[] {
  const whole = { target: '+441818118181', callerId: '+493012345', sdp: 'v=0', ...request };
  const { uri, headers } = buildInvite(trunkOf(preset, more), whole, ids);
  const shown = [
    'From',
    'To',
    'P-Asserted-Identity',
    'P-Preferred-Identity',
    'Remote-Party-ID',
    'Privacy',
    'Diversion',
  ];
  return [
    `INVITE ${uri}`,
    ...shown.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`])),
  ];
}

describe('the INVITE', () => {
  it.each<[string, object, string[]]>([
    [
      'sipgate-trunk',
      {},
      [
        'INVITE sip:441818118181@sipconnect.sipgate.de',
        'From: <sip:1234567t0@sipconnect.sipgate.de>;tag=t1',
        'To: <sip:441818118181@sipconnect.sipgate.de>',
        'P-Preferred-Identity: <sip:493012345@sipconnect.sipgate.de>',
      ],
    ],
    [
      'telnyx-cred',
      {},
      [
        'INVITE sip:+441818118181@sip.telnyx.com',
        'From: <sip:user%20name%20of%20the%20connection@sip.telnyx.com>;tag=t1',
        'To: <sip:+441818118181@sip.telnyx.com>',
        'P-Preferred-Identity: <sip:+493012345@sip.telnyx.com>',
      ],
    ],
    [
      'telnyx-ip',
      {},
      [
        'INVITE sip:+441818118181@sip.telnyx.com',
        'From: <sip:+493012345@sip.telnyx.com>;tag=t1',
        'To: <sip:+441818118181@sip.telnyx.com>',
        'P-Asserted-Identity: <sip:+493012345@sip.telnyx.com>',
      ],
    ],
    [
      'telnyx-prefix',
      {},
      [
        'INVITE sip:1234441818118181@sip.telnyx.com',
        'From: <sip:+493012345@sip.telnyx.com>;tag=t1',
        'To: <sip:1234441818118181@sip.telnyx.com>',
        'P-Asserted-Identity: <sip:+493012345@sip.telnyx.com>',
      ],
    ],
    [
      'flowroute',
      {},
      [
        'INVITE sip:12345678*+441818118181@sip.flowroute.com',
        'From: <sip:493012345@sip.flowroute.com>;tag=t1',
        'To: <sip:12345678*+441818118181@sip.flowroute.com>',
        'P-Asserted-Identity: <sip:+493012345@sip.flowroute.com>',
      ],
    ],
    [
      'twilio-est',
      {},
      [
        'INVITE sip:+441818118181@example.pstn.twilio.com',
        'From: <sip:+493012345@example.pstn.twilio.com>;tag=t1',
        'To: <sip:+441818118181@example.pstn.twilio.com>',
      ],
    ],
    [
      'telekom-private',
      {},
      [
        'INVITE sip:+441818118181@tel.t-online.de;transport=tcp',
        'From: <sip:+4922112345@tel.t-online.de>;tag=t1',
        'To: <sip:+441818118181@tel.t-online.de>',
      ],
    ],
    [
      'telekom-companyflex',
      {},
      [
        'INVITE sip:+441818118181@reg.sip-trunk.telekom.de;transport=tcp',
        'From: <sip:+493012345@reg.sip-trunk.telekom.de>;tag=t1',
        'To: <sip:+441818118181@reg.sip-trunk.telekom.de>',
        'P-Preferred-Identity: <sip:+493012345@reg.sip-trunk.telekom.de>',
      ],
    ],
  ])('of %s', (preset, more, expected) => {
    expect(invite(preset, more)).toEqual(expected);
  });

  it.each([
    ['sipgate-trunk', '"Anonymous" <sip:1234567t0@sipconnect.sipgate.de>;tag=t1'],
    ['telnyx-ip', '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=t1'],
    ['flowroute', '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=t1'],
    ['telekom-companyflex', '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=t1'],
  ])('of %s without caller ID keeps the account, hides the number and asks for privacy', (preset, from) => {
    const lines = invite(preset, {}, { callerId: 'anonymous' });
    expect(lines).toContain(`From: ${from}`);
    expect(lines).toContain('Privacy: id');
    expect(lines.join()).not.toContain('493012345');
  });

  it.each([
    ['fritzbox', '**611', 'INVITE sip:**611@fritz.box;transport=udp'],
    ['voipms', '+12125550100', 'INVITE sip:2125550100@newyork3.voip.ms'],
    ['voipms', '+441818118181', 'INVITE sip:011441818118181@newyork3.voip.ms'],
    ['callcentric', '+12125550100', 'INVITE sip:12125550100@callcentric.com'],
    ['telnyx-prefix', '112', 'INVITE sip:1234112@sip.telnyx.com'],
    ['asterisk-pjsip', '200', 'INVITE sip:200@pbx.example.net'],
  ])('of %s dials %s its own way', (preset, target, expected) => {
    expect(invite(preset, {}, { target })[0]).toBe(expected);
  });
});

describe('the REGISTER', () => {
  it.each([
    ['sipgate-trunk', 'sip:sipconnect.sipgate.de', '<sip:1234567t0@sipconnect.sipgate.de>', '600'],
    ['telekom-private', 'sip:tel.t-online.de', '<sip:+4922112345@tel.t-online.de>', '480'],
    ['fritzbox', 'sip:fritz.box', '<sip:620@fritz.box>', '300'],
    ['voipms', 'sip:newyork3.voip.ms', '<sip:100000_gw@newyork3.voip.ms>', '300'],
    ['swisscom', 'sip:voip.swisscom.ch', '<sip:+41791234567@voip.swisscom.ch>', '600'],
  ])('of %s names the domain alone, and the account', (preset, uri, who, expires) => {
    const trunk = trunkOf(preset);
    const registration = trunk.registration;
    if (registration === undefined) throw new Error('it does not register');
    const plan = buildRegister(trunk, trunkAddress(trunk), { ...ids, contactUser: 'x' }, registration.expiresS);
    expect(plan.uri).toBe(uri);
    expect(plan.headers).toMatchObject({ To: who, From: `${who};tag=t1`, Expires: expires });
  });

  it('of sipgate team goes by way of its proxy', () => {
    expect(trunkOf('sipgate-team')).toMatchObject({ host: 'sipgate.de', outboundProxy: 'proxy.live.sipgate.de' });
  });
});
