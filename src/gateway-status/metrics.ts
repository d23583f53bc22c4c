/** Figures of the parts, for Prometheus. Names of trunks, servers and accounts stand in labels; numbers and users never do. */
import type { MediaEngine } from '../../media/index.ts';
import type { SipHealth, TrunkStatus } from '../../sip/index.ts';
import type { CallService } from '../call/index.ts';
import type { Metric, Sample } from '../http/index.ts';
import type { Certificate } from './certificates.ts';

function figure(name: string, type: Metric['type'], help: string, value: () => number): Metric {
  return { name, type, help, value };
}

function figures(name: string, type: Metric['type'], help: string, samples: () => Iterable<Sample>): Metric {
  return { name, type, help, samples };
}

export function callMetrics({ stats }: { readonly stats: () => CallService['stats'] }): Metric[] {
  return [
    figure('trunkline_calls', 'gauge', 'Live calls.', () => stats().live),
    figure('trunkline_calls_opened_total', 'counter', 'Calls that were taken.', () => stats().opened),
    figure(
      'trunkline_calls_answered_total',
      'counter',
      'Finished calls that had been answered.',
      () => stats().answered,
    ),
    figure('trunkline_calls_finished_total', 'counter', 'Calls that are over.', () => stats().finished),
  ];
}

const trunkStates: readonly TrunkStatus['state'][] = ['up', 'down', 'unknown'];

/** @param now milliseconds since the Unix epoch */
export function trunkMetrics(trunks: () => readonly TrunkStatus[], now: () => number): Metric[] {
  const ofEach = (value: (trunk: TrunkStatus) => number | undefined) => (): Sample[] =>
    trunks().flatMap((trunk) => {
      const found = value(trunk);
      return found === undefined ? [] : [{ labels: { trunk: trunk.name }, value: found }];
    });
  const registrations = (value: (registration: TrunkStatus['registrations'][number]) => number | undefined) => () =>
    trunks().flatMap(({ name, registrations: all }) =>
      all.flatMap((registration): Sample[] => {
        const found = value(registration);
        const labels = { trunk: name, account: registration.account };
        return found === undefined ? [] : [{ labels, value: found }];
      }),
    );
  const secondsSince = (moment: number | undefined) => (moment === undefined ? undefined : (now() - moment) / 1000);
  return [
    figures('trunkline_trunk_state', 'gauge', '1 for the state that a trunk is in.', () =>
      trunks().flatMap(({ name, state }) =>
        trunkStates.map((each) => ({ labels: { trunk: name, state: each }, value: each === state ? 1 : 0 })),
      ),
    ),
    figures(
      'trunkline_trunk_calls',
      'gauge',
      'Live calls of a trunk.',
      ofEach(({ calls }) => calls),
    ),
    figures(
      'trunkline_trunk_calls_limit',
      'gauge',
      'Calls that a trunk may have at the same time.',
      ofEach(({ maxCalls }) => maxCalls),
    ),
    figures(
      'trunkline_trunk_certificate_expires_timestamp_seconds',
      'gauge',
      'When the certificate of a trunk ends, as Unix time.',
      ofEach(({ certificateExpiresAt: at }) => (at === undefined ? undefined : at / 1000)),
    ),
    figures(
      'trunkline_registration_up',
      'gauge',
      '1 while an account is registered at its trunk.',
      registrations(({ state }) => (state === 'registered' ? 1 : 0)),
    ),
    figures(
      'trunkline_registration_age_seconds',
      'gauge',
      'Seconds since an account was last registered or renewed.',
      registrations(({ lastRegisteredAt }) => secondsSince(lastRegisteredAt)),
    ),
    figures(
      'trunkline_registration_expires_timestamp_seconds',
      'gauge',
      'When the registration of an account ends, as Unix time.',
      registrations(({ expiresAt }) => (expiresAt === undefined ? undefined : expiresAt / 1000)),
    ),
  ];
}

export function sipMetrics(health: () => SipHealth): Metric[] {
  return [
    figures('trunkline_sip_server_up', 'gauge', '1 while a SIP server (drachtio) is connected.', () =>
      health().servers.map(({ name, connected }) => ({ labels: { server: name }, value: connected ? 1 : 0 })),
    ),
    figure(
      'trunkline_sip_connections_lost_total',
      'counter',
      'Connections to SIP servers that were lost.',
      () => health().lost,
    ),
  ];
}

export function mediaMetrics(media: MediaEngine): Metric[] {
  return [
    figure('trunkline_media_sessions', 'gauge', 'Live media sessions.', () => media.sessionCount),
    figures('trunkline_media_server_sessions', 'gauge', 'Live sessions of a media server.', () =>
      media.servers.map(({ name, sessions }) => ({ labels: { server: name }, value: sessions })),
    ),
    figures('trunkline_media_server_up', 'gauge', '1 while a media server takes new calls.', () =>
      media.servers.map(({ name, state }) => ({ labels: { server: name }, value: state === 'up' ? 1 : 0 })),
    ),
  ];
}

export function certificateMetrics(certificates: () => readonly Certificate[]): Metric[] {
  return [
    figures('trunkline_certificate_expires_timestamp_seconds', 'gauge', 'When a certificate ends, as Unix time.', () =>
      certificates().map(({ name, expiresAt }) => ({ labels: { certificate: name }, value: expiresAt / 1000 })),
    ),
  ];
}
