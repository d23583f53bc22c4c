/** Ports for peers that cannot say which one the system gave them. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Process, ProcessError } from '../process.ts';

/**
 * Starts a peer on ports that `freePort` gives. Another process may take one in between: then it is started again on others.
 * @param start rejects with the peer's own words
 */
export async function withFreshPorts<Peer>(start: () => Promise<Peer>): Promise<Peer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const clash = error instanceof Error && /address already in use|unable to bind|cannot bind/i.test(error.message);
      if (!clash || attempt === 5) throw error;
    }
  }
}

/**
 * Settles when some process has bound `port`: the kernel's socket table says so, whatever the process prints.
 * @param options.by who is to bind it: when it ends, nobody waits any longer
 */
export async function portBound(
  protocol: 'udp' | 'tcp',
  port: number,
  options: { readonly timeoutMs?: number; readonly by?: Process } = {},
): Promise<void> {
  const deadline = Date.now() + (options.timeoutMs ?? 10_000);
  const needle = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (;;) {
    const tables = await Promise.all(
      [`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map((file) => readFile(file, 'utf8').catch(() => '')),
    );
    const bound = tables.some((table) =>
      table.split('\n').some((line) => {
        const [, local, , state] = line.trim().split(/\s+/);
        // 0A is LISTEN, 07 an unconnected UDP socket.
        return local !== undefined && `${local} `.endsWith(needle) && (state === '0A' || state === '07');
      }),
    );
    if (bound) return;
    const { by } = options;
    if (by?.hasEnded) throw new ProcessError(by.name, 'ended at once', by.output);
    if (Date.now() > deadline) throw new Error(`${protocol} port ${port} was not bound in time`);
    await pause(5);
  }
}
