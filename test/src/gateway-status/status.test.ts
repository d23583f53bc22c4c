import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SipHealth, TrunkStatus } from '../../../sip/index.ts';
import type { CallRecord } from '../../../src/call/index.ts';
import {
  booksHealth,
  CallCounters,
  certificateMetrics,
  certificatesHealth,
  certificatesOf,
  mediaHealth,
  sipHealth,
  trunkMetrics,
  trunksHealth,
} from '../../../src/gateway-status/index.ts';
import { metricsText } from '../../../src/http/metrics.ts';

const since = Date.parse('2026-11-21T10:00:00Z');
const office: TrunkStatus = { name: 'office', state: 'up', since, calls: 3, maxCalls: 30, registrations: [] };
const registered = {
  account: '200',
  state: 'registered',
  lastRegisteredAt: since,
  expiresAt: since + 600_000,
} as const;

describe('the health of trunks', () => {
  it.each<[string, Partial<TrunkStatus>, string, string]>([
    ['up', {}, 'ok', 'office: up since 2026-11-21T10:00:00.000Z, 3 calls.'],
    ['not tried', { state: 'unknown', calls: 0 }, 'ok', 'office: not tried yet, 0 calls.'],
    [
      'registered',
      { registrations: [registered] },
      'ok',
      'office: up since 2026-11-21T10:00:00.000Z, 3 calls, 1 of 1 registered.',
    ],
    [
      'down, with why',
      { state: 'down', detail: 'no answer to OPTIONS' },
      'degraded',
      'office: down since 2026-11-21T10:00:00.000Z, 3 calls (no answer to OPTIONS).',
    ],
    [
      'a certificate that ends soon',
      { certificateExpiresAt: since + 24 * 3_600_000 },
      'degraded',
      'office: up since 2026-11-21T10:00:00.000Z, 3 calls. The certificate of office ends on 2026-11-22.',
    ],
    [
      'a certificate that ended',
      { certificateExpiresAt: since - 1 },
      'degraded',
      'office: up since 2026-11-21T10:00:00.000Z, 3 calls. The certificate of office ended on 2026-11-21.',
    ],
    [
      'a certificate that is good',
      { certificateExpiresAt: since + 90 * 24 * 3_600_000 },
      'ok',
      'office: up since 2026-11-21T10:00:00.000Z, 3 calls.',
    ],
    [
      'one extension refused',
      { registrations: [registered, { account: '201', state: 'refused' }] },
      'degraded',
      'office: up since 2026-11-21T10:00:00.000Z, 3 calls, 1 of 2 registered.',
    ],
  ])('%s', (_name, more, state, detail) => {
    expect(trunksHealth([{ ...office, ...more }], since)).toEqual({ state, detail });
  });
});

describe('the health of SIP servers', () => {
  const server = { connected: true, version: 'v0.9.10', endpoints: undefined, lost: 0 };
  const one = { ...server, name: 'one', detail: 'one is connected.' };
  const two = { ...server, name: 'two', connected: false, detail: 'two refused the connection: check its secret.' };
  const health = (servers: SipHealth['servers']): SipHealth => ({
    connected: servers.some(({ connected }) => connected),
    servers,
    lost: 0,
    calls: 1,
    listening: false,
  });

  it('none there, where servers connect when calls come', () => {
    expect(sipHealth({ ...health([]), listening: true }).state).toBe('degraded');
  });

  it.each([
    ['all there', [one], 'ok', 'Connected; 1 calls.'],
    ['one away', [one, two], 'degraded', 'Connected; 1 calls. two refused the connection: check its secret.'],
    [
      'none there',
      [two],
      'down',
      'No SIP server can be reached; calls fail. two refused the connection: check its secret.',
    ],
  ])('%s', (_name, servers, state, detail) => {
    expect(sipHealth(health(servers))).toEqual({ state, detail });
  });
});

describe('the health of media servers', () => {
  it.each([
    ['up', ['up'], 'ok'],
    ['one of two down', ['up', 'down'], 'degraded'],
    ['draining counts as not there for new calls', ['draining'], 'down'],
  ] as const)('%s', (_name, states, expected) => {
    const servers = states.map((state, index) => ({ name: `fs-${index}`, state, sessions: 0 }));
    expect(mediaHealth(servers, 0).state).toBe(expected);
  });
});

describe('figures', () => {
  it('of trunks and registrations', () => {
    const trunks = [{ ...office, registrations: [registered, { account: '201', state: 'unregistered' } as const] }];
    const text = metricsText(
      trunkMetrics(
        () => trunks,
        () => since + 60_000,
      ),
    );
    expect(text).toContain('trunkline_trunk_state{trunk="office",state="up"} 1\n');
    expect(text).toContain('trunkline_trunk_state{trunk="office",state="down"} 0\n');
    expect(text).toContain('trunkline_trunk_calls{trunk="office"} 3\n');
    expect(text).toContain('trunkline_trunk_calls_limit{trunk="office"} 30\n');
    expect(text).toContain('trunkline_registration_up{trunk="office",account="200"} 1\n');
    expect(text).toContain('trunkline_registration_up{trunk="office",account="201"} 0\n');
    expect(text).toContain('trunkline_registration_age_seconds{trunk="office",account="200"} 60\n');
    expect(text).not.toContain('age_seconds{trunk="office",account="201"}');
    expect(text).toContain(`expires_timestamp_seconds{trunk="office",account="200"} ${since / 1000 + 600}\n`);
  });

  it('of calls that are over, by trunk, direction and cause, and of trunks that failed on the way', () => {
    const counters = new CallCounters();
    const failure = { at: 1, cause: 'network-busy', sipStatus: 503, admin: '' } as const;
    const out = {
      direction: 'out',
      trunk: 'backup',
      talkMs: 1_500,
      outcome: { endedBy: 'caller', cause: 'normal' },
      attempts: [
        { trunk: 'office', target: '', startedAt: 0, failure },
        { trunk: 'backup', target: '', startedAt: 1 },
      ],
    } as unknown as CallRecord;
    const refused = { ...out, trunk: undefined, attempts: [], talkMs: 0, outcome: { cause: 'not-permitted' } };
    counters.count(out);
    counters.count(out);
    counters.count(refused as unknown as CallRecord);
    const text = metricsText(counters.metrics());
    expect(text).toContain('trunkline_calls_ended_total{trunk="backup",direction="out",cause="normal"} 2\n');
    expect(text).toContain('trunkline_calls_ended_total{trunk="none",direction="out",cause="not-permitted"} 1\n');
    expect(text).toContain('trunkline_trunk_failures_total{trunk="office",status="503"} 2\n');
    expect(text).toContain('trunkline_talk_seconds_total{trunk="backup",direction="out"} 3\n');
  });
});

describe('certificates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-certificates-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'sip.crt');
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=x',
  ];
  execFileSync('openssl', [...args, '-days', '10', '-keyout', join(folder, 'sip.key'), '-out', file], {
    stdio: 'ignore',
  });
  const [certificate] = certificatesOf({ [file]: readFileSync(file), other: 'no certificate', gone: undefined });
  const end = certificate?.expiresAt ?? 0;
  const day = 24 * 3_600_000;

  it.each([
    ['a month before its end', end - 30 * day, 'ok', 'ends on'],
    ['ten days before', end - 10 * day, 'degraded', 'ends on'],
    ['after', end + day, 'degraded', 'ended on'],
  ])('%s', (_name, now, state, words) => {
    const health = certificatesHealth(certificate ? [certificate] : [], now);
    expect(health.state).toBe(state);
    expect(health.detail).toContain(`The certificate ${file} ${words}`);
  });

  it('are in the figures', () => {
    expect(metricsText(certificateMetrics(() => (certificate ? [certificate] : [])))).toContain(
      `trunkline_certificate_expires_timestamp_seconds{certificate="${file}"} ${end / 1000}\n`,
    );
  });
});

describe('the books', () => {
  it('say what could not be written, and which decks are missing', () => {
    expect(booksHealth({ unclosed: 0, missing: [], faults: 0 })).toEqual({
      state: 'ok',
      detail: 'Calls are written down.',
    });
    expect(booksHealth({ unclosed: 2, missing: ['retail'], faults: 3 })).toEqual({
      state: 'degraded',
      detail:
        'The ledger does not add up in 3 places: trunkline ledger verify names them. 2 calls are over and could not be written down; it is tried again. The deck retail was never imported: nothing leaves by ' +
        'its trunks.',
    });
  });
});
