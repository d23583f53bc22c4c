// Whether the gateway works, for HEALTHCHECK: exit status 0 when every part does, else 1 with the words of those that do not.
// The image has no curl; Node.js has fetch.
const url = process.env.HEALTH_URL ?? 'http://127.0.0.1:9993/health';
try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  const { parts = {} } = await answer.json();
  for (const [name, { state, detail }] of Object.entries(parts)) {
    if (state !== 'ok') console.log(`${name}: ${detail}`);
  }
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`${url}: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
