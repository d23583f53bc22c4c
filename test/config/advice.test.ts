import { describe, expect, it } from 'vitest';
import { adviceOn, loadConfig } from '../../config/index.ts';

/** Advice on a configuration of which some lines are others. */
function adviceFor(lines: Readonly<Record<string, string>> = {}): readonly string[] {
  const sections = {
    homeserver: "{url: 'https://matrix.example.org', domain: example.org}",
    appservice: "{url: 'http://localhost:9993'}",
    ghosts: '{gateway_host: sip.example.org}',
    permissions: "{call_out: ['@*:example.org']}",
    numbers: '{region: GB}',
    trunks: '[{name: office, host: sip.example.net}]',
    ...lines,
  };
  const text = Object.entries(sections).map(([name, value]) => `${name}: ${value}`);
  return adviceOn(loadConfig({ file: 'trunkline.yaml', text: text.join('\n') }));
}

describe('advice', () => {
  it('is not given where there is nothing to say', () => {
    expect(adviceFor()).toEqual([]);
  });

  it.each([
    [{ permissions: "{call_out: ['@*:example.org', '*']}" }, /other servers call at your expense: \*$/],
    [{ permissions: "{call_out: ['@*:example.org.evil.test']}" }, /other servers/],
    [{ permissions: '{call_out: []}' }, /nobody can call/],
    [{ inbound: "{rules: [{numbers: ['01818118181'], ring: [{users: ['@a:example.org']}]}]}" }, /international form/],
    [{ trunks: '[{name: office, host: a, srtp: required}]' }, /trunk office: the keys of srtp/],
    [{ homeserver: "{url: 'http://matrix.example.org', domain: example.org}" }, /the token travels/],
    [{ appservice: "{url: 'http://trunkline:9993'}" }, /is there a proxy/],
    [{ homeserver: "{url: 'http://localhost:8008', domain: example.org}" }, /set dialer.homeserver_url/],
    [{ permissions: "{call_out: ['@*:example.org'], text_out: ['@*:example.org']}" }, /no trunk carries texts/],
    [
      {
        trunks: '[{name: office, host: a, texts: {enabled: true}}]',
        permissions: "{call_out: ['@*:example.org'], text_out: ['*']}",
      },
      /write at your expense: \*$/,
    ],
    [
      {
        trunks: '[{name: office, host: a, texts: {enabled: true}}, {name: pbx, host: b}]',
        extensions: "[{user: '@a:example.org', trunk: pbx, extension: '200', password: secret}]",
      },
      /trunk pbx carries no texts/,
    ],
  ])('on %j', (lines, words) => {
    expect(adviceFor(lines as unknown as Record<string, string>)).toEqual([expect.stringMatching(words)]);
  });

  it('is satisfied by what it asks for', () => {
    expect(adviceFor({ trunks: '[{name: office, host: a, srtp: required, transport: tls}]' })).toEqual([]);
    const homeserver = "{url: 'http://localhost:8008', domain: example.org}";
    expect(adviceFor({ homeserver, dialer: '{enabled: false}' })).toEqual([]);
    expect(adviceFor({ homeserver, dialer: "{homeserver_url: 'https://matrix.example.org'}" })).toEqual([]);
  });
});
