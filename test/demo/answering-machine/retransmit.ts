/** Sends again on UDP until told to stop: timer G of RFC 3261 §17.2.1, and §13.3.1.4 for a 2xx. */

const T1_MS = 500;
const T2_MS = 4_000;
const GIVE_UP_MS = 64 * T1_MS;

/**
 * Sends now, and again after 0.5 s, 1 s, 2 s, then every 4 s.
 * @param onGiveUp nothing has stopped it for 32 s
 * @returns stops it
 */
export function retransmit(send: () => void, onGiveUp: () => void): () => void {
  const started = Date.now();
  let wait = T1_MS;
  let timer: ReturnType<typeof setTimeout>;
  const again = () => {
    if (Date.now() - started >= GIVE_UP_MS) {
      onGiveUp();
      return;
    }
    send();
    wait = Math.min(wait * 2, T2_MS);
    timer = setTimeout(again, wait);
  };
  send();
  timer = setTimeout(again, wait);
  return () => clearTimeout(timer);
}
