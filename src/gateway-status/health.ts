/** Parts in words for `/health`. Only what makes every call fail is `down`; what some calls can do without is `degraded`. */
import type { MediaServerStatus } from '../../media/index.ts';
import type { SipHealth, TrunkStatus } from '../../sip/index.ts';
import type { PartHealth } from '../http/index.ts';
import type { MatrixHealth } from '../matrix/index.ts';
import { certificateWords, isEndingSoon } from './certificates.ts';

export function homeserverHealth({ ping }: MatrixHealth): PartHealth {
  if (ping === undefined) return { state: 'degraded', detail: 'It has not been pinged yet.' };
  return { state: ping.state === 'proven' ? 'ok' : 'degraded', detail: ping.words };
}

export interface Books {
  /** Calls that are over and could not be written down. */
  readonly unclosed: number;
  /** Decks that were never imported. */
  readonly missing: readonly string[];
  /** What is wrong with the ledger. */
  readonly faults: number;
}

export function booksHealth({ unclosed, missing, faults }: Books): PartHealth {
  const words = [
    ...(faults === 0 ? [] : [`The ledger does not add up in ${faults} places: trunkline ledger verify names them.`]),
    ...(unclosed === 0 ? [] : [`${unclosed} calls are over and could not be written down; it is tried again.`]),
    ...missing.map((deck) => `The deck ${deck} was never imported: nothing leaves by its trunks.`),
  ];
  return words.length === 0
    ? { state: 'ok', detail: 'Calls are written down.' }
    : { state: 'degraded', detail: words.join(' ') };
}

export function sipHealth({ connected, calls, servers, listening }: SipHealth): PartHealth {
  if (!connected && listening) {
    return {
      state: 'degraded',
      detail:
        `No SIP server is connected; they connect when calls come in, and calls out fail. ${away(servers)}`.trim(),
    };
  }
  if (!connected) return { state: 'down', detail: `No SIP server can be reached; calls fail. ${away(servers)}`.trim() };
  const lost = servers.some((server) => !server.connected);
  return { state: lost ? 'degraded' : 'ok', detail: `Connected; ${calls} calls. ${away(servers)}`.trim() };
}

function away(servers: SipHealth['servers']): string {
  return servers
    .filter(({ connected }) => !connected)
    .map(({ detail }) => detail)
    .join(' ');
}

/**
 * A trunk that is down is told, and does not make the gateway useless: others may carry its calls.
 * @param now milliseconds since the Unix epoch
 */
export function trunksHealth(trunks: readonly TrunkStatus[], now: number): PartHealth {
  const certificates = trunks.flatMap(({ name, certificateExpiresAt: expiresAt }) =>
    expiresAt === undefined ? [] : [{ name: `of ${name}`, expiresAt }],
  );
  const expiring = certificates.filter((each) => isEndingSoon(each, now));
  const isTroubled = ({ state, registrations }: TrunkStatus) =>
    state === 'down' || registrations.some((each) => each.state === 'refused' || each.state === 'unreachable');
  return {
    state: expiring.length > 0 || trunks.some(isTroubled) ? 'degraded' : 'ok',
    detail: [...trunks.map(trunkWords), ...expiring.map((each) => certificateWords(each, now))].join(' '),
  };
}

function trunkWords({ name, state, detail, since, calls, registrations }: TrunkStatus): string {
  const words = state === 'unknown' ? 'not tried yet' : `${state} since ${new Date(since).toISOString()}`;
  const registered = registrations.filter((each) => each.state === 'registered').length;
  const parts = [
    `${name}: ${words}`,
    `${calls} calls`,
    ...(registrations.length === 0 ? [] : [`${registered} of ${registrations.length} registered`]),
  ];
  return `${parts.join(', ')}${detail === undefined ? '' : ` (${detail})`}.`;
}

export function mediaHealth(servers: readonly MediaServerStatus[], sessions: number): PartHealth {
  const up = servers.filter(({ state }) => state === 'up');
  const others = servers
    .filter(({ state }) => state !== 'up')
    .map(({ name, state, detail }) => `${name} is ${state}${detail === undefined ? '' : `: ${detail}`}.`)
    .join(' ');
  if (up.length === 0) return { state: 'down', detail: `No media server takes calls. ${others}`.trim() };
  return { state: others === '' ? 'ok' : 'degraded', detail: `${sessions} sessions. ${others}`.trim() };
}
