/** Proves at start that gateway and homeserver reach each other, and makes the homeserver send what it held back. */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retryDelayMs } from '../client/retry.ts';
import type { Clock } from '../clock.ts';
import { finiteNumber, objectOr } from '../json.ts';
import { type PingContext, type PingVerdict, pingVerdict } from './verdict.ts';

/** Until the loop is proven, the first tries come fast: gateway and homeserver are often started together. */
const FIRST_TRY_AFTER = 3;
const LEAST_PAUSE_MS = 1_000;
/** The homeserver itself waits up to a minute for our answer. */
const TIMEOUT_MS = 70_000;

export interface PingParts {
  readonly homeserver: Homeserver;
  readonly context: PingContext;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly liveness: Liveness;
}

/**
 * Pings until the loop is proven, says each new verdict once, and settles then (or when stopped).
 * Start it when the listener is up: the homeserver calls back.
 */
export async function proveLoop(parts: PingParts, onVerdict: (verdict: PingVerdict) => void): Promise<void> {
  const { clock, logger, signal, liveness } = parts;
  let last: string | undefined;
  for (let attempt = 1; !signal.aborted; attempt++) {
    const verdict = await ping(parts);
    onVerdict(verdict);
    if (verdict.words !== last && !signal.aborted) logger[levelOf(verdict)](verdict.words);
    last = verdict.words;
    if (!verdict.tryAgain) return;
    await liveness.pause(clock, retryDelayMs(attempt + FIRST_TRY_AFTER, Math.random()), LEAST_PAUSE_MS, signal);
  }
}

async function ping({ homeserver, context }: PingParts): Promise<PingVerdict> {
  const path = `/_matrix/client/v1/appservice/${encodeURIComponent(context.appserviceId)}/ping`;
  const body = { transaction_id: randomBytes(12).toString('base64url') };
  try {
    const action = 'ping the homeserver';
    const reply = await homeserver.request({ method: 'POST', path, body, action, timeoutMs: TIMEOUT_MS });
    return pingVerdict({ ok: true, roundTripMs: finiteNumber(objectOr(reply).duration_ms) }, context);
  } catch (error) {
    return pingVerdict({ ok: false, error }, context);
  }
}

function levelOf(verdict: PingVerdict): 'info' | 'warn' | 'error' {
  switch (verdict.state) {
    case 'proven':
      return 'info';
    case 'not-supported':
    case 'homeserver-unreachable':
      return 'warn';
    case 'not-registered':
    case 'cannot-reach-us':
      return 'error';
    default:
      return verdict.state satisfies never;
  }
}
