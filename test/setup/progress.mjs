// @ts-check
// What a person sees of the set-up: one line a step, and a sign of life while a step takes long.

const HEARTBEAT_MS = 10_000;

/**
 * @typedef {object} Step
 * @property {(detail: string) => void} say tells what the step does now; shown with the next sign of life
 */

/**
 * Runs one step and shows it. Quiet when the step had nothing to do (it returned `false`).
 * @param {string} title
 * @param {(step: Step) => Promise<boolean>} action returns whether it changed anything
 */
export async function step(title, action) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  let detail = '';
  let announced = false;
  const announce = () => {
    if (!announced) process.stderr.write(`• ${title} …\n`);
    announced = true;
  };
  const heartbeat = setInterval(() => {
    announce();
    process.stderr.write(`  ${seconds()} s${detail ? `  ${detail.slice(0, 100)}` : ''}\n`);
  }, HEARTBEAT_MS);
  try {
    const changed = await action({
      say: (text) => {
        announce();
        detail = text;
      },
    });
    if (changed) process.stderr.write(`✓ ${title} (${seconds()} s)\n`);
  } finally {
    clearInterval(heartbeat);
  }
}
