/** Whether the gateway works, part by part, in words. */

/** How one part does. `down` makes the whole not ready; `degraded` is told and nothing more. */
export interface PartHealth {
  readonly state: 'ok' | 'degraded' | 'down';
  /** One sentence for an administrator. */
  readonly detail: string;
}

/** Asks a part. A rejection counts as down. */
export type HealthCheck = () => PartHealth | Promise<PartHealth>;

export interface Health {
  readonly status: 'ready' | 'not-ready';
  readonly parts: Readonly<Record<string, PartHealth>>;
}

/** A part that does not answer in this time is down: health must not hang with it. */
const CHECK_TIMEOUT_MS = 2_000;

/** Asks all parts at once. */
export async function askHealth(
  checks: Readonly<Record<string, HealthCheck>>,
  timeoutMs = CHECK_TIMEOUT_MS,
): Promise<Health> {
  const asked = Object.entries(checks).map(async ([name, check]) => [name, await ask(check, timeoutMs)] as const);
  const parts = Object.fromEntries(await Promise.all(asked));
  const isReady = Object.values(parts).every((part) => part.state !== 'down');
  return { status: isReady ? 'ready' : 'not-ready', parts };
}

async function ask(check: HealthCheck, timeoutMs: number): Promise<PartHealth> {
  const late = Promise.withResolvers<PartHealth>();
  const timer = setTimeout(() => late.resolve({ state: 'down', detail: 'It does not answer.' }), timeoutMs);
  try {
    return await Promise.race([Promise.resolve().then(check), late.promise]);
  } catch (error) {
    return { state: 'down', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
