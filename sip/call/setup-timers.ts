/** How long a call may take to be answered, and a trunk to say that it is there. */
import type { OutboundCallRequest } from '../leg.ts';
import type { Clock } from './clock.ts';

/** A trunk that has the INVITE may take so long to ring; who cannot tell it from a dead one has to wait. */
const SLOWEST_RING_MS = 15_000;

export interface SetupTimeouts {
  ringTimeout(): void;
  /** `again`: somebody else is asked now, and has as long. */
  responseTimeout(): 'again' | 'done';
}

/**
 * Starts both.
 * @param tellsTrying whether a 100 is heard of
 * @returns stops them
 */
export function setupTimers(
  clock: Clock,
  request: Pick<OutboundCallRequest, 'ringTimeoutMs' | 'responseTimeoutMs'>,
  tellsTrying: boolean,
  on: SetupTimeouts,
): () => void {
  const { ringTimeoutMs, responseTimeoutMs } = request;
  const stopRing = clock.after(ringTimeoutMs, () => on.ringTimeout());
  let stopResponse: () => void = () => undefined;
  const awaitResponse = (ms: number): void => {
    stopResponse = clock.after(ms, () => {
      if (on.responseTimeout() === 'again') awaitResponse(ms);
    });
  };
  if (responseTimeoutMs !== undefined)
    awaitResponse(tellsTrying ? responseTimeoutMs : Math.max(responseTimeoutMs, SLOWEST_RING_MS));
  return () => {
    stopRing();
    stopResponse();
  };
}
