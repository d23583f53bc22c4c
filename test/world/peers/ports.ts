/** Ports of peers that do not say when they listen. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Process, ProcessError } from '../process.ts';

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
